from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

KINDS = [
    ("retry", "Retry"),
    ("discard", "Discard"),
    ("fix", "Choose the record that is meant"),
    ("acknowledge", "Mark as seen"),
    ("assign", "Give to somebody"),
    ("hand_over", "Hand over to a team"),
    ("snooze", "Snooze"),
    ("resolve", "Mark as resolved"),
]
ON_MESSAGES = ("retry", "discard")
# More than this in one operation is for team leads.
OPERATOR_LIMIT = 100
LIMIT = 20_000


class SeamOperation(models.Model):
    """One act on many: looked at first, then done in jobs, item by item.

    The set is frozen when it is looked at: what fits the filter later is not touched.
    Each line says what became of it; a killed job loses nothing and repeats nothing,
    because a line's result is committed together with the act.
    """

    _name = "seam.operation"
    _description = "Bulk operation"
    _inherit = ["mail.thread"]
    _order = "id desc"

    name = fields.Char(compute="_compute_name")
    kind = fields.Selection(KINDS, "What", required=True, readonly=True)
    state = fields.Selection(
        [
            ("preview", "To look at"),
            ("running", "Running"),
            ("paused", "Paused"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="preview",
        readonly=True,
        tracking=True,
    )
    user_id = fields.Many2one(
        "res.users", "Who", required=True, readonly=True, default=lambda self: self.env.user
    )
    reason = fields.Char("Why", required=True, readonly=True)
    company_ids = fields.Many2many("res.company", string="Companies", readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference("Means", model_field="res_model", readonly=True)
    team_id = fields.Many2one("seam.exception.team", readonly=True)
    assign_id = fields.Many2one("res.users", "To whom", readonly=True)
    until = fields.Datetime(readonly=True)
    throttle = fields.Integer(
        "At most per minute", readonly=True, help="0: as fast as it goes. Spares the partner."
    )
    started_at = fields.Datetime("Started", readonly=True)
    ended_at = fields.Datetime("Ended", readonly=True)
    line_ids = fields.One2many("seam.operation.line", "operation_id", "Items", readonly=True)
    total = fields.Integer("Chosen", readonly=True)
    able_count = fields.Integer("Can be done", readonly=True)
    money = fields.Char("Worth", readonly=True, help="Of what can be done, when it was looked at.")
    done_count = fields.Integer("Done", readonly=True)
    skipped_count = fields.Integer("Left as they are", readonly=True)
    failed_count = fields.Integer("Failed", readonly=True)
    progress = fields.Integer(compute="_compute_progress")
    effect = fields.Text("What will happen", compute="_compute_effect")
    unable_text = fields.Text("What cannot be done, and why", readonly=True)

    @api.depends("kind", "total")
    def _compute_name(self):
        names = dict(self._fields["kind"]._description_selection(self.env))
        for operation in self:
            operation.name = f"{names.get(operation.kind, '')} · {operation.total}"

    @api.depends("done_count", "skipped_count", "failed_count", "able_count")
    def _compute_progress(self):
        for operation in self:
            ended = operation.done_count + operation.skipped_count + operation.failed_count
            operation.progress = round(100 * ended / operation.able_count) if ended else 0

    @api.depends("kind", "res_id", "team_id", "assign_id", "until")
    def _compute_effect(self):
        for operation in self:
            operation.effect = operation._effect()

    def _effect(self):
        self.ensure_one()
        return {
            "retry": lambda: self.env._(
                "Each of these messages is processed again, from the first step. What still "
                "cannot be processed comes back here."
            ),
            "discard": lambda: self.env._(
                "Nothing of these messages is applied, now or later. They are kept with your "
                "name and the reason. This cannot be undone."
            ),
            "fix": lambda: self.env._(
                "The unknown codes mean %s from now on, and all that waits for them is "
                "processed again.",
                self._record_name(),
            ),
            "acknowledge": lambda: self.env._("Nobody else is called about these exceptions."),
            "assign": lambda: self.env._("%s has these exceptions.", self.assign_id.name),
            "hand_over": lambda: self.env._(
                "The team %s gets these exceptions as new ones, and is told.", self.team_id.name
            ),
            "snooze": lambda: self.env._(
                "Nobody is called about these exceptions until %s.",
                fields.Datetime.to_string(self.until),
            ),
            "resolve": lambda: self.env._(
                "These exceptions are closed. Those that hold up messages stay open."
            ),
        }[self.kind]()

    def _record_name(self):
        record = self.res_model in self.env and self.env[self.res_model].browse(self.res_id or 0)
        return record.exists().display_name if record else ""

    # -- look --------------------------------------------------------------------------

    @api.model
    def _look(self, kind, records, reason, **values):
        """Freeze what is chosen, and find out what can be done with it.

        :param records: ``seam.exception`` or ``seam.message`` records of the user
        :param values: further values, such as ``res_id`` or ``until``
        :return: the operation, in the state ``preview``
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Say why: the reason is kept."))
        self._check_rights()
        records.check_access("read")
        if kind in ON_MESSAGES and records._name == "seam.exception":
            records = self._held_by(records)
        if kind not in ON_MESSAGES and records._name != "seam.exception":
            raise UserError(self.env._("Choose exceptions for this."))
        if len(records) > LIMIT:
            raise UserError(self.env._("Choose at most %s at a time.", LIMIT))
        if not records:
            raise UserError(self.env._("Nothing is held up here any more."))
        operation = self.sudo().create(
            {
                "kind": kind,
                "reason": reason.strip(),
                "user_id": self.env.uid,
                "company_ids": [(6, 0, records.company_id.ids)],
                **values,
            }
        )
        operation._freeze(records)
        return operation.with_env(self.env)

    def _held_by(self, cases):
        return self.env["seam.message"].search(
            [("exception_id", "in", cases.ids), ("state", "in", ("failed", "waiting"))],
            order="position",
        )

    def _freeze(self, records):
        """Write down the ids with what is known of them now, in one statement."""
        self.env.flush_all()
        if records._name == "seam.message":
            self._freeze_messages(records.ids)
        else:
            self._freeze_cases(records.ids)
        self._sum_up()

    def _freeze_messages(self, ids):
        states = ("failed", "waiting") if self.kind == "retry" else ("failed", "waiting", "pending")
        self.env.cr.execute(
            """
            INSERT INTO seam_operation_line
                   (operation_id, message_id, exception_id, position, label, amount, currency,
                    able, note, state)
            SELECT %(operation)s, m.id, m.exception_id, m.position,
                   COALESCE(m.label, m.ordering_key, left(m.uuid, 8)), m.amount, m.currency,
                   m.state IN %(states)s AND NOT behind,
                   CASE WHEN NOT m.state IN %(states)s THEN %(changed)s
                        WHEN behind THEN %(behind)s END,
                   CASE WHEN m.state IN %(states)s AND NOT behind THEN 'todo' ELSE 'unable' END
              FROM (SELECT m.*, %(retry)s AND m.predecessor_id IS NOT NULL AS behind
                      FROM seam_message m WHERE m.id = ANY(%(ids)s)) m
             ORDER BY m.position
            """,
            {
                "operation": self.id,
                "ids": ids,
                "states": states,
                "retry": self.kind == "retry",
                "changed": self.env._("It is finished or in process."),
                "behind": self.env._("It waits behind another message, which goes first."),
            },
        )

    def _freeze_cases(self, ids):
        why = "NULL::varchar"
        if self.kind == "fix":
            why = "CASE WHEN e.missing_model IS DISTINCT FROM %(model)s THEN %(other)s END"
        if self.kind == "resolve":
            why = """CASE WHEN EXISTS (
                SELECT 1 FROM seam_message m WHERE m.exception_id = e.id
                   AND m.state IN ('pending', 'working', 'waiting', 'failed')) THEN %(holds)s END"""
        self.env.cr.execute(
            f"""
            INSERT INTO seam_operation_line
                   (operation_id, exception_id, position, label, amount, currency, able, note,
                    state)
            SELECT %(operation)s, id, row_number() OVER (ORDER BY priority DESC, id), left(name, 200),
                   held_value, currency, why IS NULL, why,
                   CASE WHEN why IS NULL THEN 'todo' ELSE 'unable' END
              FROM (SELECT e.*, c.name AS currency,
                           CASE WHEN e.state <> 'open' THEN %(closed)s ELSE {why} END AS why
                      FROM seam_exception e JOIN res_company k ON k.id = e.company_id
                      JOIN res_currency c ON c.id = k.currency_id
                     WHERE e.id = ANY(%(ids)s)) e
            """,
            {
                "operation": self.id,
                "ids": ids,
                "model": self.res_model or None,
                "closed": self.env._("It is resolved already."),
                "other": self.env._("It is not about a record of this type."),
                "holds": self.env._("It still holds up messages."),
            },
        )

    def _sum_up(self):
        """Numbers for the eye: how many, worth what, and what cannot be done."""
        self.env.cr.execute(
            """
            SELECT able, note, currency, count(*), sum(amount) FROM seam_operation_line
             WHERE operation_id = %s GROUP BY 1, 2, 3 ORDER BY 4 DESC
            """,
            [self.id],
        )
        total, able_count, money, unable = 0, 0, {}, {}
        for able, note, currency, count, amount in self.env.cr.fetchall():
            total += count
            if able:
                able_count += count
                if amount:
                    money[currency or ""] = money.get(currency or "", 0) + amount
            else:
                unable[note] = unable.get(note, 0) + count
        self.write(
            {
                "total": total,
                "able_count": able_count,
                "money": " + ".join(f"{v:,.2f} {k}".strip() for k, v in money.items()),
                "unable_text": "\n".join(f"{count} × {note}" for note, count in unable.items()),
            }
        )
        self.env["seam.operation.line"].invalidate_model(flush=False)

    # -- buttons -----------------------------------------------------------------------

    def _check_rights(self):
        if not self.env.user.has_group("seam.group_seam_operator"):
            raise AccessError(self.env._("You may look at exceptions, not act on them."))

    def _mine(self):
        """:return: this operation as superuser
        :raise AccessError: the user neither began it nor leads a team
        """
        self.ensure_one()
        self.check_access("read")
        self._check_rights()
        if self.user_id != self.env.user and not self._is_lead():
            raise AccessError(self.env._("%s began this operation.", self.user_id.name))
        return self.sudo()

    def _is_lead(self):
        return self.env.user.has_group("seam_exception.group_seam_lead")

    def action_start(self):
        operation = self._mine()
        if operation.state != "preview":
            raise UserError(self.env._("It was started already."))
        if operation.user_id != self.env.user:
            raise AccessError(self.env._("Whoever chose these items starts the operation."))
        if operation.able_count > OPERATOR_LIMIT and not self._is_lead():
            raise AccessError(
                self.env._("More than %s at a time are a matter for a team lead.", OPERATOR_LIMIT)
            )
        if not operation.able_count:
            raise UserError(self.env._("Nothing of this can be done."))
        operation.write({"state": "running", "started_at": fields.Datetime.now()})
        operation._enqueue()

    def action_pause(self):
        self._mine()._switch(("running",), "paused")

    def action_resume(self):
        operation = self._mine()
        operation._switch(("paused",), "running")
        operation._enqueue()

    def action_cancel(self):
        """What is done stays done; the rest is left as it is."""
        operation = self._mine()
        operation._switch(("preview", "running", "paused"), "cancelled")
        operation.ended_at = fields.Datetime.now()

    def _switch(self, sources, target):
        """Compare and swap: waits for the batch that is under way."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE seam_operation SET state = %s WHERE id = %s AND state IN %s",
            [target, self.id, sources],
        )
        if not self.env.cr.rowcount:
            raise UserError(self.env._("It is over, or somebody else changed it."))
        self.invalidate_recordset(flush=False)

    def action_open_lines(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "seam.operation.line",
            "view_mode": "list",
            "domain": [("operation_id", "=", self.id)],
        }

    def write(self, vals):
        """:raise AccessError: a user rewrites what happened"""
        if not self.env.su:
            raise AccessError(self.env._("An operation is not changed by hand."))
        return super().write(vals)


class SeamOperationLine(models.Model):
    """One item of a bulk operation, and what became of it."""

    _name = "seam.operation.line"
    _description = "Item of a bulk operation"
    _log_access = False
    _order = "operation_id, position, id"
    _rec_name = "label"

    operation_id = fields.Many2one(
        "seam.operation", required=True, readonly=True, ondelete="cascade", index=True
    )
    message_id = fields.Many2one("seam.message", readonly=True, ondelete="set null")
    exception_id = fields.Many2one("seam.exception", readonly=True, ondelete="set null")
    position = fields.Integer(readonly=True)
    label = fields.Char("Item", readonly=True)
    amount = fields.Float(readonly=True)
    currency = fields.Char(readonly=True)
    able = fields.Boolean("Can be done", readonly=True)
    note = fields.Char("Result", readonly=True)
    state = fields.Selection(
        [
            ("todo", "To do"),
            ("done", "Done"),
            ("skipped", "Left as it is"),
            ("failed", "Failed"),
            ("unable", "Cannot be done"),
        ],
        required=True,
        readonly=True,
    )
    at = fields.Datetime("When", readonly=True)

    _todo_idx = models.Index("(operation_id, position) WHERE state = 'todo'")
    _message_idx = models.Index("(message_id) WHERE message_id IS NOT NULL")
    _exception_idx = models.Index("(exception_id) WHERE exception_id IS NOT NULL")
