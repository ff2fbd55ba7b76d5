import json

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.seam.engine import codec
from odoo.addons.seam.engine.fault import Fault

from ..engine import mapping


class SeamMappingLine(models.Model):
    """One value of the result, and where it comes from."""

    _name = "seam.mapping.line"
    _inherit = ["seam.cached"]
    _description = "Line of a mapping"
    _order = "endpoint_id, sequence, id"
    _rec_name = "target"

    endpoint_id = fields.Many2one("seam.endpoint", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer(default=10)
    target = fields.Char(
        "Becomes",
        required=True,
        help="Path in the result, such as customer.name. lines[] is a list: this line finds the "
        "items, and lines below it, such as lines[].sku, look at one item each.",
    )
    source = fields.Char(
        "Taken from",
        required=True,
        help="JMESPath, such as buyer.name. 'text' in quotes is a fixed text. $ is the whole "
        "message, also from within a list.",
    )
    kind = fields.Selection(
        [
            ("as_is", "As it is"),
            ("text", "Text"),
            ("number", "Number"),
            ("integer", "Whole number"),
            ("boolean", "Yes or no"),
            ("date", "Date"),
            ("datetime", "Date and time"),
            ("map", "By code list"),
            ("upper", "In capitals"),
            ("lower", "In small letters"),
            ("trim", "Without spaces around"),
            ("join", "List to text"),
            ("split", "Text to list"),
        ],
        "Conversion",
        required=True,
        default="as_is",
    )
    parameter = fields.Char(
        help="Number: its decimal mark, or an example such as 1.234,50. Yes or no: the words, "
        "such as yes/no. Date: a format such as %d.%m.%Y, or unix, and after | a time zone. Code "
        "list: its name. List and text: the separator.",
    )
    missing = fields.Selection(
        [
            ("omit", "Leave out"),
            ("fault", "Exception"),
            ("default", "Take instead"),
            ("null", "Write empty"),
        ],
        "If missing",
        required=True,
        default="omit",
    )
    default = fields.Char(
        "Instead", help="JSON such as 5 or true, or a text. It is put in as it is."
    )
    reference = fields.Selection(
        [
            ("value_map", "A code with a meaning (value map)"),
            ("binding", "The partner's ID of a record (binding)"),
            ("name", "Its name, exactly"),
            ("field", "Another field, exactly"),
        ],
        "Finds record by",
        help="For fields that point to another record.",
    )
    reference_field = fields.Char("Other field", help="Technical name, such as default_code.")

    @api.constrains("target", "source", "kind", "parameter")
    def _check_rule(self):
        for line in self:
            wrong = mapping.check_rule(line._rule())
            if wrong:
                raise ValidationError(
                    self.env._("Line “%(target)s”: %(wrong)s", target=line.target, wrong=wrong)
                )

    def _rule(self):
        """:return: mapping.Rule"""
        self.ensure_one()
        return rule_of(
            {
                name: self[name]
                for name in (
                    "target",
                    "source",
                    "kind",
                    "parameter",
                    "missing",
                    "default",
                )
            },
            self.id,
        )


def rule_of(values, id_):
    """:param values: dict of a line's fields. :return: mapping.Rule"""
    return mapping.Rule(
        target=values.get("target") or "",
        source=values.get("source") or "",
        kind=values.get("kind") or "as_is",
        parameter=values.get("parameter") or "",
        missing=values.get("missing") or "omit",
        default=_default(values.get("default")),
        id=id_,
    )


def _default(text):
    """JSON where it is JSON, else the text itself. A number keeps its digits."""
    if not text:
        return ""
    try:
        return codec.parse(text.encode())
    except (Fault, json.JSONDecodeError):
        return text
