import uuid

from odoo import models
from odoo.exceptions import UserError

from ..engine import codec, trace
from ..engine.exchange import Sending
from ..engine.fault import Fault


class SeamFlowTry(models.Model):
    """What a flow out of Odoo would send for a record, without sending it."""

    _inherit = "seam.flow"

    def action_open_try(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Try %s", self.name),
            "res_model": "seam.try.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_flow_id": self.id},
        }

    def _dry_run(self, record, topic=""):
        """Build, check and translate as the sender does; nothing is written or sent.

        :return: http.Call without an answer; its headers have no secrets
        :raise Fault: what would keep it from being sent
        """
        self.ensure_one()
        self.check_access("write")
        record.check_access("read")
        self.env.flush_all()
        conf = self._conf_by_id(self.id)
        Message = self.env["seam.message"]
        built = Message._build(conf, record, topic)
        document = built.get(record.id)
        if record.id not in built:
            raise Fault("master.unknown", self.env._("The record is gone."), subject="gone")
        if document is None:
            raise Fault(
                "business.rule",
                self.env._("The partner has all of it already: nothing would be sent."),
                subject="nothing to tell",
            )
        if isinstance(document, Fault):
            raise document
        document = codec.parse(codec.dump(document))
        Message._check(conf.document_validator(), document, Message._fix_record())
        sending = Sending(
            key=str(uuid.uuid4()),
            topic=topic,
            document=document,
            external_id=Message._external_id(conf, record),
            correlation=Message._known_correlations(record).get(record.id),
            traceparent=trace.new().traceparent(),
        )
        request = self.env[conf.connector]._to_request(conf, sending)
        if request is None:
            raise Fault(
                "business.rule",
                self.env._("The partner does not need to be told of this: nothing would be sent."),
                subject="untold",
            )
        Message._check_request(conf, request)
        return self._preview(conf, request, sending)

    def _preview(self, conf, request, sending):
        client = self.env["seam.system"].browse(conf.system_id)._client()
        try:
            return client.preview(**self.env["seam.message"]._call_of(request, sending))
        finally:
            client.close()

    def _send_one(self, record, topic=""):
        """Write one message for a record and have it sent.

        :return: the message
        """
        self.ensure_one()
        self.check_access("write")
        record.check_access("read")
        if self.state not in ("active", "paused") or self.system_id.state != "active":
            raise UserError(self.env._("Activate the system and the flow first."))
        return self.env["seam.message"]._write_batch(
            self.id, record._name, topic, {record.id: None}
        )
