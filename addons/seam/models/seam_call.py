from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..engine import codec, redact

# More of an answer than this is not kept; the row says how long it was.
KEPT_BYTES = 64 * 1024


class SeamCall(models.Model):
    """One request to a partner and what he answered, as evidence. Never changed."""

    _name = "seam.call"
    _description = "Call"
    _log_access = False
    _order = "id"
    _rec_name = "url"

    message_id = fields.Many2one(
        "seam.message", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="message_id.company_id")
    at = fields.Datetime("When", required=True, readonly=True)
    method = fields.Char(required=True, readonly=True)
    url = fields.Char("Address", required=True, readonly=True)
    request_headers = fields.Json(readonly=True)
    request_body = fields.Text(
        readonly=True, help="Empty where it is the message's own document, as it is."
    )
    status = fields.Integer(readonly=True, help="0: there was no whole answer.")
    response_headers = fields.Json(readonly=True)
    response_body = fields.Text("Answer", readonly=True)
    response_size = fields.Integer("Size of the answer", readonly=True)
    seconds = fields.Float(readonly=True, digits=(8, 3))
    fault_code = fields.Char("Fault", readonly=True)
    note = fields.Char("What came of it", readonly=True)

    request_headers_text = fields.Text("Headers sent", compute="_compute_texts")
    response_headers_text = fields.Text("Headers of the answer", compute="_compute_texts")

    @api.depends("request_headers", "response_headers")
    def _compute_texts(self):
        for call in self:
            call.request_headers_text = _lines(call.request_headers)
            call.response_headers_text = _lines(call.response_headers)

    @api.model
    def _keep(self, conf, exchanges):
        """Write down the calls of these exchanges, without what proves who we are."""
        rows = [self._row(exchange, call) for exchange in exchanges for call in exchange.calls]
        if not rows:
            return
        columns = list(rows[0])
        self.env.cr.execute_values(
            f"INSERT INTO seam_call (at, {', '.join(columns)}) VALUES %s",
            [(self.env.cr.now(), *row.values()) for row in rows],
            page_size=500,
        )

    def _row(self, exchange, call):
        response, letter = call.response, exchange.letter
        body = response.body if response else b""
        return {
            "message_id": letter.message_id,
            "method": call.method,
            "url": call.url[:2000],
            "request_headers": Json(call.headers),
            "request_body": None if call.body == letter.body else _readable(call.body),
            "status": response.status if response else 0,
            "response_headers": Json(redact.headers(response.headers)) if response else None,
            "response_body": _readable(body[:KEPT_BYTES]),
            "response_size": len(body),
            "seconds": call.seconds,
            "fault_code": call.fault and call.fault.code,
            "note": self._note(call),
        }

    def _note(self, call):
        if call.fault:
            return call.fault.message[:250]
        if call.together > 1:
            return self.env._("One of %s messages in one call.", call.together)
        return None

    def write(self, vals):  # pylint: disable=method-required-super
        raise AccessError(self.env._("What was called is never changed."))


def _lines(headers):
    return "\n".join(f"{name}: {value}" for name, value in (headers or {}).items())


def _readable(body):
    """:return: text without secrets and without what PostgreSQL cannot keep"""
    return redact.known(codec.pretty(body).replace("\x00", "\N{REPLACEMENT CHARACTER}")) or None
