from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError

CONFLICTS = ("order.conflict", "order.stale", "owner.conflict", "total.mismatch")


class Choice(NamedTuple):
    """One way to decide a conflict.

    :ivar key: ``ours`` (Odoo's is kept), ``theirs`` (the partner's), or ``merge``
    :ivar effect: what happens then, a sentence for the user
    """

    key: str
    effect: str


class Difference(NamedTuple):
    """What both sides say of one thing: texts for the user, each value with who said it, and when."""

    label: str
    ours: str
    theirs: str
    ours_about: str = ""
    theirs_about: str = ""


class SeamHandler(models.AbstractModel):
    """What a handler may offer when a document and Odoo say different things."""

    _inherit = "seam.handler"

    @api.model
    def _conflict_choices(self, message):
        """:param message: ``seam.message`` that failed
        :return: list of Choice. A handler that can take the partner's side, or both, adds
            ``theirs`` or ``merge`` and does it in ``_conflict_decide``
        """
        if message.direction == "out":
            return [
                Choice("ours", self.env._("It is sent again as Odoo has it now.")),
                Choice("theirs", self.env._("It is not sent. The partner keeps what he has.")),
            ]
        return [
            Choice(
                "ours",
                self.env._(
                    "Odoo keeps what it has. The partner's document is put away, not applied."
                ),
            )
        ]

    @api.model
    def _conflict_differences(self, message):
        """:return: list of Difference, shown beside each other before a choice is made; []
        where a handler has nothing to compare
        """
        return []

    @api.model
    def _conflict_decide(self, message, key, reason):
        """Do what was chosen.

        :raise UserError: the handler does not offer it
        """
        if key == "ours" and message.direction == "out":
            message._retry(reason)
        elif key == "ours" or (key == "theirs" and message.direction == "out"):
            message._discard(reason)
        else:
            raise UserError(self.env._("This cannot be done for such documents."))


class SeamException(models.Model):
    _inherit = "seam.exception"

    def action_open_conflict(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Which one counts?"),
            "res_model": "seam.conflict.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_exception_id": self.id},
        }
