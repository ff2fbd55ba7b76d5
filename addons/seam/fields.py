from odoo import fields


class BigInteger(fields.Integer):
    """An integer of 64 bits: versions are often microseconds or log positions."""

    _column_type = ("int8", "int8")
