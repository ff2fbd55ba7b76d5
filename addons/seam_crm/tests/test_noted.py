from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CrmCase


@tagged("post_install", "-at_install")
class TestNoted(CrmCase):
    """What a CRM accepted is noted."""

    def test_an_answer_that_cannot_be_noted_holds_up_nobody_else(self):
        people = [self.known(f"C-{n}", name=f"P{n}", email=f"p{n}@example.com") for n in range(3)]
        handler = type(self.env["seam.handler.crm.contact.out"])
        sent = handler._sent

        def broken(this, lookup, record, document):
            if record == people[1]:
                raise ValueError("a line that no code understands")
            return sent(this, lookup, record, document)

        for partner in people:
            self.edit(partner, function="Boss")
        with (
            patch.object(handler, "_sent", broken),
            mute_logger("odoo.addons.seam_crm.models.seam_message"),
            mute_logger("odoo.addons.seam.models.seam_message_apply"),
        ):
            self.assertEqual(len(self.told()), 3)
        messages = self.env["seam.message"].search(
            [("direction", "=", "out"), ("system_id", "=", self.system.id)]
        )
        told = {message.res_id: message for message in messages}
        self.assertEqual([told[x.id].state for x in people], ["done", "failed", "done"])
        self.assertTrue(told[people[1].id].unsure, "the CRM has it")
        self.assertTrue(self.cases())
