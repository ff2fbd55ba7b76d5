from odoo import api, fields, models


class SeamValueMap(models.Model):
    """What a partner's code means in Odoo: a unit, a tax, a country, a carrier …"""

    _name = "seam.value.map"
    _inherit = ["seam.record.type", "seam.meaning"]
    _description = "Value map"
    _order = "system_id, res_model, external_code"
    _rec_name = "external_code"
    _code_field = "external_code"

    system_id = fields.Many2one("seam.system", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="system_id.company_id", store=True, index=True)
    res_model = fields.Char("Record type", required=True)
    external_code = fields.Char("Partner's code", required=True)
    res_id = fields.Many2oneReference("Meaning", model_field="res_model", required=True)
    record_name = fields.Char(compute="_compute_record_name", string="In Odoo")

    _code_uniq = models.UniqueIndex(
        "(system_id, res_model, external_code)",
        "This code of the system has a meaning already.",
    )

    def _compute_record_name(self):
        for value in self:
            known = value.res_id and value.res_model in self.env
            record = known and self.env[value.res_model].browse(value.res_id).exists()
            gone = self.env._("Removed in Odoo") if known else False
            value.record_name = record.sudo().display_name if record else gone

    @api.model
    def _translate(self, system_id, model, codes):
        """:return: dict code → record, for the codes that have a meaning"""
        found = self.sudo().search(
            [
                ("system_id", "=", system_id),
                ("res_model", "=", model),
                ("external_code", "in", list(codes)),
            ]
        )
        records = self.env[model].browse(found.mapped("res_id")).exists()
        alive = set(records.ids)
        return {
            value.external_code: self.env[model].browse(value.res_id)
            for value in found
            if value.res_id in alive
        }

    @api.model
    def _gone(self, system_id, model, codes):
        """:return: set of those codes that meant a record which is not there any more"""
        found = self.sudo().search(
            [
                ("system_id", "=", system_id),
                ("res_model", "=", model),
                ("external_code", "in", list(codes)),
            ]
        )
        alive = set(self.env[model].browse(found.mapped("res_id")).exists().ids)
        return {value.external_code for value in found if value.res_id not in alive}

    @api.model
    def _learn(self, system_id, model, code, record):
        """Write down what a code means; a meaning it had before is replaced."""
        known = self.search(
            [
                ("system_id", "=", system_id),
                ("res_model", "=", model),
                ("external_code", "=", code),
            ]
        )
        if known:
            known.res_id = record.id
        else:
            self.create(
                {
                    "system_id": system_id,
                    "res_model": model,
                    "external_code": code,
                    "res_id": record.id,
                }
            )
