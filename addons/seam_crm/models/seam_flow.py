from odoo import api, fields, models

IN = {
    "seam.handler.crm.company": "Companies of a CRM",
    "seam.handler.crm.contact": "Contacts of a CRM",
    "seam.handler.crm.deal": "Deals of a CRM",
    "seam.handler.crm.activity": "Activities of a CRM",
}
OUT = {
    "seam.handler.crm.company.out": "Companies to a CRM",
    "seam.handler.crm.contact.out": "Contacts to a CRM",
    "seam.handler.crm.deal.out": "Deals to a CRM",
    "seam.handler.crm.activity.out": "Activities to a CRM",
}
HANDLERS = IN | OUT


class SeamFlow(models.Model):
    _inherit = "seam.flow"

    handler = fields.Selection(
        selection_add=list(HANDLERS.items()),
        ondelete=dict.fromkeys(HANDLERS, "set default"),
    )
    crm_first = fields.Selection(
        [
            ("ask", "A person decides"),
            ("ours", "What is in Odoo counts"),
            ("theirs", "What the partner says counts"),
        ],
        "First meeting",
        required=True,
        default="ask",
        help="What counts where Odoo and the CRM both have a record, and say different things, "
        "before they ever agreed. What only one side has is taken by the other.",
    )
    crm_unknown_owner = fields.Selection(
        [("ask", "Ask who is meant"), ("none", "Leave it without one")],
        "Owner unknown in Odoo",
        required=True,
        default="ask",
    )
    crm_new = fields.Boolean(
        "Tell of new records",
        help="Records that the CRM does not have yet are made there. Else only those that it "
        "knows are kept in step.",
    )

    @api.model
    def _crm_tells(self, model):
        """:return: whether any CRM is told of records of a model (both are cached)"""
        return any(
            self._outgoing(handler) for handler in OUT if self.env[handler]._sources == (model,)
        )

    def _crm_document(self):
        """:return: name of the document that the flow carries, or None"""
        return self.env[self.handler]._document if self.handler in HANDLERS else None

    def _options(self):
        """``crm_fields``: what connectors of CRMs translate by."""
        options = super()._options()
        if self.handler not in HANDLERS:
            return options
        document = self.env[self.handler]._document
        lines = self.env["seam.crm.field"]._vendor_lines(self.system_id.id, document)
        return {**options, "crm_fields": lines}

    @api.model_create_multi
    def create(self, vals_list):
        flows = super().create(vals_list)
        flows._ensure_crm_fields()
        return flows

    def write(self, vals):
        result = super().write(vals)
        if "handler" in vals:
            self._ensure_crm_fields()
        return result

    def _ensure_crm_fields(self):
        for flow in self.filtered(lambda flow: flow.handler in HANDLERS):
            self.env["seam.crm.field"]._ensure(flow.system_id, self.env[flow.handler]._document)

    def action_crm_fields(self):
        """Which field is which, and who owns it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("seam_crm.seam_crm_field_action")
        document = self.env[self.handler]._document
        action["domain"] = [("system_id", "=", self.system_id.id), ("document", "=", document)]
        action["context"] = {
            "default_system_id": self.system_id.id,
            "default_document": document,
        }
        return action

    def action_crm_unmapped(self):
        """Which fields the CRM has besides."""
        self.ensure_one()
        document = self.env[self.handler]._document
        return self.env["seam.crm.unmapped"]._open(self.system_id, document)
