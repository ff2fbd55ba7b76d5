"""Words of the exception workplace that models and views share."""

from odoo.addons.seam.engine.fault import CODES

FAULT_CLASSES = [
    ("data", "Data"),
    ("partner", "Partner"),
    ("system", "System"),
    ("bug", "Program"),
]
STAGES = [
    ("new", "New"),
    ("acknowledged", "Acknowledged"),
    ("partner", "Waiting for the partner"),
    ("snoozed", "Snoozed"),
    ("resolved", "Resolved"),
]
SEVERITIES = [("0", "Low"), ("1", "Normal"), ("2", "High")]

# Whose matter a fault is. What is not listed, and no bug, is a matter of data: a
# person who knows the business mends it.
_PARTNER = {
    "schema.invalid",
    "schema.malformed",
    "schema.encoding",
    "schema.too_deep",
    "mapping.failed",
    "drift.contract",
    "drift.field",
    "transport.timeout",
    "transport.refused",
    "transport.unavailable",
    "transport.ambiguous",
    "transport.rejected",
    "transport.oversize",
    "retry.exhausted",
    "confirm.overdue",
    "expected.missing",
    "reported.trouble",
    "flow.failing",
}
_SYSTEM = {
    "drift.erp",
    "config.invalid",
    "access.denied",
    "auth.failed",
    "transport.forbidden",
    "db.conflict",
}


def fault_class(code, kind=None):
    """:return: whose matter a fault is, a key of ``FAULT_CLASSES``"""
    kind = kind or (CODES[code].kind if code in CODES else None)
    if kind == "bug":
        return "bug"
    if code in _PARTNER:
        return "partner"
    return "system" if code in _SYSTEM else "data"
