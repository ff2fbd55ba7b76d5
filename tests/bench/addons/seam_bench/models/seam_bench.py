from odoo import api, fields, models


class SeamBench(models.Model):
    """What the bare route stores, and the job that does nothing."""

    _name = "seam.bench"
    _description = "Benchmark"
    _log_access = False

    body = fields.Binary(attachment=False, readonly=True)

    @api.model
    def nothing(self):
        """A queue_job that does nothing: what one job costs."""
