from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import new_test_user, tagged

from .. import const, quota
from . import hubspot_case


@tagged("post_install", "-at_install")
class TestSetUp(hubspot_case.HubspotCase):
    def test_everything_is_set_up_by_three_buttons(self):
        self.system.action_hubspot_setup()
        self.assertEqual(len(self.system.flow_ids), 11)
        kinds = ["calls", "companies", "contacts", "deals", "meetings", "tasks"]
        self.assertEqual(sorted(self.pulls), kinds)
        taken = [self.flows[code] for code in (*self.pulls, "webhooks")]
        self.assertTrue(all(flow.contract_version_id for flow in taken))
        stages = (
            self.system.hubspot_stage_open,
            self.system.hubspot_stage_won,
            self.system.hubspot_stage_lost,
        )
        self.assertEqual(stages, ("appointmentscheduled", "closedwon", "closedlost"))
        self.assertIn("carla@example.com = 41", self.system.hubspot_owners)
        self.assertTrue(self.system.hubspot_prepared)
        for type_ in ("companies", "contacts", "deals", "tasks", "meetings"):
            made = self.hubspot.properties[type_][const.PROPERTY_KEY]
            self.assertTrue(made["hasUniqueValue"])
        self.system.action_hubspot_prepare()

    def test_the_connection_is_tested(self):
        self.assertIn("account 33", self.system._test_connection())
        self.hubspot.tokens = {"another"}
        notice = self.system.action_test_connection()
        self.assertEqual(notice["params"]["type"], "danger")
        self.assertIn("token", notice["params"]["message"])

    def test_links_lead_to_where_the_account_is(self):
        """Accounts of the EU and others have an address of their own."""
        connector = self.system._connector()

        def link():
            return connector._crm_url(self.system, "res.partner", "company:7")

        self.assertEqual(link(), "https://app.hubspot.com/contacts/33/record/0-2/7")
        self.hubspot.site = "app-eu1.hubspot.com"
        self.system.action_test_connection()
        self.assertEqual(link(), "https://app-eu1.hubspot.com/contacts/33/record/0-2/7")
        self.assertTrue(self.system.hubspot_facts["owners"], "the rest stays")
        self.hubspot.site = "app-na2.hubspot.com"
        self.system.action_hubspot_learn()
        self.assertEqual(link(), "https://app-na2.hubspot.com/contacts/33/record/0-2/7")
        for told in ("evil.example/app.hubspot.com", "hubspot.com.evil.example", 7, None, ""):
            self.hubspot.site = told
            self.system.action_hubspot_learn()
            self.assertEqual(link(), "https://app.hubspot.com/contacts/33/record/0-2/7", told)

    def test_what_is_left_of_the_day_is_shown(self):
        self.hubspot.left = 240_001
        self.system._test_connection()
        self.system.invalidate_recordset()
        self.assertIn("240,000 of 250,000", self.system.hubspot_calls)

    def test_the_mapping_lists_hubspots_fields(self):
        self.hubspot.add_property("contacts", "tier", "enumeration", "Tier")
        for tier in ("gold", "silver", "gold"):
            self.hubspot.make("contacts", firstname="A", tier=tier)
        client = self.system._client()
        self.addCleanup(client.close)
        found = self.system._connector()._crm_describe(client, "crm-contact")
        by_name = {field.name: field for field in found}
        tier = by_name["tier"]
        self.assertEqual((tier.label, tier.type, tier.custom), ("Tier", "choice", True))
        self.assertEqual(sorted(tier.samples), ["gold", "silver"])
        self.assertTrue(by_name["hs_object_id"].readonly)
        self.assertFalse(by_name["email"].custom)

    def test_the_mapping_lists_the_fields_of_all_activities(self):
        client = self.system._client()
        self.addCleanup(client.close)
        found = self.system._connector()._crm_describe(client, "crm-activity")
        names = {field.name for field in found}
        self.assertLessEqual({"hs_task_subject", "hs_call_title", "hs_meeting_title"}, names)

    def test_a_kind_for_which_hubspot_takes_no_key_is_named(self):
        known = self.hubspot.properties["tasks"]
        known[const.PROPERTY_KEY] = {**known[const.PROPERTY_KEY], "hasUniqueValue": False}
        notice = self.system.action_hubspot_prepare()
        self.assertIn("tasks", notice["params"]["message"])
        self.assertFalse(self.system.hubspot_prepared, "the button stays")
        options = self.system._hubspot_options()
        self.assertEqual(
            options["hubspot_prepared"], ["companies", "contacts", "deals", "meetings"]
        )


@tagged("post_install", "-at_install")
class TestFromHubspot(hubspot_case.HubspotCase):
    def test_first_load(self):
        carla = new_test_user(self.env, "carla@example.com", groups="base.group_user")
        company = self.hubspot.make("companies", name="Engines", city="Berlin", country="Germany")
        for number in range(7):
            self.hubspot.make(
                "contacts",
                firstname=f"Ada {number}",
                lastname="Lovelace",
                email=f"ada{number}@engines.example",
                hubspot_owner_id="41",
                associatedcompanyid=company,
            )
        self.hubspot.events.clear()
        with patch.object(const, "PAGE", 3):
            self.load("companies", "contacts")
        self.assertEqual(set(self.states()), {"done"}, self.reasons())
        pull = self.pulls["contacts"]
        self.assertEqual((pull.state, pull.new), ("idle", 7))
        engines = self.record("companies", company)
        self.assertEqual((engines.name, engines.country_id.code), ("Engines", "DE"))
        people = self.env["res.partner"].search([("parent_id", "=", engines.id)])
        self.assertEqual(len(people), 7)
        self.assertEqual(people.user_id, carla)
        lists = [call for call in self.hubspot.calls if call[1].endswith("contacts")]
        self.assertEqual(len(lists), 3, "seven by three a page")
        self.assertEqual(self.told(), [], "what came from HubSpot is not told back")

    def test_a_change_by_webhook_is_read_once(self):
        number = self.hubspot.make("contacts", firstname="Ada", email="ada@example.com")
        self.settled()
        self.hubspot.edit("contacts", number, phone="+49 30 1234567", jobtitle="Countess")
        self.listen()
        ada = self.record("contacts", number)
        self.assertEqual((ada.phone, ada.function), ("+49 30 1234567", "Countess"))
        reads = [path for _m, path, _b in self.hubspot.calls if path.endswith("batch/read")]
        self.assertEqual(reads, ["crm/v3/objects/contacts/batch/read"], "two events, one call")
        self.assertFalse(self.env["seam.hubspot.wanted"].search([]))
        self.assertEqual(self.told(), [])

    def test_a_webhook_that_was_missed_comes_with_the_pull(self):
        number = self.hubspot.make("contacts", firstname="Ada", email="ada@example.com")
        self.settled()
        self.hubspot.edit("contacts", number, jobtitle="Countess")
        self.hubspot.events.clear()
        self.pull("contacts")
        self.assertEqual(self.record("contacts", number).function, "Countess")

    def test_many_that_changed_in_one_moment(self):
        """A search shows so many results and no more, whatever page is asked for."""
        moment = self.hubspot.tick()
        numbers = [self.hubspot.make("companies", name=f"C{n}", at=moment) for n in range(10)]
        numbers.append(self.hubspot.make("companies", name="Later", at=moment + 1))
        numbers.insert(0, self.hubspot.make("companies", name="Before", at=moment - 1))
        self.hubspot.window = 3
        self.pulls["companies"].cursor = {"since": "2020-01-01T00:00:00"}
        with patch.object(const, "SEARCH_PAGE", 3):
            messages = self.pull("companies")
        self.assertEqual(self.pulls["companies"].state, "idle", self.pulls["companies"].last_error)
        self.assertEqual(
            sorted(self.bound()), sorted(f"company:{number}" for number in numbers), self.reasons()
        )
        self.assertEqual(len(messages), 12, "each came once")
        before = len(self.hubspot.calls)
        self.assertFalse(self.pull("companies"), "the overlap brings nothing new")
        self.assertLess(len(self.hubspot.calls) - before, 4)

    def test_what_searches_do_not_find_yet(self):
        number = self.hubspot.make("contacts", firstname="Ada", email="ada@example.com")
        self.hubspot.hidden.add(number)
        later = self.hubspot.make("contacts", firstname="Bea", email="bea@example.com")
        self.pulls["contacts"].cursor = {"since": "2020-01-01T00:00:00"}
        self.pull("contacts")
        self.assertTrue(self.record("contacts", later))
        self.hubspot.hidden.clear()
        self.pull("contacts")
        self.assertTrue(self.record("contacts", number), "the overlap looks back")

    def test_what_searches_do_not_find_yet_of_more_than_a_page(self):
        """While very much changes the index is behind most of all."""
        numbers = [self.hubspot.make("companies", name=f"C{n}") for n in range(8)]
        late = numbers[1]
        self.hubspot.hidden.add(late)
        self.pulls["companies"].cursor = {"since": "2020-01-01T00:00:00"}
        with patch.object(const, "SEARCH_PAGE", 3):
            self.pull("companies")
            self.assertEqual(len(self.bound()), 7, self.reasons())
            self.hubspot.hidden.clear()
            self.pull("companies")
        self.assertTrue(self.record("companies", late), "the overlap is that of the whole run")

    def test_what_is_known_is_asked_for_once_more_and_not_ever_again(self):
        for number in range(8):
            self.hubspot.make("companies", name=f"C{number}")
        pull = self.pulls["companies"]
        pull.cursor = {"since": "2020-01-01T00:00:00"}
        with patch.object(const, "SEARCH_PAGE", 3), patch.object(const, "OVERLAP_SECONDS", 300):
            self.pull("companies")
            before = len(self.hubspot.calls)
            self.pull("companies")
            self.assertGreater(len(self.hubspot.calls) - before, 2, "the index may be behind")
            earlier = fields.Datetime.now() - timedelta(seconds=400)
            pull.cursor = {**pull.cursor, "newest_at": earlier.isoformat()}
            self.pull("companies")
            before = len(self.hubspot.calls)
            self.assertFalse(self.pull("companies"))
            self.assertEqual(len(self.hubspot.calls) - before, 1)

    def test_what_hubspot_cannot_read_now_is_not_deleted(self):
        number = self.hubspot.make("contacts", firstname="Ada", email="ada@example.com")
        other = self.hubspot.make("contacts", firstname="Bea", email="bea@example.com")
        self.settled()
        self.hubspot.unread.add(number)
        self.hubspot.hidden.add(number)
        self.hubspot.edit("contacts", number, jobtitle="Countess")
        self.hubspot.edit("contacts", other, jobtitle="Boss")
        self.listen()
        self.assertTrue(self.record("contacts", number).active)
        self.hubspot.unread.clear()
        self.pull("contacts")
        self.assertEqual(self.record("contacts", number).function, "Countess", self.reasons())
        self.assertEqual(self.record("contacts", other).function, "Boss")

    def test_deleted_and_restored(self):
        number = self.hubspot.make("contacts", firstname="Ada", email="ada@example.com")
        self.settled()
        ada = self.record("contacts", number)
        self.hubspot.archive("contacts", number)
        self.listen()
        self.assertFalse(ada.active)
        self.assertEqual(self.told(), [])
        self.hubspot.restore("contacts", number)
        self.listen()
        self.assertTrue(ada.active, self.reasons())

    def test_deleted_for_good(self):
        number = self.hubspot.make("contacts", firstname="Ada", email="ada@example.com")
        self.settled()
        ada = self.record("contacts", number)
        self.hubspot.archive("contacts", number, privacy=True)
        self.listen()
        self.assertFalse(ada.active)
        last = self.env["seam.message"].search(
            [("flow_id", "=", self.flows["contacts"].id)], order="id desc", limit=1
        )
        self.assertTrue(last._documents()[0]["deleted"])

    def test_a_deletion_that_no_webhook_told(self):
        number = self.hubspot.make("contacts", firstname="Ada", email="ada@example.com")
        self.settled()
        self.hubspot.archive("contacts", number)
        pull = self.pulls["contacts"]
        self.pull("contacts")
        self.assertTrue(self.record("contacts", number).active, "once a day is enough")
        pull.cursor = {**pull.cursor, "swept": "2026-01-01T00:00:00"}
        self.pull("contacts")
        self.assertFalse(self.record("contacts", number).active)
        self.assertNotIn("sweep", pull.cursor)

    def test_a_deletion_among_very_many_changes(self):
        """What is asked for at night begins a day ago, and so does the look at what was deleted,
        however many pages changed since."""
        numbers = [self.hubspot.make("contacts", firstname=f"P{n}") for n in range(7)]
        self.settled()
        self.hubspot.archive("contacts", numbers[0])
        for number in numbers[1:]:
            self.hubspot.edit("contacts", number, jobtitle="Boss")
        self.hubspot.events.clear()
        begin = fields.Datetime.now() - timedelta(hours=26)
        self.pulls["contacts"].cursor = {"since": begin.isoformat()}
        with patch.object(const, "SEARCH_PAGE", 3):
            self.pull("contacts")
        self.assertFalse(self.record("contacts", numbers[0]).active)

    def test_merged_there(self):
        for anew in (True, False):
            with self.subTest(anew=anew):
                self.hubspot.merges_anew = anew
                ids = [
                    self.hubspot.make("contacts", firstname=name, email=f"{name}{anew}@b.example")
                    for name in ("ada", "bea")
                ]
                self.settled()
                first, second = (self.record("contacts", number) for number in ids)
                merged = {"primaryObjectId": ids[0], "objectIdToMerge": ids[1]}
                into = self.hubspot._merge("contacts", merged)["id"]
                self.listen()
                (case,) = self.open_cases()
                self.assertEqual(case.code, "master.ambiguous", "two in Odoo: a person merges")
                self.env["base.partner.merge.automatic.wizard"]._merge(
                    (first | second).ids, dst_partner=first
                )
                self.commit()
                self.drain()
                self.let_time_pass()
                self.drain()
                self.assertEqual(self.record("contacts", into), first, self.reasons())
                self.assertFalse(self.open_cases(), self.reasons())
                self.assertFalse(self.record("contacts", ids[1]))
                self.assertEqual(self.told(), [])

    def test_a_contact_that_is_only_an_address(self):
        number = self.hubspot.make("contacts", email="info@example.com")
        self.settled()
        self.assertEqual(self.record("contacts", number).name, "info@example.com")
        self.assertEqual(self.told(), [])

    def test_custom_fields(self):
        self.hubspot.add_property("contacts", "vip", "bool")
        self.hubspot.add_property("contacts", "nickname")
        self.system.action_hubspot_learn()
        fields = self.env["ir.model.fields"]
        for vendor, field in (("nickname", "ref"), ("vip", "employee")):
            self.env["seam.crm.field"].create(
                {
                    "system_id": self.system.id,
                    "document": "crm-contact",
                    "vendor_field": vendor,
                    "document_field": f"custom.{vendor}",
                    "field_id": fields._get("res.partner", field).id,
                }
            )
        number = self.hubspot.make(
            "contacts", firstname="Ada", email="ada@example.com", nickname="A", vip="false"
        )
        self.settled()
        ada = self.record("contacts", number)
        self.assertEqual((ada.ref, ada.employee), ("A", False), self.reasons())
        ada.write({"ref": "The Countess", "employee": True})
        ((method, path, body),) = self.told()
        self.assertEqual((method, path), ("PATCH", f"contacts/{number}"))
        self.assertEqual(body["properties"], {"nickname": "The Countess", "vip": "true"})


@tagged("post_install", "-at_install")
class TestToHubspot(hubspot_case.HubspotCase):
    def known(self, **values):
        values = {"firstname": "Ada", "lastname": "Lovelace", "email": "ada@example.com", **values}
        number = self.hubspot.make("contacts", **values)
        self.settled()
        return number, self.record("contacts", number)

    def test_only_what_changed_is_told_and_does_not_come_back(self):
        number, ada = self.known(phone="+49 30 1234567")
        ada.write({"function": "Countess", "phone": False})
        ((method, path, body),) = self.told()
        self.assertEqual((method, path), ("PATCH", f"contacts/{number}"))
        self.assertEqual(body, {"properties": {"jobtitle": "Countess", "phone": ""}})
        self.assertNotIn("phone", self.hubspot.values("contacts", number))
        self.hubspot.calls.clear()
        self.listen()
        self.assertEqual(self.hubspot.calls, [], "events of our own calls are not read")
        self.pull("contacts")
        self.assertEqual(self.told(), [], "and the search brings nothing new")
        self.assertFalse(self.open_cases().mapped("name"))

    def test_what_is_set_back_there_at_once_counts(self):
        number, ada = self.known(jobtitle="Lady")
        ada.function = "Countess"
        self.told()
        self.hubspot.edit("contacts", number, jobtitle="Lady")
        self.listen()
        self.assertEqual(ada.function, "Lady", self.reasons())
        self.assertEqual(self.told(), [])

    def test_both_sides_changed_the_same(self):
        number, ada = self.known()
        ada.function = "Countess"
        self.hubspot.edit("contacts", number, jobtitle="Lady")
        self.listen()
        (case,) = self.open_cases()
        self.assertEqual(case.code, "owner.conflict")
        self.assertEqual(self.told(), [], "nothing is written over before a person decides")
        self.assertEqual(self.hubspot.values("contacts", number)["jobtitle"], "Lady")

    def test_a_change_there_that_odoo_does_not_know_of_is_not_written_over(self):
        number, ada = self.known(jobtitle="Lady", phone="+49 30 1234567")
        self.hubspot.edit("contacts", number, jobtitle="Countess", city="London")
        ada.function = "Mathematician"
        ada.phone = "+49 30 7654321"
        self.assertEqual(self.told(), [])
        self.assertEqual(self.hubspot.values("contacts", number)["jobtitle"], "Countess")
        (message,) = self.env["seam.message"].search(
            [("flow_id", "=", self.flows["contacts-out"].id), ("state", "=", "waiting")]
        )
        self.assertIn("taken first", message.fault_message)
        self.listen()
        (case,) = self.open_cases()
        self.assertEqual(case.code, "owner.conflict")
        self.assertIn("Countess", case.fix)

    def test_a_change_there_soon_after_ours_is_not_written_over(self):
        """HubSpot did not tell of ours yet; its answer said when it came there."""
        number = self.hubspot.make("contacts", firstname="Ada", email="ada@example.com")
        self.settled()
        ada = self.record("contacts", number)
        for job in ("Countess", "Poet"):
            ada.function = job
            self.assertTrue(self.told(), self.reasons())
            self.assertEqual(self.hubspot.values("contacts", number)["jobtitle"], job)
        self.hubspot.edit("contacts", number, jobtitle="Engineer")
        ada.function = "Queen"
        self.told()
        self.assertEqual(self.hubspot.values("contacts", number)["jobtitle"], "Engineer")
        self.pull("contacts")
        self.assertEqual(self.open_cases(self.flows["contacts"]).code, "owner.conflict")

    def test_a_change_there_of_another_field_is_in_nobodys_way(self):
        number, ada = self.known(jobtitle="Lady")
        self.hubspot.edit("contacts", number, city="London")
        ada.function = "Mathematician"
        self.assertEqual(len(self.told()), 1)
        self.listen()
        self.assertEqual(ada.city, "London", self.reasons())
        self.assertFalse(self.open_cases().mapped("name"))

    def test_a_new_contact_is_made_once_though_the_answer_is_lost(self):
        self.flows["contacts-out"].crm_new = True
        for mishap in ("lost", "dead"):
            with self.subTest(mishap=mishap):
                partner = self.env["res.partner"].create(
                    {"name": f"Plato {mishap}", "email": f"{mishap}@example.com"}
                )
                self.hubspot.mishaps = [mishap]
                self.told()
                self.let_time_pass()
                self.told()
                made = [
                    record["id"]
                    for record in self.hubspot.objects["contacts"].values()
                    if record["properties"].get("email") == f"{mishap}@example.com"
                ]
                self.assertEqual(len(made), 1, self.reasons())
                self.assertEqual(self.record("contacts", made[0]), partner)

    def test_news_of_a_new_contact_before_its_id_is_known_makes_no_other(self):
        """Its answer is lost, and somebody edits all that it could be recognised by."""
        self.flows["contacts-out"].crm_new = True
        plato = self.env["res.partner"].create({"name": "Plato", "email": "plato@example.com"})
        self.hubspot.mishaps = ["lost"]
        self.told()
        (made,) = self.hubspot.objects["contacts"].values()
        changed = {"firstname": "Aristocles", "lastname": "", "email": "aristocles@example.com"}
        self.hubspot.edit("contacts", made["id"], **changed)
        self.pull("contacts")
        self.assertNotIn("Aristocles", self.env["res.partner"].search([]).mapped("name"))
        self.let_time_pass()
        self.told()
        self.pull("contacts")
        self.let_time_pass()
        self.listen()
        self.assertEqual(self.record("contacts", made["id"]), plato, self.reasons())
        self.assertEqual(plato.name, "Aristocles")
        self.assertEqual(len(self.hubspot.objects["contacts"]), 1)

    def test_who_is_there_already(self):
        self.flows["contacts-out"].crm_new = True
        number = self.hubspot.make("contacts", email="plato@example.com")
        self.env["res.partner"].create({"name": "Plato", "email": "plato@example.com"})
        self.told()
        (case,) = self.open_cases()
        self.assertIn(f"number {number}", case.name)

    def test_a_bad_value_is_told_with_its_place(self):
        _number, ada = self.known()
        ada.email = "ada at example"
        self.told()
        (case,) = self.open_cases()
        self.assertIn("ada at example is invalid", case.name)
        (message,) = case.message_ids_held
        self.assertEqual(message.errors[0]["pointer"], "/fields/email")

    def merged_meanwhile(self):
        """:return: (number that was merged, its partner, number that it is a part of)"""
        numbers = [
            self.hubspot.make("contacts", firstname=name, email=f"{name}@example.com")
            for name in ("ada", "bea")
        ]
        self.settled()
        gone, into = numbers
        ada = self.record("contacts", gone)
        self.hubspot.merges_anew = False
        self.hubspot._merge("contacts", {"primaryObjectId": into, "objectIdToMerge": gone})
        return gone, ada, into

    def test_what_was_merged_there_meanwhile_is_written_over_nobody(self):
        """HubSpot answers for it under the number of the one that it is a part of."""
        _gone, ada, into = self.merged_meanwhile()
        ada.function = "Countess"
        self.assertEqual(self.told(), [])
        self.assertFalse(self.hubspot.values("contacts", into).get("jobtitle"))
        self.pull("contacts")
        self.assertEqual(self.open_cases(self.flows["contacts"]).code, "master.ambiguous")

    def test_what_was_merged_there_meanwhile_deletes_nobody(self):
        gone, ada, into = self.merged_meanwhile()
        ada.unlink()
        self.assertEqual(self.told(), [])
        self.assertFalse(self.hubspot.objects["contacts"][into]["archived"])
        self.pull("contacts")
        self.let_time_pass()
        self.assertEqual(self.told(), [])
        self.assertTrue(self.record("contacts", into).active)

    def test_deleted_in_odoo(self):
        number, ada = self.known()
        ada.unlink()
        self.assertEqual(self.told(), [("DELETE", f"contacts/{number}", None)])
        self.assertTrue(self.hubspot.objects["contacts"][number]["archived"])

    def test_a_person_who_becomes_a_company_writes_over_no_company(self):
        number, ada = self.known()
        firm = {**self.hubspot.objects["contacts"][number], "properties": {"name": "Mill"}}
        self.hubspot.objects["companies"][number] = firm
        ada.write({"is_company": True, "phone": "+49 30 7654321"})
        self.assertEqual(self.told(), [])
        (case,) = self.open_cases()
        self.assertEqual(case.code, "mapping.failed")
        self.assertIn("as a contact", case.name)
        self.assertEqual(firm["properties"], {"name": "Mill"})

    def test_merged_in_odoo(self):
        number, ada = self.known()
        other = self.hubspot.make("contacts", firstname="A.", email="a@example.com")
        self.settled()
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard._merge((ada | self.record("contacts", other)).ids, dst_partner=ada)
        merges = [call for call in self.told() if call[1] == "contacts/merge"]
        self.assertEqual(len(merges), 1, self.reasons())
        self.assertEqual({*merges[0][2].values()}, {number, other})
        into = str(self.hubspot.number)
        self.listen()
        self.assertEqual(self.record("contacts", into), ada, self.reasons())
        self.assertEqual(list(self.bound()), [f"contact:{into}"])
        self.assertEqual(self.told(), [])

    def test_a_contact_changes_the_company(self):
        company = self.hubspot.make("companies", name="Engines")
        number, ada = self.known()
        ada.parent_id = self.record("companies", company)
        ((_method, _path, body),) = self.told()
        self.assertEqual(body["properties"]["associatedcompanyid"], company)
        self.assertEqual(self.hubspot.values("contacts", number)["associatedcompanyid"], company)

    def test_the_burst_limit_is_waited_for(self):
        number, ada = self.known()
        self.hubspot.mishaps = ["burst"]
        ada.function = "Countess"
        self.assertEqual(self.told(), [])
        self.assertGreater(self.env["seam.rate"]._held_seconds(self.system.id), 5)
        self.let_time_pass()
        self.assertEqual(len(self.told()), 1)
        self.assertEqual(self.hubspot.values("contacts", number)["jobtitle"], "Countess")

    def test_the_last_calls_of_a_day_are_kept_for_sending(self):
        number, ada = self.known()
        self.hubspot.left = 20_000
        self.pull("contacts")
        self.hubspot.edit("contacts", number, jobtitle="Lady")
        self.hubspot.calls.clear()
        self.pull("contacts")
        self.assertEqual(self.hubspot.calls, [], "pulls leave the reserve alone")
        self.assertEqual(self.pulls["contacts"].state, "running")
        ada.phone = "+49 30 1234567"
        self.assertEqual(len(self.told()), 1, self.reasons())

    def test_at_the_end_of_the_day(self):
        _number, ada = self.known()
        self.hubspot.mishaps = ["daily"]
        ada.function = "Countess"
        self.told()
        held = self.env["seam.rate"]._held_seconds(self.system.id)
        self.assertAlmostEqual(held, quota.until_midnight("Europe/Berlin"), delta=300)
        self.assertFalse(self.open_cases().mapped("name"))
        self.let_time_pass()
        self.assertEqual(len(self.told()), 1)

    def test_nothing_goes_past_seams_own_client(self):
        """HubSpot's library makes no connection, whatever is done."""
        with patch("hubspot.crm.contacts.rest.RESTClientObject.__init__") as opened:
            self.test_only_what_changed_is_told_and_does_not_come_back()
        opened.assert_not_called()


@tagged("post_install", "-at_install")
class TestDeals(hubspot_case.HubspotCase):
    def setUp(self):
        super().setUp()
        self.product = self.env["product.product"].create(
            {"name": "Machine", "default_code": "HUB-BAR3", "list_price": 10}
        )
        self.stages = self.env["crm.stage"].search([("is_won", "=", False)], limit=1)
        self.won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        for code, stage in (
            ("appointmentscheduled", self.stages),
            ("closedwon", self.won),
            ("closedlost", self.stages),
        ):
            self.env["seam.value.map"].create(
                {
                    "system_id": self.system.id,
                    "res_model": "crm.stage",
                    "external_code": code,
                    "res_id": stage.id,
                }
            )
        self.customer = self.hubspot.make("companies", name="Engines")
        self.person = self.hubspot.make("contacts", firstname="Ada", email="ada@example.com")

    def deal(self, **values):
        values = {
            "dealname": "Ten machines",
            "dealstage": "appointmentscheduled",
            "amount": "1200.50",
            "deal_currency_code": self.company.currency_id.name,
            **values,
        }
        number = self.hubspot.make("deals", **values)
        self.hubspot.link("deals", number, "companies", self.customer, 5)
        self.hubspot.link("deals", number, "contacts", self.person, 3)
        return number

    def test_a_deal_is_won_and_becomes_a_quotation(self):
        number = self.deal()
        self.settled()
        lead = self.record("deals", number)
        self.assertEqual(lead.partner_id, self.record("contacts", self.person), self.reasons())
        self.assertAlmostEqual(lead.expected_revenue, 1200.5)
        line = self.hubspot.make(
            "line_items", name="Machine", hs_sku="HUB-BAR3", quantity="2", price="600.25"
        )
        self.hubspot.link("deals", number, "line_items", line, 19)
        self.hubspot.edit("deals", number, dealstage="closedwon")
        self.listen()
        self.assertEqual(lead.won_status, "won", self.reasons())
        (order,) = lead.order_ids
        self.assertEqual(order.order_line.product_id, self.product)
        self.assertEqual(
            (order.order_line.product_uom_qty, order.order_line.price_unit), (2, 600.25)
        )

    def test_amounts_without_a_currency_are_in_that_of_the_account(self):
        pounds = self.env.ref("base.GBP")
        pounds.active = True
        pounds.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {"currency_id": pounds.id, "rate": 0.5, "name": "2020-01-01"}
        )
        self.hubspot.currency = "GBP"
        self.system.action_hubspot_learn()
        number = self.deal(deal_currency_code=None, amount="100")
        self.settled()
        self.assertEqual(self.record("deals", number).expected_revenue, 200, self.reasons())

    def test_a_deal_closes_on_its_day_by_the_clock_of_the_account(self):
        number = self.deal(closedate="2026-04-30T22:30:00Z")
        self.settled()
        lead = self.record("deals", number)
        self.assertEqual(str(lead.date_deadline), "2026-05-01", "it is half past midnight there")
        lead.date_deadline = "2026-05-31"
        self.told()
        self.assertEqual(self.hubspot.values("deals", number)["closedate"], "2026-05-31T10:00:00Z")
        self.listen()
        self.assertEqual(str(lead.date_deadline), "2026-05-31")
        self.assertEqual(self.told(), [])

    def test_won_in_odoo(self):
        number = self.deal()
        self.settled()
        self.record("deals", number).action_set_won()
        self.told()
        self.assertEqual(self.hubspot.values("deals", number)["dealstage"], "closedwon")
        self.listen()
        self.assertEqual(self.told(), [])

    def test_lost_in_odoo(self):
        number = self.deal()
        self.settled()
        self.record("deals", number).action_set_lost()
        self.told()
        self.assertEqual(self.hubspot.values("deals", number)["dealstage"], "closedlost")

    def test_orders_are_shown_on_the_deal(self):
        self.hubspot.add_property("deals", "odoo_orders")
        self.system.hubspot_orders = "odoo_orders"
        number = self.deal()
        self.settled()
        lead = self.record("deals", number)
        order = self.env["sale.order"].create(
            {
                "opportunity_id": lead.id,
                "partner_id": lead.partner_id.id,
                "order_line": [(0, 0, {"product_id": self.product.id, "price_unit": 5})],
            }
        )
        self.told()
        shown = self.hubspot.values("deals", number)["odoo_orders"]
        self.assertIn(f"{order.name}: quotation", shown)

    def test_a_new_opportunity_with_its_customer_though_the_answer_is_lost(self):
        self.settled()
        self.flows["deals-out"].crm_new = True
        lead = self.env["crm.lead"].create(
            {
                "name": "New machines",
                "type": "opportunity",
                "partner_id": self.record("contacts", self.person).id,
                "stage_id": self.stages.id,
                "user_id": False,
            }
        )
        self.hubspot.mishaps = ["lost"]
        self.told()
        self.let_time_pass()
        self.told()
        (number,) = self.hubspot.objects["deals"]
        self.assertEqual(self.record("deals", number), lead, self.reasons())
        linked = self.hubspot.links["deals", number, "contacts"]
        self.assertEqual(list(linked), [self.person])

    def test_a_deal_without_a_customer(self):
        self.hubspot.make("deals", dealname="For nobody", dealstage="appointmentscheduled")
        self.settled()
        (case,) = self.open_cases(self.flows["deals"])
        self.assertIn("no customer", case.name)

    def test_a_stage_that_nobody_knows(self):
        with patch.dict(hubspot_case_stages(), {"x9": ("Special", "false", "0.5")}):
            self.deal(dealstage="x9")
            self.settled()
        (case,) = self.open_cases(self.flows["deals"])
        self.assertIn("x9", case.name)


def hubspot_case_stages():
    from . import fake_hubspot  # noqa: PLC0415

    return fake_hubspot.STAGES
