import difflib

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class SeamEditRequest(models.Model):
    """A change of a message that waits for a second person."""

    _name = "seam.edit.request"
    _description = "Change to approve"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "message_id"

    message_id = fields.Many2one(
        "seam.message", required=True, readonly=True, ondelete="cascade", index=True
    )
    exception_id = fields.Many2one(related="message_id.exception_id")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    flow_id = fields.Many2one("seam.flow", required=True, readonly=True, ondelete="cascade")
    text = fields.Text(required=True, readonly=True, groups=fields.NO_ACCESS)
    difference = fields.Json("Changes", compute="_compute_difference")
    difference_text = fields.Text("The change", compute="_compute_difference")
    reason = fields.Char("Why", required=True, readonly=True)
    editor_id = fields.Many2one("res.users", "Author", required=True, readonly=True)
    approver_id = fields.Many2one("res.users", "Decided by", readonly=True)
    decided_at = fields.Datetime("Decided", readonly=True)
    note = fields.Char("Answer", readonly=True)
    state = fields.Selection(
        [
            ("waiting", "To approve"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        default="waiting",
        readonly=True,
        tracking=True,
    )
    edited_id = fields.Many2one("seam.message", "New message", readonly=True, ondelete="set null")

    # PostgreSQL looks for references to a message that goes
    _edited_idx = models.Index("(edited_id) WHERE edited_id IS NOT NULL")
    _one_waiting = models.UniqueIndex(
        "(message_id) WHERE state = 'waiting'", "A change of this message waits already."
    )

    @api.depends("text", "message_id")
    @api.depends_context("uid", "su")
    def _compute_difference(self):
        """What is to change, without what the reader must not see."""
        for request in self:
            message = request.message_id
            places = message._hidden_places()
            old = message._shown(message._body_bytes(), places) or ""
            new = message._shown(request.sudo().text.encode(), places) or ""
            lines = list(
                difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2)
            )[2:]
            request.difference = [[line[:1], line[1:]] for line in lines]
            request.difference_text = "\n".join(lines)

    @api.model
    def _ask(self, message, text, reason):
        """Put a change before the approvers; the message stays as it is meanwhile.

        :param text: as the author saw it
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Say why: the reason is kept."))
        self.env["seam.message.event"].check_access("create")
        message.check_access("read")
        message._check_edit(text)
        if message.state != "failed":
            raise UserError(self.env._("This message does not need attention any more."))
        request = self.sudo().create(
            {
                "message_id": message.id,
                "company_id": message.company_id.id,
                "flow_id": message.flow_id.id,
                "text": message._true_text(text),
                "reason": reason.strip(),
                "editor_id": self.env.uid,
            }
        )
        team = message.exception_id.sudo().team_id
        if team.lead_id and team.lead_id != self.env.user:
            request.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("A change waits for your approval"),
                user_id=team.lead_id.id,
            )
        return request.with_env(self.env)

    def _decide(self, target, note=""):
        """:return: the request as superuser, decided
        :raise AccessError: the user may not decide it
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group("seam_exception.group_seam_approver"):
            raise AccessError(self.env._("Approvers decide about changes."))
        if self.editor_id == self.env.user:
            raise AccessError(self.env._("Another person than the author decides."))
        self.env.flush_all()
        self.env.cr.execute(
            """
            UPDATE seam_edit_request
               SET state = %s, approver_id = %s, decided_at = %s, note = %s
             WHERE id = %s AND state = 'waiting'
            """,
            [target, self.env.uid, fields.Datetime.now(), note or None, self.id],
        )
        if not self.env.cr.rowcount:
            raise UserError(self.env._("It is decided already."))
        self.invalidate_recordset(flush=False)
        request = self.sudo()
        request.activity_ids.action_feedback(feedback=note or "")
        return request

    def action_approve(self):
        """Resubmit it, in the author's name."""
        request = self._decide("approved")
        message = request.message_id.with_user(request.editor_id).with_context(
            allowed_company_ids=request.company_id.ids
        )
        edited = message._edit_approved(request.text, request.reason, self.env.user)
        request.edited_id = edited.id
        return {
            "type": "ir.actions.act_window",
            "res_model": "seam.message",
            "res_id": edited.id,
            "views": [(False, "form")],
        }

    def action_refuse(self):
        """The author is told; the message stays as it is."""
        request = self._decide("refused")
        self.env["seam.exception.override"]._note_messages(
            "refused", request.message_id.ids, request.reason
        )
        if request.exception_id:
            request.exception_id.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Your change was refused"),
                user_id=request.editor_id.id,
            )

    def action_withdraw(self):
        self.ensure_one()
        self.check_access("read")
        if self.editor_id != self.env.user:
            raise AccessError(self.env._("The author withdraws a change."))
        if self.state != "waiting":
            raise UserError(self.env._("It is decided already."))
        self.sudo().write({"state": "withdrawn", "decided_at": fields.Datetime.now()})

    def write(self, vals):
        if not self.env.su:
            raise AccessError(self.env._("A change is approved or refused as it is."))
        return super().write(vals)


class SeamMessage(models.Model):
    _inherit = "seam.message"

    edit_request_ids = fields.One2many("seam.edit.request", "message_id", "Changes to approve")

    def _forget_edits(self, ids):
        """What somebody wanted to change is a piece of the body, and goes with it."""
        super()._forget_edits(ids)
        self.env.cr.execute(
            "UPDATE seam_edit_request SET text = '' WHERE message_id = ANY(%s)", [ids]
        )

    def _edit_approved(self, text, reason, approver):
        """As the author, after a second person agreed.

        :param text: the true body: the request keeps it so
        """
        self.check_access("read")
        edited = self.sudo()._resubmit(text, reason)
        self.env["seam.exception.override"]._note_messages(
            "edited", self.ids, reason, second=approver.id
        )
        edited._log(
            [
                {
                    "message_id": edited.id,
                    "name": self.env._("Approved"),
                    "user_id": approver.id,
                    "reason": reason,
                }
            ]
        )
        return edited.with_env(self.env)
