import json
from decimal import Decimal

from odoo import api, fields, models

from odoo.addons.seam.engine import codec, pointer
from odoo.addons.seam.engine.fault import Fault

from ..engine import mask

# More values than this are edited in the document itself.
SHOWN = 60


class SeamEditWizard(models.TransientModel):
    """Edit values, each with its name and what is wrong with it, without reading JSON."""

    _inherit = "seam.edit.wizard"

    edit_mode = fields.Selection(related="message_id.flow_id.edit_mode")
    edit_approval = fields.Boolean(related="message_id.flow_id.edit_approval")
    line_ids = fields.One2many(
        "seam.edit.line", "wizard_id", compute="_compute_line_ids", store=True, readonly=False
    )
    refused = fields.Char("May not be changed", compute="_compute_refused")
    waits = fields.Boolean(compute="_compute_waits", help="A change waits for approval already.")

    @api.depends("message_id")
    def _compute_line_ids(self):
        for wizard in self:
            wizard.line_ids = [(5, 0, 0)] + [(0, 0, vals) for vals in wizard._line_values()]

    def _line_values(self):
        """Values that may be edited, those that are wrong first."""
        message = self.message_id
        try:
            document = codec.parse((message.body_text or "").encode())
        except Fault:
            return []
        violations = message.sudo().violations or []
        wrong = {error["pointer"]: error["message"] for error in violations}
        retyped = {error["pointer"] for error in violations if error["code"] == "type"}
        places, hidden = message._places("editable"), message._hidden_places()
        found = {pointer.join(path): value for path, value in mask.leaves(document)}
        for place in wrong:
            if place not in found:
                value = mask.value_at(document, pointer.parts(place))
                if not isinstance(value, (dict, list)):
                    found[place] = value
        rows = []
        for place, value in found.items():
            parts = pointer.parts(place)
            if mask.covered(parts, hidden):
                continue
            if self.edit_mode == "some" and not mask.covered(parts, places):
                continue
            if self.edit_mode != "some" and place not in wrong:
                continue
            rows.append(
                {
                    "pointer": place,
                    "label": pointer.readable(place),
                    "was": _written(value),
                    "value": _written(value),
                    "text_like": isinstance(value, str) and place not in retyped,
                    "wrong": wrong.get(place),
                }
            )
        return sorted(rows, key=lambda row: not row["wrong"])[:SHOWN]

    @api.onchange("line_ids")
    def _onchange_line_ids(self):
        """What is entered in the lines is put into the document."""
        try:
            document = codec.parse((self.message_id.body_text or "").encode())
            for line in self.line_ids:
                if line.as_text or (line.value or "") != (line.was or ""):
                    document = mask.with_value(
                        document, tuple(pointer.parts(line.pointer)), line._typed()
                    )
        except (Fault, KeyError, ValueError, IndexError):
            return
        self.text = codec.pretty(codec.dump(document))

    @api.depends("text", "message_id")
    def _compute_refused(self):
        for wizard in self:
            refused = wizard.message_id._refused_changes(wizard.text or "")
            wizard.refused = ", ".join(pointer.readable(place) or "·" for place in refused[:5])

    @api.depends("message_id")
    def _compute_waits(self):
        for wizard in self:
            wizard.waits = any(
                request.state == "waiting" for request in wizard.message_id.edit_request_ids
            )

    def _given_text(self):
        return self.message_id._true_text(super()._given_text())

    def action_resubmit(self):
        self.ensure_one()
        if not self.edit_approval or self.violations:
            return super().action_resubmit()
        self.env["seam.edit.request"]._ask(self.message_id, self.text, self.reason)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("It waits for a second person to approve it."),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }


class SeamEditLine(models.TransientModel):
    _name = "seam.edit.line"
    _description = "Value of a message to edit"

    wizard_id = fields.Many2one("seam.edit.wizard", required=True, ondelete="cascade")
    pointer = fields.Char(required=True)
    label = fields.Char("Field")
    was = fields.Char("Came as")
    value = fields.Char("Should be")
    text_like = fields.Boolean()
    as_text = fields.Boolean("As text", help="A number that the contract wants as a text.")
    wrong = fields.Char("What is wrong")

    def _typed(self):
        """:return: the value as JSON has it: text stays text, unless that it is text is what is wrong"""
        text = (self.value or "").strip()
        if self.text_like or self.as_text:
            return text
        try:
            found = json.loads(text, parse_float=Decimal)
        except ValueError:
            return text
        return text if isinstance(found, (dict, list)) else found


def _written(value):
    if value is None:
        return ""
    return value if isinstance(value, str) else codec.dump(value).decode()
