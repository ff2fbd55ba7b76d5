from odoo import api, models


class SeamPrivacyPlace(models.AbstractModel):
    _inherit = "seam.privacy.place"

    @api.model
    def _set_up(self):
        """Samples and tries hold what a partner told."""
        return {
            **super()._set_up(),
            "seam.endpoint": ("sample",),
            "seam.endpoint.line": (),
            "seam.mapping.line": (),
            "seam.code.list": (),
            "seam.setup": ("sample_record", "try_body", "try_result", "try_error", "try_line"),
            "seam.setup.operation": (),
        }
