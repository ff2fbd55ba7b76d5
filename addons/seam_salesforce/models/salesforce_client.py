from odoo.addons.seam.models.seam_system_client import SystemClient


class SalesforceClient(SystemClient):
    """Reads from each answer how many calls are used.

    :ivar usage: seam_salesforce_usage.Usage of the system
    """

    usage = None

    def request(self, method, path, **kwargs):
        response = super().request(method, path, **kwargs)
        self.usage.note(response.headers.get("sforce-limit-info", ""))
        return response
