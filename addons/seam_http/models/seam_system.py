from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from odoo.addons.seam.engine import auth


class SeamSystem(models.Model):
    _inherit = "seam.system"

    connector = fields.Selection(
        selection_add=[("http", "Any REST API")],
        ondelete={"http": "set default"},
    )
    hook_proof = fields.Selection(
        [
            ("standard", "Standard Webhooks"),
            ("hmac", "Signature in a header (HMAC)"),
        ],
        "The partner signs by",
        required=True,
        default="standard",
        tracking=True,
        help="How a message that the partner sends proves that it is his. With an API key "
        "(“New API key”, sent as Authorization: Bearer) nothing needs to be signed.",
    )
    hook_header = fields.Char(
        "Signature header", default="X-Signature", tracking=True, help="Where the signature is."
    )
    hook_prefix = fields.Char(
        "Before the signature", tracking=True, help="Such as “sha256=”, which is taken off."
    )
    hook_digest = fields.Selection(
        [("sha256", "SHA-256"), ("sha512", "SHA-512"), ("sha1", "SHA-1 (old)")],
        "Made with",
        required=True,
        default="sha256",
        tracking=True,
    )
    hook_encoding = fields.Selection(
        [("hex", "Hexadecimal"), ("base64", "Base64")],
        "Written as",
        required=True,
        default="hex",
        tracking=True,
    )
    hook_stamp_header = fields.Char(
        "Timestamp header",
        tracking=True,
        help="Where the partner signs “timestamp.body”: the header with the seconds since 1970. "
        "Empty: the body alone is signed.",
    )
    hook_id_header = fields.Char(
        "Delivery ID header",
        tracking=True,
        help="By which the same delivery is recognised. Empty: Idempotency-Key, webhook-id, or "
        "the content.",
    )
    hook_topic_header = fields.Char("Event header", tracking=True, help="Names what happened.")
    code_list_ids = fields.One2many("seam.code.list", "system_id", "Code lists")

    @api.constrains("hook_header", "hook_stamp_header", "hook_id_header", "hook_topic_header")
    def _check_hook_headers(self):
        names = ("hook_header", "hook_stamp_header", "hook_id_header", "hook_topic_header")
        for system in self:
            for name in names:
                if system[name] and not auth.is_header_name(system[name]):
                    raise ValidationError(
                        self.env._("“%s” cannot be the name of a header.", system[name])
                    )

    @api.model
    @tools.ormcache("flow_id")
    def _hook_settings(self, flow_id):
        """:return: dict of how the system of a flow signs what it sends"""
        system = self.env["seam.flow"].sudo().browse(flow_id).system_id
        return {
            "proof": system.hook_proof,
            "header": (system.hook_header or "x-signature").lower(),
            "prefix": system.hook_prefix or "",
            "digest": system.hook_digest,
            "encoding": system.hook_encoding,
            "stamp": (system.hook_stamp_header or "").lower(),
            "id": (system.hook_id_header or "").lower(),
            "topic": (system.hook_topic_header or "").lower(),
        }

    @api.model
    def action_connect(self):
        """Begin the guided set-up of a new system."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Connect a system"),
            "res_model": "seam.setup",
            "view_mode": "form",
            "views": [(False, "form")],
        }
