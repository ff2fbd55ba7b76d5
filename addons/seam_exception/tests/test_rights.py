from odoo.exceptions import AccessError
from odoo.service.model import get_public_method
from odoo.tests import new_test_user, tagged

from .common import WorkplaceCase

SEEN = (
    "seam.exception.team",
    "seam.exception.member",
    "seam.exception.rule",
    "seam.exception.episode",
    "seam.exception.alert",
    "seam.exception.override",
    "seam.escalation.plan",
    "seam.escalation.step",
    "seam.alert.webhook",
    "seam.runbook",
    "seam.operation",
    "seam.operation.line",
    "seam.edit.request",
)
KEPT = (
    "seam.exception.touch",
    "seam.exception.episode",
    "seam.exception.alert",
    "seam.exception.override",
    "seam.exception.summary",
    "seam.operation",
    "seam.operation.line",
    "seam.edit.request",
)


@tagged("post_install", "-at_install")
class TestRights(WorkplaceCase):
    """Who may do what, right by right; a row that says no is proven to say no."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(cls.env, "seam-boss", groups="seam.group_seam_manager")
        cls.nobody = new_test_user(cls.env, "seam-nobody3", groups="base.group_user")
        cls.users = {
            "nobody": cls.nobody,
            "viewer": cls.viewer,
            "operator": cls.operator,
            "approver": cls.approver,
            "lead": cls.lead,
            "manager": cls.manager,
        }

    def allowed(self, act):
        """:return: names of the users who may do it"""
        able = []
        for name, user in self.users.items():
            try:
                with self.env.cr.savepoint():
                    act(user)
                    self.env.flush_all()
            except AccessError:
                continue
            able.append(name)
        return able

    def test_each_right_includes_the_one_below(self):
        order = [
            "seam.group_seam_viewer",
            "seam.group_seam_operator",
            "seam_exception.group_seam_approver",
            "seam_exception.group_seam_lead",
            "seam.group_seam_manager",
        ]
        for place, name in enumerate(order):
            user = list(self.users.values())[place + 1]
            for index, group in enumerate(order):
                self.assertEqual(user.has_group(group), index <= place, f"{name} {group}")

    def test_who_looks(self):
        for model in SEEN:
            self.assertEqual(
                self.allowed(lambda user, m=model: self.env[m].with_user(user).search([])),
                ["viewer", "operator", "approver", "lead", "manager"],
                model,
            )

    def test_who_acts_on_a_case(self):
        self.bad("1")
        case = self.case()
        able = ["operator", "approver", "lead", "manager"]
        for act in (
            lambda user: case.with_user(user).action_acknowledge(),
            lambda user: case.with_user(user)._snooze(None, 5, "Later"),
            lambda user: case.with_user(user).action_wake(),
            lambda user: case.with_user(user)._assign(self.lead, "Yours"),
            lambda user: case.with_user(user).action_ask_partner(),
        ):
            self.assertEqual(self.allowed(act), able)

    def test_who_keeps_the_rota_and_the_runbooks(self):
        def swap(user):
            self.env["seam.exception.duty"].with_user(user).create(
                {
                    "team_id": self.team.id,
                    "user_id": self.lead.id,
                    "date_from": "2026-01-01",
                    "date_to": "2026-01-02",
                }
            )

        def write_down(user):
            self.env["seam.runbook"].with_user(user).create(
                {"name": user.login, "flow_id": self.flow.id, "text": "<p>Call Ada</p>"}
            ).unlink()

        self.assertEqual(self.allowed(swap), ["lead", "manager"])
        self.assertEqual(self.allowed(write_down), ["lead", "manager"])

    def test_who_sets_up(self):
        for model, values in (
            ("seam.exception.team", {"name": "x", "lead_id": self.lead.id}),
            ("seam.exception.rule", {"name": "x", "team_id": self.team.id}),
            ("seam.escalation.plan", {"name": "x"}),
            ("seam.alert.webhook", {"name": "x"}),
        ):
            self.assertEqual(
                self.allowed(
                    lambda user, m=model, v=values: self.env[m].with_user(user).create(dict(v))
                ),
                ["manager"],
                model,
            )
        self.assertEqual(
            self.allowed(lambda user: self.flow.with_user(user).write({"edit_mode": "none"})),
            ["manager"],
        )

    def test_nobody_makes_up_what_happened(self):
        for model in KEPT:
            for name, user in self.users.items():
                with self.assertRaises(AccessError, msg=f"{name} {model}"):
                    self.env[model].with_user(user).create({})

    def test_a_case_is_not_opened_or_closed_by_writing(self):
        self.bad("1")
        case = self.case()
        for values in (
            {"stage": "resolved"},
            {"acknowledged_at": "2026-01-01"},
            {"priority": 1},
            {"resolve_due_at": "2030-01-01"},
            {"team_id": self.team.id},
            {"held_value": 0},
        ):
            self.assertFalse(
                self.allowed(lambda user, v=values: case.with_user(user).write(v)), values
            )

    def test_what_has_an_underscore_is_not_called_from_outside(self):
        for model, names in (
            ("seam.exception", ("_snooze", "_hand_over", "_mark_resolved", "_assign", "_act")),
            ("seam.message", ("_edit", "_resubmit", "_edit_now", "_edit_approved")),
            ("seam.operation", ("_look", "_run", "_next_batch")),
            ("seam.edit.request", ("_ask", "_decide")),
        ):
            for name in names:
                with self.assertRaises(AccessError):
                    get_public_method(self.env[model], name)

    def test_no_team_or_rule_of_another_company(self):
        abroad = self.env["res.company"].create({"name": "Abroad"})
        stranger = new_test_user(
            self.env,
            "seam-stranger2",
            groups="seam.group_seam_manager",
            company_id=abroad.id,
            company_ids=[(6, 0, abroad.ids)],
        )
        self.bad("1")
        case = self.case().with_user(stranger)
        for act in (
            case.action_acknowledge,
            lambda: case._mark_resolved("x"),
            case.action_evidence,
            lambda: (
                self.env["seam.case.wizard"]
                .with_user(stranger)
                .create({"case_ids": case.ids, "kind": "resolve", "reason": "x"})
                .action_done()
            ),
        ):
            with self.assertRaises(AccessError):
                act()
        self.assertFalse(
            self.env["seam.exception.team"].with_user(stranger).search([("id", "=", self.team.id)])
        )


@tagged("post_install", "-at_install")
class TestCrons(WorkplaceCase):
    def test_they_run(self):
        self.bad("1")
        self.env.flush_all()
        with self.registry.cursor() as cr:
            env = self.env(cr=cr)
            env["seam.exception"]._cron_clock()
            env["seam.exception"]._cron_rank()
            env["seam.exception.team"]._cron_summary()
            env["seam.operation"]._cron_resume()
        self.env.invalidate_all()
        self.assertTrue(self.open_cases(self.flow).routed_at)
