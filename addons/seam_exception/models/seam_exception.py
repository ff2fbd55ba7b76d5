from datetime import timedelta

from odoo import api, fields, models

from ..const import FAULT_CLASSES, STAGES, fault_class

REOPEN_DAYS = 30


class SeamException(models.Model):
    """A case of the workplace: the engine's exception, with a stage and a history.

    ``state`` stays the engine's: open or resolved. ``stage`` tells people more, and
    is ``resolved`` exactly when the state is.
    """

    _inherit = "seam.exception"
    _order = "priority desc, first_at, id"

    fault_class = fields.Selection(
        FAULT_CLASSES,
        "Whose matter",
        compute="_compute_fault_class",
        store=True,
        readonly=True,
        help="Data: somebody who knows the business. Partner: the other side. System: "
        "settings and rights here. Program: the support.",
    )
    stage = fields.Selection(
        STAGES, default="new", required=True, readonly=True, tracking=True, group_expand=True
    )
    occurrence = fields.Integer(
        "Times", default=1, readonly=True, help="How often this cause came, closed in between."
    )
    regressed = fields.Boolean(
        "Came back",
        readonly=True,
        help="It was resolved before, and the same cause is there again.",
    )
    last_resolution = fields.Char(
        "Last time", readonly=True, help="How it was resolved the last time."
    )

    _again_idx = models.Index("(fingerprint, resolved_at DESC) WHERE state = 'resolved'")

    @api.depends("code", "kind")
    def _compute_fault_class(self):
        for case in self:
            case.fault_class = fault_class(case.code, case.kind)

    # -- opening -----------------------------------------------------------------------

    @api.model
    def _open(self, conf, faults):
        """What is opened or joined is counted after the caller's commit, see ``_touch``."""
        cases = super()._open(conf, faults)
        self._touch(cases.values())
        return cases

    @api.model
    def _reopen(self, conf, faults):
        """A cause that comes back goes on in its newest case, as regressed.

        Of two workers the second waits for the row, finds it open, and tries again:
        the key of what is open is unique.
        """
        cases = super()._reopen(conf, faults)
        rows = [
            (key, fault.message[:500], fault.fix, fault.pointer, fault.extra.get("traceback"))
            for key, fault in faults.items()
            if key not in cases
        ]
        if not rows:
            return cases
        now = fields.Datetime.now()
        since = now - timedelta(days=self._reopen_days())
        found = self.env.cr.execute_values(
            """
            UPDATE seam_exception e
               SET state = 'open', stage = 'new', regressed = true,
                   occurrence = COALESCE(e.occurrence, 1) + 1,
                   last_resolution = e.resolution, resolution = NULL, resolved_at = NULL,
                   acknowledged_at = NULL, acknowledged_by_id = NULL, snoozed_until = NULL,
                   snoozed_until_count = 0, routed_at = NULL, asked_at = NULL,
                   first_at = v.now::timestamp, write_date = v.now::timestamp,
                   owner_id = v.owner::int, name = v.name, fix = v.fix, pointer = v.pointer,
                   technical = COALESCE(v.technical, e.technical)
              FROM (VALUES %s) AS v (key, name, fix, pointer, technical, now, since, owner),
           LATERAL (SELECT id FROM seam_exception o
                     WHERE o.fingerprint = v.key AND o.state = 'resolved'
                       AND o.resolved_at >= v.since::timestamp
                     ORDER BY o.resolved_at DESC LIMIT 1) AS last
             WHERE e.id = last.id AND e.state = 'resolved'
            RETURNING e.fingerprint, e.id
            """,
            [(*row, now, since, conf.owner_id) for row in rows],
            fetch=True,
        )
        ids = [id_ for _key, id_ in found]
        self.browse(ids).invalidate_recordset(flush=False)
        return {**cases, **dict(found)}

    @api.model
    def _reopen_days(self):
        given = self.env["ir.config_parameter"].sudo().get_param("seam_exception.reopen_days")
        return int(given) if (given or "").isdigit() else REOPEN_DAYS

    # -- closing -----------------------------------------------------------------------

    def _resolve(self, resolution):
        """Close, and keep how: see ``seam.exception.episode``."""
        cases = self.filtered(lambda case: case.state == "open").sudo()
        result = super()._resolve(resolution)
        cases.write({"stage": "resolved", "snoozed_until": False, "snoozed_until_count": 0})
        cases._remember(resolution)
        self._touch(cases.ids)
        return result
