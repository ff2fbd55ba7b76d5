from odoo import fields, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    seam_shipment_ids = fields.One2many("seam.shipment", "picking_id", "Shipments", readonly=True)
    seam_label_text = fields.Char("Label", compute="_compute_seam_label_text")
    seam_label_stuck = fields.Boolean(compute="_compute_seam_label_text")

    def _compute_seam_label_text(self):
        for picking in self:
            open_ones = picking.seam_shipment_ids.filtered(
                lambda shipment: shipment.state == "waiting" or shipment.void_asked
            )
            picking.seam_label_text = open_ones[:1].why
            picking.seam_label_stuck = open_ones[:1].is_stuck

    def send_to_shipper(self):
        """Ask for the label; it is bought after this transaction, and comes by itself."""
        self.ensure_one()
        if self.delivery_type != "seam":
            return super().send_to_shipper()
        return self._seam_buy_label()

    def cancel_shipment(self):
        ours = self.filtered(lambda picking: picking.delivery_type == "seam")
        ours._seam_void_label()
        if self - ours:
            return super(StockPicking, self - ours).cancel_shipment()
        return None

    def _seam_buy_label(self):
        """Have labels bought, once for each transfer.

        A delivery method that is not connected does not fail the packer's work: the
        transfer says so.
        """
        for picking in self:
            if self.env.context.get("seam_confirmed"):
                continue  # the warehouse that shipped it has its label
            if not picking.carrier_id._seam_is_connected():
                picking._seam_say(
                    self.env._(
                        "No label was bought: %s has no system with an active flow of shipping "
                        "labels. Have it set up, then use “Send to Shipper”.",
                        picking.carrier_id.name,
                    )
                )
                continue
            shipment, new = self.env["seam.shipment"].sudo()._open(picking)
            if new:
                shipment._emit("buy")
            elif not shipment._ask_again():
                picking._seam_say(shipment.why)

    def _seam_buy_return_label(self):
        """Have the label bought with which the customer sends the goods back, once."""
        for picking in self:
            if not picking.carrier_id._seam_is_connected():
                picking._seam_say(
                    self.env._(
                        "No return label was bought: %s has no system with an active flow of "
                        "shipping labels.",
                        picking.carrier_id.name,
                    )
                )
                continue
            shipment, new = self.env["seam.shipment"].sudo()._open(picking, "return")
            if new:
                shipment._emit("buy")
            elif not shipment._ask_again():
                picking._seam_say(shipment.why)

    def action_seam_return_label(self):
        self.check_access("write")
        for picking in self:
            picking.carrier_id.get_return_label(picking)

    def _seam_void_label(self):
        """Have the labels voided; the tracking number stays until the carrier has done so."""
        for picking in self:
            shipments = picking.sudo().seam_shipment_ids
            for shipment in shipments.filtered(lambda s: s.state in ("bought", "voiding")):
                if not shipment.carrier_id._seam_is_connected():
                    picking._seam_say(
                        self.env._(
                            "The label cannot be voided from here: %s has no system with an "
                            "active flow of shipping labels. Have it set up, then cancel again.",
                            shipment.carrier_id.name,
                        )
                    )
                elif not shipment._void():
                    picking._seam_say(shipment.why)

    def _seam_say(self, text):
        self.message_post(body=text, message_type="notification")
