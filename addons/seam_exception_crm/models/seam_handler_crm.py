from datetime import datetime, timezone

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

from odoo.addons.seam.engine import pointer
from odoo.addons.seam_crm.models.seam_handler_crm_conflict import changed_at, newest_side
from odoo.addons.seam_exception.engine import mask
from odoo.addons.seam_exception.models.seam_handler import Choice, Difference


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
        if "ours" in sides.values():
            lines.append(self.env._("The partner is told what counts of Odoo's."))
        lines.append(self.env._("The rest of his document is applied."))
        return "\n".join(lines)

    @api.model
    def _conflict_differences(self, message):
        _plan, rows = self._conflicts_of(message)
        return [
            Difference(
                row["label"],
                row["ours"][:200],
                row["theirs"][:200],
                self._said(row, "ours"),
                self._said(row, "theirs"),
            )
            for row in rows
        ]

    def _said(self, row, side):
        """:return: who changed it, and when by the user's clock"""
        at = changed_at(row, side)
        words = [row[f"{side}_by"]]
        if at:
            moment = datetime.fromtimestamp(at / 1_000_000, timezone.utc).replace(tzinfo=None)
            words.append(format_datetime(self.env, moment))
        return ", ".join(filter(None, words))

    def _conflict_rows(self, plan):
        """What is confidential is hidden from those without the right, and in what the
        engine keeps of a conflict: it acts as the service user."""
        rows = super()._conflict_rows(plan)
        messages = self.env["seam.message"]
        if messages._sees_all():
            return rows
        hidden = messages.sudo().browse(plan.letter.message_id)._places("confidential")
        for row in rows:
            if mask.covered(pointer.parts(row["pointer"]), hidden):
                row["ours"] = row["theirs"] = mask.MASK
        return rows

    @api.model
    def _conflict_decide(self, message, key, reason):
        if message.fault_code != "owner.conflict":
            return super()._conflict_decide(message, key, reason)
        if key not in ("ours", "theirs", "merge"):
            raise UserError(self.env._("This cannot be done for such documents."))
        return self._decide(message, key, reason)
