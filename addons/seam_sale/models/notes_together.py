"""Notes on the deliveries of a batch of orders, written in one go."""

from odoo import models

NOTES = "seam_notes"
ORIGIN = "mail.message_origin_link"


class NotesTogether:
    """Notes in the order in which Odoo would have written them, delivery by delivery.

    Nobody follows a delivery that was made a moment ago, unless an addon or a person's
    setting says so: followers are told as ever, by a note that is posted.
    """

    def __init__(self):
        self._notes = {}

    def add(self, pickings, bodies, origin=False):
        for picking in pickings:
            self._notes.setdefault(picking.id, []).append((bodies[picking.id], origin))

    def post(self, env):
        """The first note of all deliveries, then the second one of all, and so on."""
        notes, self._notes = self._notes, {}
        pickings = env["stock.picking"].with_context(**{NOTES: None})
        notes = {id_: notes[id_] for id_ in pickings.browse(notes).exists().ids}
        followed = self._followed(env, notes)
        first = {}
        for rank in range(max(map(len, notes.values()), default=0)):
            logged = {}
            for id_, of_picking in notes.items():
                body, origin = of_picking[rank] if rank < len(of_picking) else (None, False)
                if origin and id_ in followed:
                    pickings.browse(id_).message_post(body=body, subtype_xmlid="mail.mt_note")
                elif body is not None:
                    logged[id_] = body
            for message in pickings.browse(logged)._message_log_batch(bodies=logged):
                if notes[message.res_id][rank][1]:
                    # as Odoo's post has it: an answer to the first, and for all who see notes
                    ancestor = first.get(message.res_id)
                    message.write({"parent_id": ancestor, "is_internal": False})
                first.setdefault(message.res_id, message.id)

    def _followed(self, env, ids):
        followers = env["mail.followers"].sudo()
        domain = [("res_model", "=", "stock.picking"), ("res_id", "in", list(ids))]
        return set(followers.search(domain).mapped("res_id")) if ids else set()


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _message_log_batch(self, bodies, **options):
        notes = self.env.context.get(NOTES)
        if not notes or options:
            return super()._message_log_batch(bodies, **options)
        notes.add(self, bodies)
        return self.env["mail.message"]

    def message_post_with_source(
        self, source_ref, *, render_values=None, subtype_xmlid=False, **options
    ):
        """Odoo posts which order a delivery was made for."""
        notes = self.env.context.get(NOTES)
        if not notes or source_ref != ORIGIN or subtype_xmlid != "mail.mt_note" or options:
            return super().message_post_with_source(
                source_ref, render_values=render_values, subtype_xmlid=subtype_xmlid, **options
            )
        bodies = self.env["mail.render.mixin"]._render_template_qweb_view(
            source_ref, self._name, self.ids, add_context=render_values
        )
        notes.add(self, bodies, origin=True)
        return self.env["mail.message"]
