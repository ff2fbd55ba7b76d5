from odoo import models

from odoo.addons.seam.engine.fault import Fault


class SeamHandlerRecord(models.AbstractModel):
    """What both directions of "any Odoo record" share: which model, with whose rights."""

    _name = "seam.handler.record"
    _inherit = "seam.handler"
    _description = "Any Odoo record"

    def _flow_options(self):
        """:return: dict of ``seam.endpoint._as_record_options`` of the flow at work, or {}"""
        flow = self.env.context.get("seam_flow")
        conf = self.env["seam.flow"]._conf_by_id(flow) if flow else None
        return conf.options.get("record", {}) if conf else {}

    def _flow_model(self):
        """:return: empty recordset of the model of the flow, with the caller's rights
        :raise Fault: none is chosen, or it must not be connected
        """
        model = self._flow_options().get("model")
        if not model or not self.env["seam.endpoint"]._may_connect(model):
            raise Fault(
                "config.invalid",
                self.env._("The flow does not say which Odoo records it is about."),
                fix=self.env._("Choose a record type on the flow, under Connection."),
                subject="model",
            )
        return self.env[model]
