from odoo import api, fields, models

from ..engine.fault import CODES


class SeamMessageDisplay(models.Model):
    """What the form and the list of messages show besides what is stored."""

    _inherit = "seam.message"

    # Rows are written in the order of time: a few pages of index find the last days.
    _received_brin = models.Index(
        "USING brin (received_at) WITH (pages_per_range = 32, autosummarize = on)"
    )

    why = fields.Char("Reason", compute="_compute_why")
    violations = fields.Json(compute="_compute_violations")
    timeline = fields.Json("Life", compute="_compute_timeline")
    headers_text = fields.Text("Headers, line by line", compute="_compute_headers_text")
    fault_title = fields.Char("Kind of fault", compute="_compute_fault_title")
    sibling_count = fields.Integer("Of this document", compute="_compute_sibling_count")
    part_count = fields.Integer("Number of parts", compute="_compute_part_count")

    def _body_bytes(self):
        """Forms ask for sizes in place of binary contents; here the content counts."""
        return super(SeamMessageDisplay, self.with_context(bin_size=False))._body_bytes()

    def _compute_record_name(self):
        """As in the list: one query for each type of record, not for each message."""
        self.record_name = False
        by_model = {}
        for message in self:
            if message.res_id and message.res_model in self.env:
                by_model.setdefault(message.res_model, []).append(message)
        for model, messages in by_model.items():
            records = self.env[model].sudo().browse({message.res_id for message in messages})
            names = {record.id: record.display_name for record in records.exists()}
            for message in messages:
                message.record_name = names.get(message.res_id, False)

    @api.depends("state", "state_reason", "fault_message", "flow_id.state", "system_id.state")
    def _compute_why(self):
        """What is to be processed and is not says what holds it, without a row of its own."""
        holds = {}
        for message in self:
            fault = message.state in ("failed", "waiting") and message.fault_message
            hold = False
            if message.state == "pending":
                flow = message.flow_id
                if flow not in holds:
                    holds[flow] = flow.sudo()._hold_reason()
                hold = holds[flow]
            message.why = hold or message.state_reason or fault or False

    @api.depends("errors", "exception_id.pointer", "fault_message")
    def _compute_violations(self):
        """What is wrong and where: ``[{pointer, code, message}]``.

        The pointers lead into the body or into the document: the form looks in both.
        """
        for message in self:
            if message.errors:
                message.violations = message.errors
            elif message.state == "failed" and message.exception_id.pointer:
                message.violations = [
                    {
                        "pointer": message.exception_id.pointer,
                        "code": message.fault_code,
                        "message": message.fault_message,
                    }
                ]
            else:
                message.violations = []

    @api.depends("event_ids")
    def _compute_timeline(self):
        """``[{at, name, state, label, text, who, reason, difference}]``, oldest first."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        for message in self:
            lines = [message._arrival_line(), *message._refusal_line(labels)]
            for event in message.event_ids.sudo():
                lines.append(
                    {
                        "at": fields.Datetime.to_string(event.at),
                        "name": event.name,
                        "state": event.state or "",
                        "label": labels.get(event.state, ""),
                        "code": event.code or "",
                        "text": event.text or "",
                        "who": event.user_id.name or "",
                        "reason": event.reason or "",
                        "difference": _difference(event.data),
                    }
                )
            message.timeline = lines

    def _arrival_line(self):
        self.ensure_one()
        size = self.env._("%(size)s bytes, %(type)s", size=self.body_size, type=self.content_type)
        return {
            "at": fields.Datetime.to_string(self.received_at),
            "name": self._arrival_name(),
            "state": "received",
            "label": "",
            "code": "",
            "text": " · ".join(filter(None, (self.topic, size))),
            "who": "",
            "reason": "",
            "difference": [],
        }

    def _arrival_name(self):
        if self.replaces_id:
            return self.env._("Takes the place of an earlier message")
        if self.direction == "out":
            return self.env._("Made for %s", self.system_id.name)
        return self.env._("Received from %s", self.system_id.name)

    def _refusal_line(self, labels):
        """The intake writes no line of its own for what it puts aside at once."""
        self.ensure_one()
        if not self.fault_code or self.fault_code in self.event_ids.mapped("code"):
            return []
        return [
            {
                "at": fields.Datetime.to_string(self.received_at),
                "name": self.fault_title,
                "state": "failed",
                "label": labels["failed"],
                "code": self.fault_code,
                "text": self.fault_message or "",
                "who": "",
                "reason": "",
                "difference": [],
            }
        ]

    @api.depends("headers")
    def _compute_headers_text(self):
        for message in self:
            message.headers_text = "\n".join(
                f"{name}: {value}" for name, value in sorted((message.headers or {}).items())
            )

    @api.depends("fault_code")
    def _compute_fault_title(self):
        for message in self:
            cause = CODES.get(message.fault_code)
            message.fault_title = cause.title if cause else message.fault_code

    @api.depends("ordering_key", "flow_id")
    def _compute_sibling_count(self):
        """Over the index of ordering keys."""
        keys = [message.ordering_key for message in self if message.ordering_key]
        counts = {
            (system.id, key): count
            for system, key, count in self._read_group(
                [("ordering_key", "in", keys), ("system_id", "in", self.system_id.ids)],
                ["system_id", "ordering_key"],
                ["__count"],
            )
        }
        for message in self:
            message.sibling_count = counts.get((message.system_id.id, message.ordering_key), 0)

    def _compute_part_count(self):
        counts = dict(self._read_group([("parent_id", "in", self.ids)], ["parent_id"], ["__count"]))
        for message in self:
            message.part_count = counts.get(message._origin, 0)

    # -- buttons -------------------------------------------------------------------

    def action_open_edit(self):
        action = super().action_open_edit()
        return {**action, "context": {**action["context"], "dialog_size": "extra-large"}}

    def action_open_exception(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "seam.exception",
            "res_id": self.exception_id.id,
            "view_mode": "form",
        }

    def action_open_siblings(self):
        self.ensure_one()
        return self._list_action(
            self.env._("Messages of %s", self.label or self.ordering_key),
            [("ordering_key", "=", self.ordering_key), ("system_id", "=", self.system_id.id)],
        )

    def action_open_parts(self):
        self.ensure_one()
        return self._list_action(
            self.env._("Parts of %s", self.display_name), [("parent_id", "=", self.id)]
        )

    def _list_action(self, name, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id("seam.seam_message_action")
        return {**action, "name": name, "domain": domain, "context": {}}

    def action_retry_selected(self):
        """Retry those of the selection that can be retried, and say which those are."""
        able = self.filtered(
            lambda message: message.state in ("failed", "waiting") and not message.predecessor_id
        )
        able._retry(self.env._("Retried from the list."))
        left = len(self) - len(able)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if able else "warning",
                "message": " ".join(
                    filter(
                        None,
                        (
                            self.env._("Messages tried again: %s.", len(able)),
                            left
                            and self.env._(
                                "Left as they are, because they are finished, in process or "
                                "wait behind another: %s.",
                                left,
                            ),
                        ),
                    )
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }


def _difference(data):
    """:return: ``[[sign, text]]`` of an edit; the header lines of a diff are left out"""
    text = (data or {}).get("difference") if isinstance(data, dict) else None
    lines = (text or "").splitlines()
    return [[line[:1], line[1:]] for line in lines if not line.startswith(("---", "+++"))]
