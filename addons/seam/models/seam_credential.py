from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .. import settings
from ..engine import secret

MASK = "••••••••"


class SeamCredential(models.Model):
    """A secret of a system. What is stored cannot be read back in any form.

    Keys that a partner shows us are stored as a hash; secrets that we must use
    ourselves (signing, logging in) are encrypted with the keys of odoo.conf.
    """

    _name = "seam.credential"
    _inherit = ["seam.cached"]
    _description = "Credential"
    _order = "system_id, purpose, id desc"

    name = fields.Char(required=True)
    system_id = fields.Many2one("seam.system", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="system_id.company_id")
    purpose = fields.Selection(
        [
            ("bearer", "API key the partner calls us with"),
            ("webhook", "Secret the partner signs webhooks with"),
        ],
        required=True,
    )
    active = fields.Boolean(default=True)
    valid_until = fields.Datetime(
        "Valid until", help="For a rotation: the old secret stays valid until then."
    )
    secret_input = fields.Char(
        "Secret",
        compute="_compute_secret_input",
        inverse="_inverse_secret_input",
        help="Write only: what you enter is encrypted and never shown again.",
    )
    value = fields.Char(groups=fields.NO_ACCESS, copy=False)
    key_hash = fields.Char(groups=fields.NO_ACCESS, copy=False)

    _key_hash_uniq = models.UniqueIndex("(key_hash) WHERE key_hash IS NOT NULL")

    def _compute_secret_input(self):
        for credential in self:
            has_one = credential.sudo().value or credential.sudo().key_hash
            credential.secret_input = MASK if has_one else False

    def _inverse_secret_input(self):
        for credential in self:
            text = (credential.secret_input or "").strip()
            if not text or text == MASK:
                continue
            if MASK[0] in text:
                raise ValidationError(
                    self.env._("Enter the whole secret: the dots only say that there is one.")
                )
            if credential.purpose == "bearer":
                raise ValidationError(
                    self.env._("API keys are made by Seam: use “New API key” on the system.")
                )
            credential.sudo().value = self._keyring().encrypt(text)

    @api.model
    def _keyring(self):
        """:raise UserError: no key is configured."""
        keys = secret.load_keys(settings.get("secret_keys"), settings.get("secret_key_file"))
        if not keys:
            raise UserError(
                self.env._(
                    "Secrets cannot be stored or read: set secret_keys in section "
                    "[seam] of odoo.conf, or SEAM_SECRET_KEYS in the environment (one or more "
                    "Fernet keys, comma-separated, the newest first)."
                )
            )
        return secret.Keyring(keys)

    def _plain(self):
        """:return: the secret in clear: for use, never for display"""
        self.ensure_one()
        return self._keyring().decrypt(self.sudo().value)

    @api.model
    def _rotate_keys(self):
        """Encrypt all secrets anew with the newest key of odoo.conf."""
        keyring = self._keyring()
        for credential in (
            self.sudo().with_context(active_test=False).search([("value", "!=", False)])
        ):
            credential.value = keyring.rotate(credential.value)
