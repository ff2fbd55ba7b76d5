from odoo import models

from .vendor import VendorField, type_of

# So many of the last messages are looked through, and so many values shown of each field.
MESSAGES = 200
SAMPLES = 3


class SeamConnector(models.AbstractModel):
    """What a connector of a CRM tells of its fields, besides translating documents."""

    _inherit = "seam.connector"

    # Whether answers say by the vendor's clock when what was sent came there, and a write can
    # be refused for what changed since: so can the next one, before he told of this one.
    _crm_dated = False
    # Whether the vendor merges two records that Odoo names.
    _crm_merges = True
    # Whether the vendor can be asked which fields there are, see ``_crm_missing``.
    _crm_looks = False

    def _crm_vendor_fields(self, document):
        """What the vendor calls the usual fields of a document.

        :param document: ``crm-company``, ``crm-contact`` or ``crm-deal``
        :return: dict document's field → vendor's field. New systems get lines for these
            only. Empty: the vendor speaks our documents, and has all of them
        """
        return {}

    def _crm_url(self, system, model, external_id):
        """:return: address at which people see a record of the CRM in their browser, or False"""
        return False

    def _crm_reserved(self, system, document, name):
        """Fields that are no ordinary ones: the connector keeps them itself, such as our own ID
        there, or they say what somebody consented to.

        :param name: what the vendor calls it
        :return: why no line may map it, a sentence; or ""
        """
        return ""

    def _crm_describe(self, client, document):
        """Ask the vendor which fields his records have.

        :param client: SystemClient
        :return: list of vendor.VendorField, those that are mapped already among them
        :raise NotImplementedError: he cannot tell
        :raise Fault: he was not reached, or refused
        """
        raise NotImplementedError

    def _crm_missing(self, client, document, names):
        """Ask the vendor, by one call for each kind of records, which fields there are not.

        :param client: SystemClient
        :param names: set of what the vendor calls the fields that are mapped
        :return: set of those that he has no more, or does not show us
        :raise Fault: he was not reached, or refused
        """
        raise NotImplementedError

    def _crm_looked(self, system, client):
        """Hook: keep what else the answers to ``_crm_missing`` told, without a further call.

        :param system: seam.system record, sudo
        """

    def _crm_fields_of(self, system, document):
        """:return: list of vendor.VendorField that a system has now; as ``_crm_describe``"""
        client = system._client()
        try:
            found = self._crm_describe(client, document)
            self.env["seam.crm.field"]._look(system, client, [document])
            return found
        finally:
            client.close()


class SeamConnectorApi(models.AbstractModel):
    """A partner who speaks our documents: his own fields are those that he sent."""

    _inherit = "seam.connector.api"

    def _crm_fields_of(self, system, document):
        seen = {}
        for told in self.env["seam.message"]._crm_last_documents(system, document, MESSAGES):
            for name, value in (told.get("custom") or {}).items():
                values = seen.setdefault(str(name)[:100], [])
                if value not in (None, "", *values) and len(values) < SAMPLES:
                    values.append(value)
        return [
            VendorField(name, name, type_of(values), True, tuple(str(value) for value in values))
            for name, values in sorted(seen.items())
        ]
