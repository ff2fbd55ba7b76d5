from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.seam.engine.fault import Fault

from ..engine import template


class SeamEndpointLine(models.Model):
    """A query parameter or header of a partner's call."""

    _name = "seam.endpoint.line"
    _inherit = ["seam.cached"]
    _description = "Query parameter or header"
    _order = "endpoint_id, kind desc, sequence, id"

    endpoint_id = fields.Many2one("seam.endpoint", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [("query", "Query parameter"), ("header", "Header")], required=True, default="query"
    )
    name = fields.Char(required=True)
    value = fields.Char(
        required=True,
        help="A text, with expressions in braces: {number} is taken from the document. One "
        "expression that finds nothing leaves the parameter out.",
    )

    @api.constrains("kind", "name", "value")
    def _check_value(self):
        for line in self:
            try:
                template.parse(line.value)
                if line.kind == "header":
                    template.check_header(line.name, line.value)
                else:
                    template.check_query(line.name)
            except (ValueError, Fault) as error:
                message = error.message if isinstance(error, Fault) else str(error)
                raise ValidationError(message) from error
