from odoo import api, fields, models


class SeamDeliveryOffer(models.TransientModel):
    """One service of a carrier, offered to whoever chooses."""

    _name = "seam.delivery.offer"
    _description = "Offer of a carrier"
    _order = "price, id"

    choose_id = fields.Many2one("choose.delivery.carrier", ondelete="cascade")
    wizard_id = fields.Many2one("seam.rate.wizard", ondelete="cascade")
    service = fields.Char("Code", required=True)
    name = fields.Char("Service", required=True)
    price = fields.Monetary("Carrier's price")
    currency_id = fields.Many2one("res.currency", required=True)
    transit_days = fields.Char("Days")
    promised_date = fields.Date("Expected")
    told_at = fields.Datetime("Told")
    chosen = fields.Boolean()

    @api.model
    def _values(self, offers, carrier, chosen):
        """:return: list of dicts of the lines of ``Offers``"""
        return [
            {
                "service": service,
                "name": offer.get("name") or service,
                "price": offer["total"],
                "currency_id": carrier._seam_currency(offer["currency"]).id,
                "transit_days": str(offer["transit_days"]) if "transit_days" in offer else False,
                "promised_date": offer.get("promised", False),
                "told_at": at,
                "chosen": service == chosen,
            }
            for service, (offer, at) in offers.by_service.items()
        ]

    def action_choose(self):
        self.ensure_one()
        owner = self.choose_id or self.wizard_id
        return owner._seam_choose(self.service)
