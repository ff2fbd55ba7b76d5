from odoo import api, fields, models
from odoo.exceptions import UserError

from .. import const


class SeamFlow(models.Model):
    _inherit = "seam.flow"

    handler = fields.Selection(
        selection_add=[
            (const.HANDLER_IN, "Any Odoo record"),
            (const.HANDLER_OUT, "Any Odoo record (send)"),
        ],
        ondelete={const.HANDLER_IN: "set default", const.HANDLER_OUT: "set default"},
    )
    connector = fields.Selection(related="system_id.connector", string="Connector of the system")
    endpoint_ids = fields.One2many("seam.endpoint", "flow_id")
    endpoint_id = fields.Many2one(
        "seam.endpoint", "Connection", compute="_compute_endpoint_id", search="_search_endpoint_id"
    )

    @api.depends("endpoint_ids")
    def _compute_endpoint_id(self):
        for flow in self:
            flow.endpoint_id = flow.endpoint_ids[:1]

    def _search_endpoint_id(self, operator, value):
        return [("endpoint_ids", operator, value)]

    def _options(self):
        options = super()._options()
        endpoint = self.sudo().endpoint_ids[:1]
        return {**options, **endpoint._as_options()} if endpoint else options

    def action_open_endpoint(self):
        """Open the connection of the flow; it is made when there is none."""
        self.ensure_one()
        self.check_access("write")
        endpoint = self.endpoint_id or self.env["seam.endpoint"].create({"flow_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Connection of %s", self.display_name),
            "res_model": "seam.endpoint",
            "res_id": endpoint.id,
            "view_mode": "form",
        }

    def action_activate(self):
        for flow in self:
            if flow.handler in (const.HANDLER_IN, const.HANDLER_OUT):
                flow._check_record_set_up()
        return super().action_activate()

    def _check_record_set_up(self):
        """:raise UserError: it is not clear which records the flow is about"""
        endpoint = self.endpoint_id
        if not endpoint.model_id:
            raise UserError(
                self.env._("%s: choose a record type under Connection first.", self.name)
            )
        if self.direction == "in" and not endpoint.key_at:
            raise UserError(
                self.env._(
                    "%s: say under Connection where the ID of a record is. Without it the same "
                    "record would be created again and again.",
                    self.name,
                )
            )
        if self.direction == "out" and not endpoint._paths():
            raise UserError(self.env._("%s: choose the fields that are sent first.", self.name))
