from odoo import api, fields, models
from odoo.exceptions import AccessError

KINDS = [
    ("edited", "Changed a document"),
    ("discarded", "Discarded"),
    ("confirmed", "Vouched that it arrived"),
    ("meant", "Said what a code means"),
    ("kept", "Decided a conflict"),
    ("snoozed", "Put aside"),
    ("resolved", "Closed by hand"),
    ("refused", "Refused a change"),
]


class SeamExceptionOverride(models.Model):
    """What a person decided against, or in place of, what the systems said.

    Lines are added by the acts themselves and never changed; they outlive the messages.
    """

    _name = "seam.exception.override"
    _description = "Manual override"
    _log_access = False
    _order = "at desc, id desc"
    _rec_name = "document"

    at = fields.Datetime("When", required=True, readonly=True, index=True)
    user_id = fields.Many2one("res.users", "Who", required=True, readonly=True, index=True)
    second_id = fields.Many2one("res.users", "Approved by", readonly=True)
    kind = fields.Selection(KINDS, "What", required=True, readonly=True)
    reason = fields.Char("Why", readonly=True)
    until = fields.Datetime(readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    system_id = fields.Many2one("seam.system", readonly=True, ondelete="set null")
    flow_id = fields.Many2one("seam.flow", readonly=True, ondelete="set null")
    exception_id = fields.Many2one("seam.exception", readonly=True, ondelete="set null")
    message_id = fields.Many2one("seam.message", readonly=True, ondelete="set null")
    document = fields.Char(readonly=True)
    amount = fields.Float(readonly=True)
    currency = fields.Char(readonly=True)

    _exception_idx = models.Index("(exception_id) WHERE exception_id IS NOT NULL")
    _message_idx = models.Index("(message_id) WHERE message_id IS NOT NULL")

    @api.model
    def _note_messages(self, kind, ids, reason, second=None):
        """One line for each message, in one statement."""
        self.env.cr.execute(
            """
            INSERT INTO seam_exception_override
                   (at, user_id, second_id, kind, reason, company_id, system_id, flow_id,
                    exception_id, message_id, document, amount, currency)
            SELECT %s, %s, %s, %s, %s, company_id, system_id, flow_id, exception_id, id,
                   COALESCE(label, ordering_key, left(uuid, 8)), amount, currency
              FROM seam_message WHERE id = ANY(%s)
            """,
            [self.env.cr.now(), self.env.uid, second, kind, reason, list(ids)],
        )

    @api.model
    def _note_cases(self, kind, cases, reason, until=None):
        self.env.cr.execute(
            """
            INSERT INTO seam_exception_override
                   (at, user_id, kind, reason, until, company_id, system_id, flow_id,
                    exception_id, document)
            SELECT %s, %s, %s, %s, %s, company_id, system_id, flow_id, id, name
              FROM seam_exception WHERE id = ANY(%s)
            """,
            [self.env.cr.now(), self.env.uid, kind, reason, until or None, cases.ids],
        )

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        raise AccessError(self.env._("Overrides are written by the acts they tell of."))

    def write(self, vals):  # pylint: disable=method-required-super
        raise AccessError(self.env._("Overrides are never changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(self.env._("Overrides are never deleted."))


class SeamException(models.Model):
    _inherit = "seam.exception"

    override_ids = fields.One2many("seam.exception.override", "exception_id", "Overrides")

    def _fix(self, record):
        result = super()._fix(record)
        self.env["seam.exception.override"]._note_cases(
            "meant", self, f"{self.missing_code} → {record.display_name}"
        )
        return result

    def _snooze(self, until=None, more=0, reason=""):
        result = super()._snooze(until, more, reason)
        self.env["seam.exception.override"]._note_cases("snoozed", self, reason, until)
        return result

    def _mark_resolved_once(self, reason):
        result = super()._mark_resolved_once(reason)
        self.env["seam.exception.override"]._note_cases("resolved", self, reason)
        return result
