from odoo import api, fields, models
from odoo.exceptions import UserError

STATUSES = [
    ("accepted", "Accepted"),
    ("waiting", "Waiting"),
    ("picking", "Picking"),
    ("packed", "Packed"),
    ("shipped", "Shipped"),
    ("arrived", "Arrived"),
    ("receiving", "Receiving"),
    ("received", "Received"),
    ("rejected", "Rejected"),
    ("cancelled", "Cancelled"),
    ("cancel_refused", "Not cancelled: too late"),
]
# What the rest of a transfer keeps, because it stays with the warehouse.
STAYS = ("seam_reference", "seam_revision", "seam_told_at", "seam_wms_number", "seam_correlation")


class StockPicking(models.Model):
    """A transfer that a warehouse of a partner carries out.

    The partner knows it by ``seam_reference``. A backorder of what he has still to do
    keeps the reference; one that he is to be asked for anew gets a new one.
    """

    _inherit = "stock.picking"

    seam_reference = fields.Char(
        "Reference at the warehouse", readonly=True, copy=False, index="btree_not_null"
    )
    seam_revision = fields.Integer("Revision", readonly=True, copy=False)
    seam_checksum = fields.Char(readonly=True, copy=False)
    seam_told_at = fields.Datetime("Told to the warehouse", readonly=True, copy=False)
    seam_correlation = fields.Char("Business transaction", readonly=True, copy=False)
    seam_hold = fields.Boolean(
        "Held back",
        readonly=True,
        copy=False,
        help="The warehouse closed it with a part missing. It is asked again when a person "
        "decides so.",
    )
    seam_status = fields.Selection(STATUSES, "At the warehouse", readonly=True, copy=False)
    seam_status_at = fields.Datetime("Since", readonly=True, copy=False)
    seam_status_text = fields.Char("Reason", readonly=True, copy=False)
    seam_wms_number = fields.Char("Number at the warehouse", readonly=True, copy=False)
    seam_done_at = fields.Datetime(
        "Handled",
        readonly=True,
        copy=False,
        help="When the goods left or came, as the warehouse tells it.",
    )

    def action_seam_request_again(self):
        """Ask the warehouse for what it left open, under a new reference."""
        self.check_access("write")
        held = self.filtered(lambda p: p.seam_hold and p.state not in ("done", "cancel"))
        if not held:
            raise UserError(self.env._("Nothing of this is held back."))
        held._seam_require_settled()
        held._seam_request_anew()
        held.activity_feedback(
            ["mail.mail_activity_data_todo"], feedback=self.env._("The warehouse is asked again.")
        )

    def _seam_require_settled(self):
        """What is held up here may be the very part that seems to be missing.

        :raise UserError: a confirmation of one of these transfers has no outcome yet
        """
        self.env["seam.message"].sudo().flush_model()
        self.env.cr.execute(
            """
            SELECT m.label FROM seam_message m JOIN seam_flow f ON f.id = m.flow_id
             WHERE f.handler IN ('seam.handler.stock.shipment', 'seam.handler.stock.receipt')
               AND f.company_id = ANY(%s) AND m.touches ?| %s
               AND m.state IN ('pending', 'working', 'waiting', 'failed')
             ORDER BY m.id LIMIT 1
            """,
            [self.company_id.ids, self.mapped("seam_reference")],
        )
        held_up = self.env.cr.fetchone()
        if held_up:
            raise UserError(
                self.env._(
                    "%s of this transfer is held up, and may be what is missing. Settle it first.",
                    held_up[0],
                )
            )

    def _action_done(self):
        result = super()._action_done()
        self._seam_end_hold()
        return result

    def action_cancel(self):
        result = super().action_cancel()
        self._seam_end_hold()
        return result

    def _seam_end_hold(self):
        """Nobody is asked any more about what came after all, or is given up.

        What is given up stays held back: the warehouse has closed it, and is not told.
        """
        over = self.sudo().filtered(lambda p: p.seam_hold and p.state in ("done", "cancel"))
        if over:
            over.activity_feedback(["mail.mail_activity_data_todo"])
            over.filtered(lambda p: p.state == "done").seam_hold = False

    def _seam_request_anew(self):
        """Forget what the warehouse was asked for; it is asked with a new reference."""
        for picking in self.sudo():
            picking.write(
                {
                    "seam_reference": picking._seam_new_reference(),
                    "seam_revision": 0,
                    "seam_checksum": False,
                    "seam_told_at": False,
                    "seam_hold": False,
                    "seam_status": False,
                    "seam_status_at": False,
                    "seam_status_text": False,
                    "seam_wms_number": False,
                }
            )
            picking.move_ids.seam_line = False
            picking._seam_mark()

    def _seam_new_reference(self):
        """:return: a reference that no transfer of the company has or had"""
        Picking = self.sudo().with_context(active_test=False)
        reference, number = self.name, 1
        while Picking.search_count(
            [("seam_reference", "=", reference), ("company_id", "=", self.company_id.id)], limit=1
        ):
            number += 1
            reference = f"{self.name}-{number}"
        return reference

    def _create_backorder_picking(self):
        """The rest stays with the warehouse, unless it has closed it."""
        backorder = super()._create_backorder_picking()
        picking = self.sudo()
        if picking.seam_reference and not self.env.context.get("seam_short_request"):
            held = picking.seam_hold or bool(self.env.context.get("seam_short_hold"))
            backorder.sudo().write({name: picking[name] for name in STAYS} | {"seam_hold": held})
        return backorder

    def send_to_shipper(self):
        """What a warehouse ships has its label: no carrier is called for it."""
        if self.env.context.get("seam_confirmed"):
            return
        super().send_to_shipper()

    def _message_sms_with_template(self, *args, **kwargs):
        """No service is called while goods are booked: Odoo's queue sends text messages."""
        if self.env.context.get("seam_confirmed"):
            kwargs["put_in_queue"] = True
        return super()._message_sms_with_template(*args, **kwargs)

    @api.model
    def _seam_of(self, company, references):
        """:return: dict reference → transfers that have it, the first one first"""
        found = self.search(
            [("company_id", "=", company.id), ("seam_reference", "in", list(references))],
            order="id",
        )
        return {
            reference: pickings.with_prefetch(found.ids)
            for reference, pickings in found.grouped("seam_reference").items()
        }
