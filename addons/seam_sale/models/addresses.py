"""Addresses of customers: found among those that he has, or created together."""

ADDRESS = ("street", "street2", "city", "zip")
QUIET = {"tracking_disable": True, "mail_create_nosubscribe": True}


def full_name(place):
    return " ".join((place.get("name") or "").split())


class Addresses:
    """The part of ``Customers`` that knows where they live.

    ``_found`` tells the customer of each document's id.
    """

    def _create(self, values):
        Partner = self.env["res.partner"].with_context(**QUIET)
        return Partner.create(values).with_env(self.env)

    def _address_values(self, place):
        country = self.lookup.country(place, "")
        state = self.lookup.state(place, country)
        values = {name: place.get(name) or False for name in ADDRESS}
        if place.get("state") and not state:
            values["city"] = ", ".join(filter(None, (place.get("city"), place["state"])))
        return {
            **values,
            "country_id": country.id,
            "state_id": state.id if state else False,
        }

    def _label(self, place):
        return ", ".join(filter(None, (place.get("company"), full_name(place))))

    def _key(self, values):
        """What two addresses must share to be the same."""
        return tuple(
            " ".join(str(values.get(name) or "").lower().split())
            for name in (*ADDRESS, "country_id", "state_id")
        )

    def _partner_key(self, partner):
        return self._key(
            {
                **{name: partner[name] for name in ADDRESS},
                "country_id": partner.country_id.id,
                "state_id": partner.state_id.id,
            }
        )

    def _create_addresses(self, documents):
        """Find or create the invoice and the delivery address of each document."""
        known = self._known_addresses()
        missing, places = {}, {}
        for document in documents:
            for role, kind in (("billing", "invoice"), ("shipping", "delivery")):
                place = document.get(role) or document["billing"]
                places[document["id"], kind] = self._find_address(
                    known, missing, document, place, kind
                )
        created = dict(zip(missing, self._create(list(missing.values())), strict=True))
        self._addresses = {
            key: created[found] if found in created else found for key, found in places.items()
        }

    def _known_addresses(self):
        """:return: dict partner id → those of him, his company and their addresses"""
        partners = self.env["res.partner"].concat(*self._found.values())
        family = partners | partners.commercial_partner_id
        children = self.env["res.partner"].search_fetch(
            [("parent_id", "in", family.ids), ("type", "in", ("invoice", "delivery", "other"))],
            [*ADDRESS, "country_id", "state_id", "name", "type", "parent_id"],
        )
        by_parent = children.grouped("parent_id")
        empty = self.env["res.partner"]
        return {
            partner: [
                partner,
                partner.commercial_partner_id,
                *by_parent.get(partner, empty),
                *by_parent.get(partner.commercial_partner_id, empty),
            ]
            for partner in partners
        }

    def _find_address(self, known, missing, document, place, kind):
        """:return: a partner, or the key of the address to create in ``missing``"""
        customer = self._found[document["id"]]
        values = self._address_values(place)
        key, label = self._key(values), self._label(place)
        # sorted() keeps the order: addresses of the kind that is sought come first
        for partner in sorted(known[customer], key=lambda known: known.type != kind):
            mine = partner in (customer, customer.commercial_partner_id)
            if self._partner_key(partner) == key and (
                partner.name == label or (mine and self._names(partner, place))
            ):
                return partner
        parent = customer.commercial_partner_id
        planned = (parent.id, key, label)
        missing.setdefault(
            planned,
            {
                **values,
                "type": kind,
                "parent_id": parent.id,
                "name": label or False,
                "phone": place.get("phone") or False,
                "email": place.get("email") or False,
                "company_id": parent.company_id.id,
            },
        )
        return planned

    def _names(self, partner, place):
        """Whether the place is addressed to the customer himself or his company."""
        names = {full_name(place), place.get("company"), ""} - {None}
        return not full_name(place) or partner.name in names
