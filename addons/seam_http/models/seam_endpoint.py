import ast

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from odoo.addons.seam.engine.fault import Fault

from .. import const
from ..engine import expression, template

EXPRESSIONS = (
    "items_at",
    "push_items_at",
    "key_at",
    "version_at",
    "label_at",
    "deleted_at",
    "cursor_at",
    "next_at",
    "more_at",
    "changed_at",
    "success_when",
    "error_at",
    "look_up_at",
)
PATHS = ("path", "update_path", "delete_path", "look_up_path", "detail_path")
PAGING = (
    "page_param",
    "first_page",
    "offset_param",
    "cursor_param",
    "cursor_at",
    "next_at",
    "more_at",
    "total_at",
    "changed_at",
    "changed_format",
    "size_param",
    "size",
    "since_param",
    "since_format",
    "until_param",
    "overlap_minutes",
    "max_pages",
    "until_empty",
)
NEEDED = {
    "page": ("page_param",),
    "offset": ("offset_param",),
    "cursor": ("cursor_param", "cursor_at"),
    "next_url": ("next_at",),
    "changed": ("since_param", "changed_at"),
}
METHODS = [("POST", "POST"), ("PUT", "PUT"), ("PATCH", "PATCH")]


class SeamEndpoint(models.Model):
    """How a flow talks to a partner's REST API: set up, not programmed.

    All of it becomes plain data in ``FlowConf.options``, so that the connector's
    functions need nothing but the flow and the document.
    """

    _name = "seam.endpoint"
    _inherit = ["seam.cached"]
    _description = "Connection of a flow"
    _rec_name = "flow_id"

    flow_id = fields.Many2one("seam.flow", required=True, ondelete="cascade")
    system_id = fields.Many2one(related="flow_id.system_id", store=True, index=True)
    company_id = fields.Many2one(related="flow_id.company_id", store=True, index=True)
    direction = fields.Selection(related="flow_id.direction")
    handler = fields.Selection(related="flow_id.handler")

    path = fields.Char(
        help="Below the system's address, such as /orders. Expressions in braces are filled "
        "in: /orders/{number}.",
    )
    line_ids = fields.One2many("seam.endpoint.line", "endpoint_id", "Query and headers", copy=True)
    mapping_ids = fields.One2many(
        "seam.mapping.line", "endpoint_id", "Lines of the mapping", copy=True
    )
    sample = fields.Text(help="A record as it comes, to try the mapping on.")

    # what comes in
    items_at = fields.Char(
        "Records are at", default="@", help="Where the list stands in an answer; @ is the answer."
    )
    push_items_at = fields.Char(
        "Records in a message are at",
        help="Where the record, or a list of them, stands in a message that the partner sends. "
        "Empty: the message is the record.",
    )
    detail_path = fields.Char(
        "Details at",
        help="If the list has only part of a record: where all of it is, such as /orders/{id}. "
        "One call for each record.",
    )
    key_at = fields.Char("ID is at", help="The partner's ID of the record, within the record.")
    version_at = fields.Char(
        "Version is at",
        help="A number, or a date and time, that is higher in a newer state of the same record.",
    )
    label_at = fields.Char("Name is at", help="What people call it.")
    deleted_at = fields.Char(
        "Deleted if",
        help="An expression that is true for a record that the partner has deleted.",
    )

    # paging
    paging_kind = fields.Selection(
        [
            ("none", "All in one answer"),
            ("page", "Page number"),
            ("offset", "Offset"),
            ("cursor", "Cursor in the answer"),
            ("next_url", "Address of the next page in the answer"),
            ("link", "Link header"),
            ("changed", "By time, the oldest change first"),
        ],
        "Pages",
        required=True,
        default="none",
    )
    page_param = fields.Char("Page parameter")
    first_page = fields.Integer(default=1)
    offset_param = fields.Char("Offset parameter")
    cursor_param = fields.Char("Cursor parameter")
    cursor_at = fields.Char("Cursor is at")
    next_at = fields.Char("Next address is at")
    more_at = fields.Char("More if", help="An expression that is true while there are more pages.")
    total_at = fields.Char("Total is at", help="Shown as progress. header:X-Total for a header.")
    changed_at = fields.Char("Time of change is at", help="Within a record.")
    changed_format = fields.Char("Its format", help="As of a date and time in a mapping.")
    size_param = fields.Char("Page size parameter")
    size = fields.Integer("Page size", default=50)
    since_param = fields.Char(
        "Changed since parameter",
        help="Only what changed since the last run is asked for. Empty: everything, at each run.",
    )
    since_format = fields.Selection(
        [
            ("iso", "2026-01-31T12:00:00Z"),
            ("iso_plain", "2026-01-31T12:00:00"),
            ("date", "2026-01-31"),
            ("unix", "Seconds since 1970"),
            ("unix_ms", "Milliseconds since 1970"),
        ],
        "Times are written",
        required=True,
        default="iso",
    )
    until_param = fields.Char("Changed until parameter")
    overlap_minutes = fields.Integer(
        "Ask again for (minutes)",
        default=5,
        help="Clocks differ: each run begins so much before the last one. What is known is "
        "recognised.",
    )
    max_pages = fields.Integer("Most pages", default=1000)
    until_empty = fields.Boolean(
        "Until an empty page",
        help="Pages of this partner may be shorter than others though they are not the last.",
    )

    # what goes out
    method = fields.Selection(METHODS, "Create by", required=True, default="POST")
    update_method = fields.Selection(METHODS, "Change by", required=True, default="PUT")
    update_path = fields.Char(
        "Path of a change",
        help="Used once the partner's ID is known, such as /orders/{external_id}. Empty: every "
        "change is sent like a new record.",
    )
    delete_path = fields.Char(
        "Path of a deletion", help="Called by DELETE. Empty: deletions are not sent."
    )
    external_id_at = fields.Char(
        "ID in the answer is at", default="id", help="header:Location for the end of that address."
    )
    success_statuses = fields.Char(
        "Accepted by status",
        default="200-299",
        required=True,
        help="Such as 200-299, or 200,201,409.",
    )
    success_when = fields.Char(
        "And only if", help="An expression on the answer that is true when it was accepted."
    )
    error_at = fields.Char("Error text is at", help="Where the answer says what is wrong.")
    look_up_path = fields.Char(
        "Ask at",
        help="After a lost answer Seam asks here whether the partner has it, such as "
        "/orders?reference={number}.",
    )
    look_up_at = fields.Char(
        "ID there is at", help="Finds the ID in what he answers, and nothing when he has it not."
    )

    # any Odoo record
    model_id = fields.Many2one(
        "ir.model",
        "Record type",
        ondelete="cascade",
        domain=lambda self: self._model_domain(),
    )
    model = fields.Char(related="model_id.model", string="Model name")
    match_field_id = fields.Many2one(
        "ir.model.fields",
        "Recognise existing by",
        ondelete="set null",
        help="A record that is not bound to a partner's ID yet, but has the same value here, is "
        "taken in place of a new one.",
    )
    may_create = fields.Boolean("Create new records", default=True)
    on_delete = fields.Selection(
        [("keep", "Keep it"), ("archive", "Archive it")],
        "If deleted there",
        required=True,
        default="keep",
    )
    field_ids = fields.Many2many(
        "ir.model.fields", string="Fields to send", help="What documents of the flow contain."
    )
    field_paths = fields.Char(
        "Fields of linked records",
        help="Separated by commas, such as partner_id.email, order_line.product_id.",
    )
    domain = fields.Char("Only records", default="[]")
    live = fields.Boolean(
        "Send changes",
        copy=False,
        help="Each time one of the fields changes. Off: only what you send by hand.",
    )

    _flow_uniq = models.Constraint("UNIQUE(flow_id)", "This flow has its connection already.")
    _sizes = models.Constraint(
        "CHECK(size BETWEEN 1 AND 10000 AND max_pages BETWEEN 1 AND 10000 "
        "AND overlap_minutes BETWEEN 0 AND 525600 AND first_page BETWEEN 0 AND 1)",
        "A page has 1 to 10000 records, a list 1 to 10000 pages; pages are counted from 0 or 1.",
    )

    @api.model
    def _model_domain(self):
        """:return: domain of the models that may be chosen: no machinery, no rights"""
        domain = Domain("transient", "=", False) & Domain("abstract", "=", False)
        for prefix in const.FORBIDDEN_MODELS:
            domain &= Domain("model", "not =like", prefix.replace("_", r"\_") + "%")
        return list(domain)

    @api.model
    def _may_connect(self, model):
        """:return: whether records of a model may be read or written for a partner"""
        known = self.env.registry.get(model)
        return bool(
            known
            and not known._abstract
            and not known._transient
            and not model.startswith(const.FORBIDDEN_MODELS)
        )

    # -- checks ------------------------------------------------------------------------

    @api.constrains(*EXPRESSIONS, "total_at", "external_id_at")
    def _check_expressions(self):
        for endpoint in self:
            for name in (*EXPRESSIONS, "total_at", "external_id_at"):
                text = (endpoint[name] or "").strip()
                if not text or text.lower().startswith("header:"):
                    continue
                try:
                    expression.split_root(text)
                except expression.ExpressionError as error:
                    raise ValidationError(
                        self.env._(
                            "%(field)s: %(wrong)s", field=endpoint._fields[name].string, wrong=error
                        )
                    ) from error

    @api.constrains(*PATHS)
    def _check_paths(self):
        for endpoint in self:
            for name in PATHS:
                text = endpoint[name]
                if not text:
                    continue
                try:
                    template.parse(text)
                    template.check_path(template.literal(text))
                except (ValueError, Fault) as error:
                    message = error.message if isinstance(error, Fault) else str(error)
                    raise ValidationError(message) from error

    @api.constrains("paging_kind", *{name for names in NEEDED.values() for name in names})
    def _check_paging(self):
        for endpoint in self:
            for name in NEEDED.get(endpoint.paging_kind, ()):
                if not endpoint[name]:
                    raise ValidationError(
                        self.env._(
                            "Pages: “%s” is needed for this kind.", endpoint._fields[name].string
                        )
                    )

    @api.constrains("success_statuses")
    def _check_statuses(self):
        for endpoint in self:
            endpoint._statuses()

    @api.constrains("model_id")
    def _check_model(self):
        for endpoint in self:
            if endpoint.model_id and not self._may_connect(endpoint.model):
                raise ValidationError(
                    self.env._(
                        "%s decides about rights or about Odoo itself: it is not connected to "
                        "other systems.",
                        endpoint.model_id.name,
                    )
                )

    @api.constrains("domain", "model_id")
    def _check_domain(self):
        for endpoint in self:
            try:
                domain = endpoint._domain()
                if endpoint.model_id:
                    self.env[endpoint.model].sudo().search(domain, limit=1)
            except Exception as error:
                raise ValidationError(
                    self.env._("The filter of records cannot be used: %s", error)
                ) from error

    def _domain(self):
        """:return: list; only literals, nothing is evaluated"""
        return ast.literal_eval(self.domain or "[]")

    def _statuses(self):
        """:return: list of (first, last) status of success"""
        try:
            pairs = []
            for part in self.success_statuses.split(","):
                first, _dash, last = part.strip().partition("-")
                pairs.append((int(first), int(last or first)))
            if not all(100 <= first <= last <= 599 for first, last in pairs):
                raise ValueError(self.success_statuses)
            return pairs
        except ValueError as error:
            raise ValidationError(
                self.env._("Statuses are written like 200-299 or 200,201.")
            ) from error

    # -- plain data --------------------------------------------------------------------

    def _as_options(self):
        """:return: dict of plain values: what the connector and the handlers know"""
        self.ensure_one()
        http = {name: self[name] or "" for name in (*EXPRESSIONS, *PATHS, "external_id_at")}
        http.update(
            method=self.method,
            update_method=self.update_method,
            base=self.system_id.base_url or "",
            query=self._pairs("query"),
            headers=self._pairs("header"),
            rules=[line._rule() for line in self.mapping_ids],
            maps={each.name: each._as_dict() for each in self.system_id.code_list_ids},
            paging={
                "kind": self.paging_kind,
                **{name: self[name] for name in PAGING if self[name] or name == "first_page"},
            },
            statuses=self._statuses(),
        )
        return {"http": http, "record": self._as_record_options()}

    def _pairs(self, kind):
        return [(line.name, line.value) for line in self.line_ids if line.kind == kind]

    def _as_record_options(self):
        return {
            "model": self.model or "",
            "match": self.match_field_id.name or "",
            "may_create": self.may_create,
            "on_delete": self.on_delete,
            "references": {
                line.target.removesuffix("[]"): (line.reference, line.reference_field or "")
                for line in self.mapping_ids
                if line.reference
            },
            "targets": [line.target for line in self.mapping_ids],
            "paths": self._paths(),
        }

    def _paths(self):
        """:return: list of dotted paths of the fields that documents contain"""
        others = (part.strip() for part in (self.field_paths or "").split(","))
        return [*self.field_ids.sorted("id").mapped("name"), *filter(None, others)]

    def action_open_flow(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "seam.flow",
            "res_id": self.flow_id.id,
            "view_mode": "form",
        }

    # -- which models are watched --------------------------------------------------------

    @api.model
    @tools.ormcache()
    def _watched(self):
        """:return: dict model → list of Watch: flows that send its changes"""
        endpoints = self.sudo().search(
            [
                ("live", "=", True),
                ("model_id", "!=", False),
                ("flow_id.handler", "=", const.HANDLER_OUT),
                ("flow_id.direction", "=", "out"),
                ("flow_id.state", "in", ["active", "paused", "blocked"]),
                ("system_id.state", "=", "active"),
                ("system_id.active", "=", True),
            ]
        )
        found = {}
        for endpoint in endpoints:
            names = frozenset(path.partition(".")[0] for path in endpoint._paths())
            found.setdefault(endpoint.model, []).append(
                (endpoint.flow_id.id, endpoint.system_id.id, names, bool(endpoint.delete_path))
            )
        return found
