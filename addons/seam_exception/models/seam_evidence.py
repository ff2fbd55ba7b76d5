import io
import json
import zipfile

from markupsafe import Markup, escape

from odoo import api, fields, models

from odoo.addons.seam.engine import redact

# As many messages of a case are put into one bundle.
MESSAGES = 20
# By this they are found again, to be removed.
EVIDENCE = "seam.evidence"


class SeamMessage(models.Model):
    _inherit = "seam.message"

    def _evidence(self, places):
        """What is known of this message, for the partner.

        :param places: what must not be shown
        :return: dict, JSON-serialisable; no secret is in it
        """
        self.ensure_one()
        body = self._body_bytes()
        return {
            "message": self.uuid,
            "document": self.label or self.ordering_key or "",
            "idempotency_key": self.key,
            "trace_id": self.trace_id or "",
            "correlation": self.correlation or "",
            "topic": self.topic or "",
            "direction": self.direction,
            "state": self.state,
            "received_at": _moment(self.received_at),
            "settled_at": _moment(self.settled_at),
            "sha256": self.body_hash or "",
            "size": self.body_size,
            "headers": redact.headers(self.sudo().headers or {}),
            "fault": self.fault_code or "",
            "what_is_wrong": self.fault_message or "",
            "violations": self.sudo().violations or [],
            "body": redact.known(self._shown(body, places) or "") if body else None,
            "calls": [call._evidence(places) for call in self.call_ids],
            "timeline": [
                {key: line[key] for key in ("at", "name", "state", "text")}
                for line in self.timeline
            ],
        }


class SeamCall(models.Model):
    _inherit = "seam.call"

    def _evidence(self, places):
        own, message = self.sudo(), self.message_id
        return {
            "at": _moment(self.at),
            "method": self.method,
            "url": self.url,
            "request_headers": redact.headers(self.request_headers or {}),
            "request_body": self._text(message, own.request_body, places) or "",
            "status": self.status,
            "response_headers": redact.headers(self.response_headers or {}),
            "response_body": self._text(message, own.response_body, places) or "",
            "seconds": self.seconds,
            "note": self.note or "",
        }


class SeamException(models.Model):
    _inherit = "seam.exception"

    def action_evidence(self):
        """Download what is known of this case. Only who asked for it can read the file."""
        self.ensure_one()
        attachment = self._evidence_attachment(self._evidence_places())
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "self",
        }

    def _evidence_places(self):
        """What the user must not see."""
        conf = self.env["seam.flow"]._conf_by_id(self.flow_id.id)
        sees_all = self.env["seam.message"]._sees_all()
        return () if sees_all else conf.options["confidential"]

    def _evidence_attachment(self, places):
        """:return: ``ir.attachment`` of the user, bound to no record"""
        self.check_access("read")
        return self.env["ir.attachment"].create(
            {
                "name": self._evidence_name(self.id),
                "raw": self._evidence(places),
                "mimetype": "application/zip",
                "description": EVIDENCE,
            }
        )

    @api.model
    def _evidence_name(self, case_id):
        """:return: name of the file; by it, all that was made of a case is found"""
        return f"exception-{case_id}.zip"

    @api.autovacuum
    def _forget_evidence(self):
        """What was downloaded stays no longer than a day; what was sent stays with the case."""
        yesterday = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        self.env["ir.attachment"].sudo().search(
            [
                ("description", "=", EVIDENCE),
                ("res_model", "=", False),
                ("create_date", "<", yesterday),
            ],
            limit=1000,
        ).unlink()

    def _evidence(self, places):
        """:return: bytes of a ZIP: evidence.json, evidence.html, and each body as it came"""
        self.ensure_one()
        messages = self.env["seam.message"].search(
            [("exception_id", "=", self.id)], order="id", limit=MESSAGES
        )
        total = self.env["seam.message"].search_count([("exception_id", "=", self.id)])
        documents = [message._evidence(places) for message in messages]
        head = {
            "exception": self.id,
            "what_is_wrong": self.name,
            "fault": self.code,
            "what_to_do": self.fix or "",
            "system": self.system_id.name,
            "flow": self.flow_id.name,
            "since": _moment(self.first_at),
            "place": self.pointer or "",
            "messages": total,
            "messages_here": len(documents),
            "made_at": _moment(fields.Datetime.now()),
        }
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            text = json.dumps(
                {**head, "list": documents}, indent=2, ensure_ascii=False, default=str
            )
            archive.writestr("evidence.json", text)
            archive.writestr("evidence.html", self._evidence_html(head, documents))
            for document in documents:
                if document["body"]:
                    archive.writestr(f"{document['message']}/body.json", document["body"])
        return buffer.getvalue()

    def _evidence_html(self, head, documents):
        """Readable without Odoo, and without a script."""
        style = (
            "body{font-family:sans-serif;margin:2em;max-width:60em}"
            "pre{background:#f4f4f4;padding:1em;overflow:auto;white-space:pre-wrap}"
            "th{text-align:left;vertical-align:top;padding-right:1em}"
        )
        parts = [
            Markup('<!DOCTYPE html><html><head><meta charset="utf-8"/><title>%s</title>')
            % head["what_is_wrong"],
            Markup("<style>%s</style></head><body><h1>%s</h1>")
            % (Markup(style), head["what_is_wrong"]),
            _table(head),
        ]
        for document in documents:
            parts.append(Markup("<h2>%s</h2>") % (document["document"] or document["message"]))
            parts.append(
                _table(
                    {
                        k: v
                        for k, v in document.items()
                        if not isinstance(v, (list, dict)) and k != "body"
                    }
                )
            )
            for violation in document["violations"]:
                parts.append(
                    Markup("<p><b>%s</b> %s</p>") % (violation["pointer"], violation["message"])
                )
            if document["body"]:
                parts.append(Markup("<pre>%s</pre>") % document["body"])
            for call in document["calls"]:
                parts.append(
                    Markup("<h3>%s %s → %s</h3>") % (call["method"], call["url"], call["status"])
                )
                parts.append(Markup("<pre>%s</pre>") % (call["request_body"] or "–"))
                parts.append(Markup("<pre>%s</pre>") % (call["response_body"] or "–"))
            rows = Markup("").join(
                Markup("<tr><td>%s</td><td>%s</td><td>%s</td></tr>")
                % (line["at"], line["name"], line["text"])
                for line in document["timeline"]
            )
            parts.append(Markup("<table>%s</table>") % rows)
        return str(Markup("").join(parts) + Markup("</body></html>"))

    # -- ask the partner -----------------------------------------------------------------

    def action_ask_partner(self):
        """Write to the partner, with what is known attached."""
        self.ensure_one()
        self.check_access("write")
        conf = self.env["seam.flow"]._conf_by_id(self.flow_id.id)
        # whoever follows the case can open what is attached to its messages
        attachment = self._evidence_attachment(conf.options["confidential"])
        template = self.env.ref("seam_exception.mail_template_ask", raise_if_not_found=False)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask the partner"),
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_composition_mode": "comment",
                "default_template_id": template.id if template else False,
                "default_attachment_ids": [(4, attachment.id)],
                "default_partner_ids": self.system_id.contact_id.ids,
                "seam_ask_partner": True,
            },
        }

    def message_post(self, **kwargs):
        message = super().message_post(**kwargs)
        if self.env.context.get("seam_ask_partner") and self.state == "open":
            case = self._act().with_context(seam_ask_partner=False)
            case._acknowledge()
            case.write({"stage": "partner", "asked_at": fields.Datetime.now()})
        return message

    def _message_post_after_hook(self, message, msg_vals):
        """The partner answers: whoever asked goes on."""
        result = super()._message_post_after_hook(message, msg_vals)
        if self.stage == "partner" and message.message_type == "email":
            self.sudo().stage = "acknowledged"
            self.sudo().activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("The partner answered"),
                user_id=(self.owner_id or self.flow_id.sudo().owner_id).id,
            )
        return result


class SeamSystem(models.Model):
    _inherit = "seam.system"

    contact_id = fields.Many2one(
        "res.partner",
        "Contact for questions",
        tracking=True,
        help="Who is written to when an exception is a matter of the partner's.",
    )


def _table(values):
    rows = Markup("").join(
        Markup("<tr><th>%s</th><td>%s</td></tr>") % (escape(key.replace("_", " ")), value)
        for key, value in values.items()
    )
    return Markup("<table>%s</table>") % rows


def _moment(value):
    return f"{fields.Datetime.to_string(value)}Z".replace(" ", "T") if value else ""
