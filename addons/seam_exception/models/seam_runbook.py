from markupsafe import Markup

from odoo import api, fields, models

from odoo.addons.seam.engine.fault import CODES


class SeamRunbook(models.Model):
    """What to do about a kind of exception, in the reader's language."""

    _name = "seam.runbook"
    _description = "Runbook"
    _order = "flow_id, code"

    name = fields.Char(required=True, translate=True)
    flow_id = fields.Many2one("seam.flow", help="Empty: for every flow.", ondelete="cascade")
    code = fields.Selection(
        lambda self: [(code, f"{cause.title} ({code})") for code, cause in CODES.items()],
        "Fault",
        help="Empty: for every one.",
    )
    text = fields.Html(required=True, translate=True)

    _once = models.UniqueIndex(
        "(COALESCE(flow_id, 0), COALESCE(code, ''))",
        "There is a runbook for this flow and fault already.",
    )


class SeamException(models.Model):
    _inherit = "seam.exception"

    runbook = fields.Html(compute="_compute_runbook", related=None)

    @api.depends("flow_id", "code", "rule_id")
    @api.depends_context("lang")
    def _compute_runbook(self):
        """From the particular to the general: flow and fault, rule, fault, flow."""
        found = {
            (runbook.flow_id.id or False, runbook.code or False): runbook.text
            for runbook in self.env["seam.runbook"]
            .sudo()
            .search(
                [
                    ("flow_id", "in", [False, *self.flow_id.ids]),
                    ("code", "in", [False, *set(self.mapped("code"))]),
                ]
            )
        }
        for case in self:
            flow = case.flow_id.sudo()
            texts = [
                found.get((flow.id, case.code)),
                case.rule_id.sudo().runbook,
                found.get((False, case.code)),
                found.get((flow.id, False)),
                flow.runbook,
            ]
            case.runbook = Markup("<hr/>").join(text for text in texts if text) or False
