from odoo import api, fields, models
from odoo.exceptions import UserError

from .const import MODELS
from .judge import is_gone


class SeamException(models.Model):
    """A record of Odoo is one of a CRM only: what the CRM has twice is merged there."""

    _inherit = "seam.exception"

    crm_twice = fields.Char(
        "The CRM has it already as",
        compute="_compute_crm_twice",
        compute_sudo=True,
        help="ID of the CRM's other record, where it can be asked to merge the two.",
    )

    @api.depends("state", "missing_code", *("crm_candidate_ids", "crm_candidate_lead_ids"))
    def _compute_crm_twice(self):
        for case in self:
            record = case.state == "open" and case.missing_code and case._crm_candidates()
            others = record and len(record) == 1 and case._crm_others(record)
            can = bool(others) and case._crm_is_told() and not case._crm_asked(record)
            case.crm_twice = can and others[0].external_id

    def _crm_asked(self, record):
        merged = self.env["seam.crm.merged"].sudo()
        return merged._of(self.system_id.id, record._name, [self.missing_code])

    def _crm_is_told(self):
        """:return: whether the system hears of merges in Odoo, and can merge"""
        flow = self.flow_id.sudo()
        told = dict(self.env["seam.flow"]._outgoing(f"{flow.handler}.out")).values()
        return flow.system_id.id in told and flow.system_id._connector()._crm_merges

    def _crm_others(self, record):
        """:return: bindings of other records that the CRM has for the same one of Odoo"""
        return (
            self.env["seam.binding"]
            .sudo()
            .search(
                [
                    ("system_id", "=", self.system_id.id),
                    ("res_model", "=", record._name),
                    ("res_id", "=", record.id),
                    ("external_id", "!=", self.missing_code),
                ]
            )
        )

    def _check_unbound(self, record):
        """Nor is what the CRM has under another ID already made to be two of its records."""
        super()._check_unbound(record)
        handler = self.env[self.flow_id.sudo().handler]
        if not record or record._name not in MODELS.values() or self.missing_via == "value_map":
            return
        if not getattr(handler, "_document", None):
            return
        others = self._crm_others(record)
        gone = others.filtered(lambda binding: self._crm_is_gone(record))
        if others - gone:
            raise UserError(
                self.env._(
                    "%(record)s is “%(known)s” of %(system)s already, and cannot be two of its "
                    "records. If they are one, have them merged there; if not, choose another "
                    "one, or make a new one.",
                    record=record.display_name,
                    known=(others - gone)[0].external_id,
                    system=self.system_id.sudo().name,
                )
            )
        if gone:
            self._crm_renamed(record, gone)

    def _crm_is_gone(self, record):
        known = self.env["seam.crm.agreement"].sudo()
        known = known._of(self.system_id.id, record._name, record.ids)
        return record.id in known and is_gone(known[record.id][0])

    def _crm_renamed(self, record, gone):
        """What the CRM deleted it has anew, under another ID: they meet once more."""
        self.env["seam.crm.merged"].sudo()._note(
            self.system_id.id,
            record._name,
            gone.mapped("external_id"),
            self.missing_code,
            "theirs",
        )
        agreements = self.env["seam.crm.agreement"].sudo()
        agreements._forget(self.system_id.id, record._name, record.ids)

    def action_crm_merge_there(self):
        """Button: they are one. The CRM is asked to merge its two; what is held up is over
        when it does.
        """
        self.ensure_one()
        self.check_access("write")
        if not self.crm_twice:
            raise UserError(self.env._("There is nothing to be merged there any more."))
        record = self._crm_candidates().sudo()
        self.env["seam.crm.merged"].sudo()._note(
            self.system_id.id, record._name, [self.missing_code], self.crm_twice, "ours"
        )
        record._seam_crm_tell()
        self.message_post(
            body=self.env._(
                "The CRM is asked to merge “%(gone)s” into “%(stays)s”.",
                gone=self.missing_code,
                stays=self.crm_twice,
            )
        )
