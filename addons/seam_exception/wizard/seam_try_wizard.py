from odoo import models

from odoo.addons.seam.engine import codec
from odoo.addons.seam.engine.fault import Fault

from ..engine import mask


class SeamTryWizard(models.TransientModel):
    _inherit = "seam.try.wizard"

    def _show(self):
        """What is confidential is hidden from who tries a flow, too."""
        result = super()._show()
        flow = self.flow_id._origin
        places = self.env["seam.flow"]._conf_by_id(flow.id).options["confidential"]
        if self.request_body and places and not self.env["seam.message"]._sees_all():
            self.request_body = self._hidden(self.request_body, places)
        return result

    def _hidden(self, text, places):
        try:
            document = codec.parse(text.encode())
        except Fault:
            return self.env._("Hidden: it has confidential fields, and cannot be read as JSON.")
        return codec.pretty(codec.dump(mask.masked(document, places)))
