from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import SeamCase

MODELS = (
    "seam.system",
    "seam.flow",
    "seam.message",
    "seam.message.event",
    "seam.exception",
    "seam.binding",
    "seam.value.map",
    "seam.flow.hour",
    "seam.flow.total",
)


# Links that lead to a company.
OWNERS = {
    "company_id",
    "exception_id",
    "flow_id",
    "message_id",
    "rule_id",
    "shipment_id",
    "system_id",
    "team_id",
}


@tagged("post_install", "-at_install")
class TestAccess(SeamCase):
    """Who sees what, who may do what, and that nobody can rewrite what happened."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.make_flow()
        cls.manager = new_test_user(cls.env, "seam-manager", groups="seam.group_seam_manager")
        cls.nobody = new_test_user(cls.env, "seam-nobody", groups="base.group_user")
        cls.abroad = cls.env["res.company"].create({"name": "Abroad"})
        cls.stranger = new_test_user(
            cls.env,
            "seam-stranger",
            groups="seam.group_seam_manager",
            company_id=cls.abroad.id,
            company_ids=[(6, 0, cls.abroad.ids)],
        )

    def setUp(self):
        super().setUp()
        self.failed = self.message(self.receive(self.flow, b"{"))
        self.done = self.send(self.flow, {"a": 1})
        self.case = self.failed.exception_id
        self.env["seam.binding"]._bind(self.system.id, {"P-1": self.company.partner_id})
        self.env["seam.value.map"]._learn(
            self.system.id, "res.country", "DE", self.env.ref("base.de")
        )
        self.env["seam.flow.hour"]._roll_up(self.flow.id)
        self.env.flush_all()

    def everything(self, user):
        """:return: model → number of the test's records that a user finds"""
        found = {}
        for model in MODELS:
            records = self.env[model].sudo().search([])
            found[model] = len(self.env[model].with_user(user).search([("id", "in", records.ids)]))
        return found

    def test_every_model_has_something_to_see(self):
        for user in (self.viewer, self.operator, self.manager):
            for model, count in self.everything(user).items():
                self.assertTrue(count, f"{user.login} sees no {model}")

    def test_without_a_group_nothing(self):
        others = ("credential", "rate", "contract", "circuit", "token")
        for model in (*MODELS, *(f"seam.{name}" for name in others)):
            with self.assertRaises(AccessError, msg=model):
                self.env[model].with_user(self.nobody).search([])

    def test_another_company_sees_nothing(self):
        self.assertEqual(set(self.everything(self.stranger).values()), {0})
        for record in (self.failed, self.failed.event_ids, self.case, self.system, self.flow):
            if record:
                with self.assertRaises(AccessError):
                    record.with_user(self.stranger).read(["id", "display_name"])

    def test_whatever_belongs_to_a_company_has_a_rule_that_says_so(self):
        ruled = {
            rule.model_id.model
            for rule in self.env["ir.rule"].sudo().search([("global", "=", True)])
        }
        for name, model in self.env.registry.items():
            if not name.startswith("seam.") or model._abstract or model._transient:
                continue
            if OWNERS & set(model._fields):
                self.assertIn(name, ruled)

    def test_another_company_can_do_nothing(self):
        failed = self.failed.with_user(self.stranger)
        for act in (
            failed.action_retry,
            lambda: failed._discard("Because I can"),
            lambda: failed._edit("{}", "Because I can"),
            self.case.with_user(self.stranger).action_take,
        ):
            with self.assertRaises(AccessError):
                act()
        self.assertEqual(self.failed.state, "failed")

    def test_another_company_reads_nothing_through_a_dialogue(self):
        for model, values in (
            ("seam.edit.wizard", {"message_id": self.failed.id, "reason": "x"}),
            ("seam.fix.wizard", {"exception_id": self.case.id}),
        ):
            wizards = self.env[model].with_user(self.stranger)
            with self.assertRaises(AccessError, msg=f"{model}, saved"):
                wizard = wizards.create(values)
                self.env.flush_all()
                self.env.invalidate_all()
                wizard.read()
            with self.assertRaises(AccessError, msg=f"{model}, as it opens"):
                context = {f"default_{name}": value for name, value in values.items()}
                shown = {name: {} for name in wizards._fields if name != "id"}
                wizards.with_context(**context).onchange({}, [], shown)

    def test_another_company_discards_nothing_through_a_dialogue(self):
        values = {"message_ids": [(6, 0, self.failed.ids)], "reason": "Because I can"}
        with self.assertRaises(AccessError):
            self.env["seam.discard.wizard"].with_user(self.stranger).create(values)

    def test_a_viewer_only_looks(self):
        failed = self.failed.with_user(self.viewer)
        self.assertTrue(failed.body_text)
        for act in (
            failed.action_retry,
            lambda: failed._discard("Because I can"),
            lambda: failed._edit("{}", "Because I can"),
            lambda: self.case.with_user(self.viewer).action_retry(),
            lambda: self.case.with_user(self.viewer).write({"severity": "2"}),
            lambda: self.flow.with_user(self.viewer).action_pause(),
            lambda: self.system.with_user(self.viewer).action_disable(),
        ):
            with self.assertRaises(AccessError):
                act()
        for model in ("seam.edit.wizard", "seam.discard.wizard", "seam.fix.wizard"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.viewer).create({})
        self.assertEqual(self.failed.state, "failed")

    def test_an_operator_does_not_configure(self):
        for record, values in (
            (self.system, {"name": "x"}),
            (self.flow, {"name": "x"}),
            (self.env["seam.binding"].search([], limit=1), {"external_id": "x"}),
            (self.env["seam.value.map"].search([], limit=1), {"active": False}),
        ):
            with self.assertRaises(AccessError):
                record.with_user(self.operator).write(values)
        for model in ("seam.credential", "seam.rate", "seam.token"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.operator).search([])
        with self.assertRaises(AccessError):
            self.system.with_user(self.operator).action_generate_key()

    def test_nobody_rewrites_what_happened(self):
        event = self.done.event_ids
        for user in (self.operator, self.manager, self.env.ref("base.user_admin")):
            message = self.done.with_user(user)
            for act in (
                lambda m=message: m.write({"state": "pending"}),
                lambda m=message: m.write({"label": "x"}),
                lambda m=message: m.unlink(),
                lambda m=message: m.copy(),
                lambda m=message: m.create({"uuid": "x", "flow_id": self.flow.id}),
                lambda u=user: event.with_user(u).write({"name": "x"}),
                lambda u=user: event.with_user(u).unlink(),
                lambda u=user: event.with_user(u).create(
                    {
                        "message_id": self.done.id,
                        "at": "2020-01-01",
                        "name": "Discarded",
                        "user_id": self.viewer.id,
                    }
                ),
            ):
                with self.assertRaises(AccessError):
                    act()

    def test_an_exception_is_closed_by_what_is_done_about_it(self):
        for user in (self.operator, self.manager):
            case = self.case.with_user(user)
            for values in (
                {"state": "resolved"},
                {"name": "Nothing"},
                {"flow_id": self.flow.id},
                {"missing_model": "res.users", "missing_code": "x", "missing_via": "binding"},
            ):
                with self.assertRaises(AccessError):
                    case.write(values)
            case.write({"severity": "2", "owner_id": user.id})

    def test_a_stranger_cannot_be_the_way_around(self):
        """Numbers of messages can be guessed: the record behind is checked, not the path."""
        with self.assertRaises(AccessError):
            self.failed.with_user(self.stranger).read(["body_text"])
        exporter = self.stranger
        exporter.group_ids += self.env.ref("base.group_allow_export")
        with self.assertRaises(AccessError):
            self.failed.with_user(exporter).export_data(["body_text"])
        for user in (self.viewer, self.manager):
            with self.assertRaises(AccessError):
                self.failed.with_user(user).read(["body"])

    def test_a_large_body_is_not_an_attachment_to_browse(self):
        large = self.message(self.receive(self.flow, b'"' + b"x" * 300_000 + b'"'))
        attachment = large.sudo().body_attachment_id
        for user in (self.nobody, self.stranger, self.viewer, self.operator):
            with self.assertRaises(AccessError):
                attachment.with_user(user).read(["raw"])
            self.assertFalse(
                self.env["ir.attachment"].with_user(user).search([("id", "=", attachment.id)])
            )
        self.assertEqual(len(large.with_user(self.viewer)._body_bytes()), 300_002)

    def test_every_human_act_says_who_and_why(self):
        other = self.message(self.receive(self.flow, b"[", key="other"))
        third = self.message(self.receive(self.flow, b"(", key="third"))
        self.failed.with_user(self.operator)._retry("The partner mended his catalogue")
        other.with_user(self.operator)._discard("Sent by mistake")
        edited = third.with_user(self.operator)._edit("{}", "A brace was missing")
        acts = (self.failed | other | third | edited).event_ids.filtered("user_id")
        self.assertEqual(
            sorted(acts.mapped(lambda e: (e.user_id.login, e.reason, e.state))),
            [
                ("seam-operator", "A brace was missing", "pending"),
                ("seam-operator", "A brace was missing", "replaced"),
                ("seam-operator", "Sent by mistake", "discarded"),
                ("seam-operator", "The partner mended his catalogue", "pending"),
            ],
        )
        self.assertTrue(all(acts.mapped("at")))

    def test_an_act_needs_a_reason(self):
        for act in (
            lambda: self.failed.with_user(self.operator)._discard("  "),
            lambda: self.failed.with_user(self.operator)._edit("{}", ""),
        ):
            with self.assertRaisesRegex(Exception, "Say why"):
                act()
        self.assertEqual(self.failed.state, "failed")

    def test_private_methods_stay_private(self):
        """What has an underscore cannot be called from outside; buttons can."""
        from odoo.service.model import get_public_method

        for name in ("_discard", "_edit", "_move", "_store", "_release", "_settle"):
            with self.assertRaises(AccessError):
                get_public_method(self.failed, name)
