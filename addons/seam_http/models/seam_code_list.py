from odoo import api, fields, models
from odoo.exceptions import ValidationError

MAX_CODES = 5000


class SeamCodeList(models.Model):
    """A partner's codes in our words, or ours in his: for values that are no records."""

    _name = "seam.code.list"
    _inherit = ["seam.cached"]
    _description = "Code list"
    _order = "system_id, name"

    name = fields.Char(required=True, help="Lines of a mapping name it as their parameter.")
    system_id = fields.Many2one("seam.system", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="system_id.company_id", store=True, index=True)
    codes = fields.Text(
        required=True,
        help="One in a line: what comes = what it becomes. A line that begins with * says what "
        "all others become; without it an unknown code is an exception.",
    )

    _name_uniq = models.Constraint(
        "UNIQUE(system_id, name)", "This system has a code list with this name."
    )

    @api.constrains("codes")
    def _check_codes(self):
        for record in self:
            record._as_dict()

    def _as_dict(self):
        """:return: dict of what comes to what it becomes
        :raise ValidationError: a line that says nothing, or a code that stands twice
        """
        self.ensure_one()
        known = {}
        for number, line in enumerate((self.codes or "").splitlines(), 1):
            if not line.strip():
                continue
            code, equals, meaning = (part.strip() for part in line.partition("="))
            if not equals or not code or code in known or len(known) >= MAX_CODES:
                raise ValidationError(
                    self.env._(
                        "Line %(number)s of the code list %(name)s is not “what comes = what it "
                        "becomes”, or its code stands there twice.",
                        number=number,
                        name=self.name,
                    )
                )
            known[code] = meaning
        return known
