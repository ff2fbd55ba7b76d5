"""A partner to send to: a real server on this machine, with answers by script."""

import json

from odoo.addons.seam.engine.fault import Fault

from .common import SeamCase
from .engine.scripted import Server, answer, raw

__all__ = ["OutgoingCase", "answer", "hang_up", "raw"]


def hang_up():
    """A script: the request is read, and the connection broken."""
    return raw(b"")


class OutgoingCase(SeamCase):
    """A flow that sends contacts to a partner.

    ``self.answers``  scripts of the partner's next answers; the last one stays
    ``self.asked()``  requests that reached him: list of (method, target, document)
    """

    carries = "event"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contact = cls.env["res.partner"].create({"name": "Ada", "ref": "A-1"})

    def setUp(self):
        super().setUp()
        handler = self.env.registry["seam.handler.none"]
        self.patch(handler, "_direction", "out")
        self.patch(handler, "_sources", ("res.partner",))
        self.patch(handler, "_build", lambda _self, records, topic: self.build(records, topic))
        self.answers = [answer("202 Accepted", b'{"id": "X-1"}')]
        self.server = Server(self._script)
        self.addCleanup(self.server.close)
        self.system.write(
            {
                "base_url": f"http://127.0.0.1:{self.server.port}/in",
                "allowed_hosts": "127.0.0.1",
            }
        )
        self.flow = self.make_flow(
            name="Contacts", code="contacts", direction="out", carries=self.carries
        )

    def _script(self, connection, request):
        script = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return script(connection, request)

    def build(self, records, topic):
        return [
            Fault("business.rule", "It has no name.", subject="name")
            if record.ref == "broken"
            else {"name": record.name, "ref": record.ref or "", "what": topic}
            for record in records
        ]

    def emit(self, records=None, topic="", **options):
        """Have the flow send records, in a business transaction of their own."""
        self.env["seam.handler.none"]._emit(records or self.contact, topic, **options)
        self.commit()

    def send_out(self):
        """Do what the sending job does."""
        self.drain("send")

    def asked(self):
        return [
            (request.method, request.target, json.loads(request.body or b"null"))
            for request in self.server.requests
        ]

    def outgoing(self):
        """:return: messages out of Odoo, oldest first"""
        self.env.invalidate_all()
        return self.env["seam.message"].search([("flow_id", "=", self.flow.id)], order="id")

    def let_time_pass(self, messages):
        """Their next try is due."""
        self.env.cr.execute(
            "UPDATE seam_message SET next_try_at = now() AT TIME ZONE 'UTC' - interval '1 minute'"
            " WHERE id = ANY(%s)",
            [messages.ids],
        )
        self.env.invalidate_all()
