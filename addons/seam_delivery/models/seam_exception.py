from odoo import fields, models
from odoo.exceptions import UserError


class SeamException(models.Model):
    """Ways out of what is wrong with a parcel."""

    _inherit = "seam.exception"

    seam_picking_id = fields.Many2one(
        "stock.picking",
        "Transfer",
        compute="_compute_seam_picking_id",
        compute_sudo=True,
        groups="stock.group_stock_user",
    )

    def _compute_seam_picking_id(self):
        """Of a case about a parcel: the transfer that it is of."""
        silent = self.env["seam.parcel"].search([("silent_case_id", "in", self.ids)])
        found = {parcel.silent_case_id.id: parcel.shipment_id.picking_id for parcel in silent}
        for case in self:
            case.seam_picking_id = found.get(case.id) or case._picking_of_messages()

    def _picking_of_messages(self):
        if self.flow_id.handler != "seam.handler.delivery.tracking":
            return self.env["stock.picking"]
        held = self.message_ids_held.filtered(lambda m: m.res_model == "stock.picking")
        return self.env["stock.picking"].browse(held[:1].res_id).exists()

    def _picking(self):
        self.ensure_one()
        picking = self.env["stock.picking"].browse(self.sudo().seam_picking_id.id)
        if not picking:
            raise UserError(self.env._("This exception is not about a parcel."))
        picking.check_access("read")
        return picking

    def action_open_picking(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": "stock.picking",
            "res_id": self._picking().id,
            "view_mode": "form",
        }

    def action_ask_carrier(self):
        """Begin a message to the carrier; the user sends it."""
        picking = self._picking()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask the carrier"),
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_model": "stock.picking",
                "default_res_ids": picking.ids,
                "default_template_id": self.env.ref("seam_delivery.mail_template_ask_carrier").id,
                "default_composition_mode": "comment",
                "default_partner_ids": picking.carrier_id.sudo().seam_contact_id.ids,
            },
        }

    def action_take_back(self):
        """Odoo's own return of the transfer, to take the goods back into stock."""
        picking = self._picking()
        action = self.env["ir.actions.act_window"]._for_xml_id("stock.act_stock_return_picking")
        action["context"] = {
            "active_id": picking.id,
            "active_ids": picking.ids,
            "active_model": "stock.picking",
            "default_picking_id": picking.id,
        }
        return action
