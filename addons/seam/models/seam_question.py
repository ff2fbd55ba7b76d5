from datetime import timedelta

from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..engine import codec, redact
from ..engine.fault import Fault
from .seam_call import KEPT_BYTES

# Who waits for an answer does not wait again for what just failed.
REST_SECONDS = 15


class SeamQuestion(models.Model):
    """What a partner was asked while somebody waited, and what he answered.

    Evidence; and what is known of him when he cannot be asked. Never changed.
    """

    _name = "seam.question"
    _description = "Question"
    _log_access = False
    _order = "id desc"
    _rec_name = "url"

    flow_id = fields.Many2one("seam.flow", required=True, readonly=True, ondelete="cascade")
    at = fields.Datetime("When", required=True, readonly=True)
    key = fields.Char(required=True, readonly=True, help="The same for the same question.")
    alike = fields.Char(
        "Like", readonly=True, help="Questions whose answers may stand for each other."
    )
    content = fields.Json("What was told", readonly=True)
    fault_code = fields.Char("Fault", readonly=True)
    note = fields.Char("What came of it", readonly=True)
    fix = fields.Char("What to do", readonly=True)
    method = fields.Char(readonly=True)
    url = fields.Char("Address", readonly=True)
    status = fields.Integer(readonly=True, help="0: there was no whole answer.")
    seconds = fields.Float(readonly=True, digits=(8, 3))
    document = fields.Text("Asked", readonly=True, groups="seam.group_seam_manager")
    request_body = fields.Text("Sent", readonly=True, groups="seam.group_seam_manager")
    response_body = fields.Text("Answered", readonly=True, groups="seam.group_seam_manager")
    response_size = fields.Integer("Size of the answer", readonly=True)

    _key_idx = models.Index("(flow_id, key, id DESC)")
    _alike_idx = models.Index("(flow_id, alike, id DESC) WHERE content IS NOT NULL")
    _at_idx = models.Index("(at)")

    @api.model
    def _newest(self, flow_id, key):
        """:return: (seconds since, content or None, Fault or None) of this question when it
        was last asked; None where it never was
        """
        self.env.cr.execute(
            """
            SELECT extract(epoch FROM clock_timestamp() AT TIME ZONE 'UTC' - at)::float8, at,
                   content, fault_code, note, fix
              FROM seam_question WHERE flow_id = %s AND key = %s ORDER BY id DESC LIMIT 1
            """,
            [flow_id, key],
        )
        row = self.env.cr.fetchone()
        if not row:
            return None
        age, at, content, code, note, fix = row
        fault = Fault(code, note or "", fix=fix or "") if code else None
        return age, at, content, fault

    @api.model
    def _answered(self, flow_id, alike, limit):
        """:return: list of (naive UTC datetime, content) of such questions, the newest first"""
        self.env.cr.execute(
            """
            SELECT at, content FROM seam_question
             WHERE flow_id = %s AND alike = %s AND content IS NOT NULL
             ORDER BY id DESC LIMIT %s
            """,
            [flow_id, alike, limit],
        )
        return self.env.cr.fetchall()

    @api.model
    def _keep(self, flow_id, values, call):
        """Write one down, without what proves who we are.

        :param values: dict of key, alike, document (bytes), content, fault (or None)
        :param call: http.Call, or None where none was made or ended
        """
        fault = values["fault"]
        response = call.response if call else None
        row = {
            "flow_id": flow_id,
            "at": fields.Datetime.now(),
            "key": values["key"],
            "alike": values["alike"] or None,
            "content": None if fault else Json(values["content"]),
            "fault_code": fault and fault.code,
            "note": fault and fault.message[:1000],
            "fix": fault and fault.fix[:1000],
            "method": call.method if call else None,
            "url": call.url[:2000] if call else None,
            "status": response.status if response else 0,
            "seconds": call.seconds if call else 0,
            "document": _readable(values["document"]),
            "request_body": (
                _readable(call.body) if call and call.body != values["document"] else None
            ),
            "response_body": _readable(response.body[:KEPT_BYTES]) if response else None,
            "response_size": len(response.body) if response else 0,
        }
        self.env.cr.execute(
            f"INSERT INTO seam_question ({', '.join(row)}) VALUES %s", [tuple(row.values())]
        )

    def write(self, vals):  # pylint: disable=method-required-super
        raise AccessError(self.env._("What was asked is never changed."))

    @api.autovacuum
    def _gc_questions(self):
        """Bodies and rows go when those of messages of the flow do."""
        now = self.env.cr.now()
        for flow in self.env["seam.flow"].search([]):
            self.env.cr.execute(
                "DELETE FROM seam_question WHERE flow_id = %s AND at < %s",
                [flow.id, now - timedelta(days=flow.body_days)],
            )


def _readable(body):
    """:return: text without secrets and without what PostgreSQL cannot keep"""
    text = codec.pretty(body or b"").replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return redact.known(text) or None
