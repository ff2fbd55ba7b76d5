from odoo import models

from .. import consents
from ..mapper_out import key_of

NAME = "consents"


class SeamHandlerCrmContactOut(models.AbstractModel):
    _inherit = "seam.handler.crm.contact.out"

    def _agree(self, conf, letters):
        """An objection is not told by what makes the contact at HubSpot: two calls may end
        differently. It stays news, and is told of the contact that HubSpot then has."""
        late = []
        if conf.connector == "seam.connector.hubspot":
            late = [letter for letter in letters if _is_of_new_objector(letter, conf.options)]
        whole = [letter.document for letter in late]
        for letter in late:
            letter.document = {n: v for n, v in letter.document.items() if n != NAME}
        try:
            result = super()._agree(conf, letters)
        finally:
            for letter, document in zip(late, whole, strict=True):
                letter.document = document
        records = self.env["res.partner"].browse([letter.res_id for letter in late]).exists()
        if records:
            self.env["seam.message"]._note_emission(conf.id, records, "changed", None)
        return result


def _is_of_new_objector(letter, options):
    """Whether a letter made a contact who had objected."""
    return not key_of(letter.sending) and bool(consents.objector(letter.document, options))
