from odoo import models

from odoo.addons.seam.engine.fault import Fault

from .seam_flow import OUT
from .seam_handler_crm_out import HELD


class SeamHandlerCrmGone(models.AbstractModel):
    """Records that were deleted in Odoo, and of which a CRM tells."""

    _inherit = "seam.handler.crm"

    def _end_gone(self, letter, res_id, is_new):
        """
        :param res_id: of a record that was deleted in Odoo
        :param is_new: whether the CRM never told of it before: then what it says is that Odoo
            made it there
        """
        if letter.document.get("deleted"):
            letter.done(note=self.env._("It is gone on both sides."))
        elif is_new and self._is_told_gone(letter, res_id):
            letter.done(
                note=self.env._("It was deleted in Odoo meanwhile: the CRM is told of that.")
            )
        else:
            letter.refuse(self._gone(letter))

    def _is_told_gone(self, letter, res_id):
        """:return: whether the CRM is told that a record was deleted here, and did not know that
        when it said this"""
        system_id, model = self._flow([letter]).system_id.id, self._bound_model
        self.env.cr.execute(
            """
            SELECT told.state, told.settled_at >= said.received_at
              FROM seam_message told, seam_message said
             WHERE told.system_id = %s AND told.direction = 'out' AND told.topic = 'deleted'
               AND told.res_model = %s AND told.res_id = %s AND said.id = %s
             ORDER BY told.id DESC LIMIT 1
            """,
            [system_id, model, res_id, letter.message_id],
        )
        state, is_older = next(iter(self.env.cr.fetchall()), (None, False))
        if state != "superseded":
            return state in HELD or (state == "done" and bool(is_older))
        # nobody knew what it is called there
        tellers = [self.env[name] for name in OUT if self.env[name]._back == self._name]
        told = [x._emit_gone(system_id, model, res_id, letter.identity.key) for x in tellers]
        return any(told)

    def _gone(self, letter):
        return Fault(
            "order.conflict",
            self.env._("%s was deleted in Odoo.", letter.identity.label),
            fix=self.env._(
                "Discard the message; or have an administrator remove its binding, then retry: "
                "it is made anew."
            ),
            subject=f"{self._bound_model}:{letter.identity.key}",
        )
