from odoo import fields, models


class SeamParcel(models.Model):
    _inherit = "seam.parcel"

    def _moved(self):
        super()._moved()
        self.shipment_id._look_if_arrived()


class SeamShipment(models.Model):
    """A shipment has arrived when all of its parcels have."""

    _inherit = "seam.shipment"

    def _look_if_arrived(self):
        """Note on the transfers when the last parcel was delivered, or that it was not."""
        arrived = self.browse()
        for shipment in self.filtered(lambda shipment: shipment._goes_to_customer()):
            picking, at = shipment.picking_id.sudo(), shipment._arrived_at()
            if picking.seam_delivered_at != at:
                picking.seam_delivered_at = at
                arrived |= shipment if at else self.browse()
        if arrived:
            arrived._arrived()
            arrived.picking_id._seam_arrived()

    def _goes_to_customer(self):
        """:return: whether its arrival is that of the transfer's goods"""
        destination = self.picking_id.location_dest_id.usage
        is_out = self.purpose == "delivery" and destination == "customer"
        return is_out and self.state in ("bought", "voiding")

    def _arrived_at(self):
        """:return: when the last of its parcels was delivered; False: not all of them were"""
        parcels = self.parcel_ids
        if not parcels or set(parcels.mapped("status")) != {"delivered"}:
            return False
        return max(parcels.mapped("status_at"))

    def _arrived(self):
        """Hook: all parcels of these shipments were delivered."""


class StockPicking(models.Model):
    _inherit = "stock.picking"

    seam_delivered_at = fields.Datetime(
        "Delivered at",
        readonly=True,
        copy=False,
        help="When the last of its parcels was delivered, as the carrier says.",
    )
    seam_parcel_ids = fields.Many2many(
        "seam.parcel", string="Parcels", compute="_compute_seam_parcel_ids"
    )
    seam_attempts = fields.Integer(
        "Failed attempts",
        compute="_compute_seam_attempts",
        compute_sudo=True,
        help="How often the carrier tried to hand over one of its parcels.",
    )
    seam_tracking_url = fields.Char(
        "Tracking page",
        compute="_compute_seam_tracking_url",
        compute_sudo=True,
        help="Where the customer follows the parcels, without a login.",
    )

    def _compute_seam_parcel_ids(self):
        for picking in self:
            shipments = picking.seam_shipment_ids
            picking.seam_parcel_ids = shipments.filtered(lambda s: s.state != "void").parcel_ids

    def _compute_seam_attempts(self):
        for picking in self:
            picking.seam_attempts = max(picking.seam_parcel_ids.mapped("attempts"), default=0)

    def _compute_seam_tracking_url(self):
        for picking in self:
            shipments = picking.seam_shipment_ids.filtered(lambda shipment: shipment._is_shown())
            picking.seam_tracking_url = shipments[:1]._tracking_url()

    def _seam_arrived(self):
        """Hook: the customers have all parcels of these transfers."""
