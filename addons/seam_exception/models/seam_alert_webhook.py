from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.engine.http import Client

from ..engine import chat

MASK = "••••••••"


class SeamAlertWebhook(models.Model):
    """The address of a chat room that takes messages. The address is a secret: whoever has
    it may write there."""

    _name = "seam.alert.webhook"
    _description = "Chat webhook"
    _order = "name"

    name = fields.Char(required=True)
    kind = fields.Selection(
        [
            ("slack", "Slack"),
            ("teams", "Microsoft Teams"),
            ("mattermost", "Mattermost"),
            ("google_chat", "Google Chat"),
        ],
        required=True,
        default="slack",
    )
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    url_input = fields.Char(
        "Address",
        compute="_compute_url_input",
        inverse="_inverse_url_input",
        help="Write only: what you enter is encrypted and never shown again.",
    )
    url_secret = fields.Char(groups=fields.NO_ACCESS, copy=False)
    allowed_hosts = fields.Char(
        "Allowed addresses", help="For a server of your own that is not public, comma-separated."
    )
    last_error = fields.Char(readonly=True)

    def _compute_url_input(self):
        for webhook in self:
            webhook.url_input = MASK if webhook.sudo().url_secret else False

    def _inverse_url_input(self):
        keyring = self.env["seam.credential"]._keyring()
        for webhook in self:
            text = (webhook.url_input or "").strip()
            if not text or text == MASK:
                continue
            if MASK[0] in text:
                raise ValidationError(self.env._("Enter the whole address."))
            webhook.sudo().url_secret = keyring.encrypt(text)

    @api.model
    def _rotate_keys(self):
        """Encrypt all addresses anew with the newest key of odoo.conf."""
        keyring = self.env["seam.credential"]._keyring()
        for webhook in self.sudo().search([("url_secret", "!=", False)]):
            webhook.url_secret = keyring.rotate(webhook.url_secret)

    def _post(self, notice):
        """Call the chat. Call it where no transaction of others waits for it.

        :param notice: chat.Notice
        :raise Fault: it did not arrive, or nobody knows
        """
        self.ensure_one()
        secret = self.sudo().url_secret
        if not secret:
            raise Fault("config.invalid", self.env._("%s has no address.", self.name))
        url = self.env["seam.credential"]._keyring().decrypt(secret)
        hosts = [host.strip() for host in (self.allowed_hosts or "").split(",") if host.strip()]
        client = Client(url, allowed=hosts, timeout=(5, 10), max_bytes=64 * 1024)
        try:
            response = client.request("POST", "", json=chat.payload(self.kind, notice))
        finally:
            client.close()
        if response.status >= 300:
            code = "transport.unavailable" if response.status >= 429 else "transport.rejected"
            raise Fault(
                code,
                self.env._("%(name)s answered %(status)s.", name=self.name, status=response.status),
                retry_after=response.retry_after,
            )

    def action_test(self):
        """Send a test by a job. The user sees in the room whether it came."""
        self.check_access("write")
        for webhook in self:
            if not webhook.sudo().url_secret:
                raise UserError(self.env._("Enter the address first."))
            webhook.with_delay(channel="root.seam_alert", max_retries=1)._send_test()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("A test is on its way: look into the room."),
            },
        }

    def _send_test(self):
        notice = chat.Notice(
            title=self.env._("A test of Seam"),
            text=self.env._("Alerts of exceptions arrive here."),
            facts=(),
            url=self.get_base_url(),
            severity="0",
        )
        try:
            self._post(notice)
            self.sudo().last_error = False
        except Fault as fault:
            self.sudo().last_error = fault.message


class SeamCredential(models.Model):
    _inherit = "seam.credential"

    @api.model
    def _rotate_keys(self):
        super()._rotate_keys()
        self.env["seam.alert.webhook"]._rotate_keys()
