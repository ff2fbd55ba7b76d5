"""Addresses as a label shows them, and what keeps a label from being printed. Pure."""

import unicodedata

from odoo.addons.seam.engine.fault import Fault

# letters and marks, numbers, punctuation, spaces, and the signs + ° | … of ordinary fonts
_UNPRINTABLE = ("So", "Cc", "Cf", "Cs", "Co", "Cn")
_SIGNS = {"°", "№", "®", "©", "™"}


def written(partner):
    """:return: dict of what is filled in of a ``res.partner``"""
    company = partner.commercial_company_name
    values = {
        "name": partner.name or company or partner.display_name,
        "company": company if company != partner.name else None,
        "street": partner.street,
        "street2": partner.street2,
        "city": partner.city,
        "zip": partner.zip,
        "state": partner.state_id.code,
        "country": partner.country_id.code,
        "phone": partner.phone or partner.commercial_partner_id.phone,
        "email": partner.email or partner.commercial_partner_id.email,
    }
    return {name: value.strip() for name, value in values.items() if value and value.strip()}


def unprintable(text):
    """:return: the first character of ``text`` that no label shows, or ''"""
    for sign in text:
        if unicodedata.category(sign) in _UNPRINTABLE and sign not in _SIGNS:
            return sign
    return ""


def check(env, whose, partner, address, place, abroad):
    """:raise Fault: ``business.rule``, with what is wrong and where

    :param whose: what people call this address
    :param place: ``from`` or ``to``
    :param abroad: the parcel crosses a border
    """
    subject = f"res.partner:{partner.id}"
    country = partner.country_id
    for name in _missing(address, country, abroad):
        raise Fault(
            "business.rule",
            env._(
                "%(whose)s has no %(what)s: %(partner)s.",
                whose=whose,
                what=_word(env, name),
                partner=partner.display_name,
            ),
            pointer=f"/{place}/{name}",
            fix=env._("Enter it on the contact, then retry. No label was bought."),
            subject=subject,
        )
    for name, value in address.items():
        sign = unprintable(value)
        if sign:
            raise Fault(
                "business.rule",
                env._(
                    "%(whose)s of %(partner)s has a character that no label shows: %(sign)s "
                    "in “%(value)s”.",
                    whose=whose,
                    partner=partner.display_name,
                    sign=sign if sign.isprintable() else f"U+{ord(sign):04X}",
                    value=value,
                ),
                pointer=f"/{place}/{name}",
                fix=env._("Take it out on the contact, then retry. No label was bought."),
                subject=subject,
            )


def _missing(address, country, abroad):
    needed = ["name", "street", "city", "country"]
    needed += ["zip"] if not country or country.zip_required else []
    needed += ["state"] if country.state_required else []
    needed += ["phone"] if abroad else []
    return [name for name in needed if name not in address]


def _word(env, name):
    return {
        "name": env._("name"),
        "street": env._("street"),
        "city": env._("city"),
        "zip": env._("postcode"),
        "state": env._("state"),
        "country": env._("country"),
        "phone": env._("phone number"),
    }[name]
