import json

from odoo.tests import tagged

from .fake_salesforce import Answer, Refusal
from .salesforce_case import SalesforceCase

START = "2026-03-01T08:00:00"


def queries(calls):
    return [path for _method, path in calls if "/query" in path]


@tagged("post_install", "-at_install")
class TestPull(SalesforceCase):
    """What changed, page by page; never twice, never lost, and with no call too many."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system.salesforce_bulk_days = 0
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        self.connect()

    def companies(self, count):
        ids = []
        for number in range(count):
            self.fake.tick()
            ids.append(self.fake.make("Account", Name=f"Company {number}"))
        return ids

    def test_pages_are_read_with_no_call_too_many_and_once(self):
        self.fake.page = 10
        ids = self.companies(25)
        calls = self.run_pull("companies", START)
        self.assertEqual(len(calls), 3, calls)
        self.assertEqual([d["id"] for d in self.documents("companies")], ids)
        pull = self.pull_of("companies")
        self.assertEqual((pull.state, pull.done, pull.new, pull.total), ("idle", 25, 25, 25))
        self.assertEqual(
            pull.cursor, {"since": "2026-03-01T08:15:00"}, "ten minutes are asked twice"
        )
        self.assertEqual(len(self.run_pull("companies")), 2)
        self.assertEqual((len(self.messages("companies")), pull.new), (25, 0))

    def test_nothing_new(self):
        calls = self.run_pull("companies", START)
        self.assertEqual(len(calls), 1)
        self.assertEqual(self.pull_of("companies").cursor, {"since": START})

    def test_what_changed_again_comes_again(self):
        (id_,) = self.companies(1)
        self.run_pull("companies", START)
        self.fake.tick()
        self.fake.change("Account", id_, Phone="1")
        self.run_pull("companies")
        self.assertEqual([d["fields"]["phone"] for d in self.documents("companies")], [None, "1"])

    def test_a_list_that_salesforce_forgot_goes_on_where_it_was(self):
        self.fake.page = 10
        ids = self.companies(25)
        self.fake.next_answers = [0, 0, Refusal(400, "INVALID_QUERY_LOCATOR", "invalid")]
        self.run_pull("companies", START)
        found = [d["id"] for d in self.documents("companies")]
        self.assertEqual(found, ids)
        self.assertEqual(self.pull_of("companies").state, "idle")

    def test_a_kill_between_pages_loses_nothing(self):
        self.fake.page = 10
        ids = self.companies(25)
        self.fake.next_answers = [0, "hang up"]
        self.run_pull("companies", START)
        pull = self.pull_of("companies")
        self.assertEqual((len(self.messages("companies")), pull.state), (10, "idle"))
        self.assertIn("next", pull.cursor)
        calls = self.run_pull("companies")
        self.assertEqual(len(calls), 2, "what was read is not read again")
        self.assertEqual([d["id"] for d in self.documents("companies")], ids)

    def test_a_field_that_salesforce_does_not_have_is_told_with_the_way_out(self):
        line = self.env["seam.crm.field"].search(
            [("system_id", "=", self.system.id), ("vendor_field", "=", "Website")]
        )
        line.vendor_field = "Web__c"
        self.system.crm_looked_at = "2026-03-01 08:00:00"
        self.run_pull("companies", START)
        case = self.open_cases()
        self.assertEqual(case.code, "drift.field")
        self.assertIn("Web__c", case.name)
        self.assertIn("CRM fields", case.fix)

    def test_one_broken_record_stops_no_other(self):
        good = self.companies(2)
        self.fake.records["Account"][good[0]]["Phone"] = {"not": "a phone"}
        self.run_pull("companies", START)
        self.assertEqual(self.messages("companies").mapped("state"), ["failed", "pending"])
        self.assertIn("Phone", self.messages("companies")[0].fault_message)

    # -- deleted, merged ---------------------------------------------------------------

    def test_what_was_deleted(self):
        first, second = self.companies(2)
        self.run_pull("companies", START)
        self.fake.tick()
        self.fake.delete("Account", first)
        self.run_pull("companies")
        self.assertEqual(
            [d["id"] for d in self.documents("companies") if d.get("deleted")], [first]
        )

    def test_who_survived_a_merge_tells_of_it_and_goes_on_doing_so(self):
        """A later state of it may take the place of the one that told it first."""
        first, second, third = self.companies(3)
        self.run_pull("companies", START)
        self.fake.tick(3600)
        self.fake.merge("Account", first, second, third)
        calls = self.run_pull("companies")
        self.assertEqual(len(calls), 2, "one question more, for who survived")
        told = self.documents("companies")[-1]
        self.assertEqual((told["id"], told["merged"]), (first, sorted([second, third])))
        self.assertEqual(told["fields"]["name"], "Company 0")
        self.fake.tick(3600)
        self.fake.change("Account", first, Phone="1")
        calls = self.run_pull("companies")
        self.assertEqual(len(calls), 1)
        again = self.documents("companies")[-1]
        self.assertEqual(
            (again["fields"]["phone"], again["merged"]), ("1", sorted([second, third]))
        )

    def test_merges_of_merges_lead_to_the_last(self):
        first, second, third = self.companies(3)
        self.run_pull("companies", START)
        self.fake.tick(3600)
        self.fake.merge("Account", second, third)
        self.fake.merge("Account", first, second)
        self.run_pull("companies")
        told = self.documents("companies")[-1]
        self.assertEqual((told["id"], told["merged"]), (first, sorted([second, third])))

    def test_a_merge_of_a_merge_that_was_told_before(self):
        """The first one may wait for a person yet, and what its survivor says of it is over."""
        first, second, third = self.companies(3)
        self.run_pull("companies", START)
        self.fake.tick(3600)
        self.fake.merge("Account", second, third)
        self.run_pull("companies")
        self.fake.tick(3600)
        self.fake.merge("Account", first, second)
        self.run_pull("companies")
        told = self.documents("companies")[-1]
        self.assertEqual((told["id"], told["merged"]), (first, sorted([second, third])))

    def test_a_survivor_that_is_not_shown(self):
        first, second = self.companies(2)
        self.fake.merge("Account", first, second)
        del self.fake.records["Account"][first]
        self.run_pull("companies", START)
        told = self.documents("companies")[-1]
        self.assertEqual((told["id"], told["merged"]), (first, [second]))

    # -- deals -------------------------------------------------------------------------

    def test_a_won_deal_brings_its_products(self):
        acme = self.fake.make("Account", Name="Acme")
        deal = self.fake.make(
            "Opportunity", Name="40 lathes", StageName="Closed Won", Amount=5, AccountId=acme
        )
        self.fake.sell(deal, ProductCode="LATHE", Quantity=40, UnitPrice=1200.5)
        open_deal = self.fake.make("Opportunity", Name="More", StageName="Prospecting")
        self.fake.sell(open_deal, ProductCode="LATHE", Quantity=1)
        calls = self.run_pull("deals", START)
        self.assertEqual(len(calls), 1)
        won, other = self.documents("deals")
        self.assertEqual((won["status"], won["lines"][0]["price"]), ("won", 1200.5))
        self.assertEqual(won["fields"]["company"], {"id": acme, "name": "Acme"})
        self.assertNotIn("lines", other)

    def test_a_first_load_without_a_job_makes_no_quotations_of_history(self):
        deal = self.fake.make("Opportunity", Name="40 lathes", StageName="Closed Won", Amount=5)
        self.fake.sell(deal, ProductCode="LATHE", Quantity=40, UnitPrice=1200.5)
        self.run_pull("deals", "1970-01-01T00:00:00")
        (won,) = self.documents("deals")
        self.assertEqual((won["id"], won["status"], won["history"]), (deal, "won", True))
        self.assertNotIn("lines", won)

    def test_a_deal_with_very_many_products(self):
        deal = self.fake.make("Opportunity", Name="D", StageName="Closed Won")
        self.fake.sell(deal, ProductCode="A", Quantity=1)
        line = {"Id": "00k5g0000000099AAA", "ProductCode": "B", "Quantity": 2}
        more = Answer({"totalSize": 2, "done": True, "records": [line]})
        whole = self.fake._lines

        def cut(id_):
            lines = whole(id_)
            lines.update(done=False, nextRecordsUrl="/services/data/v62.0/query/01gX-1")
            return lines

        self.fake._lines = cut
        self.fake.next_answers = [0, more]
        self.run_pull("deals", START)
        (won,) = self.documents("deals")
        self.assertEqual([line["sku"] for line in won["lines"]], ["A", "B"])

    # -- failures ----------------------------------------------------------------------

    def test_salesforce_is_down_or_slow_or_says_nothing(self):
        self.companies(1)
        for failure in (
            Refusal(503, "SERVER_UNAVAILABLE", "Salesforce is down"),
            Refusal(500, "UNKNOWN_EXCEPTION", "Sorry"),
            Answer("gateway", 502),
            "hang up",
        ):
            self.fake.next_answers = [failure]
            self.run_pull("companies", START)
            pull = self.pull_of("companies")
            self.assertEqual((pull.state, pull.tries > 0), ("idle", True), failure)
            self.assertFalse(self.messages("companies"))
        self.assertFalse(self.open_cases())
        self.env["seam.circuit"]._close(self.system.id)
        self.run_pull("companies")
        self.assertEqual(len(self.messages("companies")), 1)

    def test_a_session_that_ended_is_renewed(self):
        self.companies(1)
        self.run_pull("companies", START)
        self.fake.session = "another"
        calls = self.run_pull("companies")
        self.assertEqual((len(calls), len(self.fake.tokens)), (2, 2))
        self.assertEqual(self.pull_of("companies").state, "idle")

    def test_an_answer_that_is_none(self):
        self.fake.next_answers = [Answer({"hello": "world"})]
        self.run_pull("companies", START)
        self.assertEqual(self.open_cases().code, "drift.contract")

    # -- how many calls ----------------------------------------------------------------

    def test_pulls_stop_before_the_calls_of_others_are_used(self):
        self.companies(1)
        self.fake.used, self.fake.allowed = 89_998, 100_000
        self.system.salesforce_reserve = 10
        self.assertEqual(len(self.run_pull("companies", START)), 1)
        self.fake.used = 90_000
        self.pass_time(60)
        self.run_pull("companies")
        self.assertIn("of 100000", self.system.salesforce_calls_text)
        calls = self.run_pull("companies")
        self.assertEqual(calls, [], "the next one is not made")
        pull = self.pull_of("companies")
        self.assertIn("10 % are kept for others", pull.last_error)
        self.assertEqual(pull.state, "idle")

    def pass_time(self, seconds):
        """The client of a new pull writes down what it reads; the age is that of the row."""
        self.env.cr.execute(
            "UPDATE seam_salesforce_usage SET seen_at = seen_at - make_interval(secs => %s)",
            [seconds],
        )

    def test_it_goes_on_when_there_are_calls_again(self):
        self.companies(1)
        self.fake.used = 95_000
        self.run_pull("companies", START)
        self.assertEqual(len(self.messages("companies")), 1)
        self.assertEqual(self.run_pull("companies"), [])
        self.pass_time(3600)
        calls = self.run_pull("companies")
        self.assertEqual([path.strip("/").rsplit("/", 1)[1] for _m, path in calls], ["limits"])
        self.pass_time(3600)
        self.fake.used = 10
        self.assertEqual(len(self.run_pull("companies")), 2)
        self.assertEqual(self.pull_of("companies").state, "idle")
        self.assertFalse(self.pull_of("companies").last_error)

    def test_all_calls_are_used(self):
        self.fake.used = self.fake.allowed
        self.run_pull("companies", START)
        pull = self.pull_of("companies")
        self.assertIn("number of calls", pull.last_error)
        wait = (pull.next_at - self.env.cr.now()).total_seconds()
        self.assertGreater(wait, 1500, "it makes no sense to ask again in a minute")

    def test_the_query_is_one_that_salesforce_reads(self):
        asked = []
        rows = self.fake._rows
        self.fake._rows = lambda soql, deleted: asked.append((soql, deleted)) or rows(soql, deleted)
        for code in ("companies", "contacts", "deals"):
            self.run_pull(code, START)
        self.assertFalse(self.open_cases())
        for soql, deleted in asked:
            self.assertTrue(deleted, "deleted and merged ones too")
            self.assertIn("SystemModstamp >= 2026-03-01T08:00:00+00:00", soql)
            self.assertTrue(soql.endswith("ORDER BY SystemModstamp, Id"))

    def test_documents_keep_their_contract(self):
        self.companies(1)
        self.fake.make("Contact", LastName="Plato")
        self.fake.make("Opportunity", Name="D", StageName="Prospecting", CloseDate="2026-05-01")
        for code in ("companies", "contacts", "deals"):
            self.run_pull(code, START)
            (message,) = self.messages(code)
            self.assertEqual(message.state, "pending", message.fault_message)
            self.assertTrue(json.dumps(message._documents(), default=str))
