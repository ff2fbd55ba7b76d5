from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.fault import Fault

OVERDUE_BATCH = 500
# Faults of which nobody knows whether the partner has the message.
UNCLEAR = ("confirm.overdue", "transport.ambiguous")


class SeamMessageConfirm(models.Model):
    """What is sent is done when the partner confirms it, where the flow expects that."""

    _inherit = "seam.message"

    confirm_by = fields.Datetime("Expected by", readonly=True)
    confirmed_at = fields.Datetime("Confirmed", readonly=True)
    foretold = fields.Boolean(
        readonly=True,
        help="A confirmation came while it was waiting to be tried again: it holds as soon as "
        "the partner accepts it.",
    )

    _sent_idx = models.Index("(confirm_by) WHERE state = 'sent'")
    _sent_key_idx = models.Index("(system_id, ordering_key) WHERE state = 'sent'")

    @api.model
    def _confirm_sent(self, system_id, keys, handler=None, note=""):
        """The partner acknowledges documents: what was sent of them is done.

        Call it in the transaction that applies the acknowledgement. One that comes
        before its message is recorded as sent is remembered; one of a message whose
        answer was lost settles it, if it is the first of its document. Any other that is
        to be tried again is still sent, for the confirmation may be of an earlier one,
        and nothing further is waited for.

        :param keys: ordering keys, see ``seam.handler._ordering_key``
        :param handler: model name of the outgoing handler; None: of any
        :return: number of messages that are done by it
        """
        self.env["seam.message"].flush_model()
        self.env.cr.execute(
            """
            SELECT m.id,
                   m.state = 'sent' OR m.fault_code = 'confirm.overdue'
                   OR ((m.state = 'working' OR m.unsure) AND NOT EXISTS (
                       SELECT 1 FROM seam_message e
                        WHERE e.ordering_key = m.ordering_key AND e.flow_id = m.flow_id
                          AND e.id < m.id AND e.tries > 0)),
                   m.state, m.exception_id
              FROM seam_message m JOIN seam_flow f ON f.id = m.flow_id
             WHERE m.system_id = %(system)s AND m.direction = 'out'
               AND m.ordering_key = ANY(%(keys)s)
               AND (%(handler)s IS NULL OR f.handler = %(handler)s)
               AND (m.state IN ('sent', 'working')
                    OR ((m.unsure OR m.tries > 0) AND m.state IN %(open)s))
               FOR NO KEY UPDATE OF m
            """,
            {
                "system": system_id,
                "keys": list(keys),
                "handler": handler,
                "open": ("waiting", "failed", "pending"),
            },
        )
        rows = self.env.cr.fetchall()
        arrived = [id_ for id_, surely, *_rest in rows if surely]
        self.env.cr.execute(
            "UPDATE seam_message SET confirmed_at = %(now)s WHERE id = ANY(%(arrived)s);"
            "UPDATE seam_message SET foretold = true WHERE id = ANY(%(others)s)",
            {
                "now": self.env.cr.now(),
                "arrived": arrived,
                "others": [id_ for id_, surely, *_rest in rows if not surely],
            },
        )
        ids = [id_ for id_, surely, state, _case in rows if surely and state != "working"]
        self._settle_confirmed(ids, note or self.env._("Confirmed by the partner."))
        cases = [case for id_, *_rest, case in rows if case and id_ in ids]
        self._after_confirm(ids, cases)
        return len(ids)

    def _after_confirm(self, ids, cases):
        if not ids:
            return
        message_model = self.env["seam.message"].browse()

        def release():
            message_model._release(ids)
            message_model.env["seam.exception"]._close_settled(cases)

        self.env.cr.postcommit.add(release)

    @api.model
    def _confirm_early(self, ids):
        """Settle what was confirmed before its answer was recorded."""
        self.env.cr.execute(
            "SELECT id FROM seam_message WHERE id = ANY(%s)"
            " AND ((state = 'sent' AND (foretold OR confirmed_at IS NOT NULL))"
            " OR (state IN ('waiting', 'failed') AND unsure AND confirmed_at IS NOT NULL))",
            [ids],
        )
        self._settle_confirmed(
            [row[0] for row in self.env.cr.fetchall()], self.env._("Confirmed by the partner.")
        )

    def _settle_confirmed(self, ids, note, **event):
        if not ids:
            return
        self.env.cr.execute(
            """
            UPDATE seam_message
               SET state = 'done', settled_at = %s, state_reason = %s, next_try_at = NULL,
                   fault_code = NULL, fault_message = NULL, fault_fix = NULL, errors = NULL,
                   unsure = false
             WHERE id = ANY(%s)
            """,
            [self.env.cr.now(), note[:250], list(ids)],
        )
        self._log(
            [
                {
                    "message_id": id_,
                    "name": self.env._("Confirmed"),
                    "state": "done",
                    "text": note,
                    **event,
                }
                for id_ in ids
            ]
        )
        self.invalidate_model()

    def action_open_confirm(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("It arrived"),
            "res_model": "seam.confirm.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_message_ids": self.ids},
        }

    def _confirm_by_hand(self, reason):
        """A person has found out that the partner has it.

        :raise UserError: it is clear what became of one of them
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Say how you know: the reason is kept."))
        if self.filtered(lambda m: m.fault_code not in UNCLEAR and m.state != "sent"):
            raise UserError(self.env._("It is known what became of one of these messages."))
        cases = self._move(
            ("failed", "sent"), "done", self.env._("Confirmed by hand"), reason, unsure=False
        )
        self._after_commit(cases)

    # -- overdue -----------------------------------------------------------------------

    def _confirm_by(self, conf):
        """:return: until when a confirmation is expected that is asked for now"""
        now = fields.Datetime.now()
        calendar = self.env["resource.calendar"].sudo().browse(conf.calendar_id)
        if not calendar:
            return fields.Datetime.add(now, hours=conf.confirm_hours)
        # a calendar without working hours in reach gives None
        return calendar.plan_hours(conf.confirm_hours, now, compute_leaves=True) or (
            fields.Datetime.add(now, hours=conf.confirm_hours)
        )

    @api.model
    def _open_overdue(self):
        """What should be confirmed by now needs a person, or a question to the partner.

        :return: whether there may be more
        """
        self.env.cr.execute(
            """
            SELECT id, flow_id FROM seam_message
             WHERE state = 'sent' AND confirm_by < %s
             ORDER BY confirm_by LIMIT %s FOR UPDATE SKIP LOCKED
            """,
            [self.env.cr.now(), OVERDUE_BATCH],
        )
        by_flow = {}
        rows = self.env.cr.fetchall()
        for id_, flow_id in rows:
            by_flow.setdefault(flow_id, []).append(id_)
        for flow_id, ids in by_flow.items():
            conf = self.env["seam.flow"]._conf_by_id(flow_id)
            fault = Fault(
                "confirm.overdue",
                self.env._("%s has not confirmed what was sent in time.", conf.system_code),
                fix=self.env._(
                    "Ask the partner. If it arrived, choose “It arrived”; “Retry” asks the "
                    "partner's system and sends it again only if it is not there."
                ),
                subject="overdue",
            )
            (case,) = self.env["seam.exception"]._open(conf, [fault]).values()
            self.env.cr.execute(
                """
                UPDATE seam_message
                   SET state = 'failed', unsure = true, fault_code = %s, fault_message = %s,
                       fault_fix = %s, state_reason = %s, exception_id = %s
                 WHERE id = ANY(%s)
                """,
                [fault.code, fault.message, fault.fix, fault.message[:250], case, ids],
            )
            self._log(
                [
                    {
                        "message_id": id_,
                        "name": self.env._("Needs attention"),
                        "state": "failed",
                        "code": fault.code,
                        "text": fault.message,
                    }
                    for id_ in ids
                ]
            )
        return len(rows) == OVERDUE_BATCH
