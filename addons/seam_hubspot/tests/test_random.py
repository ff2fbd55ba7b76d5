import random

from odoo.tests import tagged
from odoo.tools import html2plaintext

from . import hubspot_case

FIELDS = {"jobtitle": "function", "phone": "phone", "city": "city", "website": "website"}
PEOPLE, EDITS = 16, 60


@tagged("post_install", "-at_install")
class TestRandom(hubspot_case.HubspotCase):
    """Edits at random on both sides, with calls that fail: after the dust has settled both
    say the same of each field, or a person is asked."""

    def test_both_sides_agree_in_the_end_or_a_person_is_asked(self):
        dice = random.Random(6)  # noqa: S311 - the same edits each time
        numbers = [
            self.hubspot.make("contacts", firstname=f"P{n}", email=f"p{n}@example.com")
            for n in range(PEOPLE)
        ]
        self.settled()
        for edit in range(EDITS):
            self.edit(dice, edit, dice.choice(numbers))
            if dice.random() < 0.4:
                mishap = dice.choice(["lost", "dead", "burst"])
                self.hubspot.mishaps = [mishap] if dice.random() < 0.3 else []
                dice.choice([self.listen, self.told, lambda: self.pull("contacts")])()
                self.let_time_pass()
        self.hubspot.mishaps = []
        for _round in range(4):
            self.rest()
        self.check(numbers)
        self.hubspot.calls.clear()
        self.rest()
        writes = [call for call in self.hubspot.calls if call[0] not in ("GET", "POST")]
        self.assertEqual(writes, [], "no echo goes round")

    def edit(self, dice, edit, number):
        name, odoo = dice.choice(list(FIELDS.items()))
        value = f"https://{edit}.example" if name == "website" else f"+49 30 12345{edit:02}"
        if dice.random() < 0.5:
            self.hubspot.edit("contacts", number, **{name: value})
            if dice.random() < 0.2:
                self.hubspot.events.clear()
        else:
            self.record("contacts", number)[odoo] = value
            self.commit()

    def rest(self):
        self.let_time_pass()
        pull = self.pulls["contacts"]
        if pull.state == "failed":
            pull.action_resume()
        self.listen()
        self.pull("contacts")
        self.let_time_pass()
        self.told()

    def check(self, numbers):
        asked = self.env["seam.exception"].search(
            [("system_id", "=", self.system.id), ("state", "!=", "resolved")]
        )
        held = {key for case in asked for key in case.message_ids_held.mapped("ordering_key")}
        # conflicts are few, and hide nothing: most people are compared
        self.assertLess(len(held), PEOPLE / 2, asked.mapped("name"))
        for number in numbers:
            person, there = self.record("contacts", number), self.hubspot.values("contacts", number)
            if f"contact:{number}" in held:
                continue
            for name, odoo in FIELDS.items():
                self.assertEqual(person[odoo] or "", there.get(name, ""), self.reasons())


@tagged("post_install", "-at_install")
class TestRandomActivities(hubspot_case.HubspotCase):
    """The same with tasks, which are done and reopened, and with people who object to e-mail."""

    def setUp(self):
        super().setUp()
        self.dice = random.Random(9)  # noqa: S311 - the same edits each time
        self.mails = [f"p{n}@example.com" for n in range(PEOPLE)]
        for mail in self.mails:
            self.hubspot.make("contacts", firstname=mail, email=mail)
        self.settled()
        self.tasks = [self.task(number) for number in list(self.hubspot.objects["contacts"])]
        self.listen()

    def task(self, number):
        task = self.hubspot.make(
            "tasks",
            hs_timestamp="2031-05-05T10:00:00Z",
            hs_task_subject="First",
            hs_task_type="CALL",
        )
        self.hubspot.link("tasks", task, "contacts", number, 204)
        return task

    def test_both_sides_agree_in_the_end_or_a_person_is_asked(self):
        for edit in range(50):
            self.edit(edit)
            if self.dice.random() < 0.4:
                mishap = self.dice.choice(["lost", "dead", "burst"])
                self.hubspot.mishaps = [mishap] if self.dice.random() < 0.4 else []
                self.dice.choice([self.listen, self.told, lambda: self.pull("tasks", "contacts")])()
                self.let_time_pass()
        self.hubspot.mishaps = []
        for _round in range(4):
            self.rest()
        self.check()
        self.hubspot.calls.clear()
        self.rest()
        told = [path for method, path, _b in self.hubspot.calls if method in ("PATCH", "DELETE")]
        told += [p for _m, p, _b in self.hubspot.calls if p.endswith(("update", "upsert", "-all"))]
        self.assertEqual(told, [], "no echo goes round")

    def edit(self, edit):
        task, mail = self.dice.choice(self.tasks), self.dice.choice(self.mails)
        activity = self.record("tasks", task)
        match self.dice.randrange(10):
            case 0 | 1 | 2:
                name = self.dice.choice(["hs_task_subject", "hs_task_body"])
                self.hubspot.edit("tasks", task, **{name: f"Theirs {edit}"})
            case 3 | 4 | 5:
                name = self.dice.choice(["summary", "note"])
                activity[name] = f"Ours {edit}"
            case 6:
                status = self.dice.choice(["COMPLETED", "NOT_STARTED"])
                self.hubspot.edit("tasks", task, hs_task_status=status)
            case 7:
                if activity.active:
                    activity.action_feedback(feedback=f"Done {edit}")
            case 8:
                self.hubspot.unsubscribe(mail)
            case 9:
                self.env["mail.blacklist"]._add(mail)
        self.commit()

    def rest(self):
        self.let_time_pass()
        for code in ("tasks", "contacts"):
            if self.pulls[code].state == "failed":
                self.pulls[code].action_resume()
        self.listen()
        self.pull("tasks", "contacts")
        self.let_time_pass()
        self.told()

    def check(self):
        asked = self.env["seam.exception"].search(
            [("system_id", "=", self.system.id), ("state", "!=", "resolved")]
        )
        held = {key for case in asked for key in case.message_ids_held.mapped("ordering_key")}
        compared = [task for task in self.tasks if f"task:{task}" not in held]
        self.assertGreater(len(compared), PEOPLE / 2, asked.mapped("name"))
        for task in compared:
            activity, there = self.record("tasks", task), self.hubspot.values("tasks", task)
            self.assertEqual(activity.summary, there["hs_task_subject"], self.reasons())
            note = html2plaintext(there.get("hs_task_body") or "").strip()
            self.assertEqual(html2plaintext(activity.note or "").strip(), note, self.reasons())
            done = there.get("hs_task_status") == "COMPLETED"
            self.assertEqual(not activity.active, done, self.reasons())
        for number, record in self.hubspot.objects["contacts"].items():
            objects = record["properties"].get("hs_email_optout") == "true"
            self.assertEqual(self.record("contacts", number).is_blacklisted, objects)
