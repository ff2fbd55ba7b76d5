import difflib

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.seam.engine import codec, pointer
from odoo.addons.seam.engine.fault import Fault

from ..engine import mask

SHOWN = 6
# Of the records whose name is like the partner's, as many are compared.
COMPARED = 40
# How much each way of being alike is worth, of 100.
SCORES = {"vat": 98, "barcode": 96, "default_code": 95, "email": 90, "ref": 88, "code": 92}
NAME_SCORE = 80


class SeamFixWizard(models.TransientModel):
    """Candidates with a score and a reason, and a new record where there is none."""

    _inherit = "seam.fix.wizard"

    can_create = fields.Boolean(compute="_compute_can_create")
    new_name = fields.Char("Name", compute="_compute_new_name", store=True, readonly=False)

    @api.depends("model")
    def _compute_can_create(self):
        for wizard in self:
            wizard.can_create = wizard.readable and self.env[wizard.model].has_access("create")

    @api.depends("called", "code")
    def _compute_new_name(self):
        for wizard in self:
            wizard.new_name = wizard.called or wizard.code

    # -- candidates --------------------------------------------------------------------

    def _candidates(self):
        """The engine's, and those that are like what the document says; the best first."""
        found = {
            one["id"]: {"score": 99 if one["sure"] else 40, **one} for one in super()._candidates()
        }
        for record, why, score in (*self._alike_by_value(), *self._alike_by_name()):
            known = found.setdefault(
                record.id,
                {
                    "id": record.id,
                    "name": record.display_name,
                    "why": "",
                    "sure": False,
                    "score": 0,
                },
            )
            known["score"] = max(known["score"], score)
            if why not in known["why"]:
                known["why"] = " · ".join(filter(None, (known["why"], why)))
        ranked = sorted(found.values(), key=lambda one: (not one["sure"], -one["score"]))
        for one in ranked:
            one["why"] = self.env._("%(score)s %%: %(why)s", score=one["score"], why=one["why"])
        return ranked[:SHOWN]

    def _given(self):
        """What the document tells of the unknown record: e-mail, VAT number, barcode, name.

        Values that the user must not see are left out.

        :return: dict field name → value
        """
        message = self.exception_id.sudo()._held()[:1].with_env(self.env)
        place = self.exception_id.pointer or ""
        if not message:
            return {}
        try:
            document = codec.parse((message.document_text or message.body_text or "").encode())
        except Fault:
            return {}
        parts = pointer.parts(place)
        given = {}
        for depth in range(len(parts), 0, -1):
            value = mask.value_at(document, parts[:depth])
            if isinstance(value, dict):
                for name, text in value.items():
                    if isinstance(text, str) and text and text != mask.MASK:
                        given.setdefault(_known_as(name), text)
            if given and isinstance(value, dict):
                break
        return given

    def _alike_by_value(self):
        """Records with the e-mail address, VAT number or barcode that the document tells."""
        model = self.env[self.model]
        for name, value in self._given().items():
            field = model._fields.get(name)
            if name not in SCORES or not field or not field.store or field.type != "char":
                continue
            for record in self._visible([(name, "=ilike", _literal(value))]):
                label = field._description_string(self.env)
                yield (
                    record,
                    self.env._("%(field)s is %(value)s", field=label, value=value),
                    SCORES[name],
                )

    def _alike_by_name(self):
        """Records whose name is like the partner's: by trigrams where PostgreSQL has them."""
        called = self.called or self._given().get("name")
        model = self.env[self.model]
        name_field = model._fields.get("name")
        if not called or not name_field or not name_field.store:
            return
        for record in self._similar(model, called):
            score = round(
                NAME_SCORE
                * difflib.SequenceMatcher(
                    None, called.casefold(), (record.name or "").casefold()
                ).ratio()
            )
            if score >= NAME_SCORE * 0.45:
                yield record, self.env._("Its name is similar"), score

    def _similar(self, model, called):
        domain = Domain(self._company_domain())
        if self.env.registry.has_trigram:
            query = model._search(domain, limit=COMPARED)
            name = model._field_to_sql(model._table, "name", query)
            query.order = SQL("%s <-> %s", name, called)
            return model.browse(query)
        words = sorted(called.split(), key=len, reverse=True)[:3]
        by_word = Domain.OR(Domain("name", "ilike", word) for word in words if len(word) > 2)
        return model.search(domain & by_word, limit=COMPARED)

    # -- create ------------------------------------------------------------------------

    def action_create(self):
        """Make the record with what the document tells, and choose it. Nothing is released
        until the user says so: he may complete it first."""
        self.ensure_one()
        if not self.can_create:
            raise UserError(self.env._("You may not create such records."))
        record = self.env[self.model].create(self._new_values())
        self.res_id = record.id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Created: %s", record.display_name),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_open_record(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": self.res_id,
            "views": [(False, "form")],
            "target": "current",
        }

    def _new_values(self):
        """Values of the new record: the name, the code, and what else the document tells."""
        fields_ = self.env[self.model]._fields
        values = {"name": (self.new_name or "").strip() or self.code}
        for name, value in self._given().items():
            field = fields_.get(name)
            if field and field.store and field.type == "char" and not field.readonly:
                values.setdefault(name, value)
        for name in ("default_code", "ref", "code"):
            if name in fields_ and fields_[name].type == "char":
                values.setdefault(name, self.code)
                break
        if "company_id" in fields_ and fields_["company_id"].required:
            values["company_id"] = self.exception_id.company_id.id
        return values


def _known_as(name):
    """Names that partners use, as Odoo calls them."""
    return {
        "sku": "default_code",
        "gtin": "barcode",
        "ean": "barcode",
        "tax_id": "vat",
        "vat_number": "vat",
        "mail": "email",
        "postal_code": "zip",
    }.get(name, name)


def _literal(text):
    """``text`` for an ``=ilike`` that compares and does not search."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
