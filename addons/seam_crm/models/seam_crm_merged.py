from odoo import api, fields, models


class SeamCrmMerged(models.Model):
    """Ids of a CRM whose records were merged into others, there or here.

    A binding is one to one: an id that is merged away has none. This remembers it, so
    that what comes late under it makes nothing anew.
    """

    _name = "seam.crm.merged"
    _description = "Record of a CRM that was merged away"
    _rec_name = "external_id"

    system_id = fields.Many2one("seam.system", required=True, ondelete="cascade")
    res_model = fields.Char(required=True)
    external_id = fields.Char(required=True)
    into_id = fields.Char("Merged into", required=True, index=True)
    by = fields.Selection([("theirs", "Merged there"), ("ours", "Merged in Odoo")], required=True)
    settled = fields.Boolean(help="Both sides know of it.")

    _external_uniq = models.UniqueIndex("(system_id, res_model, external_id)")

    @api.model
    def _of(self, system_id, model, ids):
        """:return: dict external id → row"""
        found = self.search(
            [
                ("system_id", "=", system_id),
                ("res_model", "=", model),
                ("external_id", "in", list(ids)),
            ]
        )
        return {row.external_id: row for row in found}

    @api.model
    def _note(self, system_id, model, ids, into_id, by):
        """Ids are merged away: their bindings end, and what was merged into them follows."""
        ids = set(ids)
        if not ids:
            return
        self.env["seam.binding"].sudo().search(
            [
                ("system_id", "=", system_id),
                ("res_model", "=", model),
                ("external_id", "in", list(ids)),
            ]
        ).unlink()
        known = self._of(system_id, model, ids)
        settled = by == "theirs"
        for row in known.values():
            row.write({"into_id": into_id, "by": by, "settled": settled})
        self.create(
            [
                {
                    "system_id": system_id,
                    "res_model": model,
                    "external_id": id_,
                    "into_id": into_id,
                    "by": by,
                    "settled": settled,
                }
                for id_ in sorted(ids - known.keys())
            ]
        )
        self.search(
            [
                ("system_id", "=", system_id),
                ("res_model", "=", model),
                ("into_id", "in", list(ids)),
            ]
        ).write({"into_id": into_id})

    def _turn(self):
        """Odoo merged this id into another; the CRM did it the other way round, and its
        ids are its own. What Odoo has is weighed anew against what it says.

        :return: the binding, which goes on under this id
        """
        self.ensure_one()
        system, model, key = self.system_id.id, self.res_model, self.external_id
        other = self.into_id
        bindings = self.env["seam.binding"].sudo()
        record = bindings._find(system, model, [other]).get(other)
        self.unlink()
        self._note(system, model, [other], key, "theirs")
        if record:
            agreements = self.env["seam.crm.agreement"].sudo()
            put_away = agreements._put_away(system, model, record.ids)
            agreements._forget(system, model, record.ids)
            agreements._keep(system, model, put_away)
            bindings._bind(system, {key: record})
        return bindings._by_key(system, model, [key]).get(key, bindings.browse())
