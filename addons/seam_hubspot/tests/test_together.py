import json

from odoo.tests import tagged

from odoo.addons.seam.engine.exchange import Request
from odoo.addons.seam.engine.http import Response

from .. import together
from . import hubspot_case

MANY = 60


@tagged("post_install", "-at_install")
class TestTogether(hubspot_case.HubspotCase):
    """Many changes go in few calls, and each has its own outcome."""

    def setUp(self):
        super().setUp()
        # calls one after the other, so that what goes wrong is said of the one that is meant
        self.system.parallel = 1

    def known(self, count):
        """:return: dict number → partner, of contacts that both have"""
        numbers = [
            self.hubspot.make("contacts", firstname=f"P{n}", email=f"p{n}@example.com")
            for n in range(count)
        ]
        self.settled()
        return {number: self.record("contacts", number) for number in numbers}

    def edit(self, people):
        for number, partner in people.items():
            partner.function = f"Job {number}"

    def again(self):
        self.let_time_pass()
        return self.told()

    def calls(self):
        """:return: list of (last part of the path, how many records) of all calls"""
        return [
            (path.rpartition("/")[2], len((body or {}).get("inputs", ())) or 1)
            for _method, path, body in self.hubspot.calls
        ]

    def jobs(self, people):
        """:return: set of numbers whose change is at HubSpot"""
        return {
            number
            for number in people
            if self.hubspot.values("contacts", number).get("jobtitle") == f"Job {number}"
        }

    def failed(self):
        flow = self.flows["contacts-out"]
        return self.env["seam.message"].search(
            [("flow_id", "=", flow.id), ("state", "=", "failed")]
        )

    def test_many_changes_go_in_one_call(self):
        people = self.known(MANY)
        self.edit(people)
        self.told()
        self.assertEqual(self.calls(), [("read", 50), ("read", 10), ("update", MANY)])
        self.assertEqual(self.jobs(people), set(people), self.reasons())
        self.listen()
        self.pull("contacts")
        self.assertEqual(self.told(), [], "no echo")
        self.assertFalse(self.open_cases().mapped("name"))

    def test_of_each_only_its_own_is_kept_as_evidence(self):
        people = self.known(3)
        self.edit(people)
        self.told()
        flow = self.flows["contacts-out"]
        messages = self.env["seam.message"].search([("flow_id", "=", flow.id)])
        self.assertEqual(len(messages), 3)
        for message in messages:
            self.assertEqual(len(message.call_ids), 2)
            shown = str(message.call_ids.read())
            own = message._record().function
            others = {partner.function for partner in people.values()} - {own}
            self.assertIn(own, shown)
            self.assertFalse([job for job in others if job in shown], shown)

    def test_one_bad_record_harms_no_other(self):
        for multi_status in (True, False):
            with self.subTest(multi_status=multi_status):
                self.hubspot.multi_status = multi_status
                people = self.known(4)
                bad, *good = people
                self.edit(people)
                people[bad].email = "p at example"
                self.told()
                self.again()
                (message,) = self.failed()
                self.assertEqual(message.errors[0]["pointer"], "/fields/email")
                self.assertEqual(self.jobs(people), set(good), self.reasons())
                message._discard("Tried")
                self.commit()
                for number in people:
                    self.hubspot.archive("contacts", number)
                self.listen()

    def test_who_was_changed_meanwhile_waits_alone(self):
        people = self.known(4)
        self.edit(people)
        changed = next(iter(people))
        self.hubspot.edit("contacts", changed, jobtitle="Lady")
        self.told()
        self.assertEqual(self.jobs(people), {*people} - {changed})
        self.assertEqual(self.hubspot.values("contacts", changed)["jobtitle"], "Lady")
        self.listen()
        (case,) = self.open_cases()
        self.assertEqual(case.code, "owner.conflict")

    def test_all_were_changed_meanwhile(self):
        people = self.known(2)
        self.edit(people)
        for number in people:
            self.hubspot.edit("contacts", number, jobtitle="Lady")
        self.assertEqual(self.told(), [])
        self.assertFalse(self.jobs(people))

    def test_who_is_gone_there(self):
        people = self.known(3)
        gone = next(iter(people))
        self.hubspot.archive("contacts", gone)
        self.edit(people)
        self.told()
        self.assertEqual(self.jobs({n: people[n] for n in people if n != gone}), {*people} - {gone})
        self.assertIn("any more", self.failed().fault_message)

    def test_who_cannot_be_asked_for_is_not_written_over(self):
        people = self.known(3)
        first = next(iter(people))
        self.hubspot.edit("contacts", first, jobtitle="Theirs")
        self.hubspot.unread.add(first)
        self.edit(people)
        self.told()
        self.assertEqual(self.hubspot.values("contacts", first)["jobtitle"], "Theirs")
        self.assertEqual(self.jobs(people), set(people) - {first})

    def test_who_was_merged_there_is_written_over_nobody(self):
        people = self.known(3)
        into, gone, other = people
        self.hubspot.merges_anew = False
        self.hubspot._merge("contacts", {"primaryObjectId": into, "objectIdToMerge": gone})
        self.edit(people)
        self.told()
        (update,) = [body for _m, path, body in self.hubspot.calls if path.endswith("update")]
        self.assertNotIn(gone, [each["id"] for each in update["inputs"]])
        self.assertEqual(self.hubspot.values("contacts", other)["jobtitle"], f"Job {other}")
        self.assertNotEqual(self.hubspot.values("contacts", into).get("jobtitle"), f"Job {gone}")

    def test_of_errors_the_trace_says_whose_they_are(self):
        requests = [
            Request("PATCH", f"crm/v3/objects/contacts/{id_}", json={"properties": {"a": "b"}})
            for id_ in ("12", "13")
        ]

        def statuses(results, context):
            error = {"status": "error", "category": "CONFLICT", "message": "…", "context": context}
            body = {"results": [{"id": id_} for id_ in results], "errors": [error]}
            found = together.answers(requests, Response(207, {}, json.dumps(body).encode(), 0.1))
            return [answer and answer.status for answer in found]

        traced = {"objectWriteTraceId": ["12"], "id": ["13"]}
        self.assertEqual(statuses(["13"], traced), [409, 200])
        self.assertEqual(statuses([], traced), [409, None], "of the other nothing is said")
        self.assertEqual(statuses(["13"], {"ids": ["12", "13"]}), [409, 200])
        self.assertEqual(statuses([], {"id": ["12"]}), [409, None])

    def test_a_lost_answer_is_asked_for_record_by_record(self):
        people = self.known(5)
        self.edit(people)
        self.hubspot.mishaps = [None, "lost"]
        self.told()
        self.assertEqual(self.jobs(people), set(people))
        self.assertEqual(self.again(), [], "it is there already")
        self.assertEqual(set(self.states("contacts-out")), {"done"}, self.reasons())
        self.listen()
        self.assertEqual(self.told(), [])

    def test_a_question_before_that_is_not_answered_leaves_no_doubt(self):
        """Nothing was changed yet: they go together again, and nobody is asked one by one."""
        people = self.known(5)
        for mishap in ("dead", "lost"):
            self.hubspot.mishaps = [mishap]
            for number, partner in people.items():
                partner.function = f"{mishap} {number}"
            self.told()
            self.let_time_pass()
            self.told()
            self.assertEqual(self.calls(), [("read", 5), ("update", 5)])
            for number in people:
                self.assertEqual(
                    self.hubspot.values("contacts", number)["jobtitle"], f"{mishap} {number}"
                )
            self.pull("contacts")

    def test_new_ones_are_made_once_though_the_answer_is_lost(self):
        self.flows["contacts-out"].crm_new = True
        for mishap in ("lost", "dead", None):
            with self.subTest(mishap=mishap):
                mails = [f"{mishap}{n}@example.com" for n in range(5)]
                partners = self.env["res.partner"].create(
                    [{"name": mail, "email": mail} for mail in mails]
                )
                self.hubspot.mishaps = [mishap]
                self.told()
                if mishap != "dead":
                    self.assertEqual(self.calls()[0], ("upsert", 5))
                self.again()
                made = {
                    record["properties"]["email"]: record["id"]
                    for record in self.hubspot.objects["contacts"].values()
                    if record["properties"].get("email") in mails
                }
                self.assertEqual(sorted(made), sorted(mails), self.reasons())
                for partner in partners:
                    self.assertEqual(self.record("contacts", made[partner.email]), partner)
        self.assertEqual(len(self.hubspot.objects["contacts"]), 15)

    def test_of_whom_nothing_is_said_is_asked(self):
        self.flows["contacts-out"].crm_new = True
        self.hubspot.mute = {str(self.hubspot.number + 2)}
        partners = self.env["res.partner"].create(
            [{"name": f"N{n}", "email": f"n{n}@example.com"} for n in range(3)]
        )
        self.told()
        self.assertEqual(len(self.bound()), 2)
        self.again()
        self.assertEqual(len(self.bound()), 3, self.reasons())
        self.assertEqual(len(self.hubspot.objects["contacts"]), 3)
        self.assertTrue(partners)

    def test_what_is_deleted_or_objects_goes_alone(self):
        people = self.known(4)
        first, second, *rest = people
        # written first: of what goes alone the sender learns to claim few at once
        self.edit({number: people[number] for number in rest})
        self.commit()
        people[first].unlink()
        self.env["mail.blacklist"]._add(people[second].email)
        self.told()
        self.assertIn(("update", 2), self.calls())
        self.assertIn(("unsubscribe-all", 1), self.calls())
        self.assertTrue(self.hubspot.objects["contacts"][first]["archived"])
        self.assertEqual(self.jobs(dict.fromkeys(rest)), set(rest))
