from odoo import api, fields, models
from odoo.exceptions import ValidationError

# Odoo's own machinery: no partner has a word for it.
MACHINERY = ("base", "bus.", "ir.", "mail.", "queue.", "report.", "seam.", "web", "_")


class SeamRecordType(models.AbstractModel):
    """Lets people choose a record by the plain name of its kind."""

    _name = "seam.record.type"
    _description = "A record of any kind"

    record_type = fields.Selection(
        "_selection_record_type",
        "Kind of record",
        compute="_compute_record_type",
        readonly=False,
    )

    @api.model
    def _selection_record_type(self):
        """All models of the business, by their names in the user's language."""
        kinds = self.env["ir.model"].sudo().search_fetch([("transient", "=", False)], ["name"])
        return [
            (kind.model, kind.name)
            for kind in kinds.sorted("name")
            if not kind.model.startswith(MACHINERY)
            and kind.model in self.env
            and not self.env[kind.model]._abstract
        ]

    @api.depends("res_model")
    def _compute_record_type(self):
        known = {model for model, _name in self._selection_record_type()}
        for record in self:
            record.record_type = record.res_model if record.res_model in known else False

    @api.onchange("record_type")
    def _onchange_record_type(self):
        if self.record_type and self.record_type != self.res_model:
            self.res_model = self.record_type
            self.res_id = False

    @api.constrains("res_model", "res_id")
    def _check_record(self):
        for record in self:
            model = record.res_model
            if model not in self.env or not self.env[model].sudo().browse(record.res_id).exists():
                raise ValidationError(self.env._("Choose the record in Odoo that is meant."))
