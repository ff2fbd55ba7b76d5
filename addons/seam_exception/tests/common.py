from odoo.tests import new_test_user

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.letter import Identity
from odoo.addons.seam.tests.common import SeamCase


class WorkplaceCase(SeamCase):
    """A flow whose handler stumbles over what a document tells it to, and a team.

    A document is ``{"id": key, "bad": fault code, "subject": …, "amount": …}``.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = new_test_user(
            cls.env, "seam-lead", groups="seam_exception.group_seam_lead", email="lead@x.example"
        )
        cls.approver = new_test_user(
            cls.env, "seam-approver", groups="seam_exception.group_seam_approver"
        )
        cls.operator.email = "operator@x.example"
        cls.env["seam.exception.rule"].search([]).active = False
        cls.plan = cls.env["seam.escalation.plan"].create({"name": "Test"})
        cls.team = cls.env["seam.exception.team"].create(
            {
                "name": "Desk",
                "lead_id": cls.lead.id,
                "member_ids": [(0, 0, {"user_id": cls.operator.id})],
                "tz": "UTC",
                "quiet_from": 0,
                "quiet_to": 0,
                "alert_from": "0",
                "plan_id": cls.plan.id,
            }
        )
        cls.rule = cls.env["seam.exception.rule"].create(
            {"name": "All", "team_id": cls.team.id, "who": "on_call"}
        )
        cls.flow = cls.make_flow(carries="event")

    def setUp(self):
        super().setUp()
        self.mended = set()
        handler = self.env.registry["seam.handler.none"]
        self.patch(handler, "_identify", lambda _self, document: self.identify(document))
        self.patch(handler, "_apply", lambda _self, letters: self.apply(letters))
        self.patch(handler, "_impact", lambda _self, document: self.impact(document))

    def identify(self, document):
        return Identity(document.get("id"), None, None, f"Order {document.get('id')}")

    def impact(self, document):
        return {name: document.get(name) for name in ("amount", "currency", "customer", "promised")}

    def apply(self, letters):
        for letter in letters:
            document = letter.document
            subject = document.get("subject", "")
            if document.get("bad") and subject not in self.mended:
                letter.refuse(
                    Fault(
                        document["bad"],
                        document.get("message", f"{subject} is wrong."),
                        subject=subject,
                        extra=document.get("extra") or {},
                    )
                )
            else:
                letter.done()

    def bad(self, key, subject="product:BAR3", code="master.unknown", **values):
        """Send a document that fails. :return: the message"""
        return self.send(self.flow, {"id": key, "bad": code, "subject": subject, **values}, key=key)

    def sweep(self):
        """What the minute's sweep does about cases."""
        self.env.cr.flush()
        self.env["seam.exception"]._close_left_open()
        self.env.invalidate_all()

    def case(self, **kwargs):
        self.sweep()
        return self.open_cases(self.flow)

    def mend(self, subject="product:BAR3"):
        """The cause is gone; all that it held up is tried again and goes through."""
        self.mended.add(subject)
        cases = self.open_cases(self.flow)
        cases.with_user(self.operator)._held()._retry("The catalogue was mended")
        self.commit()
        self.drain()
        self.sweep()
        return cases
