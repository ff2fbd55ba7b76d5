from odoo import api, models

# Odoo's machinery and our own: never watched, and asked about all the time.
UNWATCHED = ("bus.", "ir.", "mail.", "queue.", "seam.")


class Base(models.AbstractModel):
    """Tells flows of changes to the records that they send.

    It costs one look into a cached dict for each write where nobody listens.
    """

    _inherit = "base"

    def _seam_watches(self):
        """:return: list of flows that listen to this model, or None"""
        if not self.pool.ready or self._transient or self._name.startswith(UNWATCHED):
            return None
        return self.env["seam.endpoint"]._watched().get(self._name)

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        watches = records and records._seam_watches()
        if watches:
            self.env["seam.handler.record.out"]._note(watches, records, "created")
        return records

    def write(self, vals):
        """For what is no column of the record: its lines and links."""
        result = super().write(vals)
        watches = self and vals and self._seam_watches()
        if watches:
            if "seam_origin" in self.env.context:
                # whose change it is must be known when its columns are written
                self.flush_recordset()
            archived = vals.get("active") is False
            self.env["seam.handler.record.out"]._note(
                watches, self, "archived" if archived else "changed", set(vals)
            )
        return result

    def _write_multi(self, vals_list):
        """For columns, those that are computed included."""
        super()._write_multi(vals_list)
        watches = self and self._seam_watches()
        if watches:
            out = self.env["seam.handler.record.out"]
            for record, vals in zip(self, vals_list, strict=True):
                out._note(watches, record, "changed", set(vals))

    def unlink(self):
        watches = self and self._seam_watches()
        if not watches:
            return super().unlink()
        out = self.env["seam.handler.record.out"]
        documents = out._documents_before_deletion(watches, self)
        result = super().unlink()
        out._note(watches, self, "deleted", documents=documents)
        return result
