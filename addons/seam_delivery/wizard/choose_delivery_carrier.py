from odoo import api, fields, models
from odoo.fields import Command

from odoo.addons.seam.engine.fault import Fault


class ChooseDeliveryCarrier(models.TransientModel):
    """All services that the carrier offers, where the method leaves it open."""

    _inherit = "choose.delivery.carrier"

    seam_service = fields.Char()
    seam_offer_ids = fields.One2many("seam.delivery.offer", "choose_id", "Services", readonly=True)

    @api.onchange("carrier_id", "total_weight")
    def _onchange_seam_carrier(self):
        self.seam_service = False
        self.seam_offer_ids = [Command.clear()]

    def _get_delivery_rate(self):
        if self.delivery_type != "seam":
            return super()._get_delivery_rate()
        chosen = self.with_context(seam_service=self.seam_service or "")
        result = super(ChooseDeliveryCarrier, chosen)._get_delivery_rate()
        if not self.carrier_id.seam_service:
            self._seam_list_offers()
        return result

    def _seam_list_offers(self):
        """List what the carrier said a moment ago; it is not asked again."""
        carrier = self.carrier_id.with_context(order_weight=self.total_weight)
        lines = []
        try:
            offers = carrier._seam_offers(self.order_id, ask=False)
            if not self.seam_service:
                self.seam_service = next(iter(offers.by_service), False)
            lines = self.env["seam.delivery.offer"]._values(offers, carrier, self.seam_service)
        except Fault:
            self.seam_service = False
        self.seam_offer_ids = [Command.clear(), *(Command.create(line) for line in lines)]

    def _seam_choose(self, service):
        self.seam_service = service
        return self.update_price()

    def button_confirm(self):
        if self.delivery_type != "seam":
            return super().button_confirm()
        context = {"seam_service": self.seam_service or "", "order_weight": self.total_weight}
        return super(ChooseDeliveryCarrier, self.with_context(**context)).button_confirm()
