import copy
import dataclasses

from odoo.addons.seam.models.seam_system_client import SystemClient

from .. import const, errors


class HubspotClient(SystemClient):
    """Seam's client of a system, with what HubSpot has of its own: what is left of the
    calls of a day, how long to wait after the last one, and requests of several steps.

    :ivar quota: ``seam_hubspot_quota.Quota``
    """

    quota = None

    @classmethod
    def of(cls, client, quota):
        made = copy.copy(client)
        made.__class__ = cls
        made.quota = quota
        return made

    def request(self, method, path, **kwargs):
        """As ``SystemClient.request``.

        :param path: ``const.STEPS``: the requests in the document are made one after the
            other, until one is refused. Each may be repeated. The last answer is the answer.
        """
        if path != const.STEPS:
            return self._noted(super().request(method, path, **kwargs))
        document = kwargs.pop("json")
        for step in document["steps"]:
            response = self._noted(
                super().request(step["method"], step["path"], json=step["json"], **kwargs)
            )
            if response.status >= 300:
                break
        return response

    def _noted(self, response):
        if self.quota:
            self.quota.note(response.headers)
        if response.status != 429:
            return response
        return dataclasses.replace(
            response, headers={**response.headers, "retry-after": str(self._patience(response))}
        )

    def _patience(self, response):
        """HubSpot says how long to wait for its burst limit only, and not always."""
        if errors.is_daily(errors.read(response)):
            return self.quota.until_midnight() if self.quota else 3600
        if response.retry_after is not None:
            return response.retry_after
        try:
            return max(1.0, int(response.headers[const.HEADER_INTERVAL]) / 1000)
        except (KeyError, ValueError):
            return const.BURST_SECONDS
