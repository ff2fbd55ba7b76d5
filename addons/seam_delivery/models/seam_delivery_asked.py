import base64
import binascii

from odoo import fields, models

from odoo.addons.seam.engine import contract
from odoo.addons.seam.engine.fault import Fault


class SeamDeliveryAsked(models.AbstractModel):
    """What a carrier is asked for by messages, and how that stands."""

    _name = "seam.delivery.asked"
    _description = "Asked of a carrier"

    # whose messages say how it stands
    _asked_by = None

    def _messages(self):
        """:return: messages of this record, the newest first (sudo)"""
        self.env["seam.message"].flush_model()
        return self.env["seam.message"].sudo().search(self._asked_domain(), order="id desc")

    def _asked_domain(self):
        return [
            ("res_model", "=", self._name),
            ("res_id", "in", self.ids),
            ("flow_id.handler", "=", self._asked_by),
        ]

    def _last_messages(self):
        """:return: dict record id → its newest message (sudo)"""
        messages = self.env["seam.message"].sudo().search(self._asked_domain(), order="id")
        return {message.res_id: message for message in messages}

    def _reason(self, message):
        """:return: why it waits, in the words of its newest message"""
        if not message:
            return ""
        if message.state == "waiting" and message.fault_message and message.next_try_at:
            at = fields.Datetime.context_timestamp(self, message.next_try_at)
            return self.env._(
                "%(why)s It is tried again at %(time)s.",
                why=self._by_name(message.fault_message),
                time=at.strftime("%H:%M"),
            )
        reason = self._by_name(message.why)
        if message.state == "discarded":
            return self.env._("Its message was discarded: %s", reason)
        return reason

    def _by_name(self, text):
        """:return: a sentence with the carrier's name in place of his address"""
        raise NotImplementedError

    def _check_answer(self, name, content, fix):
        """:param name: of the contract
        :raise Fault: ``schema.invalid``
        """
        version = self.env["seam.contract"].search([("name", "=", name)]).current_version_id
        self.env["seam.message"]._check(contract.compile_schema(version.text), content, fix)

    def _file(self, name, file, pointer):
        """:param file: dict with ``format`` and ``content`` of a carrier's answer
        :return: (name, bytes) for ``message_post``
        :raise Fault: it cannot be read
        """
        try:
            body = base64.b64decode(file["content"], validate=True)
        except binascii.Error:
            body = b""
        if not body:
            raise Fault(
                "schema.invalid",
                self.env._("%(file)s of %(name)s cannot be read.", file=name, name=self.name),
                pointer=f"{pointer}/content",
                fix=self.env._("Retry: the carrier is asked for it again."),
                subject="label",
            )
        return f"{name}.{file['format']}".replace("/", "-"), body
