import dataclasses

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.seam_system_client import SystemClient

from .. import const, errors, roles

# Salesforce cannot answer now, and nothing was begun.
NOT_NOW = 503


class SalesforceClient(SystemClient):
    """Reads from each answer how many calls are used.

    :ivar usage: seam_salesforce_usage.Usage of the system
    """

    usage = None

    def request(self, method, path, **kwargs):
        """As ``SystemClient.request``.

        :param path: ``const.CUSTOMER``: the opportunity in the document is changed, and whose it is
        """
        if path == const.CUSTOMER:
            return self._change_customer(**kwargs)
        response = super().request(method, path, **kwargs)
        self.usage.note(response.headers.get("sforce-limit-info", ""))
        return response

    def _change_customer(self, json, headers=None, **kwargs):
        """The roles that there are say which is to change; then all is changed at once, or
        nothing is."""
        response = self._look(f"{const.BASE}/query", {"q": roles.question(json)}, kwargs)
        if response.status >= 300:
            return response
        listed = response.json()
        listed = listed.get("records") if isinstance(listed, dict) else None
        if not isinstance(listed, list):
            raise errors.unreadable("the roles of the contacts")
        steps = roles.steps(json, listed)
        if len(steps) == 1:
            return self._call(steps[0], headers, kwargs)
        response = self._call(roles.at_once(steps), headers, kwargs)
        if response.status >= 300:
            return response
        return roles.answer(len(steps), response) or dataclasses.replace(response, status=502)

    def _call(self, request, headers, kwargs):
        given = {**(headers or {}), **request.headers}
        return self.request(
            request.method, request.path, **{**kwargs, "json": request.json, "headers": given}
        )

    def _look(self, path, params, kwargs):
        """A question that is not answered leaves no doubt: nothing was changed yet."""
        try:
            response = self.request("GET", path, **{**kwargs, "params": params})
        except Fault as fault:
            raise errors.question(fault) from None
        if response.status < 500:
            return response
        return dataclasses.replace(response, status=NOT_NOW)
