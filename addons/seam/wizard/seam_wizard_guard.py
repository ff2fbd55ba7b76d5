"""A dialogue shows no more of a record than its user may see of it.

Related and stored computed fields are read with all rights otherwise, and the number
of another company's record can be guessed.
"""

from odoo import api, fields, models


class SeamEditWizardGuard(models.TransientModel):
    _inherit = "seam.edit.wizard"

    fault_message = fields.Text(related_sudo=False)
    text = fields.Text(
        compute="_compute_text", store=True, precompute=True, readonly=False, required=True
    )

    @api.depends("message_id")
    def _compute_text(self):
        self.message_id._origin.with_user(self.env.uid).check_access("read")
        return super()._compute_text()

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        wizards.message_id.check_access("read")
        return wizards


class SeamFixWizardGuard(models.TransientModel):
    _inherit = "seam.fix.wizard"

    model = fields.Char(related_sudo=False)
    model_name = fields.Char(related_sudo=False)
    code = fields.Char(related_sudo=False)
    called = fields.Char(related_sudo=False)
    system_id = fields.Many2one(related_sudo=False)
    held_count = fields.Integer(related_sudo=False)

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        wizards.exception_id.check_access("read")
        return wizards
