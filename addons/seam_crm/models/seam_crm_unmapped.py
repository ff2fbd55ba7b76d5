import re

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.seam.engine.fault import Fault

from .const import MODELS
from .seam_crm_field import DEFAULTS, DOCUMENTS, KINDS, OPTIONAL
from .values import PLAIN, RECORDS
from .vendor import kind_of

SAMPLE = 80


class SeamCrmUnmapped(models.TransientModel):
    """A field that a CRM has and no line maps: what it told when it was asked."""

    _name = "seam.crm.unmapped"
    _description = "Field of a CRM that is not mapped"
    _order = "custom desc, label, id"
    _rec_name = "label"

    system_id = fields.Many2one("seam.system", required=True, ondelete="cascade", readonly=True)
    document = fields.Selection(DOCUMENTS, required=True, readonly=True)
    vendor_field = fields.Char("Technical name", readonly=True)
    label = fields.Char("Field of the CRM", required=True, readonly=True)
    type = fields.Char("Kind", readonly=True)
    custom = fields.Boolean("Of its own", readonly=True, help="The CRM's own people added it.")
    locked = fields.Boolean("Cannot be written there", readonly=True)
    samples = fields.Char(readonly=True)
    done = fields.Boolean(readonly=True)

    document_field = fields.Char("Field of the document", required=True)
    res_model = fields.Char(compute="_compute_res_model")
    field_id = fields.Many2one(
        "ir.model.fields",
        "Field in Odoo",
        ondelete="cascade",
        domain="[('id', 'in', choice_ids)]",
    )
    choice_ids = fields.Many2many("ir.model.fields", compute="_compute_choice_ids")
    kind = fields.Selection(KINDS, "Conversion", required=True, default="auto")
    direction = fields.Selection(
        [("both", "Both ways"), ("in", "Into Odoo"), ("out", "Out of Odoo")],
        required=True,
        default="both",
    )

    @api.depends("document")
    def _compute_res_model(self):
        for field in self:
            field.res_model = MODELS.get(field.document)

    @api.depends("document", "system_id")
    def _compute_choice_ids(self):
        """Fields of Odoo that hold a value which a CRM can tell, and have no line yet."""
        lines = self.env["seam.crm.field"].with_context(active_test=False)
        for field in self:
            taken = lines.search(
                [("system_id", "=", field.system_id.id), ("document", "=", field.document)]
            ).field_id
            field.choice_ids = self.env["ir.model.fields"].search(
                [
                    ("model", "=", field.res_model),
                    ("store", "=", True),
                    ("readonly", "=", False),
                    ("id", "not in", taken.ids),
                    "|",
                    ("ttype", "in", PLAIN),
                    ("relation", "in", list(RECORDS.values())),
                    ("ttype", "not in", ("one2many", "many2many")),
                ]
            )

    # -- ask ---------------------------------------------------------------------------

    @api.model
    def _open(self, system, document):
        """Ask a system for its fields, and list those that are not mapped.

        :return: action
        :raise UserError: it cannot tell, was not reached, or refused
        """
        self.env["seam.crm.field"].check_access("create")
        described = self._described(system, document)
        self.search([("system_id", "=", system.id), ("document", "=", document)]).unlink()
        rows = self._rows(system, document, described)
        self.create(rows)
        name = self.env._("Fields of %(system)s that are not mapped", system=system.name)
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": self._name,
            "view_mode": "list",
            "domain": [
                ("system_id", "=", system.id),
                ("document", "=", document),
                ("done", "=", False),
            ],
            "help": f"<p class='o_view_nocontent_smiling_face'>{self._nothing(described)}</p>",
        }

    def _nothing(self, described):
        if described:
            return self.env._("All fields that it has are mapped")
        return self.env._("It did not send fields of its own lately")

    def _described(self, system, document):
        try:
            return system._connector()._crm_fields_of(system, document)
        except NotImplementedError:
            raise UserError(
                self.env._(
                    "The connector of %s cannot tell which fields the CRM has. Add them to the "
                    "list by hand, as custom.name.",
                    system.name,
                )
            ) from None
        except Fault as fault:
            raise UserError(f"{fault.message} {fault.fix or ''}".strip()) from None

    def _rows(self, system, document, described):
        """:return: list of values, of the fields that no line maps"""
        connector = system._connector()
        vendor = connector._crm_vendor_fields(document)
        usual = {theirs: ours for ours, theirs in vendor.items()}
        known = OPTIONAL[document] | {name for name, *_rest in DEFAULTS[document]}
        lines = self.env["seam.crm.field"].with_context(active_test=False)
        lines = lines.search([("system_id", "=", system.id), ("document", "=", document)])
        told = set(lines.mapped("document_field"))
        # two of theirs may be one of ours: first and last name
        told.update(name for line in lines for name in (line.vendor_field or "").split())
        rows = []
        for field in described:
            ours = usual.get(field.name, f"custom.{field.name}")
            # what the connector itself translates needs no line
            handled = field.name in usual and ours not in known
            handled = handled or connector._crm_reserved(system, document, field.name)
            if not handled and told.isdisjoint([field.name, ours]):
                rows.append(self._row(system, document, field, ours))
        return rows

    def _row(self, system, document, field, ours):
        kinds = {name: kind for name, _odoo, kind in DEFAULTS[document]}
        return {
            "system_id": system.id,
            "document": document,
            "vendor_field": field.name,
            "label": field.label or field.name,
            "type": self._type_name(field.type),
            "custom": field.custom,
            "locked": field.readonly,
            "samples": ", ".join(
                sample[:SAMPLE] for sample in self._shown(system, document, ours, field.samples)
            ),
            "document_field": ours,
            "kind": kinds.get(ours) or kind_of(field.type),
            "direction": "in" if field.readonly else "both",
        }

    def _type_name(self, word):
        """:return: what people call a type; an unknown one as the vendor calls it"""
        names = {
            "text": self.env._("Text"),
            "html": self.env._("Formatted text"),
            "number": self.env._("Number"),
            "boolean": self.env._("Yes or no"),
            "date": self.env._("Date"),
            "datetime": self.env._("Date and time"),
            "email": self.env._("E-mail address"),
            "phone": self.env._("Phone number"),
            "url": self.env._("Web address"),
            "choice": self.env._("Choice"),
            "record": self.env._("Another record"),
        }
        return names.get(word, word)

    def _shown(self, system, document, ours, samples):
        """Hook: what the user may see of the values. :return: tuple of texts"""
        return tuple(str(sample) for sample in samples)

    # -- map ---------------------------------------------------------------------------

    def action_map(self):
        """Choose what it is in Odoo."""
        self.ensure_one()
        if not self.field_id:
            self.field_id = self._proposed()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Map %s", self.label),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def _proposed(self):
        """:return: the field of Odoo that is called so and has no line, or none"""
        usual = {name: odoo for name, odoo, _kind in DEFAULTS[self.document]}
        words = {_word(self.vendor_field), _word(self.label)}
        candidates = self.choice_ids
        called = usual.get(self.document_field)
        if called:
            return candidates.filtered(lambda field: field.name == called)
        return candidates.filtered(
            lambda field: (
                field.ttype in PLAIN and words & {_word(field.name), _word(field.field_description)}
            )
        )[:1]

    def action_apply(self):
        """Make a line of it."""
        self.ensure_one()
        if not self.field_id:
            raise UserError(self.env._("Choose the field in Odoo."))
        self.env["seam.crm.field"].create(
            {
                "system_id": self.system_id.id,
                "document": self.document,
                "vendor_field": self._vendor_name(),
                "document_field": self.document_field,
                "field_id": self.field_id.id,
                "kind": self.kind,
                "direction": self.direction,
            }
        )
        self.done = True
        return {"type": "ir.actions.act_window_close"}

    def _vendor_name(self):
        """A partner who speaks our documents has no other name for it."""
        own = f"custom.{self.vendor_field}" == self.document_field
        return False if own and self.system_id.connector == "api" else self.vendor_field


def _word(text):
    """:return: what names of a field share, however they are written"""
    text = re.sub(r"^x_|__c$", "", (text or "").strip().lower())
    return re.sub(r"[\W_]+", "", text)
