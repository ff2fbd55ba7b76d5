from datetime import timedelta
from functools import partial

from odoo import api, models

from ..const import TERMINAL

BATCH = 1000


class SeamRetention(models.Model):
    """Bodies go first, the message's row later: until then a repetition is recognised.

    Only finished messages go, and only those whose hour is in the flow's totals.
    """

    _inherit = "seam.message"

    # finished messages that still have a body
    _bodied_idx = models.Index(
        "(flow_id, settled_at) WHERE settled_at IS NOT NULL "
        "AND (body IS NOT NULL OR body_attachment_id IS NOT NULL)"
    )
    # PostgreSQL looks for references to each row that goes
    _replaces_idx = models.Index("(replaces_id) WHERE replaces_id IS NOT NULL")
    _replaced_by_idx = models.Index("(replaced_by_id) WHERE replaced_by_id IS NOT NULL")
    _attachment_idx = models.Index("(body_attachment_id) WHERE body_attachment_id IS NOT NULL")

    @api.model
    def _cron_purge(self):
        """Remove what is over its time, in small transactions, until the cron's time is up."""
        for step in self._purge_steps():
            while removed := step():
                if not self.env["ir.cron"]._commit_progress(removed, remaining=BATCH):
                    return
        self.env["ir.cron"]._commit_progress(remaining=0)

    @api.model
    def _purge_steps(self):
        """Hook: what to remove, in this order.

        :return: list of functions that remove at most BATCH each time, and return how many
        """
        return [
            *(
                partial(step, flow)
                for flow in self.env["seam.flow"].sudo().search([])
                for step in (self._purge_bodies, self._purge_messages)
            ),
            self._purge_orphans,
        ]

    @api.model
    def _purge_bodies(self, flow):
        """:return: number of messages whose body was removed, at most BATCH"""
        now = self.env.cr.now()
        self.env.cr.execute(
            """
            SELECT id, body_attachment_id FROM seam_message
             WHERE flow_id = %s AND settled_at < %s AND state IN %s
               AND (body IS NOT NULL OR body_attachment_id IS NOT NULL)
             ORDER BY settled_at LIMIT %s FOR UPDATE SKIP LOCKED
            """,
            [flow.id, now - timedelta(days=flow.body_days), TERMINAL, BATCH],
        )
        rows = self.env.cr.fetchall()
        ids = [id_ for id_, _attachment in rows]
        self.env.cr.execute(
            "UPDATE seam_message SET body = NULL, body_attachment_id = NULL WHERE id = ANY(%s)",
            [ids],
        )
        self._forget_edits(ids)
        self._forget_calls(ids)
        self._remove_attachments([attachment for _id, attachment in rows if attachment])
        self.invalidate_model()
        return len(rows)

    def _forget_edits(self, ids):
        """What a person changed in a body is a piece of that body."""
        self.env.cr.execute(
            """
            UPDATE seam_message_event SET data = data - 'difference'
             WHERE message_id = ANY(%s) AND data ->> 'difference' IS NOT NULL
            """,
            [ids],
        )

    def _forget_calls(self, ids):
        self.env.cr.execute(
            """
            UPDATE seam_call SET request_body = NULL, response_body = NULL
             WHERE message_id = ANY(%s)
            """,
            [ids],
        )

    @api.model
    def _purge_messages(self, flow):
        """:return: number of messages that were removed with their events, at most BATCH"""
        now = self.env.cr.now()
        self.env.cr.execute(
            """
            SELECT id, body_attachment_id FROM seam_message
             WHERE flow_id = %s AND state IN %s
               AND settled_at < (SELECT least(until, %s) FROM seam_flow_total
                                  WHERE flow_id = %s)
             ORDER BY settled_at LIMIT %s FOR UPDATE SKIP LOCKED
            """,
            [flow.id, TERMINAL, now - timedelta(days=flow.message_days), flow.id, BATCH],
        )
        rows = self.env.cr.fetchall()
        self.env.cr.execute(
            "DELETE FROM seam_message WHERE id = ANY(%s)", [[id_ for id_, _attachment in rows]]
        )
        self._remove_attachments([attachment for _id, attachment in rows if attachment])
        self.invalidate_model()
        return len(rows)

    @api.model
    def _purge_orphans(self):
        """Remove large bodies that no message holds: of repetitions, which are not kept."""
        self.env.cr.execute(
            """
            SELECT a.id FROM ir_attachment a
             WHERE a.res_model = 'seam.message' AND coalesce(a.res_id, 0) = 0
               AND a.create_date < %s
               AND NOT EXISTS (SELECT 1 FROM seam_message m WHERE m.body_attachment_id = a.id)
             LIMIT %s
            """,
            [self.env.cr.now() - timedelta(days=1), BATCH],
        )
        orphans = [row[0] for row in self.env.cr.fetchall()]
        self._remove_attachments(orphans)
        return len(orphans)

    @api.model
    def _remove_attachments(self, ids):
        self.env["ir.attachment"].sudo().browse(ids).unlink()


class SeamBindingRetention(models.Model):
    _inherit = "seam.binding"

    # PostgreSQL looks for bindings that point to a message that goes
    _message_idx = models.Index("(message_id) WHERE message_id IS NOT NULL")
