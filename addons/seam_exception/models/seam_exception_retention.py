from datetime import timedelta

from odoo import api, models

from odoo.addons.seam.models.seam_retention import BATCH

ALERT_DAYS = 90
OPERATION_DAYS = 365


class SeamRetention(models.Model):
    _inherit = "seam.message"

    @api.model
    def _purge_steps(self):
        return [
            *super()._purge_steps(),
            self.env["seam.exception.alert"]._purge_ended,
            self.env["seam.operation"]._purge_lines,
        ]

    @api.model
    def _days_ago(self, name, default):
        """:return: the moment so many days ago as the system parameter says"""
        given = self.env["ir.config_parameter"].sudo().get_param(f"seam_exception.{name}")
        days = int(given) if (given or "").isdigit() else default
        return self.env.cr.now() - timedelta(days=days)


class SeamExceptionAlert(models.Model):
    _inherit = "seam.exception.alert"

    _ended_idx = models.Index("(due_at) WHERE state IN ('sent', 'dropped', 'failed')")

    @api.model
    def _purge_ended(self):
        """Remove old alerts of times that are over.

        Those of a case that is open stay: they are how Seam knows whom it has told.

        :return: number of alerts removed, at most BATCH
        """
        self.env.flush_all()
        self.env.cr.execute(
            """
            DELETE FROM seam_exception_alert WHERE id IN (
                SELECT a.id FROM seam_exception_alert a
                  JOIN seam_exception e ON e.id = a.exception_id
                 WHERE a.state IN ('sent', 'dropped', 'failed') AND a.due_at < %s
                   AND (e.state = 'resolved' OR a.occurrence < e.occurrence)
                 ORDER BY a.due_at LIMIT %s FOR UPDATE OF a SKIP LOCKED)
            """,
            [self.env["seam.message"]._days_ago("alert_days", ALERT_DAYS), BATCH],
        )
        removed = self.env.cr.rowcount
        self.invalidate_model(flush=False)
        return removed


class SeamOperation(models.Model):
    _inherit = "seam.operation"

    @api.model
    def _purge_lines(self):
        """Remove the items of old operations; the operations stay, with their numbers.

        One that was looked at and never started cannot be started without its items:
        it is cancelled first, as of the day on which it was left.

        :return: number of items removed, at most BATCH
        """
        before = self.env["seam.message"]._days_ago("operation_days", OPERATION_DAYS)
        self.env.flush_all()
        self.env.cr.execute(
            """
            UPDATE seam_operation SET state = 'cancelled', ended_at = create_date
             WHERE state = 'preview' AND create_date < %s
            """,
            [before],
        )
        self.env.cr.execute(
            """
            DELETE FROM seam_operation_line WHERE id IN (
                SELECT l.id FROM seam_operation_line l
                  JOIN seam_operation o ON o.id = l.operation_id
                 WHERE o.state IN ('done', 'cancelled') AND o.ended_at < %s
                 LIMIT %s FOR UPDATE OF l SKIP LOCKED)
            """,
            [before, BATCH],
        )
        removed = self.env.cr.rowcount
        self.invalidate_model(flush=False)
        self.env["seam.operation.line"].invalidate_model(flush=False)
        return removed
