"""Stories of what a shop is told: a shop that sends orders, and a server that listens."""

import json

from odoo.addons.seam.tests.engine.scripted import Server, answer

from .common import SaleCase


class WayBackCase(SaleCase):
    """``self.told()`` are the documents that reached the shop, as (flow code, document)."""

    # flow code → (last part of the handler's name, what the flow carries)
    flows_out = {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.back = {
            code: cls.make_flow(
                name=code,
                code=code,
                direction="out",
                handler=f"seam.handler.{handler}",
                carries=carries,
            )
            for code, (handler, carries) in cls.flows_out.items()
        }

    def setUp(self):
        super().setUp()
        self.answers = [answer("200 OK", b"{}")]
        self.server = Server(self._script)
        self.addCleanup(self.server.close)
        self.system.write(
            {
                "base_url": f"http://127.0.0.1:{self.server.port}",
                "allowed_hosts": "127.0.0.1",
            }
        )

    def _script(self, connection, request):
        script = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return script(connection, request)

    def told(self, code=None):
        """Commit and send. :return: documents that were sent since the last time"""
        self.commit()
        self.drain("send")
        asked, self.server.requests[:] = list(self.server.requests), []
        sent = [(r.target.strip("/"), json.loads(r.body)) for r in asked]
        return [document for where, document in sent if where == code] if code else sent

    def outgoing(self, code):
        self.env.invalidate_all()
        return self.env["seam.message"].search([("flow_id", "=", self.back[code].id)], order="id")

    def contract_holds(self, code, document):
        validator = self._conf(self.back[code]).document_validator()
        self.assertEqual(validator.violations(document), [])
