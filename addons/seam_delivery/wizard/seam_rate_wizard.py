from odoo import fields, models
from odoo.fields import Command


class SeamRateWizard(models.TransientModel):
    """What the carrier would take for a transfer, for the packer to choose."""

    _name = "seam.rate.wizard"
    _description = "Rates of a transfer"

    picking_id = fields.Many2one("stock.picking", required=True, ondelete="cascade")
    carrier_id = fields.Many2one(related="picking_id.carrier_id")
    warning = fields.Text(readonly=True)
    offer_ids = fields.One2many("seam.delivery.offer", "wizard_id", "Services", readonly=True)

    def _fill(self, offers):
        """:param offers: Offers"""
        self.ensure_one()
        carrier, service = self.carrier_id, self.picking_id.seam_service
        lines = self.env["seam.delivery.offer"]._values(offers, carrier, service)
        self.offer_ids = [Command.clear(), *(Command.create(line) for line in lines)]
        if offers.fault:
            self.warning = self.env._(
                "%(carrier)s could not be asked now (%(why)s). These are its prices of such "
                "parcels before; see when they were told.",
                carrier=carrier.name,
                why=offers.fault.message.rstrip("."),
            )

    def _seam_choose(self, service):
        self.picking_id._seam_take_offer(service)
        return {"type": "ir.actions.act_window_close"}
