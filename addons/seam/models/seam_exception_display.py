from odoo import api, fields, models

from ..engine import pointer

# As many held messages as the form shows without being asked.
HELD_SHOWN = 10


class SeamExceptionDisplay(models.Model):
    """What the form and the list of exceptions show besides what is stored."""

    _inherit = "seam.exception"

    first_held_ids = fields.Many2many(
        "seam.message", compute="_compute_first_held", string="Messages held up, the oldest first"
    )
    only_message_id = fields.Many2one(
        "seam.message",
        "The message held up",
        compute="_compute_first_held",
        help="Set when exactly one message needs attention because of this.",
    )
    under_way_count = fields.Integer("Under way again", compute="_compute_first_held")
    stuck_count = fields.Integer("Needs attention", compute="_compute_first_held")
    severity_color = fields.Integer(compute="_compute_severity_color")
    place = fields.Char(compute="_compute_place")
    fix_label = fields.Char(compute="_compute_fix_label")
    missing_model_name = fields.Char("Unknown", compute="_compute_fix_label")

    @api.depends("message_ids_held.state")
    def _compute_first_held(self):
        """Over the partial index of messages that have an exception."""
        Message = self.env["seam.message"]
        counts = {
            (case.id, state): count
            for case, state, count in Message._read_group(
                [("exception_id", "in", self.ids)], ["exception_id", "state"], ["__count"]
            )
        }
        for case in self:
            stuck = counts.get((case.id, "failed"), 0)
            under_way = sum(counts.get((case.id, state), 0) for state in ("pending", "working"))
            waiting = counts.get((case.id, "waiting"), 0)
            held = Message
            if stuck + under_way + waiting:
                held = Message.search(
                    [
                        ("exception_id", "=", case.id),
                        ("state", "in", ("failed", "waiting", "pending", "working")),
                    ],
                    order="position",
                    limit=HELD_SHOWN,
                )
            case.first_held_ids = held
            case.stuck_count = stuck
            case.under_way_count = under_way
            case.only_message_id = (
                held.filtered(lambda message: message.state == "failed")[:1]
                if stuck == 1 and not waiting and not under_way
                else False
            )

    @api.depends("severity", "state")
    def _compute_severity_color(self):
        """Of the kanban card's edge: red, orange or none."""
        colors = {"2": 1, "1": 2}
        for case in self:
            case.severity_color = colors.get(case.severity, 0) if case.state == "open" else 0

    @api.depends("pointer")
    def _compute_place(self):
        for case in self:
            case.place = pointer.readable(case.pointer or "") or False

    @api.depends("missing_model", "missing_code")
    def _compute_fix_label(self):
        for case in self:
            known = case.missing_model and case.missing_model in self.env
            case.missing_model_name = (
                self.env["ir.model"]._get(case.missing_model).sudo().name if known else False
            )
            case.fix_label = (
                self.env._("Choose what “%s” means", case.missing_code) if known else False
            )

    def action_open_edit(self):
        self.ensure_one()
        self.check_access("read")
        return self.only_message_id.action_open_edit()

    def action_open_held(self):
        self.ensure_one()
        action = self.action_open_messages()
        action["name"] = action["display_name"] = self.env._("Held up")
        action["domain"] = [
            ("exception_id", "=", self.id),
            ("state", "in", ("pending", "working", "waiting", "failed")),
        ]
        return action
