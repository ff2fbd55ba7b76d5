import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..const import UNRESOLVED
from ..engine.cause import normalised
from ..engine.fault import CODES
from .own_cursor import persist

# Raise this when the way in which causes are told apart changes: cases that are
# open then stay as they are, and new messages open new ones.
FINGERPRINT_VERSION = 2
# Cases about a flow itself, or about what did not come, hold no message; who opens them
# closes them.
ABOUT_FLOWS = [
    "drift.erp",
    "drift.field",
    "expected.missing",
    "flow.failing",
    "reconcile.difference",
]
# Of a case e: no message waits for it, nor a pull that failed.
NOTHING_HELD = """
    NOT EXISTS (SELECT 1 FROM seam_message m WHERE m.exception_id = e.id
                   AND m.state IN ('pending', 'working', 'waiting', 'failed'))
    AND NOT EXISTS (SELECT 1 FROM seam_pull p WHERE p.exception_id = e.id)
"""


def fingerprint(conf, fault):
    """:return: what messages of one cause share: flow, fault code, normalised subject"""
    subject = normalised(fault.subject)
    text = "\x1f".join((str(FINGERPRINT_VERSION), str(conf.id), fault.code, subject))
    return hashlib.sha256(text.encode()).hexdigest()


class SeamException(models.Model):
    """What a person must look at: one cause, and the messages it holds up."""

    _name = "seam.exception"
    _description = "Exception"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "severity desc, first_at, id"

    name = fields.Char("What is wrong", required=True, readonly=True)
    code = fields.Char(required=True, readonly=True)
    title = fields.Char(compute="_compute_title", string="Kind of fault")
    kind = fields.Selection(
        [
            ("transient", "Passing"),
            ("permanent", "Data or rule"),
            ("ambiguous", "Unclear outcome"),
            ("bug", "Support"),
        ],
        required=True,
        readonly=True,
    )
    fix = fields.Text("What to do", readonly=True)
    fingerprint = fields.Char(required=True, readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("resolved", "Resolved")],
        required=True,
        default="open",
        readonly=True,
        tracking=True,
    )
    severity = fields.Selection(
        [("0", "Low"), ("1", "Normal"), ("2", "High")], default="1", tracking=True
    )
    system_id = fields.Many2one("seam.system", required=True, readonly=True)
    flow_id = fields.Many2one(
        "seam.flow", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    runbook = fields.Html(related="flow_id.runbook")
    owner_id = fields.Many2one("res.users", "Who has it", tracking=True, index=True)
    first_at = fields.Datetime("Since", required=True, readonly=True)
    resolved_at = fields.Datetime(readonly=True)
    resolution = fields.Char(readonly=True, tracking=True)
    message_ids_held = fields.One2many(
        "seam.message",
        "exception_id",
        "Messages held up",
        domain=[("state", "in", UNRESOLVED)],
    )
    held_count = fields.Integer("Held up", compute="_compute_held")
    held_amount = fields.Char("Worth", compute="_compute_held")
    pointer = fields.Char("Place in the message", readonly=True)
    technical = fields.Text("For the support", readonly=True)

    # the way out "choose the record that is meant"
    missing_model = fields.Char(readonly=True)
    missing_code = fields.Char("Unknown code", readonly=True)
    missing_via = fields.Selection(
        [("binding", "Binding"), ("value_map", "Value map")], readonly=True
    )
    missing_name = fields.Char("Called by the partner", readonly=True)

    _open_uniq = models.UniqueIndex("(fingerprint) WHERE state = 'open'")
    _open_idx = models.Index("(company_id, severity, first_at) WHERE state = 'open'")
    _system_idx = models.Index("(system_id) WHERE state = 'open'")

    def _compute_title(self):
        for case in self:
            case.title = CODES[case.code].title if case.code in CODES else case.code

    def _compute_held(self):
        """Over the partial index of messages that have an exception."""
        Message = self.env["seam.message"]
        rows = Message._read_group(
            [("exception_id", "in", self.ids), ("state", "in", UNRESOLVED)],
            ["exception_id", "currency"],
            ["__count", "amount:sum"],
        )
        counts, amounts = {}, {}
        for case, currency, count, amount in rows:
            counts[case.id] = counts.get(case.id, 0) + count
            if amount:
                amounts.setdefault(case.id, []).append(f"{amount:,.2f} {currency}")
        for case in self:
            case.held_count = counts.get(case.id, 0)
            case.held_amount = " + ".join(amounts.get(case.id, [])) or False

    # -- opening and closing -------------------------------------------------------

    @api.model
    def _open(self, conf, faults):
        """Find or open the case of each fault.

        :param conf: FlowConf
        :return: dict fingerprint → id
        """
        by_print = {fingerprint(conf, fault): fault for fault in faults}
        if not by_print:
            return {}
        cases = self._open_cases(by_print)
        missing = {key: fault for key, fault in by_print.items() if key not in cases}
        if missing:
            cases.update(self._reopen(conf, missing))
        new = {key: fault for key, fault in missing.items() if key not in cases}
        return {**cases, **self._create_cases(conf, new)} if new else cases

    @api.model
    def _reopen(self, conf, faults):
        """Hook: open again the closed cases that are to go on.

        :param faults: dict fingerprint → Fault of which no case is open
        :return: dict fingerprint → id of those that are open now
        """
        return {}

    def _open_cases(self, prints):
        """Locked, so that nobody closes them before our messages are seen in them.

        A key lock: whoever closes a case locks its row FOR UPDATE, which it waits for;
        notes and numbers on the case may change meanwhile.
        """
        self.env.cr.execute(
            """
            SELECT fingerprint, id FROM seam_exception
             WHERE state = 'open' AND fingerprint = ANY(%s)
             ORDER BY id FOR KEY SHARE
            """,
            [list(prints)],
        )
        return dict(self.env.cr.fetchall())

    def _create_cases(self, conf, faults):
        """Open a case for each, in the order of the keys: workers that open the same do
        not wait for each other in a circle.

        :param faults: dict fingerprint → Fault
        :return: dict fingerprint → id
        :raise UniqueViolation: another worker opens one this moment; try again
        """
        keys = sorted(faults)
        cases = (
            self.sudo()
            .with_context(tracking_disable=True, mail_create_nolog=True)
            .create([self._case_values(conf, key, faults[key]) for key in keys])
        )
        return dict(zip(keys, cases.ids, strict=True))

    def _case_values(self, conf, key, fault):
        missing = fault.extra.get("missing") or {}
        return {
            "name": fault.message[:500],
            "code": fault.code,
            "kind": fault.kind,
            "fix": fault.fix,
            "fingerprint": key,
            "severity": "2" if fault.kind == "bug" else "1",
            "system_id": conf.system_id,
            "flow_id": conf.id,
            "company_id": conf.company_id,
            "owner_id": conf.owner_id,
            "first_at": fields.Datetime.now(),
            "pointer": fault.pointer,
            "technical": fault.extra.get("traceback"),
            "missing_model": missing.get("model"),
            "missing_code": missing.get("code"),
            "missing_via": missing.get("via"),
            "missing_name": missing.get("name"),
        }

    @api.model
    def _open_for_flow(self, flow, fault):
        """A case about the flow itself; it holds up whatever comes in."""
        self._open(flow._as_conf(), [fault])

    @api.model
    def _close_settled(self, ids):
        """Close the cases among these whose last message is through.

        Call it when that is committed: of two workers that settle the last two
        messages at once, neither sees the other's outcome before.
        """
        if ids:
            persist(
                self.env,
                lambda env: env["seam.exception"].sudo().browse(ids)._close_if_settled(),
                read_committed=True,
            )

    @api.model
    def _close_left_open(self):
        """Close what a process that died after its commit did not come to close.

        It looks without a lock first: of thousands of open cases hardly one is over.
        """
        self.env.cr.execute(
            f"""
            SELECT e.id FROM seam_exception e
             WHERE e.state = 'open' AND NOT e.code = ANY(%s) AND {NOTHING_HELD}
            """,
            [ABOUT_FLOWS],
        )
        self._close_settled([row[0] for row in self.env.cr.fetchall()])

    def _close_if_settled(self):
        self.env.cr.execute(
            "SELECT id FROM seam_exception WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
            [self.ids],
        )
        self.env.cr.execute(
            f"""
            SELECT e.id FROM seam_exception e
             WHERE e.id = ANY(%s) AND e.state = 'open' AND {NOTHING_HELD}
            """,
            [self.ids],
        )
        cases = self.browse(row[0] for row in self.env.cr.fetchall())
        cases._resolve(self.env._("Nothing is held up any more."))

    def _resolve(self, resolution):
        self.write(
            {
                "state": "resolved",
                "resolved_at": fields.Datetime.now(),
                "resolution": resolution,
            }
        )

    # -- ways out ------------------------------------------------------------------

    def _held(self):
        """:return: messages that this case holds up, for those who may see them"""
        return self.env["seam.message"].search(
            [("exception_id", "in", self.ids), ("state", "in", ("failed", "waiting"))],
            order="position",
        )

    def action_retry(self):
        """Try again all that these cases hold up."""
        messages = self._held()
        if not messages:
            raise UserError(self.env._("Nothing is held up here any more."))
        return messages._retry(self.env._("Retried from the exception."))

    def action_take(self):
        """The user takes care of it."""
        self.check_access("write")
        self.write({"owner_id": self.env.uid})

    def action_open_fix(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What does “%s” mean?", self.missing_code),
            "res_model": "seam.fix.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_exception_id": self.id},
        }

    def action_open_discard(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Discard what is held up"),
            "res_model": "seam.discard.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_message_ids": self._held().ids},
        }

    def action_open_messages(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("seam.seam_message_action")
        action["domain"] = [("exception_id", "=", self.id)]
        action["context"] = {}
        return action

    def _fix(self, record):
        """Write down which record the unknown code means, and release all it held up.

        :param record: a record of ``missing_model``
        """
        self.ensure_one()
        self.check_access("write")
        if not self.missing_model or record._name != self.missing_model:
            raise ValidationError(self.env._("This exception is not about a record of this type."))
        record.check_access("read")
        company = "company_id" in record._fields and record.company_id
        if company and company != self.company_id:
            raise ValidationError(
                self.env._(
                    "%(record)s belongs to %(other)s, the messages to %(company)s.",
                    record=record.display_name,
                    other=company.display_name,
                    company=self.company_id.display_name,
                )
            )
        self._check_unbound(record)
        if self.missing_via == "value_map":
            self.env["seam.value.map"].sudo()._learn(
                self.system_id.id, self.missing_model, self.missing_code, record
            )
        else:
            self.env["seam.binding"].sudo()._bind(self.system_id.id, {self.missing_code: record})
        reason = self.env._(
            "“%(code)s” means %(record)s.",
            code=self.missing_code,
            record=record.display_name,
        )
        self.message_post(body=reason)
        # Other flows of the system may stumble over the same code.
        same = self._about_code(self.system_id, self.missing_model, self.missing_code)
        (self | same)._held()._retry(reason)

    def _check_unbound(self, record):
        """What became known by itself meanwhile is not made to mean something else unseen."""
        if self.missing_via == "value_map":
            return
        bindings = self.env["seam.binding"].sudo()
        found = bindings._find(self.system_id.id, self.missing_model, [self.missing_code])
        known = found.get(self.missing_code)
        if known and known != record:
            raise UserError(
                self.env._(
                    "“%(code)s” is known as %(known)s meanwhile. Retry what it holds up; if that "
                    "is wrong, have an administrator change the binding.",
                    code=self.missing_code,
                    known=known.sudo().display_name,
                )
            )

    @api.model
    def _about_code(self, system, model, code):
        """:return: open cases about a code of a system of which Odoo knows no record"""
        return self.search(
            [
                ("system_id", "=", system.id),
                ("state", "=", "open"),
                ("missing_model", "=", model),
                ("missing_code", "=", code),
            ]
        )
