"""Postal addresses, as labels and delivery notes name their parts. Pure."""


def written(partner):
    """:return: dict of the parts of a ``res.partner``'s address; False or None where there is nothing"""
    company = partner.commercial_company_name
    whole = partner.commercial_partner_id
    return {
        "name": partner.name or company or partner.display_name,
        "company": company if company != partner.name else None,
        "street": partner.street,
        "street2": partner.street2,
        "city": partner.city,
        "zip": partner.zip,
        "state": partner.state_id.code,
        "country": partner.country_id.code,
        "phone": partner.phone or whole.phone,
        "email": partner.email or whole.email,
    }
