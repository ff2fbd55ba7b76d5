import copy

from odoo.addons.seam.models.seam_system_client import SystemClient


class SalesforceClient(SystemClient):
    """Reads from each answer how many calls are used.

    :ivar usage: seam_salesforce_usage.Usage of the system
    """

    usage = None

    @classmethod
    def of(cls, client, usage):
        made = copy.copy(client)
        made.__class__ = cls
        made.usage = usage
        return made

    def request(self, method, path, **kwargs):
        response = super().request(method, path, **kwargs)
        self.usage.note(response.headers.get("sforce-limit-info", ""))
        return response
