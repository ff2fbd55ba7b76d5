"""Addresses as a label shows them, and what keeps a label from being printed. Pure."""

import unicodedata

from odoo.addons.seam.engine import postal
from odoo.addons.seam.engine.fault import Fault

# letters and marks, numbers, punctuation, spaces, and the signs + ° | … of ordinary fonts
_UNPRINTABLE = ("So", "Cc", "Cf", "Cs", "Co", "Cn")
_SIGNS = {"°", "№", "®", "©", "™"}
# As the contracts have it; carriers' own limits are their connectors' matter.
_LONGEST = {"zip": 20, "state": 10, "phone": 50, "tax_id": 50}
_LONG = 200


def written(partner):
    """:return: dict of what is filled in of a ``res.partner``"""
    values = {**postal.written(partner), "tax_id": partner.commercial_partner_id.vat}
    made = {name: value.strip() for name, value in values.items() if value and value.strip()}
    return {**made, "residential": not partner.commercial_partner_id.is_company}


def priced(partner):
    """:return: dict of what a price depends on, and nothing that tells who it is"""
    names = ("city", "zip", "state", "country", "residential")
    return {name: value for name, value in written(partner).items() if name in names}


def unprintable(text):
    """:return: the first character of ``text`` that no label shows, or ''"""
    for sign in text:
        if unicodedata.category(sign) in _UNPRINTABLE and sign not in _SIGNS:
            return sign
    return ""


def missing(partner, address, abroad):
    """:return: list of names of what a label needs and ``address`` has not"""
    return _missing(address, partner.country_id, ["name", "street", "city"], abroad)


def check_priced(env, whose, partner, address, place):
    """:raise Fault: ``business.rule``: no carrier could tell a price"""
    lacks = _missing(address, partner.country_id, [], False)
    _check(env, whose, partner, address, place, lacks)


def check(env, whose, partner, address, place, abroad):
    """:raise Fault: ``business.rule``, with what is wrong and where

    :param whose: what people call this address
    :param place: ``from`` or ``to``
    :param abroad: the parcel crosses a border
    """
    _check(env, whose, partner, address, place, missing(partner, address, abroad))


def _check(env, whose, partner, address, place, lacks):
    subject = f"res.partner:{partner.id}"
    for name in lacks:
        raise Fault(
            "business.rule",
            env._(
                "%(whose)s has no %(what)s: %(partner)s.",
                whose=whose,
                what=word(env, name),
                partner=partner.display_name,
            ),
            pointer=f"/{place}/{name}",
            fix=env._("Enter it on the contact, then retry."),
            subject=subject,
        )
    for name, value in address.items():
        most = _LONGEST.get(name, _LONG)
        if isinstance(value, str) and len(value) > most:
            raise Fault(
                "business.rule",
                env._(
                    "%(whose)s of %(partner)s is too long for a label: “%(value)s…” has more "
                    "than %(most)s characters.",
                    whose=whose,
                    partner=partner.display_name,
                    value=value[:40],
                    most=most,
                ),
                pointer=f"/{place}/{name}",
                fix=env._("Shorten it on the contact, then retry."),
                subject=subject,
            )
        sign = unprintable(value) if isinstance(value, str) else ""
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
                fix=env._("Take it out on the contact, then retry."),
                subject=subject,
            )


def _missing(address, country, always, abroad):
    needed = [*always, "country"]
    needed += ["zip"] if not country or country.zip_required else []
    needed += ["state"] if country.state_required else []
    needed += ["phone"] if abroad else []
    return [name for name in needed if name not in address]


def word(env, name):
    return {
        "name": env._("name"),
        "street": env._("street"),
        "city": env._("city"),
        "zip": env._("postcode"),
        "state": env._("state"),
        "country": env._("country"),
        "phone": env._("phone number"),
    }[name]
