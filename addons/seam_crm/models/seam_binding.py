import uuid

from odoo import api, models

from odoo.addons.seam.engine import trace
from odoo.addons.seam.models.letter import Identity
from odoo.addons.seam.models.seam_message_intake import Arrival, Verdict


class SeamBinding(models.Model):
    """A CRM's own fields that somebody changed in Odoo are set back at once; who leaves a
    company has the address of its own that the CRM has."""

    _inherit = "seam.binding"

    @api.model
    def _crm_set_back(self, records, changed):
        """Have what CRMs said last of these records applied again: of their own fields it
        counts, and of all others it is no news.

        :param changed: dict record id → set of Odoo's fields
        """
        for system_id, own in self.env["seam.crm.field"]._theirs(records._name).items():
            ids = [
                record.id
                for record in records
                if own & changed[record.id] or _has_left(record, changed[record.id])
            ]
            found = ids and self.search(
                [
                    ("system_id", "=", system_id),
                    ("res_model", "=", records._name),
                    ("res_id", "in", ids),
                    ("message_id", "!=", False),
                ]
            )
            for binding in found or ():
                binding._crm_apply_again()

    def _crm_apply_again(self):
        message = self.message_id
        body = message._body_bytes()
        if not body:
            return
        conf = self.env["seam.flow"]._conf_by_id(message.flow_id.id)
        context = trace.from_headers({"traceparent": message.traceparent or ""}).child()
        arrival = Arrival(
            key=f"again:{uuid.uuid4()}",
            topic=message.topic or "",
            body=body,
            content_type=message.content_type,
            headers={},
            trace_id=context.trace_id,
            traceparent=context.traceparent(),
        )
        identity = Identity(
            message.ordering_key, message.version, message.correlation, message.label
        )
        self.env["seam.message"]._store(
            conf, [arrival], [Verdict(None, identity)], parent_id=message.parent_id.id or None
        )
        # the same state, but not what is in Odoo now
        self.checksum = False
        if conf.state == "active":
            lane = self.env["seam.lane"]
            self.env.cr.postcommit.add(lambda: lane._wake([conf.queue]))


def _has_left(record, changed):
    return record._name == "res.partner" and "parent_id" in changed and not record.parent_id
