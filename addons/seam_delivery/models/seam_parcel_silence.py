from odoo import api, fields, models

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.seam_exception import fingerprint

from . import tracking_plan

BATCH = 500


class SeamParcel(models.Model):
    """A parcel of which the carrier says nothing any more, or nothing at all.

    One exception for each; the next scan closes it. One that a person has closed is not
    opened again for the same silence.
    """

    _inherit = "seam.parcel"

    silent_case_id = fields.Many2one(
        "seam.exception",
        "Exception",
        readonly=True,
        ondelete="set null",
        groups="seam.group_seam_viewer",
    )
    silence_told = fields.Boolean(
        "Silent", readonly=True, help="There was an exception for this silence."
    )

    _silent_idx = models.Index("(silent_case_id) WHERE silent_case_id IS NOT NULL")
    _on_its_way_idx = models.Index(
        "(id) WHERE status IS NULL OR status NOT IN ('delivered', 'returned', 'lost')"
    )

    @api.model
    def _cron_silent(self):
        """Open an exception for each parcel that is silent, and close those that are over."""
        self._close_over()
        while True:
            count = self._open_silent()
            if not self.env["ir.cron"]._commit_progress(count, remaining=count) or count < BATCH:
                return

    @api.model
    def _open_silent(self):
        """:return: number of parcels, at most BATCH"""
        rows = self._find_silent()
        by_flow = {}
        for parcel_id, flow_id in rows:
            by_flow.setdefault(flow_id, []).append(parcel_id)
        for flow_id, ids in by_flow.items():
            self.sudo().browse(ids)._open_cases(self.env["seam.flow"]._conf_by_id(flow_id))
        return len(rows)

    def _find_silent(self):
        """Where nobody listens to the carrier, or cannot reach him, nothing can be silent. A
        return label may never be used.

        :return: list of (parcel id, id of the flow that should have heard of it)
        """
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT p.id, f.id FROM seam_parcel p
              JOIN seam_shipment s ON s.id = p.shipment_id
              JOIN delivery_carrier c ON c.id = s.carrier_id
              JOIN LATERAL (
                   SELECT id FROM seam_flow
                    WHERE system_id = c.seam_system_id AND state = 'active'
                      AND handler = 'seam.handler.delivery.tracking'
                    ORDER BY id LIMIT 1) f ON true
             WHERE s.state = 'bought' AND NOT COALESCE(p.silence_told, false)
               AND (p.status IS NULL OR p.status NOT IN ('delivered', 'returned', 'lost'))
               AND NOT EXISTS (SELECT 1 FROM seam_pull WHERE flow_id = f.id AND state = 'failed')
               AND CASE WHEN p.status IS NULL OR p.status = 'announced'
                        THEN c.seam_unaccepted_days > 0 AND s.purpose = 'delivery'
                         AND s.bought_at < %(now)s - c.seam_unaccepted_days * interval '1 day'
                        ELSE c.seam_silent_days > 0
                         AND p.status_at < %(now)s - c.seam_silent_days * interval '1 day' END
             ORDER BY p.id LIMIT %(limit)s FOR NO KEY UPDATE OF p SKIP LOCKED
            """,
            {"now": self.env.cr.now(), "limit": BATCH},
        )
        return self.env.cr.fetchall()

    def _open_cases(self, conf):
        faults = {parcel.id: parcel._silence() for parcel in self}
        cases = self.env["seam.exception"]._open(conf, faults.values())
        for parcel in self:
            parcel.write(
                {
                    "silence_told": True,
                    "silent_case_id": cases[fingerprint(conf, faults[parcel.id])],
                }
            )

    def _silence(self):
        """:return: Fault: what is not heard of, since when, and what to do"""
        picking, carrier = self.shipment_id.picking_id, self.shipment_id.carrier_id
        words = {
            "number": self.tracking,
            "carrier": carrier.name,
            "picking": picking.name,
            "customer": picking.partner_id.display_name or "?",
        }
        if self.status in tracking_plan.NOT_ACCEPTED:
            message = self.env._(
                "%(carrier)s has not scanned parcel %(number)s since its label was bought on "
                "%(since)s. Transfer %(picking)s to %(customer)s.",
                since=fields.Date.to_string(self.shipment_id.bought_at),
                **words,
            )
            fix = self.env._(
                "Look for it in the warehouse. If it is there, hand it over, or void the label. "
                "If it was handed over, ask the carrier."
            )
        else:
            message = self.env._(
                "Nothing was heard of parcel %(number)s since %(since)s: %(how)s. Transfer "
                "%(picking)s to %(customer)s.",
                since=fields.Date.to_string(self.status_at),
                how=self._how(),
                **words,
            )
            fix = self.env._(
                "Ask the carrier to look for it, and tell the customer. The next scan closes this "
                "by itself."
            )
        if self.ask_error:
            fix = self.env._(
                "%(fix)s When asked for it, the carrier answered: %(error)s",
                fix=fix,
                error=self.ask_error,
            )
        return Fault("expected.missing", message, fix=fix, subject=f"parcel:{self.tracking}:silent")

    @api.model
    def _close_over(self):
        """Of parcels that need not be heard of any more, e.g. as their label is void."""
        over = self.sudo().search(
            [
                ("silent_case_id", "!=", False),
                "|",
                ("shipment_id.state", "!=", "bought"),
                ("status", "in", tracking_plan.ENDS),
            ]
        )
        over._end_silence(self.env._("Nothing more is to be heard of the parcel."))

    def _end_silence(self, why):
        cases = self.silent_case_id.sudo().filtered(lambda case: case.state == "open")
        self.filtered("silence_told").write({"silent_case_id": False, "silence_told": False})
        if cases:
            cases._resolve(why)

    def _moved(self):
        super()._moved()
        self._end_silence(self.env._("The parcel was scanned again."))
