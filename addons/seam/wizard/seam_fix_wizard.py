import difflib

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

# Fields by which partners name our records, the surest first.
CODE_FIELDS = ("default_code", "barcode", "code", "ref", "vat", "email", "name")
SHOWN = 5
# Names that share less than this are not worth a look.
LIKENESS = 0.45


class SeamFixWizard(models.TransientModel):
    """Choose the record that an unknown code means."""

    _name = "seam.fix.wizard"
    _description = "Say what an unknown code means"

    exception_id = fields.Many2one("seam.exception", required=True, ondelete="cascade")
    model = fields.Char(related="exception_id.missing_model")
    model_name = fields.Char(related="exception_id.missing_model_name")
    code = fields.Char(related="exception_id.missing_code")
    called = fields.Char(related="exception_id.missing_name")
    system_id = fields.Many2one(related="exception_id.system_id")
    held_count = fields.Integer(related="exception_id.held_count")
    readable = fields.Boolean(compute="_compute_readable")
    candidates = fields.Json(compute="_compute_candidates")
    res_id = fields.Many2oneReference("Means", model_field="model")

    @api.depends("model")
    def _compute_readable(self):
        for wizard in self:
            wizard.readable = wizard.model in self.env and self.env[wizard.model].has_access("read")

    @api.depends("model", "code", "called")
    def _compute_candidates(self):
        """What the code may mean, the likeliest first: ``[{id, name, why, sure}]``."""
        for wizard in self:
            wizard.candidates = wizard._candidates() if wizard.readable else []

    @api.model
    def default_get(self, fields_list):
        """A match that leaves no doubt is chosen beforehand."""
        values = super().default_get(fields_list)
        if "res_id" in fields_list and values.get("exception_id"):
            sure = [
                candidate
                for candidate in self.new({"exception_id": values["exception_id"]}).candidates or []
                if candidate["sure"]
            ]
            if len(sure) == 1:
                values["res_id"] = sure[0]["id"]
        return values

    def _candidates(self):
        found = {}
        for record, why, sure in (
            *self._meant_elsewhere(),
            *self._same_code(),
            *self._like_name(),
            *self._found_under_code(),
        ):
            known = found.setdefault(
                record.id,
                {"id": record.id, "name": record.display_name, "why": [], "sure": sure},
            )
            if why not in known["why"]:
                known["why"].append(why)
        return [{**one, "why": " · ".join(one["why"])} for one in list(found.values())[:SHOWN]]

    def _meant_elsewhere(self):
        """What the same code means at another system of the company."""
        others = [
            ("system_id", "!=", self.system_id.id),
            ("company_id", "=", self.exception_id.company_id.id),
            ("res_model", "=", self.model),
        ]
        known = [
            *self.env["seam.binding"].search(
                [*others, ("external_id", "=", self.code)], limit=SHOWN
            ),
            *self.env["seam.value.map"].search(
                [*others, ("external_code", "=", self.code)], limit=SHOWN
            ),
        ]
        for one in known:
            yield from (
                (record, self.env._("It means this at %s", one.system_id.name), False)
                for record in self._visible([("id", "=", one.res_id)])
            )

    def _same_code(self):
        """Records with the code in one of the fields by which partners name them."""
        if not self.code:
            return
        labels = self.env[self.model].fields_get(CODE_FIELDS, ["string", "type", "store"])
        for name in CODE_FIELDS:
            field = labels.get(name)
            if not field or field["type"] != "char" or not field.get("store"):
                continue
            records = self._visible([(name, "=ilike", _literal(self.code))])
            for record in records:
                why = self.env._("%(field)s is %(code)s", field=field["string"], code=record[name])
                yield record, why, len(records) == 1 and record[name] == self.code

    def _like_name(self):
        """Records whose name shares words with what the partner calls it."""
        if not self.called:
            return
        model = self.env[self.model]
        found = model.browse(
            id_ for id_, _name in model.name_search(self.called, self._company_domain(), limit=20)
        )
        for word in sorted(self.called.split(), key=len, reverse=True)[:3]:
            if len(word) > 2:
                found |= model.browse(
                    id_ for id_, _name in model.name_search(word, self._company_domain(), limit=20)
                )
        ranked = sorted(
            ((_likeness(self.called, record.display_name), record) for record in found),
            key=lambda pair: -pair[0],
        )
        for likeness, record in ranked:
            if likeness == 1:
                yield record, self.env._("Same name"), False
            elif likeness >= LIKENESS:
                yield record, self.env._("Similar name"), False

    def _found_under_code(self):
        """What the search of these records gives for the code."""
        if self.code:
            model = self.env[self.model]
            for id_, _name in model.name_search(self.code, self._company_domain(), limit=SHOWN):
                yield model.browse(id_), self.env._("Found under this code"), False

    def _visible(self, domain):
        return self.env[self.model].search(
            Domain(domain) & Domain(self._company_domain()), limit=SHOWN
        )

    def _company_domain(self):
        if "company_id" not in self.env[self.model]._fields:
            return []
        return [("company_id", "in", [False, self.exception_id.company_id.id])]

    def action_fix(self):
        self.ensure_one()
        record = self.env[self.model].browse(self.res_id or 0).exists()
        if not record:
            raise UserError(self.env._("Choose the record that is meant."))
        held = len(self.exception_id._held())
        self.exception_id._fix(record)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.env._(
                    "“%(code)s” means %(record)s", code=self.code, record=record.display_name
                ),
                "message": self.env._("Messages released: %s", held),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }


def _literal(text):
    """``text`` for an ``=ilike`` that compares and does not search."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _likeness(one, other):
    return difflib.SequenceMatcher(None, one.casefold(), other.casefold()).ratio()
