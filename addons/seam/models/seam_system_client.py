from odoo import fields, models

from ..engine.exchange import require_success
from ..engine.fault import Fault
from ..engine.http import Client


class SystemClient(Client):
    """The HTTP client of one system, with the secrets that its connector logs in with.

    :ivar secrets: dict purpose → list of secrets in clear, the newest first
    """

    def __init__(self, address, secrets, **limits):
        super().__init__(address, **limits)
        self.secrets = secrets

    def secret(self, purpose):
        """:raise Fault: ``config.invalid``; it is not entered on the system"""
        try:
            return self.secrets[purpose][0]
        except (KeyError, IndexError):
            raise Fault(
                "config.invalid",
                "A credential of the system is missing: it cannot log in.",
                fix="Enter it on the system, under Credentials.",
                subject=purpose,
            ) from None

    def get(self, path, **kwargs):
        """:return: Response with a status of 2xx; everything else is a Fault"""
        return require_success(self.request("GET", path, **kwargs), self.host)


class SeamSystem(models.Model):
    _inherit = "seam.system"

    def _client(self):
        """:return: SystemClient of this system
        :raise Fault: no address is set, or it may not be called
        """
        self.ensure_one()
        system = self.sudo()
        if not system.base_url:
            raise Fault(
                "config.invalid",
                self.env._("The system %s has no address.", system.name),
                fix=self.env._("Enter it on the system."),
            )
        now, secrets = fields.Datetime.now(), {}
        for purpose, value, until in self._secrets(system.id):
            if not until or until > now:
                secrets.setdefault(purpose, []).append(value)
        hosts = (system.allowed_hosts or "").split(",")
        return SystemClient(
            system.base_url,
            secrets,
            allowed=[host.strip() for host in hosts if host.strip()],
            timeout=(system.connect_timeout, system.read_timeout),
        )
