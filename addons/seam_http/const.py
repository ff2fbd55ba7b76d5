"""Names that connector, handlers and set-up share."""

PULLED = "pulled"
DELETED = "deleted"
HANDLER_IN = "seam.handler.record.in"
HANDLER_OUT = "seam.handler.record.out"

# Records that decide who may do what, or how Odoo runs: no partner writes or reads them.
FORBIDDEN_MODELS = (
    "auth",
    "base",
    "bus.",
    "certificate.",
    "digest.",
    "discuss.",
    "fetchmail.",
    "iap.",
    "ir.",
    "mail.",
    "oauth",
    "payment.provider",
    "payment.token",
    "queue.",
    "report.",
    "res.company",
    "res.config",
    "res.groups",
    "res.lang",
    "res.users",
    "seam.",
    "sms.",
    "web",
    "_",
)
# Fields that can be filled from a document, by their type.
FILLED_TYPES = (
    "boolean",
    "char",
    "date",
    "datetime",
    "float",
    "html",
    "integer",
    "many2many",
    "many2one",
    "monetary",
    "selection",
    "text",
)
SENT_TYPES = (*FILLED_TYPES, "one2many")
FORBIDDEN_FIELDS = ("create_uid", "write_uid", "create_date", "write_date", "id", "display_name")
