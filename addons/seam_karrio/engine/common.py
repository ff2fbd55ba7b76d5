"""What FedEx and DHL share: options, services and names that karrio would pass over in silence."""

import json

from odoo.addons.seam.engine.fault import Fault

from .. import const
from . import library


def codes(carrier, name):
    """:return: one of karrio's lists of codes, e.g. ``ShippingService``"""
    library.mapper(carrier)
    return getattr(library.part(f"providers.{carrier}.units"), name)


def service(carrier, document, options):
    """:return: karrio's name of the service
    :raise Fault: there is none
    """
    known = codes(carrier, "ShippingService").__members__
    wanted = document.get("service") or options.get("service") or ""
    if wanted in known:
        return wanted
    for name, member in known.items():
        if member.value == wanted:
            return name
    raise Fault(
        "business.rule",
        f"{const.NAMES[carrier]} has no service {wanted}."
        if wanted
        else f"No service of {const.NAMES[carrier]} was chosen.",
        pointer="/service",
        fix=f"Choose one on the delivery method, e.g. {next(iter(known))}. No label was bought.",
        subject=f"{carrier}:service:{wanted}",
    )


def refuse(carrier, what, pointer):
    """:return: Fault about something that is asked for and not implemented"""
    return Fault(
        "business.rule",
        f"{what} by {const.NAMES[carrier]} cannot be asked for here.",
        pointer=pointer,
        fix="Choose another delivery method, or do it on the carrier's own pages. No label was "
        "bought.",
        subject=f"{carrier}:{pointer}",
    )


def check_packaging(carrier, document):
    """karrio takes our own packaging for any word that it does not know."""
    kinds = codes(carrier, "PackagingType").__members__
    for number, parcel in enumerate(document["parcels"]):
        kind = parcel.get("packaging")
        if kind and kind not in kinds:
            raise Fault(
                "business.rule",
                f"{const.NAMES[carrier]} has no packaging {kind}.",
                pointer=f"/parcels/{number}/packaging",
                fix="Correct the carrier's code on the package type. No label was bought.",
                subject=f"{carrier}:packaging:{kind}",
            )


def plain(response):
    """:return: the answer in floats, as karrio reckons"""
    response.json()  # raises where it cannot be read
    found = json.loads(response.body)
    return found if isinstance(found, dict) else {}
