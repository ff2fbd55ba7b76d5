import io
import json
import re
import zipfile

from markupsafe import Markup

from odoo import fields, models

from ..engine import person, redact
from .seam_privacy_search import _text

# As many findings are put into one file.
IN_A_FILE = 1000
OTHERS = "with-others"

STYLE = (
    "body{font-family:sans-serif;margin:2em auto;max-width:60em;padding:0 1em}"
    "pre{background:#f4f4f4;padding:1em;overflow:auto;white-space:pre-wrap}"
    "th{text-align:left;vertical-align:top;padding-right:1em;white-space:nowrap}"
    ".others{border-left:4px solid #c60;padding-left:1em}"
)
SUFFIXES = {"json": "json", "xml": "xml", "csv": "csv", "edifact": "edi", "x12": "edi"}


class SeamPrivacyExport(models.Model):
    """What was found, for the person to read: ``index.html``, ``data.json`` and the payloads.

    What names the address of somebody else lies apart: it must not be handed over unread.
    """

    _inherit = "seam.privacy.request"

    def _export_step(self):
        """Make one file. :return: whether there are more to make"""
        findings = self.env["seam.privacy.finding"].search(
            [("request_id", "=", self.id), ("id", ">", self.exported_to)],
            order="id",
            limit=IN_A_FILE,
        )
        if not findings:
            self.write({"exporting": False})
            return False
        number = len(self._exports()) + 1
        self.env["ir.attachment"].create(
            {
                "name": f"personal-data-{self.id}-{number}.zip",
                "raw": self._export_file(findings),
                "mimetype": "application/zip",
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        more = len(findings) == IN_A_FILE
        self.write({"exported_to": findings[-1].id, "exporting": more})
        return more

    def _export_file(self, findings):
        """:return: bytes of a ZIP"""
        sought, buffer, entries = self._person(), io.BytesIO(), []
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for model, group in findings.grouped("res_model").items():
                if model == "seam.message":
                    for finding in group:
                        entries.append(self._export_message(archive, finding, sought))
                else:
                    entries += self._export_rows(model, group.mapped("res_id"), sought)
            entries = [entry for entry in entries if entry]
            head = self._export_head(sought)
            for name, others in (("", False), (f"{OTHERS}/", True)):
                some = [x for x in entries if x["names_others"] == others]
                if some or not others:
                    archive.writestr(f"{name}data.json", _json({**head, "found": some}))
                    archive.writestr(f"{name}index.html", self._export_html(head, some))
        return buffer.getvalue()

    def _export_head(self, sought):
        return {
            "request": self.name,
            "company": self.company_id.name,
            "made_at": f"{fields.Datetime.now().isoformat()}Z",
            "made_by": self.env["res.users"].browse(self.write_uid.id).name or "",
            "e_mail": ", ".join(sought.emails),
            "phone": self.phone or "",
            "contacts": ", ".join(self.partner_ids.mapped("display_name")),
        }

    def _export_message(self, archive, finding, sought):
        message = finding.message_id.sudo()
        if not message:
            return None
        body = message._body_bytes()
        calls = [self._call(call) for call in message.call_ids]
        entry = {
            "kind": self.env._("Message"),
            "id": message.uuid,
            "when": f"{message.received_at.isoformat()}Z",
            "system": message.system_id.name,
            "flow": message.flow_id.name,
            "direction": message.direction,
            "document": message.label or message.ordering_key or "",
            "record": message.record_name or "",
            "state": message.state,
            "why_found": dict(finding._fields["how"]._description_selection(self.env))[finding.how],
            "headers": redact.headers(message.headers or {}),
            "what_was_wrong": message.fault_message or "",
            "calls": calls,
            "timeline": [
                {
                    "at": f"{event.at.isoformat()}Z",
                    "what": event.name,
                    "text": event.text or "",
                    "reason": event.reason or "",
                }
                for event in message.event_ids
            ],
        }
        whole = f"{_text(body)}\n{_json(entry)}"
        entry["names_others"] = person.other_emails(whole, sought)
        if body:
            folder = f"{OTHERS}/" if entry["names_others"] else ""
            name = f"payloads/{message.id}-{message.uuid[:8]}.{_suffix(message.content_type)}"
            archive.writestr(folder + name, body)
            entry["payload"] = name
            entry["content"] = _text(body)
        return entry

    def _call(self, call):
        return {
            "at": f"{call.at.isoformat()}Z",
            "call": f"{call.method} {call.url}",
            "status": call.status,
            "sent": call.request_body or "",
            "answered": call.response_body or "",
        }

    def _export_rows(self, model, ids, sought):
        """What is written in other tables, column by column."""
        entries = []
        names = {place.model: place for place in self.env["seam.privacy.place"]._all()}
        place, record = names.get(model), self.env[model].sudo()
        if not place:
            return []  # a copy of what is listed anyway
        for row in record.browse(ids).exists():
            content = {name: row[name] for name, _json_ in place.columns if row[name]}
            entries.append(
                {
                    "kind": self.env["ir.model"].sudo()._get(model).name,
                    "id": row.id,
                    "names_others": person.other_emails(_json(content), sought),
                    "values": {
                        record._fields[name]._description_string(self.env): value
                        for name, value in content.items()
                    },
                }
            )
        return entries

    def _export_html(self, head, entries):
        """Readable without Odoo, and without a script."""
        parts = [
            Markup('<!DOCTYPE html><html><head><meta charset="utf-8"/><title>%s</title>')
            % head["request"],
            Markup("<style>%s</style></head><body><h1>%s</h1>")
            % (Markup(STYLE), self.env._("Personal data in messages between systems")),
            _table(head),
        ]
        if any(entry["names_others"] for entry in entries):
            parts.append(
                Markup('<p class="others">%s</p>')
                % self.env._(
                    "Each of these names an e-mail address of somebody else too. Read them before "
                    "you hand them over."
                )
            )
        for entry in entries:
            parts += self._export_entry(entry)
        return str(Markup("").join(parts) + Markup("</body></html>"))

    def _export_entry(self, entry):
        title = entry.get("document") or entry.get("id")
        parts = [Markup("<h2>%s: %s</h2>") % (entry["kind"], title)]
        plain = {
            name: value
            for name, value in entry.items()
            if isinstance(value, str) and value and name not in ("kind", "content")
        }
        parts.append(_table({**plain, **entry.get("values", {})}))
        if entry.get("content"):
            parts.append(Markup("<pre>%s</pre>") % entry["content"])
        for call in entry.get("calls", ()):
            parts.append(Markup("<h3>%s → %s</h3>") % (call["call"], call["status"]))
            for name in ("sent", "answered"):
                if call[name]:
                    parts.append(Markup("<pre>%s</pre>") % call[name])
        lines = Markup("").join(
            Markup("<tr><td>%s</td><td>%s</td><td>%s</td></tr>")
            % (line["at"], line["what"], line["text"] or line["reason"])
            for line in entry.get("timeline", ())
        )
        parts.append(Markup("<table>%s</table>") % lines)
        return parts

    # -- what is shown in the form ---------------------------------------------------------

    def _counts(self):
        """:return: list of (name of the kind, rows, of them erased, of them kept)"""
        self.env.cr.execute(
            """
            SELECT res_model, count(*), count(*) FILTER (WHERE state = 'erased'),
                   count(*) FILTER (WHERE state = 'kept')
              FROM seam_privacy_finding WHERE request_id = %s
             GROUP BY 1 ORDER BY res_model <> 'seam.message', 2 DESC
            """,
            [self.id],
        )
        models_of = self.env["ir.model"].sudo()
        return [
            (models_of._get(model).name or model, *numbers)
            for model, *numbers in self.env.cr.fetchall()
        ]

    def _summary(self):
        """:return: Markup of a table of what was found, or False"""
        if self.state in ("draft", "cancelled"):
            return False
        rows = Markup("").join(
            Markup("<tr><td>%s</td>%s</tr>")
            % (name, Markup("").join(Markup("<td class='text-end'>%s</td>") % n for n in numbers))
            for name, *numbers in self._counts()
        )
        if not rows:
            return False
        heads = (
            self.env._("Kind"),
            self.env._("Found"),
            self.env._("Erased"),
            self.env._("Kept: only an id"),
        )
        return Markup(
            "<table class='table table-sm w-auto'><thead><tr>%s</tr></thead>"
            "<tbody>%s</tbody></table>"
        ) % (Markup("").join(Markup("<th>%s</th>") % head for head in heads), rows)


def _table(values):
    rows = Markup("").join(
        Markup("<tr><th>%s</th><td>%s</td></tr>") % (str(key).replace("_", " "), value)
        for key, value in values.items()
    )
    return Markup("<table>%s</table>") % rows


def _json(value):
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def _suffix(content_type):
    kind = re.split(r"[/;+]", content_type or "")[1:]
    return next((SUFFIXES[part] for part in kind if part in SUFFIXES), "txt")
