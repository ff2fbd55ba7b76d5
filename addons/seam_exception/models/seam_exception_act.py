from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.seam.const import UNRESOLVED
from odoo.addons.seam.models.own_cursor import persist


class SeamExceptionAct(models.Model):
    """What people do with a case besides mending its cause. Each act keeps who and when."""

    _inherit = "seam.exception"

    acknowledged_at = fields.Datetime("Acknowledged", readonly=True)
    acknowledged_by_id = fields.Many2one("res.users", "Acknowledged by", readonly=True)
    snoozed_until = fields.Datetime(readonly=True)
    snoozed_until_count = fields.Integer(
        readonly=True, help="Wakes when it holds up so many documents. 0: by time alone."
    )
    asked_at = fields.Datetime("Partner asked", readonly=True)
    mine_or_team = fields.Boolean(
        "Mine and my team's", compute="_compute_mine_or_team", search="_search_mine_or_team"
    )

    _snoozed_idx = models.Index("(snoozed_until) WHERE stage = 'snoozed'")

    def _compute_mine_or_team(self):
        teams = self._my_teams()
        for case in self:
            case.mine_or_team = case.owner_id.id == self.env.uid or case.team_id in teams

    @api.model
    def _search_mine_or_team(self, operator, value):
        if operator != "in":
            return NotImplemented
        return ["|", ("owner_id", "=", self.env.uid), ("team_id", "in", self._my_teams().ids)]

    @api.model
    def _my_teams(self):
        return (
            self.env["seam.exception.team"]
            .sudo()
            .search(
                ["|", ("member_ids.user_id", "=", self.env.uid), ("lead_id", "=", self.env.uid)]
            )
        )

    # -- the frame of an act -------------------------------------------------------------

    def _act(self):
        """Lock these cases for an act of the user.

        :return: those that are open, as superuser with the user's id
        :raise AccessError: the user may not write them
        """
        self.check_access("write")
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT id FROM seam_exception WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [self.ids],
        )
        self.invalidate_recordset(flush=False)
        return self.filtered(lambda case: case.state == "open").sudo()

    def _note(self, body):
        for case in self:
            case.message_post(body=body, subtype_xmlid="mail.mt_note")

    # -- acts --------------------------------------------------------------------------

    def action_acknowledge(self):
        """Somebody looks after it: the clock of acknowledging stops, and so do alerts."""
        self._act()._acknowledge()

    def _acknowledge(self):
        new = self.filtered(lambda case: not case.acknowledged_at)
        new.write({"acknowledged_at": fields.Datetime.now(), "acknowledged_by_id": self.env.uid})
        new.filtered(lambda case: case.stage == "new").write({"stage": "acknowledged"})
        return new

    def action_take(self):
        """Who takes it has seen it."""
        result = super().action_take()
        self._act()._acknowledge()
        return result

    def _snooze(self, until=None, more=0, reason=""):
        """Put the cases aside until a moment, or until they hold up more.

        :param until: naive UTC, or None
        :param more: number of further documents that wake it; 0: none does
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Say why: the reason is kept."))
        if not until and more <= 0:
            raise UserError(self.env._("Say until when, or until how many more documents."))
        if until and until <= fields.Datetime.now():
            raise UserError(self.env._("Choose a time that is still to come."))
        cases = self._act()
        cases._acknowledge()
        for case in cases:
            case.write(
                {
                    "stage": "snoozed",
                    "snoozed_until": until,
                    "snoozed_until_count": case.held_docs + more if more else 0,
                }
            )
        cases._note(reason)
        cases._touch(cases.ids)

    def action_wake(self):
        """Go on with what was put aside, or waits for the partner."""
        self._act()._wake_up()

    def _wake_up(self):
        snoozed = self.filtered(lambda case: case.stage in ("snoozed", "partner"))
        for case in snoozed:
            case.write(
                {
                    "stage": "acknowledged" if case.acknowledged_at else "new",
                    "snoozed_until": False,
                    "snoozed_until_count": 0,
                }
            )
        self._touch(snoozed.ids)
        return snoozed

    @api.model
    def _wake_due(self):
        """Wake what has slept long enough, or holds up enough. :return: the cases"""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT id FROM seam_exception
             WHERE stage = 'snoozed' AND state = 'open'
               AND (snoozed_until <= %s
                    OR (snoozed_until_count > 0 AND held_docs >= snoozed_until_count))
             ORDER BY id LIMIT 500 FOR NO KEY UPDATE SKIP LOCKED
            """,
            [fields.Datetime.now()],
        )
        return self.sudo().browse(row[0] for row in self.env.cr.fetchall())._wake_up()

    def _hand_over(self, team, user=None, reason=""):
        """Give the cases to another team, and to the one on call there.

        The clock of resolving goes on; that of acknowledging starts anew.
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Say why: the reason is kept."))
        now = fields.Datetime.now()
        team = team.sudo()
        cases = self._act()
        for case in cases:
            if team.company_id and team.company_id != case.company_id:
                raise UserError(self.env._("The team %s works for another company.", team.name))
            owner = user or team._on_call(now)
            if case.company_id not in owner.company_ids:
                raise UserError(self.env._("%s may not see this company.", owner.name))
            ack, _resolve = case.rule_id._targets(case.severity or "1")
            case.write(
                {
                    "team_id": team.id,
                    "owner_id": owner.id,
                    "stage": "new",
                    "acknowledged_at": False,
                    "acknowledged_by_id": False,
                    "ack_due_at": team._after(ack, now),
                }
            )
            case._note(
                self.env._(
                    "Handed over to %(team)s (%(user)s): %(reason)s",
                    team=team.name,
                    user=owner.name,
                    reason=reason,
                )
            )
        return cases

    def _assign(self, user, reason=""):
        """Give the cases to somebody who may see them."""
        for case in self._act():
            if not user.active or case.company_id not in user.company_ids:
                raise UserError(self.env._("%s may not see this company.", user.name))
            case.owner_id = user
            if reason:
                case._note(reason)

    def _mark_resolved(self, reason):
        """Close what holds up nothing any more, or holds up no message by its nature.

        :raise UserError: one of them still holds something up
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Say why: the reason is kept."))
        ids = self.ids
        persist(
            self.env,
            lambda env: env["seam.exception"].browse(ids)._mark_resolved_once(reason.strip()),
            context=dict(self.env.context),
            read_committed=True,
        )
        self.env["seam.exception"]._count_touched(ids)
        self.invalidate_recordset()

    def _mark_resolved_once(self, reason):
        """As the engine closes: nobody may join the case while it is looked at."""
        self.check_access("write")
        self.env.cr.execute(
            "SELECT id FROM seam_exception WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [self.ids]
        )
        cases = self.filtered(lambda case: case.state == "open").sudo()
        self.env.cr.execute(
            """
            SELECT exception_id FROM seam_message
             WHERE exception_id = ANY(%s) AND state IN %s LIMIT 1
            """,
            [cases.ids, UNRESOLVED],
        )
        holding = self.browse(row[0] for row in self.env.cr.fetchall())
        if holding:
            raise UserError(
                self.env._(
                    "“%s” still holds up messages. Retry or discard them: it closes by itself.",
                    holding.name,
                )
            )
        cases.with_context(seam_by_hand=True)._resolve(reason)

    def action_open_snooze(self):
        return self._dialogue("snooze", self.env._("Snooze"))

    def action_open_hand_over(self):
        return self._dialogue("hand_over", self.env._("Hand over to another team"))

    def action_open_bulk(self):
        """Do something with many: look at it first."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Do it for all of these"),
            "res_model": "seam.operation.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_ids": self.ids},
        }

    def action_open_resolve(self):
        return self._dialogue("resolve", self.env._("Mark as resolved"))

    def _dialogue(self, kind, title):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "seam.case.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_ids": self.ids, "default_kind": kind},
        }
