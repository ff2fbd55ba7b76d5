from odoo import models


class SeamMessage(models.Model):
    _inherit = "seam.message"

    def _hand_over(self, conf, letters):
        """What a CRM accepted is agreed, whether or not its answer brought anything."""
        super()._hand_over(conf, letters)
        handler = self.env[conf.handler]
        accepted = [x for x in letters if x.outcome in ("done", "sent") and x.document]
        if accepted and hasattr(handler, "_agree"):
            handler._agree(conf, accepted)
