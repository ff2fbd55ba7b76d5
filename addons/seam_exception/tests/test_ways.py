from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import WorkplaceCase


@tagged("post_install", "-at_install")
class TestWaysOut(WorkplaceCase):
    def missing(self, code="X1", name="", document=None):
        extra = {"missing": {"model": "res.partner", "code": code, "name": name, "via": "binding"}}
        self.bad("1", f"res.partner:{code}", extra=extra, **(document or {}))
        case = self.case()
        case.pointer = "/customer/id"
        return case

    def fix(self, case, user=None):
        return Form(
            self.env["seam.fix.wizard"]
            .with_user(user or self.operator)
            .with_context(default_exception_id=case.id)
        )

    def test_candidates_by_email_vat_and_name_with_a_reason(self):
        Partner = self.env["res.partner"]
        by_mail = Partner.create({"name": "Nobody", "email": "ada@x.example"})
        by_vat = Partner.create({"name": "Somebody", "vat": "BE0477472701"})
        by_name = Partner.create({"name": "Analytical Engines Ltd"})
        case = self.missing(
            name="Analytic Engines Ltd.",
            document={
                "customer": {"id": "X1", "email": "ADA@x.example", "vat_number": "BE0477472701"}
            },
        )
        form = self.fix(case)
        self.assertEqual(form.candidates[0]["id"], by_vat.id, "nothing says more than a VAT number")
        found = {one["id"]: one for one in form.candidates}
        self.assertIn("BE0477472701", found[by_vat.id]["why"])
        self.assertIn(by_mail.id, found)
        self.assertIn("Email is", found[by_mail.id]["why"])
        self.assertIn("90 %", found[by_mail.id]["why"])
        self.assertIn(by_name.id, found)
        self.assertGreater(found[by_mail.id]["score"], found[by_name.id]["score"])

    def test_create_it_prefilled_and_release_when_told(self):
        self.operator.group_ids += self.env.ref("base.group_partner_manager")
        case = self.missing(
            name="Ada Lovelace", document={"customer": {"id": "X1", "email": "ada@x.example"}}
        )
        wizard = self.fix(case).save()
        self.assertTrue(wizard.can_create)
        wizard.action_create()
        partner = self.env["res.partner"].browse(wizard.res_id)
        self.assertEqual(
            (partner.name, partner.email, partner.ref), ("Ada Lovelace", "ada@x.example", "X1")
        )
        self.assertEqual(case.state, "open", "nothing is released before the user says so")
        self.mended.add("res.partner:X1")
        wizard.action_fix()
        self.commit()
        self.drain()
        self.sweep()
        self.assertEqual(case.state, "resolved")
        self.assertEqual(case.episode_ids.resolved_by_id, self.operator)

    def test_who_may_not_create_is_not_offered_it(self):
        wizard = self.fix(self.missing()).save()
        self.assertFalse(wizard.can_create)
        with self.assertRaises(UserError):
            wizard.action_create()

    def test_a_conflict_is_decided_with_a_reason(self):
        message = self.bad("1", "order:1", "order.conflict")
        case = self.case()
        form = Form(
            self.env["seam.conflict.wizard"]
            .with_user(self.operator)
            .with_context(default_exception_id=case.id)
        )
        self.assertIn("Odoo keeps", form.ours)
        self.assertFalse(form.theirs)
        form.choice = "ours"
        form.reason = "It is shipped already"
        form.save().action_decide()
        self.assertEqual(message.state, "discarded")
        self.assertIn("It is shipped already", message.state_reason)
        self.sweep()
        self.assertEqual(case.state, "resolved")

    def test_only_what_the_handler_offers(self):
        self.bad("1", "order:1", "order.conflict")
        wizard = self.env["seam.conflict.wizard"].create(
            {"exception_id": self.case().id, "choice": "theirs", "reason": "x"}
        )
        with self.assertRaisesRegex(UserError, "Choose one"):
            wizard.action_decide()

    def test_runbooks_from_the_particular_to_the_general(self):
        self.bad("1")
        case = self.case()
        self.flow.runbook = "<p>Flow</p>"
        Runbook = self.env["seam.runbook"]
        Runbook.search([]).unlink()
        Runbook.create({"name": "a", "code": "master.unknown", "text": "<p>Fault</p>"})
        Runbook.create(
            {
                "name": "b",
                "code": "master.unknown",
                "flow_id": self.flow.id,
                "text": "<p>Both</p>",
            }
        )
        Runbook.create({"name": "c", "code": "bug.handler", "text": "<p>Other</p>"})
        case.invalidate_recordset()
        text = case.with_user(self.viewer).runbook
        self.assertLess(text.index("Both"), text.index("Fault"))
        self.assertLess(text.index("Fault"), text.index("Flow"))
        self.assertNotIn("Other", text)

    def test_a_runbook_is_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.bad("1")
        case = self.case()
        runbook = self.env["seam.runbook"].create(
            {
                "name": "Missing",
                "code": "master.unknown",
                "flow_id": self.flow.id,
                "text": "<p>Call the shop</p>",
            }
        )
        runbook.update_field_translations("text", {"fr_FR": {"Call the shop": "Appelez-les"}})
        self.flow.runbook = "<p>Ask Ada</p>"
        self.flow.update_field_translations("runbook", {"fr_FR": {"Ask Ada": "Demandez à Ada"}})
        self.operator.lang = "fr_FR"
        case.invalidate_recordset()
        for user, words in (
            (self.operator, ("Appelez-les", "Demandez à Ada")),
            (self.viewer, ("Call the shop", "Ask Ada")),
        ):
            text = case.with_user(user).with_context(lang=user.lang).runbook
            for word in words:
                self.assertIn(word, text, user.login)

    def test_what_helped_in_a_similar_case(self):
        self.bad("1", "a:1")
        self.case()
        self.mend("a:1")
        self.bad("2", "a:2")
        self.assertIn("The catalogue was mended", self.case().like_hint)

    def test_asking_the_partner_waits_for_him(self):
        self.system.contact_id = self.env["res.partner"].create(
            {"name": "Shop", "email": "shop@x.example"}
        )
        self.bad("1")
        case = self.case().with_user(self.operator)
        action = case.action_ask_partner()
        context = action["context"]
        self.assertEqual(context["default_partner_ids"], self.system.contact_id.ids)
        composer = self.env["mail.compose.message"].with_user(self.operator).with_context(**context)
        composer = composer.create({})
        self.assertTrue(composer.attachment_ids)
        self.assertIn("product:BAR3", composer.subject)
        composer._action_send_mail()
        self.assertEqual(case.stage, "partner")
        self.assertTrue(case.acknowledged_at)
        case.sudo().message_post(
            body="We mended it", message_type="email", subtype_xmlid="mail.mt_comment"
        )
        self.assertEqual(case.stage, "acknowledged")
        self.assertEqual(case.sudo().activity_ids.user_id, case.owner_id)

    def test_what_was_downloaded_is_not_kept(self):
        self.bad("1")
        case = self.case()
        case.action_evidence()
        (file,) = self.env["ir.attachment"].search([("description", "=", "seam.evidence")])
        self.env["seam.exception"]._forget_evidence()
        self.assertTrue(file.exists())
        self.env.cr.execute(
            "UPDATE ir_attachment SET create_date = create_date - interval '2 days' WHERE id = %s",
            [file.id],
        )
        self.env["seam.exception"]._forget_evidence()
        self.assertFalse(file.exists())

    def test_a_viewer_asks_nobody(self):
        self.bad("1")
        case = self.case().with_user(self.viewer)
        with self.assertRaises(AccessError):
            case.action_ask_partner()


@tagged("post_install", "-at_install")
class TestFixWhereYouAre(WorkplaceCase):
    def held(self, partner):
        message = self.bad("1", customer="Ada")
        self.env.cr.execute(
            "UPDATE seam_message SET res_model = 'res.partner', res_id = %s WHERE id = %s",
            [partner.id, message.id],
        )
        self.env.invalidate_all()
        self.sweep()
        return message

    def test_a_record_shows_what_concerns_it_in_one_query(self):
        partner, other = self.env["res.partner"].create([{"name": "Ada"}, {"name": "Bob"}])
        self.held(partner)
        seen = (partner | other).with_user(self.operator)
        # rights and companies of a user are read once for all forms
        self.company.partner_id.with_user(self.operator).mapped("seam_case_count")
        with self.assertQueryCount(1):
            seen.mapped("seam_case_count")
        self.assertEqual(seen.mapped("seam_case_count"), [1, 0])
        self.assertIn("product:BAR3", seen[0].seam_case_hint)
        action = seen[0].action_open_seam_cases()
        self.assertEqual(action["res_id"], self.open_cases(self.flow).id)

    def test_it_is_shown_by_the_binding_of_its_document_too(self):
        partner = self.env["res.partner"].create({"name": "Ada"})
        self.bad("D-1")
        self.sweep()
        self.env["seam.binding"]._bind(self.system.id, {"D-1": partner})
        self.assertEqual(partner.with_user(self.operator).seam_case_count, 1)

    def test_trying_again_from_the_record(self):
        partner = self.env["res.partner"].create({"name": "Ada"})
        message = self.held(partner)
        self.mended.add("product:BAR3")
        partner.with_user(self.operator).action_seam_retry()
        self.commit()
        self.drain()
        self.assertEqual(message.state, "done")
        self.assertIn("Ada", message.event_ids.filtered("user_id").reason)

    def test_entering_the_code_lets_go_on_what_waits_for_it(self):
        missing = {"model": "res.partner", "code": "C-9", "via": "binding"}
        message = self.bad("1", "res.partner:C-9", extra={"missing": missing})
        self.mended.add("res.partner:C-9")
        partner = self.env["res.partner"].create({"name": "Ada"})
        self.assertEqual(message.state, "failed")
        partner.ref = "C-9"
        self.commit()
        self.drain()
        self.assertEqual(message.state, "done")

    def test_nobody_without_the_right_sees_it(self):
        partner = self.env["res.partner"].create({"name": "Ada"})
        self.held(partner)
        self.assertFalse(partner.with_user(self.service_user).seam_case_count)
