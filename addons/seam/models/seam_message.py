import json

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..const import STATES, TERMINAL
from ..engine import codec
from ..fields import BigInteger


class SeamMessage(models.Model):
    """One transaction that crosses the seam, with its raw bytes and one outcome.

    The way of a message is told in ``seam_message_intake.py`` (judge, store) and
    ``seam_message_drain.py`` (claim, order, apply, settle, release), what people do
    in ``seam_message_action.py``. All of them move the state by SQL that names the
    state it expects; nothing else writes a message.
    """

    _name = "seam.message"
    _description = "Message"
    _log_access = False
    _order = "id desc"
    _rec_name = "uuid"

    uuid = fields.Char("Message ID", required=True, readonly=True)
    flow_id = fields.Many2one("seam.flow", required=True, readonly=True, ondelete="restrict")
    system_id = fields.Many2one("seam.system", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    direction = fields.Selection(
        [("in", "Into Odoo"), ("out", "Out of Odoo")], required=True, readonly=True
    )
    state = fields.Selection(STATES, required=True, readonly=True)
    state_reason = fields.Char("Why", readonly=True)
    received_at = fields.Datetime("Received", required=True, readonly=True)
    settled_at = fields.Datetime("Settled", readonly=True)

    # identity and order
    key = fields.Char("Idempotency key", required=True, readonly=True)
    topic = fields.Char(readonly=True, help="What the partner calls this event.")
    ordering_key = fields.Char(
        "Document", readonly=True, help="The partner's number of the document."
    )
    version = BigInteger(readonly=True, help="Of two states of a document the higher one is newer.")
    position = BigInteger(
        readonly=True,
        help="Place in the order of messages. An edited message takes over "
        "the place of the one it replaces.",
    )
    correlation = fields.Char("Business transaction", readonly=True)
    trace_id = fields.Char(readonly=True)
    traceparent = fields.Char(readonly=True)
    label = fields.Char(readonly=True, help="What people call the document.")

    # what came
    content_type = fields.Char(readonly=True)
    headers = fields.Json(readonly=True)
    body = fields.Binary("Raw bytes", attachment=False, readonly=True, groups=fields.NO_ACCESS)
    body_attachment_id = fields.Many2one("ir.attachment", readonly=True, groups=fields.NO_ACCESS)
    body_hash = fields.Char("SHA-256", readonly=True)
    body_size = fields.Integer("Size", readonly=True)
    body_text = fields.Text("Body", compute="_compute_body_text")
    document_text = fields.Text("As Seam understands it", compute="_compute_document_text")

    # work
    tries = fields.Integer(readonly=True)
    crashes = fields.Integer(readonly=True)
    claim = fields.Integer(readonly=True)
    lease_until = fields.Datetime(readonly=True)
    next_try_at = fields.Datetime("Next try", readonly=True)
    predecessor_id = fields.Many2one("seam.message", "Waits behind", readonly=True)

    # what became of it
    fault_code = fields.Char("Fault", readonly=True)
    fault_message = fields.Text("What is wrong", readonly=True)
    fault_fix = fields.Text("What to do", readonly=True)
    errors = fields.Json(readonly=True)
    exception_id = fields.Many2one("seam.exception", readonly=True)
    amount = fields.Float(readonly=True, help="What the document is worth.")
    currency = fields.Char(readonly=True)
    customer = fields.Char(readonly=True, help="Who waits for the document.")
    promised_on = fields.Date("Promised for", readonly=True)
    res_model = fields.Char("Record type", readonly=True)
    res_id = fields.Many2oneReference("Record", model_field="res_model", readonly=True)
    record_name = fields.Char(compute="_compute_record_name", string="Result")
    replaces_id = fields.Many2one("seam.message", readonly=True)
    replaced_by_id = fields.Many2one("seam.message", "Replaced by", readonly=True)
    parent_id = fields.Many2one("seam.message", "Part of", readonly=True)
    child_ids = fields.One2many("seam.message", "parent_id", "Parts", readonly=True)
    call_ids = fields.One2many("seam.call", "message_id", "Calls", readonly=True)
    event_ids = fields.One2many("seam.message.event", "message_id", "Timeline")

    _key_uniq = models.UniqueIndex(
        "(flow_id, key)", "This flow has a message with this idempotency key."
    )
    _uuid_uniq = models.UniqueIndex("(uuid)")
    _pending_idx = models.Index("(flow_id, position) WHERE state = 'pending'")
    _waiting_idx = models.Index("(next_try_at) WHERE state = 'waiting'")
    _working_idx = models.Index("(lease_until) WHERE state = 'working'")
    _claim_idx = models.Index("(claim) WHERE state = 'working'")
    # Whoever claims a document decides between two workers here, not by looking first.
    _alone_uniq = models.UniqueIndex(
        "(flow_id, ordering_key) WHERE state = 'working' AND ordering_key IS NOT NULL"
    )
    _in_flight_idx = models.Index(
        "(flow_id, ordering_key, position) "
        "WHERE state IN ('pending', 'working', 'waiting', 'failed', 'sent')"
    )
    _predecessor_idx = models.Index("(predecessor_id) WHERE predecessor_id IS NOT NULL")
    _exception_idx = models.Index("(exception_id) WHERE exception_id IS NOT NULL")
    _parent_idx = models.Index("(parent_id) WHERE parent_id IS NOT NULL")
    _received_idx = models.Index("(flow_id, received_at)")
    _settled_idx = models.Index("(flow_id, settled_at) WHERE settled_at IS NOT NULL")
    _document_idx = models.Index("(ordering_key, position) WHERE ordering_key IS NOT NULL")
    _correlation_idx = models.Index("(correlation) WHERE correlation IS NOT NULL")
    _record_idx = models.Index("(res_model, res_id) WHERE res_id IS NOT NULL")

    def init(self):
        super().init()
        self.env.cr.execute("CREATE SEQUENCE IF NOT EXISTS seam_claim_seq CYCLE")
        # bodies are mostly compressed or unique: keep them out of line and raw
        self.env.cr.execute("ALTER TABLE seam_message ALTER COLUMN body SET STORAGE EXTERNAL")

    # -- reading -----------------------------------------------------------------

    @api.depends("label", "ordering_key", "uuid")
    def _compute_display_name(self):
        for message in self:
            message.display_name = message.label or message.ordering_key or message.uuid[:8]

    def _body_bytes(self):
        """:return: the exact bytes that came, or None once they were removed."""
        self.ensure_one()
        message = self.sudo()
        if message.body_attachment_id:
            return message.body_attachment_id.raw
        self.env.cr.execute("SELECT body FROM seam_message WHERE id = %s", [self.id])
        body = self.env.cr.fetchone()[0]
        return None if body is None else bytes(body)

    def _compute_body_text(self):
        for message in self:
            body = message._body_bytes()
            message.body_text = codec.pretty(body) if body is not None else False

    def _compute_document_text(self):
        for message in self:
            try:
                documents = message._documents()
            except Exception:  # noqa: BLE001 - a message that cannot be understood is shown as it came
                documents = []
            message.document_text = "\n\n".join(
                json.dumps(document, indent=2, ensure_ascii=False, default=str)
                for document in documents
            )

    def _documents(self):
        """Translate the body again: a pure function of topic and bytes.

        :return: list of documents (dicts)
        :raise Fault: it cannot be understood
        """
        self.ensure_one()
        body = self._body_bytes()
        if body is None:
            return []
        conf = self.env["seam.flow"]._conf_by_id(self.flow_id.id)
        wire = codec.parse(body, self.content_type or "application/json")
        if self.direction == "out":
            return [wire]
        return self.env[conf.connector]._to_documents(conf, self.topic or "", wire)

    def _compute_record_name(self):
        for message in self:
            record = message._record()
            message.record_name = record.sudo().display_name if record else False

    def _record(self):
        """:return: the Odoo record this message made or changed, or None."""
        self.ensure_one()
        if not self.res_id or self.res_model not in self.env:
            return None
        return self.env[self.res_model].browse(self.res_id).exists()

    def action_open_record(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    # -- guards ------------------------------------------------------------------

    def write(self, vals):  # pylint: disable=method-required-super
        raise AccessError(self.env._("A message is never changed. Edit and resubmit it instead."))

    @api.ondelete(at_uninstall=False)
    def _unlink_only_finished(self):
        if self.filtered_domain(Domain("state", "not in", TERMINAL)):
            raise AccessError(self.env._("A message that is not finished cannot be deleted."))


class SeamMessageEvent(models.Model):
    """One line of a message's life. Lines are added, never changed."""

    _name = "seam.message.event"
    _description = "Message event"
    _log_access = False
    _order = "id"

    message_id = fields.Many2one(
        "seam.message", required=True, ondelete="cascade", index=True, readonly=True
    )
    at = fields.Datetime(required=True, readonly=True)
    name = fields.Char("What happened", required=True, readonly=True)
    state = fields.Selection(STATES, readonly=True)
    code = fields.Char("Fault", readonly=True)
    text = fields.Text("Details", readonly=True)
    user_id = fields.Many2one("res.users", "Who", readonly=True)
    reason = fields.Char(readonly=True)
    data = fields.Json(readonly=True)

    def write(self, vals):  # pylint: disable=method-required-super
        raise AccessError(self.env._("The history of a message is never changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(self.env._("The history of a message is never deleted."))
