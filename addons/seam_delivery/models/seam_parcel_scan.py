import hashlib
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError

from . import tracking_plan
from .seam_parcel import STATUSES

KEEP_PARAMETER = "seam_delivery.keep_scans_days"
KEEP_DAYS = 400
BATCH = 5000


def mark(scan):
    """:return: what two tellings of one scan share"""
    words = (" ".join(str(scan.get(name) or "").casefold().split()) for name in ("place", "text"))
    text = "\x1f".join((scan["at"].isoformat(), scan["status"], *words))
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class SeamParcelScan(models.Model):
    """One place and moment of a parcel's way, as its carrier tells it. Never changed."""

    _name = "seam.parcel.scan"
    _description = "Scan of a parcel"
    _order = "at desc, rank desc, id desc"
    _log_access = False
    _rec_name = "text"

    parcel_id = fields.Many2one("seam.parcel", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    at = fields.Datetime("When", required=True, readonly=True)
    status = fields.Selection(STATUSES, required=True, readonly=True)
    place = fields.Char(readonly=True)
    text = fields.Char("Carrier's words", readonly=True)
    latitude = fields.Float(digits=(9, 6), readonly=True)
    longitude = fields.Float(digits=(9, 6), readonly=True)
    rank = fields.Integer(readonly=True)
    mark = fields.Char(required=True, readonly=True)
    heard_at = fields.Datetime("Heard", required=True, readonly=True)

    _mark_uniq = models.UniqueIndex("(parcel_id, mark)", "This scan is known.")
    _newest_idx = models.Index("(parcel_id, at DESC, rank DESC, id DESC)")
    _at_idx = models.Index("(at)")

    def write(self, vals):  # pylint: disable=method-required-super
        raise AccessError(self.env._("What a carrier told is never changed."))

    @api.model
    def _keep(self, scans):
        """Keep what is not known yet; the database decides.

        :param scans: list of (parcel, dict with at (naive UTC), status, place, text,
            latitude, longitude)
        :return: set of (parcel id, mark) that are new
        """
        if not scans:
            return set()
        now = self.env.cr.now()
        rows = {
            (parcel.id, mark(scan)): (
                parcel.id,
                parcel.company_id.id,
                scan["at"],
                scan["status"],
                scan.get("place"),
                scan.get("text"),
                scan.get("latitude"),
                scan.get("longitude"),
                tracking_plan.rank(scan["status"]),
                mark(scan),
                now,
            )
            for parcel, scan in scans
        }
        new = self.env.cr.execute_values(
            """
            INSERT INTO seam_parcel_scan (parcel_id, company_id, at, status, place, text,
                                          latitude, longitude, rank, mark, heard_at)
            VALUES %s ON CONFLICT (parcel_id, mark) DO NOTHING RETURNING parcel_id, mark
            """,
            [row for _key, row in sorted(rows.items())],
            template="(%s, %s, %s, %s, %s, %s, %s::numeric, %s::numeric, %s, %s, %s)",
            page_size=1000,
            fetch=True,
        )
        self.invalidate_model(flush=False)
        return {tuple(row) for row in new}

    @api.model
    def _newest(self, parcels):
        """:return: dict parcel id → dict of its newest scan"""
        self.env.cr.execute(
            """
            SELECT DISTINCT ON (parcel_id) parcel_id, at, status, place, text
              FROM seam_parcel_scan WHERE parcel_id = ANY(%s)
             ORDER BY parcel_id, at DESC, rank DESC, id DESC
            """,
            [parcels.ids],
        )
        return {row["parcel_id"]: row for row in self.env.cr.dictfetchall()}

    @api.autovacuum
    def _gc_old(self):
        """Places and times of people's parcels go; how each ended stays on the parcel.

        :return: (number removed, whether there may be more), for Odoo's cleaner
        """
        days = int(self.env["ir.config_parameter"].sudo().get_param(KEEP_PARAMETER, KEEP_DAYS))
        self.env.cr.execute(
            """
            DELETE FROM seam_parcel_scan WHERE id IN (
                SELECT id FROM seam_parcel_scan WHERE at < %s LIMIT %s)
            """,
            [fields.Datetime.now() - timedelta(days=days), BATCH],
        )
        count = self.env.cr.rowcount
        self.invalidate_model(flush=False)
        return count, count == BATCH
