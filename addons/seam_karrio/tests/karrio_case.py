"""Documents, and a system of a carrier. Where karrio cannot be, the tests say why they skip."""

import copy
import unittest

from odoo.addons.seam.engine.exchange import Sending
from odoo.addons.seam.tests.common import SeamCase

from ..engine import library

BERLIN = {
    "name": "Anna Meier",
    "company": "Blumen GmbH",
    "street": "Hauptstraße 5",
    "street2": "Hinterhof",
    "city": "Berlin",
    "zip": "10115",
    "country": "DE",
    "phone": "+49 (0)30 1234567",
    "email": "anna@blumen.example",
}
LYON = {
    "name": "Chloé Martin",
    "street": "12 Rue de la République",
    "city": "Lyon",
    "zip": "69001",
    "country": "FR",
    "phone": "+33 4 72 00 00 00",
    "residential": True,
}
HAMBURG = {
    "name": "Jan Petersen",
    "street": "Elbchaussee 12",
    "city": "Hamburg",
    "zip": "20354",
    "country": "DE",
}
ZURICH = {
    "name": "Urs Frei",
    "company": "Frei AG",
    "street": "Bahnhofstrasse 1",
    "city": "Zürich",
    "zip": "8001",
    "country": "CH",
    "phone": "+41 44 000 00 00",
    "tax_id": "CHE-000.000.000",
}
DALLAS = {
    "name": "Sam Lee",
    "company": "Tea Shop Inc.",
    "street": "100 Main St",
    "city": "Dallas",
    "state": "TX",
    "zip": "75202-1234",
    "country": "US",
    "phone": "+1 214 555 0100 ext. 12",
}
RENO = {
    "name": "Kim Doe",
    "street": "7 Lake St",
    "city": "Reno",
    "state": "NV",
    "zip": "89501",
    "country": "US",
    "phone": "775-555-0123",
}
SMALL = {"reference": "1", "weight_kg": 1.234}
BOX = {
    "reference": "PACK0000002",
    "weight_kg": 12.345,
    "length_cm": 30.5,
    "width_cm": 60,
    "height_cm": 20,
}
CUSTOMS = {
    "currency": "CHF",
    "reason": "sale",
    "incoterm": "DAP",
    "commercial_invoice": True,
    "invoice_number": "INV/2026/00012",
    "invoice_date": "2026-11-20",
    "lines": [
        {
            "description": "Green tea from the hills of Zhejiang, hand picked",
            "sku": "TEA-100",
            "quantity": 3,
            "unit_value": 4.5,
            "unit_weight_kg": 0.1,
            "hs_code": "0902.10",
            "origin": "CN",
        }
    ],
}


def buy(**changes):
    """:return: a document of a label; ``from_`` and ``to`` are addresses"""
    if "from_" in changes:
        changes["from"] = changes.pop("from_")
    document = {
        "action": "buy",
        "reference": "WH/OUT/00012-7",
        "number": "WH/OUT/00012",
        "service": "ups_standard",
        "label_format": "pdf",
        "from": BERLIN,
        "to": LYON,
        "parcels": [SMALL],
        **changes,
    }
    return copy.deepcopy(document)


def void():
    return {
        "action": "void",
        "reference": "WH/OUT/00012-7",
        "carrier_number": "1ZA1B2C36800000016",
        "tracking": ["1ZA1B2C36800000016"],
    }


def rate(**changes):
    """:return: a document of a question for rates"""
    if "from_" in changes:
        changes["from"] = changes.pop("from_")
    document = {"from": BERLIN, "to": LYON, "parcels": [SMALL], "currency": "EUR", **changes}
    return copy.deepcopy(document)


# Everything that is ever asked for when labels are bought, by name.
LABELS = {
    "domestic": lambda: buy(to=HAMBURG),
    "in the union": buy,
    "several parcels": lambda: buy(parcels=[SMALL, BOX], label_format="zpl"),
    "through customs": lambda: buy(to=ZURICH, customs=CUSTOMS),
    "duties paid": lambda: buy(to=ZURICH, customs={**CUSTOMS, "incoterm": "DDP"}),
    "own invoice": lambda: buy(to=ZURICH, customs={**CUSTOMS, "commercial_invoice": False}),
    "at home in the USA": lambda: buy(from_=DALLAS, to=RENO, service="ups_ground", parcels=[BOX]),
    "from the USA": lambda: buy(
        from_=DALLAS, to=BERLIN, service="ups_worldwide_saver", customs=CUSTOMS
    ),
    "to Canada": lambda: buy(
        from_=DALLAS,
        to={**RENO, "city": "Toronto", "state": "ON", "zip": "M5H 2N2", "country": "CA"},
        customs={**CUSTOMS, "currency": "USD"},
    ),
    "return": lambda: buy(
        from_=HAMBURG, to=BERLIN, purpose="return", order="S00012", return_of="1Z"
    ),
    "return through customs": lambda: buy(
        from_=ZURICH, to=BERLIN, purpose="return", customs={**CUSTOMS, "reason": "return"}
    ),
    "insured": lambda: buy(
        parcels=[SMALL, BOX, {**SMALL, "reference": "3"}],
        insurance={"amount": 100, "currency": "EUR"},
    ),
    "signature": lambda: buy(options=["signature", "saturday_delivery"]),
    "signature of an adult in the USA": lambda: buy(
        from_=DALLAS, to=RENO, options=["adult_signature"]
    ),
    "on a day": lambda: buy(ready="2026-11-23"),
    "packaging": lambda: buy(parcels=[{**SMALL, "packaging": "ups_pak"}]),
}
CASH = {
    "in the union": lambda: buy(
        cash_on_delivery={"amount": 49.9, "currency": "EUR", "method": "cash"}
    ),
    "at home in the USA": lambda: buy(
        from_=DALLAS,
        to=RENO,
        parcels=[SMALL, BOX],
        cash_on_delivery={"amount": 120, "currency": "USD", "method": "check"},
    ),
}
RATES = {
    "all services": rate,
    "some services": lambda: rate(services=["ups_standard", "ups_express"], ready="2026-11-23"),
    "several parcels": lambda: rate(parcels=[SMALL, BOX]),
    "little is known": lambda: rate(to={"country": "FR", "zip": "69001", "city": "Lyon"}),
    "from the USA": lambda: rate(from_=DALLAS, to=RENO, parcels=[SMALL, BOX]),
    "abroad": lambda: rate(to=ZURICH, declared_value={"amount": 13.5, "currency": "CHF"}),
    "insured": lambda: rate(insurance={"amount": 100, "currency": "EUR"}, options=["signature"]),
}


class KarrioCase(SeamCase):
    """A system of a carrier, set up by its button."""

    connector = "ups"

    @classmethod
    def setUpClass(cls):
        missing = library.missing(cls.connector)
        if missing:
            raise unittest.SkipTest(missing)
        super().setUpClass()
        cls.system.write({"karrio_account": "A1B2C3", "karrio_service": "ups_standard"})
        cls.system.action_karrio_setup()
        cls.flows = {flow.code: flow for flow in cls.system.flow_ids}
        cls.system.flow_ids.action_activate()

    def conf(self, code="labels"):
        return self._conf(self.flows[code])

    def code(self):
        return self.env["seam.connector." + self.connector]

    def sending(self, document, topic=""):
        return Sending("6f1c0d5e-0000-4000-8000-000000000001", topic, document)
