import json

from markupsafe import Markup

from odoo import api, fields, models

from .lookup import MISSING, value_of
from .values import RECORDS, comparable, to_document
from .words import label, shown, told

# So many of Odoo's records are shown beside the CRM's.
SIDES = 4


class SeamException(models.Model):
    """What the CRM says of a record beside those of Odoo that may be it."""

    _inherit = "seam.exception"

    crm_candidate_count = fields.Integer(compute="_compute_crm_compared")
    crm_compared = fields.Html(compute="_compute_crm_compared", sanitize=False)

    @api.depends("crm_candidate_ids", "crm_candidate_lead_ids")
    def _compute_fix_label(self):
        """Of what may be one a person asks which it is, and not what its ID means."""
        result = super()._compute_fix_label()
        for case in self:
            if case.fix_label and case.crm_candidate_model:
                name = case.missing_name or case.missing_code
                case.fix_label = self.env._("Choose which one “%s” is", name)
        return result

    @api.depends("crm_candidate_ids", "crm_candidate_lead_ids")
    @api.depends_context("uid")
    def _compute_crm_compared(self):
        for case in self:
            found = case.crm_candidate_model and case._crm_candidates().exists()
            case.crm_candidate_count = len(found or ())
            readable = found._filtered_access("read")[:SIDES] if found else ()
            case.crm_compared = case._crm_table(readable) if found else False

    def _crm_table(self, records):
        """:return: Markup: a column for the CRM's record and for each of Odoo's"""
        document = self._crm_told()
        lines = self.env["seam.crm.field"]._lines(
            self.system_id.id, self.env[self.flow_id.sudo().handler]._document
        )
        rows = [row for line in lines if (row := self._crm_row(line, document, records))]
        column = Markup('<th scope="col">%s<div class="fw-normal small">%s</div></th>')
        link = Markup('<a href="/odoo/%s/%s" target="_blank">%s</a>')
        heads = [column % (self.system_id.sudo().name, document.get("id") or "")]
        heads += [
            column % (self.env._("In Odoo"), link % (r._name, r.id, r.display_name))
            for r in records
        ]
        return Markup(
            '<div class="table-responsive"><table class="table table-sm"><caption>%s</caption>'
            "<thead><tr><th></th>%s</tr></thead><tbody>%s</tbody></table></div>"
        ) % (
            self.env._("Bold: the same as in the CRM."),
            Markup("").join(heads),
            Markup("").join(rows),
        )

    def _crm_told(self):
        """:return: the document that is held up, as the user may see it; {} if none can be read"""
        text = self.sudo()._held()[:1].with_env(self.env).document_text
        try:
            return json.JSONDecoder().raw_decode(text or "")[0]
        except ValueError:
            return {}

    def _crm_row(self, line, document, records):
        """:return: Markup, or None where nobody has a value"""
        theirs = value_of(document, line.name)
        theirs = None if theirs is MISSING else theirs
        ours = [_value(line, record) for record in records]
        texts = ["" if value is None else shown(line, value, records) for value in ours]
        if line.name == "archived" or not (theirs or any(texts)):
            return None
        said = told(line, theirs, records)
        cells = [Markup("<td>%s</td>") % said]
        for record, value, text in zip(records, ours, texts, strict=True):
            country = "country_id" in record and record.country_id.code
            same = _is_same(line, (theirs, said), (value, text), country)
            cells.append(Markup("<td><strong>%s</strong></td>" if same else "<td>%s</td>") % text)
        head = Markup('<th scope="row" class="fw-normal text-muted">%s</th>') % label(line, records)
        return Markup("<tr>%s%s</tr>") % (head, Markup("").join(cells))


def _value(line, record):
    """:return: as Odoo keeps it; of a record that it names, the user sees the name. None where
    the user may not read it: then nothing is said of it, not even that it is empty.
    """
    field = record._fields[line.odoo]
    if not record._has_field_access(field, "read"):
        return None
    value = record[line.odoo]
    return value.sudo() if field.relational else value


def _is_same(line, theirs, ours, country_code):
    """:param theirs, ours: value, and what people read"""
    (theirs, said), (ours, text) = theirs, ours
    if ours is None or theirs in (None, ""):
        return False
    if line.kind in RECORDS:
        words = [ours.display_name, *(ours[x] for x in ("code", "email") if x in ours)]
        return said.casefold() in {(word or "").casefold() for word in words}
    if line.kind in ("text", "email", "phone", "url", "code"):
        sides = (comparable(line.kind, str(value), country_code) for value in (theirs, ours or ""))
        return len(set(sides)) == 1
    if line.kind in ("date", "datetime", "language"):
        return str(to_document(line.kind, ours)) == str(theirs)
    return text == said
