from odoo import api, fields, models

from odoo.addons.seam.models.own_cursor import own_env

from .. import const


class SeamHubspotWanted(models.Model):
    """Records of HubSpot that an event told of, and that are to be read.

    A row stands until the page that was read for it is stored: whatever dies when, it is
    read again, and what was known already is recognised.
    """

    _name = "seam.hubspot.wanted"
    _description = "Record of HubSpot to be read"
    _order = "id"
    _log_access = False

    system_id = fields.Many2one("seam.system", required=True, ondelete="cascade")
    object = fields.Char(required=True)
    number = fields.Char(required=True)
    at = fields.Char(required=True, help="When it happened, as RFC 3339.")
    merged = fields.Json(help="Numbers of the records that became a part of it.")

    _due_idx = models.Index("(system_id, object, id)")

    @api.model
    def _take(self, system_id, type_, done=()):
        """Drop the rows of the last page, which is stored by now, and show the next ones.

        :param done: ids of rows
        :return: (list of ids of rows, dict number → (time, set of merged numbers))
        """
        with own_env(self.env, read_committed=True) as env:
            wanted = env[self._name].sudo()
            if done:
                env.cr.execute(
                    "DELETE FROM seam_hubspot_wanted WHERE id = ANY(%s) AND system_id = %s",
                    [list(done), system_id],
                )
            rows = wanted.search_fetch(
                [("system_id", "=", system_id), ("object", "=", type_)],
                ["number", "at", "merged"],
                limit=const.PAGE,
            )
            found = {}
            for row in rows:
                at, merged = found.get(row.number, (row.at, set()))
                found[row.number] = (max(at, row.at), merged | set(row.merged or ()))
            return rows.ids, found
