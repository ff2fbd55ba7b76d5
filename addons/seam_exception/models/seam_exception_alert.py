import logging
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.own_cursor import own_env

from ..engine import chat
from .seam_escalation import BY

_logger = logging.getLogger(__name__)

BATCH = 5000
# More alerts than this to one receiver at a time become one list, and so much of it is told.
LISTED = 3
TOLD = 20
WEBHOOK_WAITS = (60, 300, 900)


class SeamExceptionAlert(models.Model):
    """One thing that somebody is told about a case, once.

    Rows are planned when the case is routed; the key is unique, so that however many
    workers plan and send, nobody is told the same twice. What is acknowledged meanwhile
    is dropped.
    """

    _name = "seam.exception.alert"
    _description = "Alert"
    _order = "due_at, id"
    _log_access = False
    _rec_name = "key"

    exception_id = fields.Many2one(
        "seam.exception", required=True, readonly=True, ondelete="cascade"
    )
    occurrence = fields.Integer(required=True, readonly=True)
    key = fields.Char(required=True, readonly=True, help="Which step, or which waking.")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    step_id = fields.Many2one("seam.escalation.step", readonly=True, ondelete="set null")
    by = fields.Selection(BY, readonly=True, required=True)
    due_at = fields.Datetime("Due", required=True, readonly=True)
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("sending", "Under way"),
            ("sent", "Sent"),
            ("dropped", "Not needed any more"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="planned",
    )
    sent_at = fields.Datetime("Sent", readonly=True)
    told = fields.Char("Whom", readonly=True)
    tries = fields.Integer(readonly=True)
    note = fields.Char(readonly=True)

    _once = models.UniqueIndex("(exception_id, occurrence, key)")
    _due_idx = models.Index("(due_at) WHERE state = 'planned'")
    _sending_idx = models.Index("(due_at) WHERE state = 'sending'")

    # -- plan --------------------------------------------------------------------------

    @api.model
    def _plan(self, case, start):
        """Plan the steps of a case's escalation; those that are planned already stay.

        :param start: from when the steps count, naive UTC
        """
        team = case.team_id
        plan = case.rule_id.plan_id or team.plan_id
        steps = plan.step_ids.filtered(lambda step: step.severity <= (case.severity or "1"))
        if (case.severity or "1") < team.alert_from:
            # it is in the morning's summary; if nobody takes it, it is escalated still
            steps = steps.filtered("after_minutes")
        self._insert(
            [
                (case, f"{case.handovers}:{step.id}", step, step._due(team, start, case.severity))
                for step in steps
            ]
        )

    @api.model
    def _insert(self, rows):
        """:param rows: list of (case, key, step, moment)"""
        if rows:
            self.env.cr.execute_values(
                """
                INSERT INTO seam_exception_alert
                       (exception_id, occurrence, key, company_id, step_id, by, due_at, state, tries)
                VALUES %s ON CONFLICT (exception_id, occurrence, key) DO NOTHING
                """,
                [
                    (
                        case.id,
                        case.occurrence,
                        key,
                        case.company_id.id,
                        step.id,
                        step.by,
                        moment,
                        "planned",
                        0,
                    )
                    for case, key, step, moment in rows
                ],
            )
            self.invalidate_model(flush=False)

    # -- send --------------------------------------------------------------------------

    @api.model
    def _send_due(self):
        """Send what is due, in one transaction with the note that it is sent.

        :return: number of alerts looked at
        """
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT id FROM seam_exception_alert WHERE state = 'planned' AND due_at <= %s
             ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED
            """,
            [fields.Datetime.now(), BATCH],
        )
        found = self.browse(row[0] for row in self.env.cr.fetchall())
        alerts = found - found._put_off()
        needed = alerts.filtered(lambda alert: alert._needed())
        (alerts - needed).write({"state": "dropped"})
        for (by, _target), group in needed._by_receiver().items():
            group._send_by(by)
        self.env.flush_all()
        return len(found)

    def _put_off(self):
        """What is snoozed is asked about again when it wakes. :return: these alerts"""
        asleep = self.filtered(lambda a: a.exception_id.stage == "snoozed")
        later = fields.Datetime.now() + timedelta(hours=1)
        for alert in asleep:
            alert.due_at = max(alert.exception_id.snoozed_until or later, later)
        return asleep

    def _needed(self):
        """Whether the case still waits for what the step asks for."""
        case, step = self.exception_id, self.step_id
        if case.state != "open" or case.occurrence != self.occurrence or not step:
            return False
        if int(self.key.partition(":")[0]) != case.handovers:
            return False  # another team has it now
        return step.until == "resolve" or not case.acknowledged_at

    def _by_receiver(self):
        """:return: dict (by, receiver) → alerts"""
        groups = {}
        for alert in self:
            step = alert.step_id
            if alert.by == "discuss":
                receivers = [step.channel_id.id]
            elif alert.by == "webhook":
                receivers = [step.webhook_id.id]
            else:
                receivers = [tuple(sorted(step._users(alert.exception_id).ids))]
            for receiver in receivers:
                key = (alert.by, receiver)
                groups[key] = groups.get(key, self.browse()) | alert
        return groups

    def _send_by(self, by):
        """:param self: alerts to one receiver"""
        {
            "email": self._send_email,
            "activity": self._send_activity,
            "discuss": self._send_discuss,
            "webhook": self._send_webhook,
        }[by]()

    def _sent(self, told):
        self.write({"state": "sent", "sent_at": fields.Datetime.now(), "told": told[:200]})

    def _users(self):
        first = self[:1]
        return first.step_id._users(first.exception_id)

    def _send_email(self):
        """Who has no address finds an activity instead: nobody is passed over."""
        users = self._users()
        self._mail(users.filtered("email"))
        self._remind(users.filtered(lambda user: not user.email))
        self._told(users)

    def _send_activity(self):
        """A flood of activities helps nobody: the costliest get one, and a list is mailed."""
        users = self._users()
        self._remind(users)
        if len(self) > TOLD:
            self._mail(users.filtered("email"))
        self._told(users)

    def _told(self, users):
        if users:
            self._sent(", ".join(users.mapped("name")))
        else:
            self.write({"state": "failed", "note": self.env._("Nobody is there to tell.")})

    def _mail(self, users):
        for user in users:
            alerts = self.with_context(lang=user.lang)
            self.env["mail.mail"].sudo().create(
                {
                    "subject": alerts._title(),
                    "body_html": alerts._html(),
                    "email_to": user.email_formatted,
                    "auto_delete": True,
                    # so that one that could not be sent is found, and erased
                    "model": self._name,
                    "res_id": self[:1].id,
                }
            )

    def _remind(self, users):
        costliest = self.sorted(lambda alert: -alert.exception_id.priority)[:TOLD]
        for alert in costliest if users else ():
            case = alert.exception_id.with_context(mail_activity_quick_update=True)
            for user in users:
                case.activity_schedule(
                    "mail.mail_activity_data_warning",
                    summary=alert.with_context(lang=user.lang)._headline(),
                    user_id=user.id,
                )

    def _send_discuss(self):
        channel = self[:1].step_id.channel_id
        channel.sudo().message_post(
            body=self._html(), message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self._sent(channel.name)

    def _send_webhook(self):
        """The call is a job's: no partner is waited for in this transaction."""
        webhook = self[:1].step_id.webhook_id
        self.write({"state": "sending", "told": webhook.name})
        self.with_delay(channel="root.seam_alert", max_retries=1)._call_webhook()

    def _call_webhook(self):
        """Job: call the chat once, and write down what came of it.

        What certainly did not arrive is tried again; of what may have arrived nobody is
        told twice: the next step of the escalation comes anyway.
        """
        ids = self._take()
        if not ids:
            return
        alerts = self.browse(ids)
        try:
            alerts[:1].step_id.webhook_id._post(alerts._notice())
            outcome = {"state": "sent", "sent_at": fields.Datetime.now(), "note": False}
        except Fault as fault:
            outcome = alerts._after_fault(fault)
        with own_env(self.env) as env:
            env["seam.exception.alert"].browse(ids).write(outcome)
            if outcome["state"] == "sending":
                env["seam.exception.alert"].browse(ids).with_delay(
                    channel="root.seam_alert", max_retries=1, eta=outcome["due_at"]
                )._call_webhook()
        self.invalidate_recordset(flush=False)

    def _take(self):
        """Claim these alerts for one call, committed: a second job finds nothing.

        :return: ids
        """
        with own_env(self.env, read_committed=True) as env:
            env.cr.execute(
                """
                UPDATE seam_exception_alert SET tries = tries + 1, sent_at = %s
                 WHERE id = ANY(%s) AND state = 'sending'
                   AND (sent_at IS NULL OR due_at > sent_at)
                RETURNING id
                """,
                [fields.Datetime.now(), self.ids],
            )
            ids = [row[0] for row in env.cr.fetchall()]
        self.invalidate_recordset(flush=False)
        return ids

    def _after_fault(self, fault):
        tries = max(self.mapped("tries"))
        if fault.kind == "transient" and tries <= len(WEBHOOK_WAITS):
            wait = max(WEBHOOK_WAITS[tries - 1], min(fault.retry_after or 0, 3600))
            due = fields.Datetime.now() + timedelta(seconds=wait)
            return {"state": "sending", "due_at": due, "note": fault.message[:250]}
        return {"state": "failed", "note": fault.message[:250]}

    @api.model
    def _give_up_lost(self):
        """Of a call whose worker died nobody knows: it is not made again, and said so."""
        lost = self.search(
            [
                ("state", "=", "sending"),
                ("due_at", "<", fields.Datetime.now() - timedelta(hours=1)),
            ]
        )
        lost.write({"state": "failed", "note": self.env._("It is unknown whether it arrived.")})

    # -- words -------------------------------------------------------------------------

    def _headline(self):
        self.ensure_one()
        case, step = self.exception_id, self.step_id
        if not step.after_minutes:
            return case.name[:200]
        if step.until == "ack":
            return self.env._("Nobody looks after it yet: %s", case.name)[:200]
        return self.env._("Still not resolved: %s", case.name)[:200]

    def _title(self):
        if len(self) > 1:
            return self.env._("%s exceptions wait for you", len(self))
        return self._headline()

    def _html(self):
        if len(self) <= LISTED:
            return Markup("<hr/>").join(alert._html_one() for alert in self)
        return Markup("<p>%s</p><ul>%s</ul>") % (
            self._title(),
            Markup("").join(
                Markup('<li><a href="%s">%s</a> – %s</li>') % (case._url(), case.name, case._cost())
                for case in self.exception_id.sorted(lambda case: -case.priority)[:TOLD]
            ),
        )

    def _html_one(self):
        case = self.exception_id
        rows = Markup("").join(
            Markup("<tr><td>%s</td><td><b>%s</b></td></tr>") % fact for fact in case._facts()
        )
        return Markup('<p><b>%s</b></p><p>%s</p><table>%s</table><p><a href="%s">%s</a></p>') % (
            self._headline(),
            case.fix or "",
            rows,
            case._url(),
            self.env._("Open it in Odoo"),
        )

    def _notice(self):
        """:return: chat.Notice of these alerts"""
        cases = self.exception_id
        if len(cases) == 1:
            return chat.Notice(
                self._headline(), cases.fix or "", cases._facts(), cases._url(), cases.severity
            )
        lines = "\n".join(f"- {case.name} ({case._cost()})" for case in cases[:TOLD])
        worst = max(case.severity or "1" for case in cases)
        return chat.Notice(self._title(), lines, (), cases[:1]._url(), worst)


class SeamException(models.Model):
    _inherit = "seam.exception"

    alert_ids = fields.One2many("seam.exception.alert", "exception_id", "Alerts", readonly=True)
    handovers = fields.Integer(default=0, readonly=True)

    def _route(self, now):
        result = super()._route(now)
        self.env["seam.exception.alert"]._plan(self, self.first_at)
        return result

    def _hand_over(self, team, user=None, reason=""):
        """The other team is told as of a new case."""
        cases = super()._hand_over(team, user, reason)
        for case in cases:
            case.handovers += 1
            self.env["seam.exception.alert"].sudo()._plan(case, fields.Datetime.now())
        return cases

    @api.model
    def _wake_due(self):
        """Who has a case is reminded when it wakes, once."""
        woken = super()._wake_due()
        for case in woken:
            case.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=self.env._("It was put aside until now"),
                user_id=(case.owner_id or case.flow_id.owner_id).id,
            )
        return woken

    def _url(self):
        self.ensure_one()
        return f"{self.get_base_url()}/odoo/seam-exceptions/{self.id}"

    def _cost(self):
        """What it holds up, in a few words."""
        self.ensure_one()
        return (
            ", ".join(
                filter(
                    None,
                    [
                        self.env._("%s documents", self.held_docs) if self.held_docs else "",
                        self.env._("%s wait for it", self.waiting_behind_count)
                        if self.waiting_behind_count
                        else "",
                        self.held_money or "",
                        self.customers or "",
                    ],
                )
            )
            or self.flow_id.display_name
        )

    def _facts(self):
        """:return: tuple of (label, value) for an alert"""
        self.ensure_one()
        facts = (
            (self.env._("Where"), self.flow_id.display_name),
            (self.env._("Held up"), self._cost() if self.held_docs else ""),
            (self.env._("Who has it"), self.owner_id.name or ""),
            (
                self.env._("Resolve by"),
                fields.Datetime.to_string(self.resolve_due_at) + " UTC"
                if self.resolve_due_at
                else "",
            ),
        )
        return tuple(fact for fact in facts if fact[1])
