from odoo import api, models

from .. import quota


class SeamMessage(models.Model):
    _inherit = "seam.message"

    @api.model
    def _record_answers(self, conf, exchanges):
        """What HubSpot's answers say of the calls of the day is kept beside them."""
        cases = super()._record_answers(conf, exchanges)
        if conf.connector == "seam.connector.hubspot":
            answers = [call.response for exchange in exchanges for call in exchange.calls]
            told = [quota.read(answer.headers) for answer in answers if answer]
            left = min(filter(None, told), key=lambda each: each.remaining, default=None)
            self.env["seam.hubspot.quota"]._note(conf.system_id, left)
        return cases
