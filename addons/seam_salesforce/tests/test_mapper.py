from odoo.tests import BaseCase, tagged

from odoo.addons.seam.engine.exchange import Sending
from odoo.addons.seam.engine.fault import Fault

from .. import bulk, const, fields, mapper, mapper_out
from .salesforce_case import sample

ID = "0035g00000CCCCCAA1"


def options(document, **more):
    lines = tuple((vendor, name, "both") for name, vendor in const.FIELDS[document].items())
    extra = more.pop("lines", ())
    return {"crm_fields": lines + tuple(extra), "salesforce_currency": "EUR", **more}


@tagged("post_install", "-at_install")
class TestIn(BaseCase):
    """Records become documents; what cannot be read is told with its place."""

    def contact(self, *lines, **values):
        wire = {**sample("contacts/contact.json")["body"], **values}
        (made,) = mapper.documents("crm-contact", wire, options("crm-contact", lines=lines))
        return made

    def test_names_of_any_script_and_length(self):
        for first, last, whole in (
            ("محمد", "العربي", "محمد العربي"),
            (None, "Ø" * 80, "Ø" * 80),
            ("", " Madonna ", "Madonna"),
            ("a" * 400, "b", f"{'a' * 400} b"),
            (None, None, None),
        ):
            made = self.contact(FirstName=first, LastName=last)
            self.assertEqual(made["fields"]["name"], whole)

    def test_e_mail_lists_and_phones_of_any_shape_are_told_as_they_are(self):
        made = self.contact(Email="a@x.example; b@x.example", Phone="0049 (0) 151/ext. 7")
        self.assertEqual(made["fields"]["email"], "a@x.example; b@x.example")
        self.assertEqual(made["fields"]["phone"], "0049 (0) 151/ext. 7")

    def test_an_id_of_15_signs_is_that_of_18(self):
        """As Salesforce shows some to people, and a function of one's own may push."""
        short, whole = "a0D30000001n7Pi", "a0D30000001n7PiEAI"
        made = self.contact(Id=short, AccountId=short, OwnerId=short, MergedRecordIds=[short])
        self.assertEqual(made["id"], whole)
        self.assertEqual(made["merged"], [whole])
        self.assertEqual({made["fields"][name]["id"] for name in ("company", "owner")}, {whole})
        gone = {"IsDeleted": True, "MasterRecordId": short, "Id": "0019000000B98de"}
        made = self.contact(**gone)
        self.assertEqual((made["id"], made["merged"]), (whole, ["0019000000B98deAAB"]))
        for other in (None, "", "0019000000B98d-", "0019000000B98deAAB", 7):
            self.assertEqual(mapper.whole_id(other), other)

    def test_one_s_own_fields(self):
        lines = [
            ("Newsletter__c", "custom.newsletter", "both"),
            ("Score__c", "custom.score", "in"),
            ("Account.Industry", "custom.industry", "in"),
            ("Gone__c", "custom.gone", "in"),
            ("Out__c", "custom.out", "out"),
        ]
        made = self.contact(
            *lines,
            Newsletter__c=True,
            Score__c=1.5,
            Account={"Name": "Acme", "Industry": "Steel"},
            Out__c="no",
        )
        custom = {"newsletter": True, "score": 1.5, "industry": "Steel"}
        self.assertEqual((made["custom"], made["archived"]), (custom, False))
        made = self.contact(("Inactive__c", "archived", "both"), Inactive__c=True)
        self.assertTrue(made["archived"], "the administrator's own line counts")

    def test_what_is_no_plain_value_is_told_with_its_place(self):
        line = ("BillingAddress", "custom.address", "in")
        with self.assertRaises(Fault) as caught:
            self.contact(line, BillingAddress={"city": "Sheffield"})
        self.assertEqual(caught.exception.code, "mapping.failed")
        self.assertEqual(caught.exception.pointer, "/BillingAddress")
        with self.assertRaises(Fault):
            self.contact(Email=["a@x.example"])
        with self.assertRaises(Fault):
            self.contact(("Title", "archived", "in"))

    def test_times(self):
        for text, made in (
            ("2026-03-22T19:00:08.000+0000", "2026-03-22T19:00:08Z"),
            ("2026-03-22T21:00:08.120+02:00", "2026-03-22T19:00:08.12Z"),
            ("2026-03-22T19:00:08Z", "2026-03-22T19:00:08Z"),
        ):
            self.assertEqual(mapper.moment(text, ""), made)
        for text in (None, "", "yesterday", "2026-13-22T19:00:08Z", 5):
            with self.assertRaises(Fault):
                mapper.moment(text, "/x")

    def test_a_deal_without_customer_is_told_so(self):
        wire = {**sample("opportunities/open.json")["body"], "AccountId": None, "Account": None}
        (made,) = mapper.documents("crm-deal", wire, options("crm-deal"))
        self.assertEqual((made["fields"]["company"], made["fields"]["contact"]), (None, None))

    def test_products_without_a_code_keep_their_id(self):
        wire = sample("opportunities/won.json")["body"]
        wire["OpportunityLineItems"]["records"][0]["ProductCode"] = None
        (made,) = mapper.documents("crm-deal", wire, options("crm-deal"))
        self.assertEqual(made["lines"][0]["sku"], "01t5g00000PPPPPAA1")

    def test_an_unknown_currency_is_told_as_it_is(self):
        wire = {**sample("opportunities/open.json")["body"], "CurrencyIsoCode": "XXX"}
        (made,) = mapper.documents("crm-deal", wire, options("crm-deal"))
        self.assertEqual(made["fields"]["currency"], "XXX")


@tagged("post_install", "-at_install")
class TestQuestions(BaseCase):
    def test_what_is_asked_for_is_each_once(self):
        names = fields.selected("crm-contact", options("crm-contact"))
        self.assertEqual(len(names), len(set(names)))
        for name in ("FirstName", "LastName", "Owner.Email", "Account.Name", "MasterRecordId"):
            self.assertIn(name, names)
        self.assertNotIn("Name", names)

    def test_nobody_writes_a_query_into_a_line(self):
        for vendor in ("Name FROM User", "a,b", "(SELECT Id FROM Contacts)", "", "Name--", "1a"):
            line = [(vendor, "custom.x", "both")]
            with self.assertRaises(Fault) as caught:
                fields.query("crm-company", options("crm-company", lines=line))
            self.assertEqual(caught.exception.code, "config.invalid")
            self.assertIn("custom", caught.exception.subject)

    def test_csv_becomes_what_the_rest_interface_tells(self):
        text = (
            '"Id","SystemModstamp","IsDeleted","Owner.Email","Score__c","Ok__c","Description"\n'
            '"1","2026-03-22T19:00:08.000Z","false","","12.0","true","two\nlines, ""quoted"""\n'
        )
        columns = next(bulk.csv.reader([text.splitlines()[0]]))
        types = {"Score__c": "number", "Ok__c": "boolean"}
        wanted = {
            "Id": "1",
            "SystemModstamp": "2026-03-22T19:00:08.000Z",
            "IsDeleted": False,
            "Owner": {"Email": None},
            "Score__c": 12,
            "Ok__c": True,
            "Description": 'two\nlines, "quoted"',
        }
        self.assertEqual(bulk.rows(text, types, columns), [wanted])
        # Parts of a result may come without the line of names.
        self.assertEqual(bulk.rows(text.split("\n", 1)[1], types, columns), [wanted])
        with self.assertRaises(Fault) as caught:
            bulk.rows('"1","2"\n', types, columns)
        self.assertEqual(caught.exception.code, "drift.contract")


@tagged("post_install", "-at_install")
class TestOut(BaseCase):
    """Documents become requests; what Salesforce has no word for is said, not lost."""

    def request(self, document, external_id=None, more=None, lines=(), **content):
        told = {"odoo_id": "42", "modified": "2026-03-22T19:00:08Z", **content}
        sending = Sending("key", "changed", told, external_id)
        made = options(document, lines=lines, salesforce_prefix="odoo-", **(more or {}))
        return mapper_out.request(document, sending, made)

    def refused(self, *args, **kwargs):
        with self.assertRaises(Fault) as caught:
            self.request(*args, **kwargs)
        self.assertTrue(caught.exception.fix)
        return caught.exception

    def test_names(self):
        for name, first, last in (
            ("Ada Lovelace", "Ada", "Lovelace"),
            ("Plato", None, "Plato"),
            ("  Jean  Luc   Picard ", "Jean  Luc", "Picard"),
            ("山田太郎", None, "山田太郎"),
        ):
            body = self.request("crm-contact", ID, fields={"name": name}).json
            self.assertEqual(body, {"FirstName": first, "LastName": last})

    def test_what_only_one_s_own_fields_can_hold(self):
        lines = [
            ("VAT__c", "vat", "both"),
            ("X__c", "custom.x", "out"),
            ("Off__c", "archived", "out"),
        ]
        body = self.request(
            "crm-company", ID, lines=lines, fields={"vat": "DE1"}, custom={"x": 3}, archived=True
        ).json
        self.assertEqual(body, {"VAT__c": "DE1", "X__c": 3, "Off__c": True})
        nothing = self.request("crm-company", ID, fields={"vat": "DE1"}, archived=True)
        self.assertIsNone(nothing, "no line says where it goes: nothing is sent, and it is said")

    def test_countries_are_names_unless_the_field_is_of_codes(self):
        more = {"salesforce_countries": {"DE": "Germany"}}
        body = self.request("crm-company", ID, more, fields={"country": "DE"}).json
        self.assertEqual(body, {"BillingCountry": "Germany"})
        made = options("crm-company")
        made["crm_fields"] = (("BillingCountryCode", "country", "both"),)
        sending = Sending("k", "", {"odoo_id": "1", "fields": {"country": "DE"}}, ID)
        self.assertEqual(
            mapper_out.request("crm-company", sending, made).json, {"BillingCountryCode": "DE"}
        )

    def test_an_owner_whom_salesforce_does_not_know(self):
        person = {"email": "x@example.com", "name": "Xaver"}
        fault = self.refused("crm-company", fields={"name": "A", "owner": person})
        self.assertEqual((fault.code, fault.pointer), ("master.unknown", "/fields/owner"))
        body = self.request("crm-company", ID, fields={"owner": None, "phone": "1"}).json
        self.assertEqual(body, {"Phone": "1"}, "Salesforce's records always have an owner")

    def test_a_merge_is_a_person_s_to_make_there(self):
        fault = self.refused("crm-contact", ID, merged=["0035g00000CCCCCAA9"])
        self.assertEqual(fault.code, "business.rule")
        self.assertIn("0035g00000CCCCCAA9", fault.message)

    def test_what_changed_there_meanwhile_is_not_written_over(self):
        told = {"odoo_id": "42", "modified": "2026-03-22T19:00:08Z", "fields": {"phone": "1"}}
        sending = Sending("key", "", told, ID, seen=1774206008_250000)
        made = mapper_out.request("crm-contact", sending, options("crm-contact"))
        self.assertEqual(made.headers, {"If-Unmodified-Since": "Sun, 22 Mar 2026 19:00:08 GMT"})

    def test_an_id_that_is_none(self):
        self.assertEqual(self.refused("crm-contact", "../User/1").code, "mapping.failed")

    def test_what_never_was_there_is_not_deleted(self):
        self.assertIsNone(self.request("crm-contact", deleted=True))

    def test_the_outcome_is_a_stage(self):
        stages = {"salesforce_stage_won": "Closed Won", "salesforce_stage_lost": "Closed Lost"}
        for status, stage in (("won", "Closed Won"), ("lost", "Closed Lost")):
            body = self.request("crm-deal", ID, stages, status=status).json
            self.assertEqual(body, {"StageName": stage})
        both = self.request("crm-deal", ID, stages, status="lost", fields={"stage": "Prospecting"})
        self.assertEqual(both.json, {"StageName": "Closed Lost"})
        reopened = self.request(
            "crm-deal", ID, stages, status="open", fields={"stage": "Prospecting"}
        )
        self.assertEqual(reopened.json, {"StageName": "Prospecting"})
        self.assertEqual(self.refused("crm-deal", ID, stages, status="open").pointer, "/status")
        self.assertEqual(self.refused("crm-deal", ID, {}, status="won").code, "config.invalid")

    def test_a_new_deal_needs_a_date_and_a_stage(self):
        fault = self.refused(
            "crm-deal", more={"salesforce_stage_new": "Prospecting"}, fields={"name": "D"}
        )
        self.assertEqual(fault.pointer, "/fields/close_date")
        body = self.request(
            "crm-deal",
            more={"salesforce_stage_new": "Prospecting"},
            fields={"name": "D", "close_date": "2026-05-01"},
        ).json
        self.assertEqual(body["StageName"], "Prospecting")

    def test_amounts_of_another_currency(self):
        money = {"amount": 5, "currency": "USD"}
        self.assertEqual(self.refused("crm-deal", ID, fields=money).pointer, "/fields/currency")
        body = self.request("crm-deal", ID, {"salesforce_multi_currency": True}, fields=money).json
        self.assertEqual(body, {"Amount": 5, "CurrencyIsoCode": "USD"})

    def test_how_far_the_orders_are(self):
        orders = [
            {"number": "S1", "state": "confirmed", "amount": 5.5, "currency": "EUR"},
            {"number": "S2", "state": "cancelled", "amount": 1, "currency": "EUR"},
        ]
        orders[0]["delivery"] = "full"
        self.assertIsNone(self.request("crm-deal", ID, orders=orders))
        more = {"salesforce_orders_field": "Odoo_Orders__c"}
        body = self.request("crm-deal", ID, more, orders=orders).json
        self.assertEqual(
            body, {"Odoo_Orders__c": "S1: confirmed, delivered, 5.50 EUR\nS2: cancelled, 1.00 EUR"}
        )

    def test_our_id_has_its_place_in_the_address_alone(self):
        made = self.request(
            "crm-contact", more={"salesforce_external_id": "Our_Key__c"}, fields={"name": "A"}
        )
        self.assertTrue(made.path.endswith("/sobjects/Contact/Our_Key__c/odoo-42"))
        self.assertNotIn("Our_Key__c", made.json)
        fault = self.refused(
            "crm-contact", more={"salesforce_external_id": "a/b"}, fields={"name": "A"}
        )
        self.assertEqual(fault.code, "config.invalid")
