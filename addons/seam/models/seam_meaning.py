from odoo import api, models


class SeamMeaning(models.AbstractModel):
    """What a partner's code or id means: entering it lets go on what waits for it."""

    _name = "seam.meaning"
    _description = "Meaning of a code"

    # field with the partner's code
    _code_field = None

    @api.model_create_multi
    def create(self, vals_list):
        meanings = super().create(vals_list)
        meanings._let_go()
        return meanings

    def write(self, vals):
        result = super().write(vals)
        if "res_id" in vals:
            self._let_go()
        return result

    def _let_go(self):
        """Try again what is held up because this code was unknown."""
        Case = self.env["seam.exception"]
        for meaning in self:
            code = meaning[self._code_field]
            cases = Case._about_code(meaning.system_id, meaning.res_model, code)
            cases._held()._retry(
                self.env._("“%(code)s” means %(record)s.", code=code, record=meaning.record_name)
            )
