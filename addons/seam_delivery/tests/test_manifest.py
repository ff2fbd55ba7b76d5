import base64
import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.seam.tests.engine.scripted import answer, raw

from .common import DeliveryCase


@tagged("-at_install", "post_install")
class TestManifest(DeliveryCase):
    """The end of a day: what the driver takes, handed in once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manifests = cls.make_flow(
            name="Manifests",
            code="manifests",
            direction="out",
            carries="event",
            handler="seam.handler.delivery.manifest",
            can_look_up=True,
        )
        cls.packer = new_test_user(cls.env, "packer", groups="stock.group_stock_user")

    def closed(self, number="M-1"):
        content = base64.b64encode(b"%PDF list").decode()
        body = {"id": number, "documents": [{"format": "pdf", "content": content}]}
        return answer("200 OK", json.dumps(body).encode())

    def shipped(self, count=2):
        pickings = self.env["stock.picking"]
        for number in range(1, count + 1):
            self.answers = [self.sold(f"S-{number}")]
            pickings |= self.ship()
            self.send_out()
        self.answers = [self.closed()]
        return pickings

    def close_day(self, **context):
        wizard = self.env["seam.manifest.wizard"].with_user(self.packer).with_context(**context)
        action = wizard.create({}).action_close()
        self.commit()
        return self.env["seam.manifest"].search(action["domain"])

    def asked_manifests(self):
        return [d for _method, d in self.asked() if d and "shipments" in d]

    def test_what_the_driver_takes_is_handed_in_and_his_list_attached(self):
        pickings = self.shipped()
        manifest = self.close_day()
        self.assertFalse(self.asked_manifests(), "no carrier is called while somebody waits")
        self.assertIn("going to be handed in", manifest.why)
        self.send_out()
        (document,) = self.asked_manifests()
        self.assertEqual(document["reference"], manifest.name)
        numbers = {each["carrier_number"]: each["tracking"] for each in document["shipments"]}
        self.assertEqual(numbers, {"S-1": ["S-1-1"], "S-2": ["S-2-1"]})
        self.assertEqual(document["from"]["zip"], "10115")
        self.assertEqual((manifest.state, manifest.carrier_number), ("closed", "M-1"))
        files = manifest.message_ids.attachment_ids
        self.assertEqual(files.raw, b"%PDF list")
        self.assertEqual(pickings.seam_shipment_ids.manifest_id, manifest)

    def test_a_parcel_is_handed_in_once(self):
        self.shipped()
        self.close_day()
        with self.assertRaisesRegex(UserError, "nothing to hand in"):
            self.close_day()
        self.send_out()
        self.assertEqual(len(self.asked_manifests()), 1)

    def test_a_lost_answer_is_looked_up(self):
        self.shipped()
        manifest = self.close_day()
        self.answers = [raw(b""), self.closed()]
        self.send_out()
        self.assertEqual(manifest.state, "waiting")
        self.env.cr.execute(
            "UPDATE seam_message SET next_try_at = now() AT TIME ZONE 'UTC' - interval '1 minute'"
        )
        self.send_out()
        self.assertEqual(len(self.asked_manifests()), 1)
        self.assertEqual(self.server.requests[-1].method, "GET")
        self.assertEqual(manifest.state, "closed")

    def test_what_is_void_returned_or_not_bought_is_left_out(self):
        pickings = self.shipped(3)
        pickings[0].cancel_shipment()
        pickings[1].action_seam_return_label()
        self.commit()
        self.answers = [answer("204 No Content", b""), self.sold("R-1")]
        self.answers = [self.sold("R-1")]
        self.send_out()
        waiting = self.ship()
        self.answers = [self.closed()]
        selected = (pickings | waiting).seam_shipment_ids
        manifest = self.close_day(active_model="seam.shipment", active_ids=selected.ids)
        self.assertEqual(sorted(manifest.shipment_ids.mapped("carrier_number")), ["S-2", "S-3"])

    def test_the_wizard_says_how_many_are_left_out(self):
        pickings = self.shipped(1)
        waiting = self.ship()
        wizard = (
            self.env["seam.manifest.wizard"]
            .with_user(self.packer)
            .with_context(
                active_model="seam.shipment",
                active_ids=(pickings | waiting).seam_shipment_ids.ids,
            )
            .create({})
        )
        self.assertIn("1 of those", wizard.left_out)
        self.assertFalse(self.env["seam.manifest.wizard"].create({}).left_out)

    def test_a_carrier_without_manifests_wants_none(self):
        self.shipped()
        self.manifests.action_pause()
        self.manifests.state = "draft"
        with self.assertRaisesRegex(UserError, "nothing to hand in"):
            self.close_day()

    def test_a_manifest_without_paper_is_closed(self):
        self.shipped(1)
        manifest = self.close_day()
        self.answers = [answer("200 OK", b'{"id": "M-9"}')]
        self.send_out()
        self.assertEqual(manifest.carrier_number, "M-9")

    def test_an_answer_without_a_number_fails_and_is_asked_about(self):
        self.shipped(1)
        manifest = self.close_day()
        self.answers = [answer("200 OK", b"{}"), self.closed()]
        self.send_out()
        self.assertEqual(manifest.state, "waiting")
        self.open_cases(self.manifests).action_retry()
        self.commit()
        self.send_out()
        self.assertEqual(manifest.state, "closed")
        self.assertEqual(len(self.asked_manifests()), 1)

    def refused(self):
        return answer("409 Conflict", b'{"error": "S-1 is in another manifest."}')

    def test_what_was_refused_is_given_up_and_handed_in_anew(self):
        pickings = self.shipped(1)
        manifest = self.close_day()
        self.answers = [self.refused()]
        self.send_out()
        self.assertEqual(manifest.state, "refused")
        self.assertIn("S-1 is in another manifest", manifest.why)
        note = manifest.message_ids[0].body
        self.assertIn("S-1 is in another manifest", note)
        self.assertIn("give it up", note)
        case = self.open_cases(self.manifests)
        self.assertIn("hand it in again", case.fix)
        manifest.with_user(self.packer).action_release()
        self.commit()
        self.assertEqual(manifest.state, "released")
        self.assertEqual(case.state, "resolved")
        self.assertFalse(pickings.seam_shipment_ids.manifest_id)
        self.answers = [self.closed("M-2")]
        second = self.close_day()
        self.send_out()
        self.assertEqual(second.carrier_number, "M-2")
        self.assertNotEqual(second.name, manifest.name)

    def test_what_was_refused_is_handed_in_again(self):
        self.shipped(1)
        manifest = self.close_day()
        self.answers = [self.refused(), self.refused(), self.closed()]
        self.send_out()
        packer = manifest.with_user(self.packer)
        packer.action_again()
        with self.assertRaises(UserError):
            packer.action_again()
        self.commit()
        self.send_out()
        self.assertEqual(manifest.state, "refused", "refused once more")
        self.open_cases(self.manifests).action_retry()
        self.commit()
        self.send_out()
        self.assertEqual(manifest.state, "closed", "also from the exception")
        with self.assertRaises(UserError):
            packer.action_again()

    def test_a_label_that_is_void_by_now_is_not_handed_in_again(self):
        pickings = self.shipped(2)
        manifest = self.close_day()
        self.answers = [self.refused()]
        self.send_out()
        pickings[0].seam_shipment_ids.sudo().state = "void"
        manifest.action_again()
        self.commit()
        self.answers = [self.closed()]
        self.send_out()
        numbers = [each["carrier_number"] for each in self.asked_manifests()[-1]["shipments"]]
        self.assertEqual(numbers, ["S-2"])
        self.assertEqual(manifest.state, "closed")

    def test_who_gets_no_list_is_named_with_the_reason(self):
        self.shipped(2)
        self.manifests.action_pause()
        self.manifests.state = "draft"
        wizard = self.env["seam.manifest.wizard"].with_user(self.packer).create({})
        self.assertFalse(wizard.shipment_ids)
        self.assertIn(f"{self.system.name}, labels bought lately: 2", wizard.without)
        self.assertIn("gets no list from here", wizard.without)
        self.manifests.action_activate()
        wizard = self.env["seam.manifest.wizard"].with_user(self.packer).create({})
        self.assertFalse(wizard.without)
        self.assertEqual(len(wizard.shipment_ids), 2)

    def test_of_what_may_have_been_taken_somebody_makes_sure(self):
        """Its answer was lost, and a refusal came then: it may be handed in already."""
        self.shipped(1)
        self.manifests.can_look_up = False
        manifest = self.close_day()
        self.answers = [raw(b""), self.refused()]
        self.send_out()
        self.env.cr.execute(
            "UPDATE seam_message SET next_try_at = now() AT TIME ZONE 'UTC' - interval '1 minute'"
            " WHERE state = 'waiting'"
        )
        with self.assertRaises(UserError):
            manifest.action_release()
        self.send_out()
        self.assertEqual(manifest.state, "waiting")
        with self.assertRaises(AccessError):
            manifest.with_user(self.packer).action_release()
        manifest.action_release()
        self.assertEqual(manifest.state, "released")
