from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.seam.engine.fault import Fault

from .sale_order import QUOTES


class StockPicking(models.Model):
    """What the carrier would take for a transfer, before its label is bought."""

    _inherit = "stock.picking"

    seam_service = fields.Char(
        "Carrier's service",
        compute="_compute_seam_service",
        store=True,
        readonly=False,
        copy=False,
        help="The carrier's code. Empty: its usual one.",
    )
    seam_quoted_cost = fields.Float("Carrier's price", readonly=True, copy=False)
    seam_quoted_currency_id = fields.Many2one("res.currency", readonly=True, copy=False)
    seam_quoted_at = fields.Datetime(readonly=True, copy=False)
    seam_quote_kind = fields.Selection(QUOTES, "Quoted", readonly=True, copy=False)

    @api.depends("carrier_id", "sale_id.seam_service", "sale_id.carrier_id")
    def _compute_seam_service(self):
        for picking in self:
            order, carrier = picking.sale_id, picking.carrier_id
            chosen = order.seam_service if order.carrier_id == carrier else False
            picking.seam_service = carrier.seam_service or chosen

    def action_seam_rates(self):
        """Ask the carrier and show its services."""
        self.ensure_one()
        self.check_access("write")
        if not self.carrier_id._seam_rate_flow():
            raise UserError(
                self.env._("%s has no active flow of shipping rates.", self.carrier_id.name)
            )
        try:
            offers = self.carrier_id._seam_offers(self)
        except Fault as fault:
            raise UserError(self.carrier_id._seam_sentence(fault)) from fault
        if not offers.by_service:
            fault = self.carrier_id._seam_no_offer(self, "", offers)
            raise UserError(self.carrier_id._seam_sentence(fault))
        wizard = self.env["seam.rate.wizard"].create({"picking_id": self.id})
        wizard._fill(offers)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Rates of %s", self.carrier_id.name),
            "res_model": "seam.rate.wizard",
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def _seam_take_offer(self, service):
        """Have the label bought by this service, and compare its cost with what is offered."""
        self.ensure_one()
        self.check_access("write")
        if self.seam_shipment_ids.filtered(lambda s: s.state != "void"):
            raise UserError(self.env._("The label is bought already, or going to be."))
        carrier = self.carrier_id
        if carrier.seam_service and service != carrier.seam_service:
            raise UserError(
                self.env._("%s ships by one service: choose another method.", carrier.name)
            )
        try:
            quote = carrier.with_context(seam_service=service)._seam_quote(self, ask=False)
        except Fault as fault:
            raise UserError(carrier._seam_sentence(fault)) from fault
        self.write(
            {
                "seam_service": service,
                "seam_quoted_cost": quote.cost,
                "seam_quoted_currency_id": quote.currency.id,
                "seam_quoted_at": quote.at,
                "seam_quote_kind": quote.kind,
            }
        )
