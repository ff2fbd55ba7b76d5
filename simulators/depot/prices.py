"""What the carrier offers, and what it costs: pure."""

from decimal import Decimal
from typing import NamedTuple

CURRENCY = "USD"
HEAVIEST_KG, MOST_PARCELS = 70, 20
# A parcel to a private house, which nobody knew when the price was asked for.
SURCHARGE = Decimal("4.20")


class Service(NamedTuple):
    """base: for a parcel; per_kg: for each kilogram of it; days: until it arrives."""

    code: str
    name: str
    base: Decimal
    per_kg: Decimal
    days: int


def _service(code, name, base, per_kg, days):
    return Service(code, name, Decimal(base), Decimal(per_kg), days)


SERVICES = {
    each.code: each
    for each in (
        _service("economy", "Economy", "5.20", "0.40", 5),
        _service("standard", "Standard", "6.90", "0.55", 3),
        _service("express", "Express", "14.50", "1.10", 1),
    )
}
# UPS's codes: (its name, service whose price it has, whether it crosses borders; None: both)
UPS_SERVICES = {
    "03": ("UPS Ground", "standard", False),
    "12": ("UPS 3 Day Select", "economy", False),
    "02": ("UPS 2nd Day Air", "express", False),
    "01": ("UPS Next Day Air", "express", False),
    "11": ("UPS Standard", "standard", None),
    "08": ("UPS Worldwide Expedited", "economy", True),
    "65": ("UPS Worldwide Saver", "express", True),
    "07": ("UPS Worldwide Express", "express", True),
}


def price(code, weights, abroad):
    """What parcels of such weights (kg) cost by a service, as a Decimal with two places."""
    service = SERVICES[code]
    total = sum(service.base + service.per_kg * Decimal(str(weight)) for weight in weights)
    return (total * (2 if abroad else 1)).quantize(Decimal("0.01"))


def offers(weights, abroad):
    """[(Service, price)], the cheapest first."""
    return sorted(
        ((service, price(code, weights, abroad)) for code, service in SERVICES.items()),
        key=lambda offer: offer[1],
    )
