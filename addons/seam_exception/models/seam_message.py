from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.seam.engine import codec, pointer
from odoo.addons.seam.engine.fault import Fault

from ..engine import mask

CONFIDENTIAL = "seam_exception.group_seam_confidential"


class SeamMessage(models.Model):
    """What people see and change of a message, within the limits of its flow.

    A value at a confidential place is hidden from those without the right wherever a
    body or a document is shown. What the engine writes about a message does not quote it.
    """

    _inherit = "seam.message"

    def action_open_bulk(self):
        """Do something with many: look at it first."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Do it for all of these"),
            "res_model": "seam.operation.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_message_ids": self.ids, "default_kind": "retry"},
        }

    # -- confidential ------------------------------------------------------------------

    @api.model
    def _sees_all(self):
        return self.env.su or self.env.user.has_group(CONFIDENTIAL)

    def _places(self, name):
        """:return: places of the flow: ``confidential`` or ``editable``"""
        self.ensure_one()
        return self.env["seam.flow"]._conf_by_id(self.flow_id.id).options[name]

    def _hidden_places(self):
        """:return: places that the user must not see; () where there is none"""
        return () if self._sees_all() else self._places("confidential")

    def _shown(self, content, places):
        """:return: text of a body without what is at these places"""
        if not places or not content:
            return codec.pretty(content) if content else False
        try:
            document = codec.parse(content)
        except Fault:
            return self.env._("Hidden: it has confidential fields, and cannot be read as JSON.")
        return codec.pretty(codec.dump(mask.masked(document, places)))

    @api.depends_context("uid", "su")
    def _compute_body_text(self):
        hidden = self.filtered(lambda message: message._hidden_places())
        super(SeamMessage, self - hidden)._compute_body_text()
        for message in hidden:
            message.body_text = message._shown(message._body_bytes(), message._hidden_places())

    @api.depends_context("uid", "su")
    def _compute_document_text(self):
        hidden = self.filtered(lambda message: message._hidden_places())
        super(SeamMessage, self - hidden)._compute_document_text()
        for message in hidden:
            try:
                documents = message._documents()
            except Exception:  # noqa: BLE001 - it is shown as it came
                documents = []
            message.document_text = "\n\n".join(
                message._shown(codec.dump(document), message._hidden_places())
                for document in documents
            )

    @api.depends("event_ids")
    @api.depends_context("uid", "su")
    def _compute_timeline(self):
        """What somebody changed is a piece of the body."""
        result = super()._compute_timeline()
        for message in self.filtered(lambda message: message._hidden_places()):
            message.timeline = [
                {**line, "difference": [["", self.env._("The change is confidential.")]]}
                if line["difference"]
                else line
                for line in message.timeline
            ]
        return result

    # What is wrong with a confidential value is told without the value.

    @api.model
    def _judge(self, conf, arrival):
        verdict = super()._judge(conf, arrival)
        if verdict.fault and conf.options["confidential"]:
            self._hush(conf, verdict.fault)
        return verdict

    def _outcome(self, conf, letter):
        if letter.fault and conf.options["confidential"]:
            self._hush(conf, letter.fault)
        return super()._outcome(conf, letter)

    def _hush(self, conf, fault):
        """Take values at confidential places out of the words of a fault."""
        places = conf.options["confidential"]
        for error in fault.errors:
            if mask.covered(pointer.parts(error["pointer"]), places):
                error["message"] = self.env._("The value here is not allowed (%s).", error["code"])
        if fault.pointer and mask.covered(pointer.parts(fault.pointer), places):
            fault.message = self.env._("A confidential value is wrong: %s.", fault.title)

    # -- edit --------------------------------------------------------------------------

    def _edit(self, text, reason):
        """Resubmit a corrected body, within what the flow allows.

        :param text: as the user saw it: a mask stands for the value behind it
        :raise UserError: it changes what may not be changed, or needs a second person
        """
        self.ensure_one()
        self._check_edit(text)
        if self.flow_id.sudo().edit_approval:
            raise UserError(
                self.env._("A second person approves changes of these messages: ask for it.")
            )
        return self._edit_now(text, reason)

    def _edit_now(self, text, reason):
        """As the user, but on what he may not see all of."""
        self.check_access("read")
        self.env["seam.message.event"].check_access("create")
        edited = self.sudo()._resubmit(self._true_text(text), reason)
        self.env["seam.exception.override"]._note_messages("edited", self.ids, reason)
        return edited.with_env(self.env)

    def _true_text(self, text):
        """:return: the body that the user means who saw masks"""
        places = self._hidden_places()
        if not places:
            return text
        try:
            edited, original = codec.parse(text.encode()), codec.parse(self._body_bytes())
        except Fault:
            if mask.MASK in text:
                raise UserError(
                    self.env._("It has confidential fields: somebody who sees them must mend it.")
                ) from None
            return text
        return codec.pretty(codec.dump(mask.unmasked(edited, original, places)))

    def _check_edit(self, text):
        """:raise UserError: the change is not within what the flow allows"""
        refused = self._refused_changes(text)
        if refused:
            raise UserError(
                self.env._(
                    "This may not be changed here: %s.",
                    ", ".join(pointer.readable(place) or "·" for place in refused[:5]),
                )
            )

    def _refused_changes(self, text):
        """:return: list of pointers that the user changed and may not change"""
        self.ensure_one()
        mode, hidden = self.flow_id.sudo().edit_mode, self._hidden_places()
        if mode == "all" and not hidden:
            return []
        if mode == "none":
            return [""]
        try:
            old = codec.parse(self._body_bytes())
            new = codec.parse(self._true_text(text).encode())
        except Fault:
            return [""] if mode == "some" else []
        editable = self._places("editable")
        return [
            pointer.join(path)
            for path in mask.changes(old, new)
            if mask.covered(path, hidden) or (mode == "some" and not mask.covered(path, editable))
        ]

    # -- tracked -----------------------------------------------------------------------

    def _move(self, sources, target, name, reason, **columns):
        """Who puts a message away or vouches for it is in the list of overrides."""
        cases = super()._move(sources, target, name, reason, **columns)
        kind = {"discarded": "discarded", "done": "confirmed"}.get(target)
        if kind:
            self.env["seam.exception.override"]._note_messages(kind, self.ids, reason)
        return cases


class SeamMessageEvent(models.Model):
    _inherit = "seam.message.event"

    # the difference of an edit, and the details of a fault
    data = fields.Json(groups=CONFIDENTIAL)


class SeamCall(models.Model):
    _inherit = "seam.call"

    request_body = fields.Text(groups=CONFIDENTIAL)
    response_body = fields.Text(groups=CONFIDENTIAL)
    request_shown = fields.Text("Document sent", compute="_compute_shown")
    response_shown = fields.Text("Answered", compute="_compute_shown")

    @api.depends("request_body", "response_body")
    @api.depends_context("uid", "su")
    def _compute_shown(self):
        """Both without what the user must not see."""
        for call in self:
            message, own = call.message_id, call.sudo()
            places = message._hidden_places()
            call.request_shown = call._text(message, own.request_body, places)
            call.response_shown = call._text(message, own.response_body, places)

    def _text(self, message, text, places):
        if not text or not places:
            return text or False
        return message._shown(text.encode(), places)
