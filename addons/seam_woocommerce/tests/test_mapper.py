import json
from pathlib import Path

from odoo.tests import BaseCase

from odoo.addons.seam.engine import codec
from odoo.addons.seam.engine.fault import Fault

from .. import mapper

SAMPLES = Path(__file__).parents[1] / "samples"


class TestMapper(BaseCase):
    """Pure: no database is needed."""

    def sample(self, name="orders/updated.json", **changes):
        return {**codec.parse((SAMPLES / name).read_bytes())["body"], **changes}

    def test_a_refund_names_the_lines_of_the_order(self):
        sample = codec.parse((SAMPLES / "refunds/refund.json").read_bytes())
        self.assertEqual([mapper.refund(sample["body"])], sample["documents"])

    def test_a_line_of_a_refund_that_is_about_nothing(self):
        wire = self.sample("refunds/refund.json")
        wire["line_items"][0]["meta_data"] = []
        with self.assertRaises(Fault) as caught:
            mapper.refund(wire)
        self.assertEqual(caught.exception.pointer, "/line_items/0")

    def test_what_each_status_means(self):
        words = {
            "checkout-draft": "open",
            "pending": "open",
            "on-hold": "open",
            "failed": "open",
            "processing": "confirmed",
            "completed": "completed",
            "cancelled": "cancelled",
            "refunded": "refunded",
            "trash": "deleted",
        }
        for word, status in words.items():
            self.assertEqual(mapper.order(self.sample(status=word))["status"], status)

    def test_a_status_that_a_plugin_made_is_not_guessed(self):
        with self.assertRaises(Fault) as caught:
            mapper.order(self.sample(status="ready-for-pickup"))
        self.assertEqual(caught.exception.pointer, "/status")

    def test_how_it_is_paid(self):
        unpaid = self.sample(date_paid_gmt=None, refunds=[])
        cases = (
            (self.sample(refunds=[]), "paid"),
            (unpaid, "unpaid"),
            ({**unpaid, "status": "failed"}, "failed"),
            (self.sample(), "partially_refunded"),
            (self.sample(status="refunded"), "refunded"),
        )
        for wire, state in cases:
            self.assertEqual(mapper.order(wire)["payment"]["state"], state)

    def test_numbers_as_texts_and_texts_as_numbers(self):
        wire = codec.parse(json.dumps(self.sample(total=31.88), default=float).encode())
        wire["number"] = 4711
        document = mapper.order(wire)
        self.assertEqual(document["totals"]["total"], "31.88")
        self.assertEqual(document["number"], "4711")

    def test_money_that_is_none(self):
        for value in ("free", "NaN", "1,50"):
            with self.assertRaises(Fault):
                mapper.money(value)

    def test_an_order_of_downloads_has_no_delivery_address(self):
        self.assertNotIn("shipping", mapper.order(self.sample()))

    def test_a_guest_has_no_id(self):
        self.assertNotIn("id", mapper.order(self.sample(customer_id=0))["customer"])
