from odoo import api, models

OPEN = ("draft", "searching", "found")


class SeamPrivacyTold(models.Model):
    """Another system tells that it erased a person: a request is begun, and a privacy officer
    decides what becomes of the person here. Nothing is erased by itself.
    """

    _inherit = "seam.privacy.request"

    @api.model
    def _begin(self, system, partners):
        """
        :param system: ``seam.system`` that erased them
        :param partners: contacts; of one of whom a request is open, none is begun
        """
        company = system.company_id
        known = self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("state", "in", OPEN),
                ("partner_ids", "in", partners.ids),
            ]
        )
        for partner in partners.sudo() - known.partner_ids:
            request = self.sudo().new({"partner_ids": partner.ids})
            request._onchange_partner_ids()
            self.sudo().create(
                {
                    "company_id": company.id,
                    "partner_ids": [(6, 0, partner.ids)],
                    "email": request.email,
                    "phone": request.phone,
                    "words": request.words,
                    "reason": self.env._("Erased in %s, for privacy", system.name),
                }
            )
            partner._message_log(
                body=self.env._(
                    "%s erased this contact for privacy. What was kept of the exchange is still "
                    "here: a privacy officer finds a request under Integrations ‣ Personal data.",
                    system.name,
                )
            )
