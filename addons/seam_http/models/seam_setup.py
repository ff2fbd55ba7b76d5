from odoo import api, fields, models
from odoo.exceptions import UserError

STEPS = (
    "system",
    "login",
    "description",
    "operations",
    "mapping",
    "try",
    "first",
    "live",
)


class SeamSetup(models.Model):
    """The way from "new system" to the first synchronised record, step by step.

    What each step says is kept where it belongs (system, flow, connection), so that one
    can leave at any time and come back, and so that nothing here is needed afterwards.
    """

    _name = "seam.setup"
    _description = "Guided set-up"
    _order = "id desc"

    name = fields.Char("Name of the system", required=True)
    step = fields.Selection(
        [
            ("system", "Address"),
            ("login", "Log in"),
            ("description", "Description"),
            ("operations", "Operations"),
            ("mapping", "Fields"),
            ("try", "Dry run"),
            ("first", "First record"),
            ("live", "Go live"),
        ],
        required=True,
        default="system",
        copy=False,
    )
    progress = fields.Integer(compute="_compute_progress", help="Percent of the way.")
    finished = fields.Boolean(readonly=True, copy=False)

    system_id = fields.Many2one("seam.system", readonly=True, ondelete="cascade", copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    base_url = fields.Char(
        "Address", help="Where its API begins, such as https://api.example.com/v1."
    )
    allowed_hosts = fields.Char(
        "Private address",
        help="Only for an address inside your own network: its host, such as 10.20.0.5.",
    )
    environment = fields.Selection(
        [("test", "Test"), ("production", "Production")], required=True, default="test"
    )
    user_id = fields.Many2one(
        "res.users",
        "Service user",
        help="Records are written and read with this user's rights: give it what the "
        "connection needs and no more.",
    )

    # log in
    auth = fields.Selection(related="system_id.auth", readonly=False)
    auth_header = fields.Char(related="system_id.auth_header", readonly=False)
    auth_prefix = fields.Char(related="system_id.auth_prefix", readonly=False)
    auth_user = fields.Char(related="system_id.auth_user", readonly=False)
    token_url = fields.Char(related="system_id.token_url", readonly=False)
    client_id = fields.Char(related="system_id.client_id", readonly=False)
    token_scope = fields.Char(related="system_id.token_scope", readonly=False)
    auth_hint = fields.Char(related="system_id.auth_hint")
    secret = fields.Char(
        "Key, password or secret",
        compute="_compute_secret",
        inverse="_inverse_secret",
        help="Write only: it is encrypted and never shown again.",
    )
    test_ok = fields.Boolean(readonly=True, copy=False)
    test_result = fields.Char(readonly=True, copy=False)

    endpoint_id = fields.Many2one(
        "seam.endpoint",
        "Flow",
        domain="[('system_id', '=', system_id)]",
        copy=False,
        help="Choose which of the flows this and the next steps are about.",
    )
    endpoint_count = fields.Integer(compute="_compute_endpoint_count")

    _system_uniq = models.UniqueIndex(
        "(system_id) WHERE system_id IS NOT NULL", "This system has its set-up already."
    )

    @api.depends("step", "finished")
    def _compute_progress(self):
        for setup in self:
            done = len(STEPS) if setup.finished else STEPS.index(setup.step)
            setup.progress = round(100 * done / len(STEPS))

    @api.depends("system_id.flow_ids.endpoint_ids")
    def _compute_endpoint_count(self):
        for setup in self:
            setup.endpoint_count = len(setup.system_id.flow_ids.endpoint_ids)

    def _compute_secret(self):
        self.secret = False

    def _inverse_secret(self):
        """Keep it as the newest credential of the kind that logging in needs."""
        for setup in self.filtered("secret"):
            purposes = setup.system_id._auth_purposes()
            if not purposes:
                raise UserError(self.env._("Choose how we log in first."))
            self.env["seam.credential"].create(
                {
                    "system_id": setup.system_id.id,
                    "purpose": purposes[0],
                    "name": self.env._("Entered in the guided set-up"),
                    "secret_input": setup.secret,
                }
            )

    # -- going on --------------------------------------------------------------------------

    def action_next(self):
        """Do what the step is about, and go to the next one."""
        self.ensure_one()
        leave = {
            "system": self._leave_system,
            "description": self._leave_description,
            "operations": self._leave_operations,
            "mapping": self._leave_mapping,
        }.get(self.step)
        if leave:
            leave()
        if self.step != STEPS[-1]:
            self.step = STEPS[STEPS.index(self.step) + 1]
        return True

    def action_back(self):
        self.ensure_one()
        self.step = STEPS[max(0, STEPS.index(self.step) - 1)]
        return True

    def action_open_system(self):
        self.ensure_one()
        return self._open(self.system_id)

    def action_open_flow(self):
        self.ensure_one()
        return self._open(self.endpoint_id.flow_id)

    def action_open_endpoint(self):
        self.ensure_one()
        return self._open(self.endpoint_id)

    def _open(self, record):
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
        }

    def _require_endpoint(self):
        """:return: the connection that is being set up"""
        self.ensure_one()
        if not self.endpoint_id:
            raise UserError(self.env._("Choose an operation first, in the step Operations."))
        return self.endpoint_id

    # -- 1: address --------------------------------------------------------------------------

    def _leave_system(self):
        if not self.base_url:
            raise UserError(self.env._("Enter the address of the system."))
        if not self.user_id:
            raise UserError(
                self.env._("Choose a service user, or make one: its rights are what counts.")
            )
        values = {
            "name": self.name,
            "base_url": self.base_url.strip(),
            "allowed_hosts": self.allowed_hosts,
            "environment": self.environment,
            "user_id": self.user_id.id,
            "company_id": self.company_id.id,
        }
        if self.system_id:
            self.system_id.write(values)
        else:
            systems = self.env["seam.system"]
            self.system_id = systems.create(
                {**values, "connector": "http", "code": systems._free_code(self.name)}
            )
        self.system_id._client().close()

    def action_make_user(self):
        """Make a user without a password, who can do nothing yet."""
        self.ensure_one()
        systems = self.env["seam.system"]
        code = systems._free_code(self.name)
        self.user_id = systems._make_user(self.name, code, self.company_id)
        return True

    # -- 2: log in ---------------------------------------------------------------------------

    def action_test(self):
        """Call the system once, and keep what came of it."""
        self.ensure_one()
        self.check_access("write")
        action = self.system_id.action_test_connection()
        params = action["params"]
        self.write({"test_ok": params["type"] == "success", "test_result": params["message"]})
        return True
