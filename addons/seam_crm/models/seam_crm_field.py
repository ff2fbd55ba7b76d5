from typing import Any, NamedTuple

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

from .const import CUSTOMER, MODELS
from .judge import Rule
from .values import PLAIN, RECORDS, kind_of_type

DOCUMENTS = [
    ("crm-company", "Companies"),
    ("crm-contact", "Contacts"),
    ("crm-deal", "Deals"),
    ("crm-activity", "Activities"),
]
KINDS = [
    ("auto", "By the field's type"),
    ("text", "Text"),
    ("email", "E-mail address"),
    ("phone", "Phone number"),
    ("url", "Web address"),
    ("code", "Number without spaces and dots"),
    ("country", "Country"),
    ("state", "State or province"),
    ("language", "Language"),
    ("user", "User"),
    ("partner", "Company or contact"),
    ("stage", "Stage"),
    ("archived", "Archived"),
    ("activity", "Kind of activity"),
]
ADDRESS = ("street", "street2", "city", "zip", "state", "country")
_PARTNER = [
    ("name", "name", "text"),
    ("archived", "active", "archived"),
    ("email", "email", "email"),
    ("phone", "phone", "phone"),
    ("website", "website", "url"),
    ("street", "street", "text"),
    ("street2", "street2", "text"),
    ("city", "city", "text"),
    ("zip", "zip", "text"),
    ("state", "state_id", "state"),
    ("country", "country_id", "country"),
    ("owner", "user_id", "user"),
    ("description", "comment", "auto"),
]
# document → (document's field, Odoo's field, kind)
DEFAULTS = {
    "crm-company": [*_PARTNER, ("vat", "vat", "code"), ("parent", "parent_id", "partner")],
    "crm-contact": [*_PARTNER, ("title", "function", "text"), ("company", "parent_id", "partner")],
    "crm-deal": [
        ("name", "name", "text"),
        (CUSTOMER, "partner_id", "partner"),
        ("stage", "stage_id", "stage"),
        ("amount", "expected_revenue", "auto"),
        ("close_date", "date_deadline", "auto"),
        ("owner", "user_id", "user"),
        ("description", "description", "auto"),
    ],
    "crm-activity": [
        ("kind", "activity_type_id", "activity"),
        ("summary", "summary", "text"),
        ("note", "note", "auto"),
        ("due", "date_deadline", "auto"),
        ("start", "seam_start", "auto"),
        ("end", "seam_end", "auto"),
        ("owner", "user_id", "user"),
        ("done", "active", "archived"),
        ("feedback", "feedback", "text"),
    ],
}
# names of the contracts that are no usual line
OPTIONAL = {
    "crm-company": {"language"},
    "crm-contact": {"language"},
    "crm-deal": {"probability"},
    "crm-activity": set(),
}


class Line(NamedTuple):
    """A line without the record around it: cached for each system and document.

    :ivar since: when it was changed last: naive datetime in UTC, or None
    """

    name: str
    odoo: str
    kind: str
    rule: Rule
    since: Any = None


class SeamCrmField(models.Model):
    """Which field of a CRM is which in Odoo, and who owns it: data, not code."""

    _name = "seam.crm.field"
    _inherit = ["seam.cached"]
    _description = "Field of a CRM"
    _order = "system_id, document, sequence, id"
    _rec_name = "document_field"

    system_id = fields.Many2one("seam.system", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="system_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    document = fields.Selection(DOCUMENTS, required=True)
    vendor_field = fields.Char(
        "Partner's field", help="What the CRM itself calls it. Empty: as its connector knows it."
    )
    document_field = fields.Char(
        "Field of the document",
        required=True,
        help="A name of the document's contract, or custom.name for a field of your own.",
    )
    res_model = fields.Char("Record type", compute="_compute_res_model")
    field_id = fields.Many2one(
        "ir.model.fields",
        "Field in Odoo",
        required=True,
        ondelete="cascade",
        domain="[('model', '=', res_model), ('store', '=', True), ('readonly', '=', False)]",
    )
    odoo_field = fields.Char("Technical name", related="field_id.name", store=True)
    kind = fields.Selection(KINDS, "Conversion", required=True, default="auto")
    direction = fields.Selection(
        [("both", "Both ways"), ("in", "Into Odoo"), ("out", "Out of Odoo")],
        required=True,
        default="both",
    )
    owner = fields.Selection(
        [
            ("agreed", "Both: who changed it counts"),
            ("ours", "Odoo"),
            ("theirs", "The partner"),
        ],
        required=True,
        default="agreed",
        help="Both: a change of one side counts; when both changed it, a person decides. "
        "Odoo: what the partner changes is set back. The partner: what is changed in Odoo "
        "is set back by his next document.",
    )

    _name_uniq = models.Constraint(
        "UNIQUE(system_id, document, document_field)", "This field of the document is mapped."
    )
    _odoo_uniq = models.Constraint(
        "UNIQUE(system_id, document, field_id)", "This field of Odoo is mapped already."
    )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        # what was agreed under this name before may have been of another field
        lines._forget_agreed(line._meaning() for line in lines)
        return lines

    def write(self, vals):
        """What a line means only now was never agreed on: it is met for the first time."""
        before = {line: line._meaning() for line in self}
        result = super().write(vals)
        changed = self.filtered(lambda line: line._meaning() != before[line])
        if changed:
            self._forget_agreed(
                [*(before[line] for line in changed), *(line._meaning() for line in changed)]
            )
        return result

    def _meaning(self):
        """:return: tuple of what says which two fields are meant, and how they compare"""
        return (
            self.system_id.id,
            self.document,
            self.document_field,
            self.vendor_field or "",
            self.field_id.id,
            self.kind,
            # what is not there is agreed with nobody; what comes back may be another one
            self.missing or "",
        )

    @api.model
    def _forget_agreed(self, meanings):
        names = {}
        for system_id, document, name, *_rest in meanings:
            names.setdefault((system_id, document), set()).add(name)
        agreements = self.env["seam.crm.agreement"].sudo()
        for (system_id, document), each in names.items():
            agreements._forget_fields(system_id, document, each)

    @api.depends("document")
    def _compute_res_model(self):
        for line in self:
            line.res_model = MODELS.get(line.document)

    @api.constrains("document", "field_id")
    def _check_field(self):
        for line in self:
            if line.field_id.model != MODELS[line.document]:
                raise ValidationError(
                    self.env._(
                        "%(field)s is not a field of %(document)s.",
                        field=line.field_id.display_name,
                        document=dict(DOCUMENTS)[line.document],
                    )
                )

    @api.constrains("field_id", "kind")
    def _check_kind(self):
        """What cannot be converted is said now, and not with the first document."""
        for line in self:
            field, model = line.field_id, RECORDS.get(line.kind)
            fits = field.relation == model if model else field.ttype in PLAIN
            if not fits:
                raise ValidationError(
                    self.env._(
                        "%(field)s (%(type)s) cannot be filled by the conversion “%(kind)s”.",
                        field=field.display_name,
                        type=field.ttype,
                        kind=dict(KINDS)[line.kind],
                    )
                )

    @api.constrains("document_field")
    def _check_document_field(self):
        for line in self:
            known = OPTIONAL[line.document] | {name for name, *_rest in DEFAULTS[line.document]}
            if line.document_field not in known and not line.document_field.startswith("custom."):
                raise ValidationError(
                    self.env._(
                        "%(name)s is no field of the document. It has %(known)s; fields of your "
                        "own are called custom.name.",
                        name=line.document_field,
                        known=", ".join(sorted(known)),
                    )
                )

    @api.constrains("system_id", "document", "vendor_field")
    def _check_reserved(self):
        """What the connector keeps itself would be written by two, or be no consent any more."""
        for line in self:
            connector = line.system_id._connector()
            for name in (line.vendor_field or "").split():
                if why := connector._crm_reserved(line.system_id, line.document, name):
                    raise ValidationError(why)

    @api.model
    def _check_reserved_of(self, systems):
        """What a setting of theirs names now is mapped by no line."""
        lines = self.sudo().with_context(active_test=False)
        lines.search([("system_id", "in", systems.ids)])._check_reserved()

    def action_crm_unmapped(self):
        """Which fields the CRM has besides: that of the list, or of what is selected."""
        system = self._asked_system()
        document = self[:1].document or self.env.context.get("default_document")
        if not document:
            raise self._none_asked()
        return self.env["seam.crm.unmapped"]._open(system, document)

    def _asked_system(self):
        """:return: the system of what is selected, or of the flow from which the list was opened
        :raise UserError: it is neither
        """
        named = self.env.context.get("default_system_id")
        system = self.system_id[:1] or self.env["seam.system"].browse(named)
        if not system:
            raise self._none_asked()
        return system

    def _none_asked(self):
        return UserError(
            self.env._("Select a field of the CRM that you mean, or open this from its flow.")
        )

    # -- lines -------------------------------------------------------------------------

    @api.model
    def _ensure(self, system, document):
        """Give a system that has no lines for a document yet the usual ones: those that
        its vendor has."""
        Line = self.sudo().with_context(active_test=False)
        if Line.search_count([("system_id", "=", system.id), ("document", "=", document)], limit=1):
            return
        model = MODELS[document]
        vendor = system._connector()._crm_vendor_fields(document)
        ids = {
            field.name: field.id
            for field in self.env["ir.model.fields"].sudo().search([("model", "=", model)])
        }
        Line.create(
            [
                {
                    "system_id": system.id,
                    "document": document,
                    "vendor_field": vendor.get(name, False),
                    "document_field": name,
                    "field_id": ids[odoo],
                    "kind": kind,
                    "sequence": number * 10,
                }
                for number, (name, odoo, kind) in enumerate(DEFAULTS[document], 1)
                if not vendor or name in vendor
            ]
        )

    @api.model
    @tools.ormcache("system_id", "document")
    def _lines(self, system_id, document):
        """:return: tuple of Line, of the active lines (cached)"""
        return tuple(line._as_line() for line in self._active_lines(system_id, document))

    @api.model
    def _active_lines(self, system_id, document):
        """Those that are archived do not count, whoever asks: what is found is kept for all.
        Nor do those that the CRM has no more."""
        lines = self.sudo().with_context(active_test=True)
        lines = lines.search([("system_id", "=", system_id), ("document", "=", document)])
        return lines.filtered(lambda line: line._there() is not None)

    @api.model
    def _vendor_lines(self, system_id, document):
        """What a connector translates by, see ``seam.flow._options()``.

        :return: tuple of (vendor's field, document's field, direction) of the active
            lines; the vendor's is "" where the connector itself knows it
        """
        return tuple(
            (line._there(), line.document_field, line.direction)
            for line in self._active_lines(system_id, document)
        )

    def _as_line(self):
        kind = kind_of_type(self.field_id.ttype) if self.kind == "auto" else self.kind
        return Line(
            self.document_field,
            self.odoo_field,
            kind,
            Rule(self.direction, self.owner),
            self.write_date,
        )

    @api.model
    @tools.ormcache("model")
    def _watched(self, model):
        """:return: set of Odoo's fields whose change any CRM may be told of (cached)"""
        documents = [document for document, name in MODELS.items() if name == model]
        lines = self.sudo().with_context(active_test=True)
        lines = lines.search([("document", "in", documents), ("direction", "!=", "in")])
        there = lines.filtered(lambda line: line._there() is not None)
        return frozenset(there.mapped("odoo_field"))

    @api.model
    @tools.ormcache("model")
    def _theirs(self, model):
        """:return: dict id of each CRM → frozenset of Odoo's fields that are its own (cached)"""
        documents = [document for document, name in MODELS.items() if name == model]
        lines = self.sudo().with_context(active_test=True)
        lines = lines.search([("document", "in", documents)])
        there = lines.filtered(lambda line: line._there() is not None)
        return {
            system.id: frozenset(
                line.odoo_field
                for line in group
                if (line.direction, line.owner) == ("both", "theirs")
            )
            for system, group in there.grouped("system_id").items()
        }
