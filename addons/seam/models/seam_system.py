from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

from ..engine import secret, signature


class SeamSystem(models.Model):
    _name = "seam.system"
    _description = "System"
    _inherit = ["seam.cached", "mail.thread", "mail.activity.mixin"]
    _order = "name"

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(
        required=True,
        copy=False,
        tracking=True,
        help="Part of the address that the partner calls: lower-case letters, digits, - and _.",
    )
    connector = fields.Selection(
        [("api", "API and webhooks")],
        required=True,
        default="api",
        tracking=True,
        help="How this system signs, words and numbers what it sends.",
    )
    kind = fields.Selection(
        [
            ("shop", "Shop"),
            ("crm", "CRM"),
            ("wms", "Warehouse (WMS)"),
            ("shipping", "Shipping"),
            ("payment", "Payments"),
            ("mes", "Production (MES)"),
            ("supplier", "Supplier"),
            ("edi", "EDI partner"),
            ("erp", "ERP"),
            ("other", "Other"),
        ],
        required=True,
        compute="_compute_kind",
        inverse="_inverse_kind",
        store=True,
        readonly=False,
        precompute=True,
    )
    # Somebody said what it is: it is not its connector's usual kind.
    kind_chosen = fields.Boolean(readonly=True)
    environment = fields.Selection(
        [("test", "Test"), ("production", "Production")],
        required=True,
        default="test",
        tracking=True,
    )
    active = fields.Boolean(default=True, tracking=True)
    state = fields.Selection(
        [("draft", "Being set up"), ("active", "Active"), ("disabled", "Disabled")],
        required=True,
        default="draft",
        copy=False,
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        tracking=True,
    )
    user_id = fields.Many2one(
        "res.users",
        "Service user",
        tracking=True,
        domain=lambda self: self._domain_user(),
        help="Documents of this system are applied with this user's rights. "
        "Give it the rights that the flows need and no more.",
    )
    owner_id = fields.Many2one(
        "res.users",
        required=True,
        default=lambda self: self.env.user,
        tracking=True,
        help="Who looks after the connection when something is wrong with it.",
    )
    base_url = fields.Char("Address", tracking=True, help="Where Seam calls it.")
    allowed_hosts = fields.Char(
        "Allowed hosts",
        tracking=True,
        help="Comma-separated hosts or networks that may be called although they are "
        "private or local, e.g. 10.20.0.0/16 or 127.0.0.1.",
    )
    rate_limit = fields.Integer(
        "Calls per minute",
        default=6000,
        tracking=True,
        help="More calls than this are answered with 429. A batch is one call. 0: no limit.",
    )
    max_bytes = fields.Integer(
        "Largest body (bytes)",
        default=1024 * 1024,
        required=True,
        tracking=True,
    )
    credential_ids = fields.One2many(
        "seam.credential", "system_id", groups="seam.group_seam_manager"
    )
    flow_ids = fields.One2many("seam.flow", "system_id")
    flow_count = fields.Integer(compute="_compute_counts")
    open_exception_count = fields.Integer(compute="_compute_counts")
    health = fields.Selection(
        [("ok", "Fine"), ("warning", "Look at it"), ("error", "Held up")],
        compute="_compute_counts",
    )
    note = fields.Html()

    _code_uniq = models.Constraint("UNIQUE(code)", "Another system has this code.")
    _code_shape = models.Constraint(
        "CHECK(code ~ '^[a-z0-9][a-z0-9_-]*$')",
        "A code is made of lower-case letters, digits, - and _.",
    )
    _max_bytes_positive = models.Constraint(
        "CHECK(max_bytes > 0 AND rate_limit >= 0)",
        "The largest body must be above 0; calls per minute 0 or more.",
    )

    @api.model
    def _domain_user(self):
        """Administrators are refused: they are not proposed."""
        administrators = self.env.ref("base.group_system").sudo().all_user_ids
        return [("id", "not in", administrators.ids)]

    @api.depends("connector")
    def _compute_kind(self):
        """What the connector's vendor is, until somebody chooses something else."""
        for system in self:
            if not system.kind or not system.kind_chosen:
                system.kind = system._usual_kind()

    @api.onchange("kind")
    def _inverse_kind(self):
        for system in self:
            system.kind_chosen = system.kind != system._usual_kind()

    def _usual_kind(self):
        return self._connector()._kind if self.connector else "other"

    @api.depends("flow_ids.state")
    def _compute_counts(self):
        groups = self.env["seam.exception"]._read_group(
            [("system_id", "in", self.ids), ("state", "!=", "resolved")],
            ["system_id"],
            ["__count"],
        )
        open_counts = {system.id: count for system, count in groups}
        for system in self:
            system.flow_count = len(system.flow_ids)
            system.open_exception_count = open_counts.get(system.id, 0)
            blocked = "blocked" in system.flow_ids.mapped("state")
            system.health = (
                "error"
                if blocked
                else "warning"
                if system.open_exception_count or system.state != "active"
                else "ok"
            )

    @api.constrains("user_id", "company_id")
    def _check_user(self):
        for system in self:
            user = system.user_id
            if not user:
                continue
            if user._is_superuser() or user._is_system():
                raise ValidationError(
                    self.env._(
                        "%(user)s has administration rights. Choose a service user "
                        "that has only the rights this system needs.",
                        user=user.display_name,
                    )
                )
            if system.company_id not in user.company_ids:
                raise ValidationError(
                    self.env._(
                        "%(user)s may not work in %(company)s. Allow the company on "
                        "the user, or choose another service user.",
                        user=user.display_name,
                        company=system.company_id.display_name,
                    )
                )

    def _connector(self):
        """The vendor code of this system: the one dynamic name in Seam."""
        self.ensure_one()
        return self.env["seam.connector." + self.connector]

    # -- who calls -----------------------------------------------------------------

    @api.model
    def _authenticate_call(self, conf, headers, body):
        """Prove on the raw bytes that the call comes from the system.

        :param headers: dict with lower-case names
        :raise signature.BadSignature: it is not proven
        """
        now = fields.Datetime.now()
        known = [
            (purpose, value)
            for purpose, value, until in self._secrets(conf.system_id)
            if not until or until > now
        ]
        kind, _space, token = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            given = secret.hash_api_key(token.strip())
            if any(p == "bearer" and secret.same(v, given) for p, v in known):
                return
            raise signature.BadSignature("This API key is not valid here.")
        secrets = {}
        for purpose, value in known:
            secrets.setdefault(purpose, []).append(value)
        secrets.pop("bearer", None)
        self.env[conf.connector].with_context(seam_flow=conf.id)._verify(headers, body, secrets)

    @api.model
    @tools.ormcache("system_id")
    def _secrets(self, system_id):
        """:return: list of (purpose, hash of an API key or secret in clear, valid until)

        Kept in this process's memory only.
        """
        credentials = self.env["seam.credential"].sudo().search([("system_id", "=", system_id)])
        return [
            (c.purpose, c.key_hash if c.purpose == "bearer" else c._plain(), c.valid_until)
            for c in credentials
            if c.key_hash or c.value
        ]

    # -- set-up --------------------------------------------------------------------

    def action_activate(self):
        for system in self:
            if not system.user_id:
                raise UserError(
                    self.env._(
                        "Choose a service user first: documents of %s are applied "
                        "with that user's rights.",
                        system.name,
                    )
                )
            system.state = "active"

    def action_disable(self):
        self.state = "disabled"

    def action_generate_key(self):
        """Make an API key and show it, this one time. Only its hash is stored."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New API key"),
            "res_model": "seam.key.wizard",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_system_id": self.id, "default_token": self._new_api_key()},
        }

    def _new_api_key(self):
        """:return: the key, in clear; it cannot be read again"""
        self.ensure_one()
        self.check_access("write")
        token, prefix = secret.new_api_key()
        self.env["seam.credential"].sudo().create(
            {
                "system_id": self.id,
                "purpose": "bearer",
                "name": self.env._("API key %s…", prefix),
                "key_hash": secret.hash_api_key(token),
            }
        )
        return token

    def action_open_exceptions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("seam.seam_exception_action")
        action["domain"] = [("system_id", "=", self.id)]
        return action
