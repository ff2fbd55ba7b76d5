from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.seam.models.own_cursor import own_env


class SeamHubspotQuota(models.Model):
    """How many calls HubSpot allows a day, and how many are left: as it said last."""

    _name = "seam.hubspot.quota"
    _description = "Calls left at HubSpot"
    _log_access = False

    system_id = fields.Many2one("seam.system", required=True, ondelete="cascade")
    daily = fields.Integer(required=True)
    remaining = fields.Integer(required=True)
    told_at = fields.Float(required=True, help="Seconds since 1970.")

    _system_uniq = models.UniqueIndex("(system_id)")

    @api.model
    def _note(self, system_id, left):
        """:param left: quota.Left, or None"""
        if not left:
            return
        with own_env(self.env, user=SUPERUSER_ID, read_committed=True) as env:
            env.cr.execute(
                """
                INSERT INTO seam_hubspot_quota (system_id, daily, remaining, told_at)
                VALUES (%s, %s, %s, extract(epoch FROM clock_timestamp()))
                ON CONFLICT (system_id) DO UPDATE
                   SET daily = EXCLUDED.daily, remaining = EXCLUDED.remaining,
                       told_at = EXCLUDED.told_at
                """,
                [system_id, *left],
            )

    @api.model
    def _of(self, system_id):
        """:return: (daily, remaining, told_at), or None; read past any cache"""
        self.env.cr.execute(
            "SELECT daily, remaining, told_at FROM seam_hubspot_quota WHERE system_id = %s",
            [system_id],
        )
        return self.env.cr.fetchone()
