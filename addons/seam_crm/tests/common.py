import json
from copy import deepcopy

from odoo import fields

from odoo.addons.seam.tests.common import SeamCase
from odoo.addons.seam.tests.engine.scripted import Server, answer


class CrmCase(SeamCase):
    """A company, and a CRM with flows of companies and contacts in both directions."""

    carries = "state"

    @classmethod
    def _service_groups(cls):
        return "base.group_partner_manager,sales_team.group_sale_salesman_all_leads"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.country_id = cls.env.ref("base.de")
        cls.flows = {
            code: cls.make_flow(
                name=code,
                code=code,
                handler=f"seam.handler.crm.{handler}",
                carries=cls.carries,
                direction=direction,
            )
            for code, handler, direction in (
                ("companies", "company", "in"),
                ("contacts", "contact", "in"),
                ("companies-out", "company.out", "out"),
                ("contacts-out", "contact.out", "out"),
            )
        }
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        self.answers = [answer("200 OK", b"{}")]
        self.server = Server(self._script)
        self.addCleanup(self.server.close)
        self.system.write(
            {"base_url": f"http://127.0.0.1:{self.server.port}", "allowed_hosts": "127.0.0.1"}
        )

    def _script(self, connection, request):
        script = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return script(connection, request)

    # -- documents ---------------------------------------------------------------------

    def document(self, key="C-1", minute=0, merged=None, archived=None, deleted=None, **fields):
        """What a CRM says of a record: ``minute`` of the hour in which it was changed. From
        30 on it is later than all that is sent to him in these tests."""
        year = 2026 if minute < 30 else 2099
        document = {
            "id": key,
            "modified": f"{year}-03-22T19:{minute:02}:08Z",
            "modified_by": "Carla",
            "fields": fields,
        }
        extra = {"merged": merged, "archived": archived, "deleted": deleted}
        document.update((name, value) for name, value in extra.items() if value is not None)
        return deepcopy(document)

    def contact(self, key="C-1", minute=0, **fields):
        return self.document(key, minute, **{"name": "Ada Lovelace", **fields})

    def take(self, document, code="contacts"):
        """Receive and apply a document. :return: (message, partner)"""
        self.commit()
        message = self.send(self.flows[code], document)
        partner = message._record()
        return message, partner if partner else self.env["res.partner"]

    def known(self, key="C-1", code="contacts", **fields):
        """:return: a partner on which both sides agree"""
        message, partner = self.take(self.contact(key, 0, **fields), code)
        self.assertEqual(message.state, "done", message.state_reason)
        self.commit()
        return partner

    def told(self):
        """Commit and send. :return: documents that were sent since the last time"""
        self.commit()
        self.drain("send")
        asked, self.server.requests[:] = list(self.server.requests), []
        return [json.loads(request.body) for request in asked]

    def edit(self, partner, **values):
        """A user changes a partner, in a transaction of its own."""
        partner.write(values)
        self.commit()

    def line(self, name, document="crm-contact"):
        return self.env["seam.crm.field"].search(
            [
                ("system_id", "=", self.system.id),
                ("document", "=", document),
                ("document_field", "=", name),
            ]
        )

    def bound(self, model="res.partner"):
        """:return: dict the CRM's id → record id"""
        bindings = self.env["seam.binding"].search(
            [("system_id", "=", self.system.id), ("res_model", "=", model)]
        )
        return {binding.external_id: binding.res_id for binding in bindings}

    def cases(self):
        return self.open_cases()


class DealCase(CrmCase):
    """Deals of a company that both sides know, in both directions."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code, handler, direction in (
            ("deals", "deal", "in"),
            ("deals-out", "deal.out", "out"),
        ):
            cls.flows[code] = cls.make_flow(
                name=code,
                code=code,
                handler=f"seam.handler.crm.{handler}",
                direction=direction,
                carries="state",
            )
        stages = cls.env["crm.stage"].search([], order="sequence")
        cls.new, cls.won = stages[0], stages.filtered("is_won")[:1]
        values = cls.env["seam.value.map"]
        values._learn(cls.system.id, "crm.stage", "Prospecting", cls.new)
        values._learn(cls.system.id, "crm.stage", "Closed Won", cls.won)
        cls.chair = cls.env["product.product"].create(
            {
                "name": "Chair",
                "default_code": "CHAIR",
                "type": "service",
                "invoice_policy": "order",
                "list_price": 10,
                "taxes_id": [fields.Command.clear()],
            }
        )

    def setUp(self):
        super().setUp()
        self.acme = self.known("A-1", "companies", name="Acme")

    def deal(self, key="D-1", minute=0, told=None, **values):
        document = self.document(
            key,
            minute,
            **{
                "name": "Chairs for Acme",
                "stage": "Prospecting",
                "company": {"id": "A-1", "name": "Acme"},
                **(told or {}),
            },
        )
        return {**document, **values}

    def won_deal(self, minute=1, **line):
        line = {"sku": "CHAIR", "quantity": 3, "price": 12.5, **line}
        return self.deal(minute=minute, told={"stage": "Closed Won"}, status="won", lines=[line])

    def take(self, document, code="deals"):
        message, record = super().take(document, code)
        return message, record or self.env["crm.lead"]
