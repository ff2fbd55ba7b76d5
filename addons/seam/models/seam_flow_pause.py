from datetime import timedelta

from odoo import api, models

from ..engine.fault import Fault


class SeamFlowPause(models.Model):
    """A flow out of Odoo that fails for days pauses itself, and says so once.

    What is to be sent is kept; whoever has mended the cause activates the flow again.
    """

    _inherit = "seam.flow"

    @api.model
    def _cron_pause_hopeless(self):
        flows = self.search(
            [("direction", "=", "out"), ("state", "=", "active"), ("pause_after_days", ">", 0)]
        )
        flows.filtered(lambda flow: flow._is_hopeless())._give_up()

    def _is_hopeless(self):
        """Whether it is still tried, and nothing has arrived for too long."""
        self.ensure_one()
        now = self.env.cr.now()
        self.env.cr.execute(
            """
            SELECT EXISTS (SELECT 1 FROM seam_message
                            WHERE flow_id = %(flow)s AND state IN ('waiting', 'failed')
                              AND tries > 0 AND received_at < %(since)s)
               AND EXISTS (SELECT 1 FROM seam_message m JOIN seam_call c ON c.message_id = m.id
                            WHERE m.flow_id = %(flow)s AND m.state IN ('waiting', 'failed')
                              AND c.at > %(lately)s)
               AND NOT EXISTS (SELECT 1 FROM seam_message
                                WHERE flow_id = %(flow)s AND settled_at >= %(since)s
                                  AND state = 'done')
               AND NOT EXISTS (SELECT 1 FROM seam_message
                                WHERE flow_id = %(flow)s AND state = 'sent'
                                  AND received_at >= %(since)s)
            """,
            {
                "flow": self.id,
                "since": now - timedelta(days=self.pause_after_days),
                "lately": now - timedelta(days=1),
            },
        )
        return self.env.cr.fetchone()[0]

    def _give_up(self):
        for flow in self:
            reason = self.env._("Nothing arrived for %s days.", flow.pause_after_days)
            flow.write({"state": "paused", "state_reason": reason})
            self.env["seam.exception"]._open_for_flow(
                flow,
                Fault(
                    "flow.failing",
                    self.env._("%(flow)s paused itself. %(reason)s", flow=flow.name, reason=reason),
                    fix=self.env._(
                        "Look at the last calls of its messages and talk to the partner. What is "
                        "to be sent is kept; activate the flow when the cause is mended."
                    ),
                ),
            )

    def action_activate(self):
        result = super().action_activate()
        self.env["seam.exception"].search(
            [
                ("flow_id", "in", self.ids),
                ("code", "=", "flow.failing"),
                ("state", "=", "open"),
            ]
        )._resolve(self.env._("The flow was activated again."))
        return result
