from odoo.addons.seam.models.seam_system_client import SystemClient

KEY_HEADER = "dhl-api-key"


class DhlClient(SystemClient):
    """DHL wants the key of the application in a header, beside user name and password."""

    @classmethod
    def of(cls, client):
        return super().of(client, secret_headers=client.secret_headers | {KEY_HEADER})

    def _prove(self, prepared):
        prepared = super()._prove(prepared)
        prepared.headers.setdefault(KEY_HEADER, self.secret("api_key"))
        return prepared
