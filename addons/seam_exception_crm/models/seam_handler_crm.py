from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.seam_crm.models.seam_handler_crm_conflict import newest_side
from odoo.addons.seam_exception.models.seam_handler import Choice


class SeamHandlerCrm(models.AbstractModel):
    """Both sides changed a record of a CRM: keep ours, take theirs, or the newest of each."""

    _inherit = "seam.handler.crm"

    @api.model
    def _conflict_choices(self, message):
        _plan, rows = self._conflicts_of(message)
        if not rows:
            return super()._conflict_choices(message)
        newest = {row["field"]: newest_side(row) for row in rows}
        return [
            Choice("ours", self._effect(rows, dict.fromkeys(newest, "ours"))),
            Choice("theirs", self._effect(rows, dict.fromkeys(newest, "theirs"))),
            Choice("merge", self._effect(rows, newest)),
        ]

    def _effect(self, rows, sides):
        """:return: text of what each field becomes"""
        lines = [
            self.env._(
                "%(label)s becomes “%(value)s”",
                label=row["label"],
                value=row[sides[row["field"]]][:200],
            )
            for row in rows
        ]
        if len(set(sides.values())) > 1:
            lines.insert(0, self.env._("Of each field what was changed last:"))
        lines.append(self.env._("The rest of the document is applied; the other side is told."))
        return "\n".join(lines)

    @api.model
    def _conflict_decide(self, message, key, reason):
        if message.fault_code != "owner.conflict":
            return super()._conflict_decide(message, key, reason)
        if key not in ("ours", "theirs", "merge"):
            raise UserError(self.env._("This cannot be done for such documents."))
        return self._decide(message, key, reason)
