from odoo import models


class SeamConnector(models.AbstractModel):
    """What a connector of a CRM tells of its fields, besides translating documents."""

    _inherit = "seam.connector"

    def _crm_vendor_fields(self, document):
        """What the vendor calls the usual fields of a document.

        :param document: ``crm-company``, ``crm-contact`` or ``crm-deal``
        :return: dict document's field → vendor's field. New systems get lines for these
            only. Empty: the vendor speaks our documents, and has all of them
        """
        return {}

    def _crm_describe(self, client, document):
        """Ask the vendor which fields his records have.

        :param client: SystemClient
        :return: list of vendor.VendorField, those that are mapped already among them
        :raise NotImplementedError: he cannot tell
        :raise Fault: he was not reached, or refused
        """
        raise NotImplementedError
