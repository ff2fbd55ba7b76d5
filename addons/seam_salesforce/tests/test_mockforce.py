import sys
from unittest import SkipTest

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.seam.engine.exchange import Sending
from odoo.addons.seam.models.seam_system_client import SystemClient

from .. import library
from ..models.seam_system_directory import USERS
from .salesforce_case import SalesforceCase, sample


@tagged("post_install", "-at_install")
class TestMockforce(SalesforceCase):
    """simple-mockforce, which is not of our making, takes our requests and questions: records by
    external id and by id, and SOQL. It knows no Bulk API 2.0, no errors and no limits."""

    @classmethod
    def setUpClass(cls):
        if sys.version_info < (3, 11):
            raise SkipTest("simple-mockforce needs Python 3.11 or newer.")
        try:
            import simple_mockforce
        except ImportError:
            raise SkipTest("simple-mockforce is not installed: see requirements-dev.txt.") from None
        cls.mock = staticmethod(simple_mockforce.mock_salesforce)
        cls.virtual = simple_mockforce.virtual_salesforce
        super().setUpClass()

    def send(self, code, name, **changes):
        """:return: (answer as we understand it, request)"""
        kept = sample(f"out/{name}.json")["document"]
        sending = Sending("key", "changed", {**kept, **changes}, None)
        connector, conf = self.env["seam.connector.salesforce"], self.conf(code)
        request = connector._to_request(conf, sending)
        response = self.client().request(
            request.method, request.path, json=request.json, headers=request.headers
        )
        return connector._interpret(conf, sending, response), sending

    def client(self):
        return SystemClient("https://acme.my.salesforce.com", {})

    def test_records_are_made_found_changed_and_deleted(self):
        @self.mock
        def story():
            self.virtual.create("Account", {"Name": "Other"})
            self.send("companies-out", "company-new")
            (made,) = [r for r in self.virtual.data["Account"] if r.get("Phone")]
            self.assertEqual(made["Seam_Id__c"], "odoo-42")
            self.assertEqual(made["BillingCountry"], "United Kingdom")
            self.send("companies-out", "company-new")
            self.assertEqual(len(self.virtual.data["Account"]), 2, "once, under our ID")
            id_ = made["Id"]
            answer, _sending = self.send(
                "companies-out", "company-new", id=id_, fields={"phone": "1"}
            )
            self.assertEqual((answer.accepted, answer.external_id), (True, id_))
            self.assertEqual(self.virtual.get("Account", id_)["Phone"], "1")
            self.look_up(id_)
            self.ask(id_)
            answer, _sending = self.send("companies-out", "company-new", id=id_, deleted=True)
            self.assertTrue(answer.accepted)
            answer, _sending = self.send("companies-out", "company-new", id=id_, deleted=True)
            self.assertTrue(answer.accepted, "it was gone already")

        with mute_logger("simple_mockforce.virtual"):
            story()

    def look_up(self, id_):
        """What arrived is found after a lost answer."""
        told = {**sample("out/company-new.json")["document"], "id": id_, "fields": {"phone": "1"}}
        found = self.env["seam.connector.salesforce"]._look_up(
            self.client(), self.conf("companies-out"), Sending("key", "changed", told, None)
        )
        self.assertEqual(found.external_id, id_)

    def ask(self, id_):
        """Questions go through the library, and its session through our client. What belongs to
        other records (LastModifiedBy.Name) it takes for an object of its own."""
        connection = library.connect(self.client())
        query = library.soql("SELECT Id, Phone FROM Account WHERE Id IN {}", [id_, "001'x"])
        (row,) = connection.query(query, include_deleted=True)["records"]
        self.assertEqual((row["Id"], row["Phone"]), (id_, "1"))
        for mail, active in (("olga@example.com", True), ("gone@example.com", False)):
            user = {"Email": mail, "Name": mail, "IsActive": active, "UserType": "Standard"}
            self.virtual.create("User", user)
        (user,) = connection.query(USERS)["records"]
        self.assertEqual(user["Email"], "olga@example.com")
