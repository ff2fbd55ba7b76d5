from odoo import api, fields, models

MARKS = "seam.stock.transfers"
# A change of one of these may be a change of what a warehouse was asked for.
TOLD = {
    "carrier_id",
    "carrier_tracking_ref",
    "move_type",
    "note",
    "partner_id",
    "priority",
    "scheduled_date",
}
HANDLERS = ("seam.handler.stock.delivery", "seam.handler.stock.receipt.notice")


class StockPickingTell(models.Model):
    """Who must be told what of a transfer, once, when the transaction is committed.

    However a transfer came to be what it is (a sale, a user, a scheduler), it is only
    marked meanwhile. At the end its document is compared with the one that the
    warehouse was told last.
    """

    _inherit = "stock.picking"

    def write(self, vals):
        result = super().write(vals)
        if not TOLD.isdisjoint(vals):
            self._seam_mark()
        return result

    def _seam_mark(self):
        """Look at these transfers before the transaction is committed."""
        if not self or not self.env["seam.flow"]._tells_transfers():
            return
        marks = self.env.cr.precommit.data.setdefault(MARKS, {})
        if not marks:
            self.env.cr.precommit.add(self.sudo().browse()._seam_tell_marked)
        context = self.env.context
        confirmed = context.get("seam_confirmed") or ()
        for picking in self.sudo():
            # What a warehouse just confirmed is known there; all else is news to it,
            # also where its confirmation is the cause.
            known = picking.seam_reference in confirmed and picking.seam_reference
            marks[picking.id] = (context.get("seam_origin"), bool(known))

    @api.model
    def _seam_tell_marked(self):
        marks = self.env.cr.precommit.data.pop(MARKS, {})
        groups = {}
        for id_, mark in marks.items():
            groups.setdefault(mark, []).append(id_)
        for (origin, known), ids in groups.items():
            # what is told is compared as it is for everybody, not as for one flow
            context = {"seam_origin": origin, "seam_flow": False}
            pickings = self.sudo().with_context(**context).browse(ids).exists()
            for name in HANDLERS:
                self.env[name].with_env(pickings.env)._tell(pickings, answer=not known)

    def _seam_start(self):
        """Give transfers and lines the numbers by which the warehouse will know them."""
        for picking in self:
            if not picking.seam_reference:
                picking.seam_reference = picking._seam_new_reference()
        for move in self.move_ids:
            if not move.seam_line and move.state not in ("done", "cancel"):
                move.seam_line = str(move.id)

    def _seam_told(self, checksum):
        """Remember which state of the document is told, and count it."""
        self.write(
            {
                "seam_checksum": checksum,
                "seam_revision": self.seam_revision + 1,
                "seam_told_at": fields.Datetime.now(),
            }
        )
