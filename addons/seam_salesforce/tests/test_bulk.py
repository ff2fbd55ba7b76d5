from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.seam.engine.http import Client
from odoo.addons.seam.models import seam_pull_run

from .. import const, times
from .salesforce_case import SalesforceCase

FIRST = "1970-01-01T00:00:00"


@tagged("post_install", "-at_install")
class TestBulk(SalesforceCase):
    """First loads: one job, its result in parts, resumed where it was."""

    def setUp(self):
        super().setUp()
        self.connect()
        self.patch(const, "POLL_SECONDS", (0,))

    def contacts(self, count, **values):
        ids = []
        for number in range(count):
            ids.append(self.fake.make("Contact", LastName=f"Person {number}", **values))
        return ids

    def kinds(self, calls):
        """:return: list of what was called: ``job``, ``poll``, ``part``, ``describe`` …"""
        words = []
        for method, path in calls:
            end = path.rsplit("/", 1)[1]
            way = "job" if method == "POST" else "part" if end == "results" else end
            words.append("poll" if way.startswith("750") else way)
        return words

    def test_a_first_load_needs_no_call_too_many(self):
        ids = self.contacts(23)
        self.fake.delete("Contact", self.fake.make("Contact", LastName="Gone"))
        self.patch(const, "BULK_ROWS", 5)
        calls = self.run_pull("contacts", FIRST)
        self.assertEqual(self.kinds(calls), ["job", "poll", *["part"] * 5])
        self.assertEqual([d["id"] for d in self.documents("contacts")], ids, "and no deleted ones")
        pull = self.pull_of("contacts")
        self.assertEqual((pull.done, pull.new, pull.total), (23, 23, 23))
        self.assertEqual(pull.progress, 100)
        self.assertEqual(pull.cursor, {"since": "2026-03-01T07:50:00"})

    def test_fifty_thousand_contacts_are_twelve_calls(self):
        """A job, one question how far it is, and ten parts of its result."""
        rows = const.BULK_ROWS
        self.assertLessEqual(50_000 / rows + 2, 12)

    def test_what_is_not_ready_is_asked_for_later_by_another_job(self):
        self.patch(const, "POLL_SECONDS", (30, 60))
        self.contacts(2)
        self.fake.polls = 2
        calls = self.run_pull("contacts", FIRST)
        self.assertEqual(self.kinds(calls), ["job", "poll"])
        pull = self.pull_of("contacts")
        self.assertEqual((pull.state, pull.cursor["polls"]), ("running", 1))
        self.assertIn("prepares", pull.last_error)
        self.assertEqual(self.go_on("contacts"), [], "not before its time")
        late = times.now() + timedelta(seconds=31)
        with patch.object(times, "now", lambda: late):
            self.assertEqual(self.kinds(self.go_on("contacts")), ["poll", "part"])
        self.assertEqual(len(self.messages("contacts")), 2)

    def test_a_kill_goes_on_where_it_was(self):
        ids = self.contacts(23)
        self.patch(const, "BULK_ROWS", 5)
        with patch.object(seam_pull_run, "PULL_SECONDS", -1):
            self.run_pull("contacts", FIRST)
            for _step in range(2):
                self.go_on("contacts")
        self.assertEqual(len(self.messages("contacts")), 10)
        kept = self.pull_of("contacts").cursor
        self.assertEqual((kept["size"], bool(kept["locator"])), (5, True))
        # The worker dies while a part is on its way: nothing of it is stored.
        self.fake.next_answers = ["lose"]
        self.go_on("contacts")
        self.assertEqual(self.pull_of("contacts").cursor, kept)
        self.assertEqual(self.kinds(self.run_pull("contacts")), ["part"] * 3)
        self.assertEqual([d["id"] for d in self.documents("contacts")], ids)
        self.assertEqual(len(self.fake.jobs), 1)

    def test_one_s_own_fields_keep_their_kind(self):
        lines = {"newsletter": ("Newsletter__c", "barcode"), "number": ("Number__c", "ref")}
        for name, (vendor, _odoo) in lines.items():
            self.env["seam.crm.field"].create(
                {
                    "system_id": self.system.id,
                    "document": "crm-contact",
                    "document_field": f"custom.{name}",
                    "vendor_field": vendor,
                    "field_id": self.env["ir.model.fields"]._get("res.partner", _odoo).id,
                }
            )
        self.contacts(1, Newsletter__c=True, Number__c="12.0")
        calls = self.run_pull("contacts", FIRST)
        self.assertEqual(self.kinds(calls), ["describe", "job", "poll", "part"])
        (document,) = self.documents("contacts")
        self.assertEqual(document["custom"], {"newsletter": True, "number": "12.0"})

    def test_the_same_record_by_both_ways_is_the_same_document(self):
        acme = self.fake.make(
            "Account", Name="Acme", BillingStreet="One\nTwo", Description='a,"b"\nc'
        )
        self.fake.make("Contact", LastName="Plato", AccountId=acme, Email="p@x.example")
        deal = {"StageName": "Closed Lost", "Amount": 5.5, "CloseDate": "2026-05-01"}
        self.fake.make("Opportunity", Name="D", AccountId=acme, **deal)
        for code in ("companies", "contacts", "deals"):
            self.run_pull(code, FIRST)
            self.system.salesforce_bulk_days = 0
            self.run_pull(code, "2026-03-01T00:00:00")
            self.system.salesforce_bulk_days = 30
            documents = self.documents(code)
            self.assertEqual(documents[0], documents[-1], code)

    def test_a_long_pause_is_caught_up_by_a_job_with_what_was_deleted(self):
        (kept, gone) = self.contacts(2)
        self.fake.tick()
        self.fake.delete("Contact", gone)
        calls = self.run_pull("contacts", "2020-01-01T00:00:00")
        self.assertEqual(self.kinds(calls), ["job", "poll", "part"])
        self.assertEqual(
            [(d["id"], d.get("deleted", False)) for d in self.documents("contacts")],
            [(kept, False), (gone, True)],
        )

    def test_what_was_won_in_a_long_pause_brings_its_products(self):
        """A job has no nested queries: a deal would be won without its quotation."""
        acme = self.fake.make("Account", Name="Acme")
        deal = self.fake.make(
            "Opportunity", Name="40 lathes", StageName="Closed Won", Amount=5, AccountId=acme
        )
        self.fake.sell(deal, ProductCode="LATHE", Quantity=40, UnitPrice=1200.5)
        self.run_pull("deals", "2020-01-01T00:00:00")
        (told,) = self.documents("deals")
        self.assertEqual([line["sku"] for line in told["lines"]], ["LATHE"])

    def test_merges_in_a_job(self):
        first, second = self.contacts(2)
        self.fake.merge("Contact", first, second)
        self.run_pull("contacts", "2020-01-01T00:00:00")
        (told,) = self.documents("contacts")
        self.assertEqual((told["id"], told["merged"]), (first, [second]))
        self.assertIn("merged", self.pull_of("contacts").cursor)

    def test_nothing_is_there(self):
        calls = self.run_pull("contacts", FIRST)
        self.assertEqual(self.kinds(calls), ["job", "poll"])
        self.assertEqual(self.pull_of("contacts").state, "idle")

    def test_a_job_that_failed_is_begun_again_and_at_last_told(self):
        self.contacts(1)
        make = self.fake._job

        def failing(method, way, params, content):
            answer = make(method, way, params, content)
            for job in self.fake.jobs.values():
                job["state"] = "Failed"
            return answer

        self.fake._job = failing
        calls = self.run_pull("contacts", FIRST)
        self.assertEqual(self.kinds(calls), ["job", "poll"] * const.BULK_TRIES)
        case = self.open_cases()
        self.assertIn("could not make the list", case.name)
        self.assertTrue(case.fix)

    def test_a_job_that_salesforce_forgot_is_made_anew(self):
        self.contacts(3)
        self.fake.polls = 99
        self.patch(const, "POLL_SECONDS", (600,))
        self.run_pull("contacts", FIRST)
        self.fake.jobs.clear()
        self.fake.polls = 1
        self.patch(const, "POLL_SECONDS", (0,))
        late = times.now() + timedelta(days=8)
        with patch.object(times, "now", lambda: late):
            calls = self.go_on("contacts")
        self.assertEqual(self.kinds(calls), ["poll", "job", "poll", "part"])
        self.assertEqual(len(self.messages("contacts")), 3)

    def test_parts_that_are_too_large_are_halved(self):
        self.contacts(8, Description="x" * 2000)
        self.patch(const, "BULK_ROWS", 8)
        self.patch(const, "BULK_ROWS_LEAST", 1)
        made = Client.__init__
        small = 6000

        def narrow(client, *args, **kwargs):
            made(client, *args, **{**kwargs, "max_bytes": small})

        with patch.object(Client, "__init__", narrow):
            calls = self.run_pull("contacts", FIRST)
        self.assertEqual(len(self.documents("contacts")), 8)
        self.assertEqual(self.kinds(calls)[:5], ["job", "poll", "part", "part", "part"])
        self.assertEqual(len(set(d["id"] for d in self.documents("contacts"))), 8)

    def test_a_lost_answer_about_the_job_is_no_doubt(self):
        self.contacts(1)
        self.fake.next_answers = ["lose"]
        self.run_pull("contacts", FIRST)
        self.assertEqual(self.pull_of("contacts").state, "idle")
        self.assertFalse(self.open_cases())
        self.run_pull("contacts")
        self.assertEqual(len(self.messages("contacts")), 1)
