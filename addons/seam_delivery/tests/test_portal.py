from odoo.tests import HttpCase, new_test_user, tagged

from .tracking_case import TrackingCase


@tagged("-at_install", "post_install")
class TestTrackingPage(TrackingCase, HttpCase):
    """The page on which customers follow their parcels."""

    def registry_enter_test_mode(self):
        """HttpCase is in test mode from its class on."""

    def setUp(self):
        super().setUp()
        self.scan("accepted", 8, place="Berlin, DE")
        self.scan("in_transit", 9, place="Metz, FR", text="Departed")
        self.scan("in_transit", 8, "done", "late", place="Metz, FR", text="Arrived")
        self.scan("failed", 12, "failed", place="Paris, FR", text="Nobody at home")
        self.shipment.sudo().carrier_number = "CONFIDENTIAL-NUMBER"
        self.shipment.sudo().cost = 7.53
        self.env.flush_all()

    def page(self, token=None, shipment=None):
        shipment = shipment or self.shipment
        query = f"?access_token={token}" if token else ""
        return self.url_open(f"/my/shipments/{shipment.id}{query}", timeout=60)

    def token(self):
        token = self.shipment._portal_ensure_token()
        self.env.flush_all()
        return token

    def test_who_has_the_token_sees_the_stops_and_no_more(self):
        response = self.page(self.token())
        self.assertEqual(response.status_code, 200)
        text = response.text
        for shown in ("Paris, FR", "Metz, FR", "Berlin, DE", "Nobody at home", "S-1-1"):
            self.assertIn(shown, text)
        self.assertLess(text.index("Paris, FR"), text.index("Metz, FR"), "the latest first")
        self.assertEqual(text.count("Metz, FR"), 1, "scans of one place are one stop")
        for hidden in ("CONFIDENTIAL-NUMBER", "7.53", self.system.name, "Ada Lovelace"):
            self.assertNotIn(hidden, text)
        self.assertIn("no-store", response.headers["Cache-Control"])
        self.assertEqual(response.headers["Referrer-Policy"], "no-referrer")

    def test_it_can_be_read_without_scripts_and_by_screen_readers(self):
        text = self.page(self.token()).text
        self.assertIn('<ol class="o_seam_stops', text)
        self.assertIn('aria-current="step"', text)
        self.assertIn('datetime="2026-05-04T10:00:00+00:00"', text)

    def test_a_wrong_token_or_none_finds_nothing(self):
        token = self.token()
        other = self.shipment.copy({"name": "X-1", "picking_id": self.make_delivery().id})
        self.env.flush_all()
        for response in (
            self.page(),
            self.page("wrong"),
            self.page(token[:-1]),
            self.page(token, other),
            self.url_open(
                f"/my/shipments/{self.shipment.id + 10**6}?access_token={token}", timeout=60
            ),
        ):
            self.assertEqual(response.status_code, 404)
            self.assertNotIn("S-1-1", response.text)

    def test_another_customer_who_is_logged_in_finds_nothing(self):
        new_test_user(self.env, "stranger", groups="base.group_portal", password="stranger-pw")
        self.authenticate("stranger", "stranger-pw")
        self.assertEqual(self.page().status_code, 404)

    def test_a_void_label_shows_the_one_that_was_bought_instead(self):
        token = self.token()
        self.shipment.sudo().state = "void"
        self.env.flush_all()
        self.assertEqual(self.page(token).status_code, 404)
        self.answers = [self.sold("S-9")]
        self.picking.send_to_shipper()
        self.commit()
        self.send_out()
        self.env.flush_all()
        text = self.page(token).text
        self.assertIn("S-9-1", text)
        self.assertNotIn("S-1-1", text)

    def test_the_orders_page_leads_to_it(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [(0, 0, {"product_id": self.chair.id})],
            }
        )
        self.picking.sale_id = order
        order.picking_ids = [(4, self.picking.id)]
        self.env.flush_all()
        response = self.url_open(order.get_portal_url(), timeout=60)
        self.assertEqual(response.status_code, 200)
        self.assertIn(f"/my/shipments/{self.shipment.id}?access_token=", response.text)
