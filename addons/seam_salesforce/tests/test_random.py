import random
from datetime import datetime, timedelta, timezone

from odoo.tests import tagged

from .fake_salesforce import Refusal
from .story_case import StoryCase

PEOPLE, ROUNDS = 24, 30
FIELDS = {"Title": "function", "Phone": "phone", "MailingCity": "city"}
MISHAPS = (
    "lose",
    "hang up",
    Refusal(503, "SERVER_UNAVAILABLE", "Busy"),
    Refusal(400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access"),
)


@tagged("post_install", "-at_install")
class TestRandom(StoryCase):
    """Edits, new contacts and tasks at random on both sides, sent many in a call, with calls that
    fail before and after their effect: in the end both say the same, or a person is asked, and
    nothing is there twice."""

    def test_both_sides_agree_in_the_end_and_nothing_is_twice(self):
        self.dice = random.Random(7)  # noqa: S311 - the same edits each time
        self.system.parallel = 1
        for number in range(PEOPLE):
            mail = f"p{number}@sf-random.example"
            self.fake.make("Contact", LastName=f"P{number}", Email=mail)
        self.everything()
        self.fake.at = datetime.now(timezone.utc) + timedelta(minutes=5)
        self.made = self.env["res.partner"]
        for number in range(ROUNDS):
            for _edit in range(self.dice.randint(1, 6)):
                self.fake.tick(3)
                self.edit(number)
            self.commit()
            if self.dice.random() < 0.5:
                self.fake.next_answers = [self.dice.choice(MISHAPS)]
            self.dice.choice([self.tell, self.tell, self.everything])()
            self.fake.next_answers = []
            self.let_time_pass()
        self.assertTrue(self.fake.parts, "some went together")
        for _round in range(6):
            self.rest()
        self.check()
        self.assertEqual(self.tell(), [], "no echo goes round")

    def edit(self, number):
        act = self.dice.choice((*["theirs"] * 4, *["ours"] * 4, "new", "plan", "task", "done"))
        value = f"Value {self.dice.randrange(10**6)}"
        if act == "theirs":
            key = self.dice.choice(sorted(self.fake.records["Contact"]))
            self.fake.change("Contact", key, **{self.dice.choice(sorted(FIELDS)): value})
        elif act == "ours":
            self.dice.choice(self.people())[self.dice.choice(sorted(FIELDS.values()))] = value
        elif act == "new":
            mail = f"n{number}-{self.dice.randrange(10**6)}@sf-random.example"
            self.made |= self.env["res.partner"].create({"name": value, "email": mail})
        elif act == "plan":
            self.dice.choice(self.people()).activity_schedule(summary=value).automated = False
        elif act == "task" and self.fake.records["Task"]:
            key = self.dice.choice(sorted(self.fake.records["Task"]))
            self.fake.change("Task", key, Subject=value)
        elif act == "done":
            for activity in self.activities().filtered("active")[:1]:
                activity.action_done()

    def bound(self, model):
        """:return: dict id at Salesforce → record"""
        found = self.env["seam.binding"].search(
            [("system_id", "=", self.system.id), ("res_model", "=", model)]
        )
        self.assertEqual(len(set(found.mapped("res_id"))), len(found), "one id each")
        records = self.env[model].with_context(active_test=False)
        return {each.external_id: records.browse(each.res_id) for each in found}

    def people(self):
        known = self.bound("res.partner")
        return [known[key] for key in sorted(known)]

    def activities(self):
        return self.env["mail.activity"].union(*self.bound("mail.activity").values())

    def everything(self):
        self.env["seam.circuit"]._close(self.system.id)
        self.take("contacts", "tasks")

    def rest(self):
        """Time passes; what ran out of tries meanwhile, a person tries again."""
        asked = self.open_cases().filtered(lambda case: case.code != "owner.conflict")
        asked.message_ids_held._retry("again")
        self.let_time_pass()
        self.everything()
        self.let_time_pass()
        self.tell()

    def check(self):
        asked = self.open_cases()
        held = {key for case in asked for key in case.message_ids_held.mapped("ordering_key")}
        known = {**self.bound("res.partner"), **self.bound("mail.activity")}
        conflicts = asked.filtered(lambda case: case.code == "owner.conflict")
        keys = conflicts.message_ids_held.mapped("ordering_key")
        # conflicts are few, and hide nothing: most are compared
        self.assertLess(len(keys), PEOPLE / 2, asked.mapped("name"))
        undecided = {f"{known[key]._name}/{known[key].id}" for key in keys}
        # what Odoo has to say of those waits, as long as a message does, until it is decided
        others = (asked - conflicts).message_ids_held.mapped("ordering_key")
        self.assertLessEqual(set(others), undecided, (asked - conflicts).mapped("name"))
        self.compare("Contact", "res.partner", FIELDS, held)
        self.compare("Task", "mail.activity", {"Subject": "summary"}, held)
        own = [r["Seam_Id__c"] for r in self.fake.records["Contact"].values() if r["Seam_Id__c"]]
        self.assertEqual(sorted(own), sorted(f"odoo-{each.id}" for each in self.made), "each once")

    def compare(self, name, model, names, held):
        known, there = self.bound(model), self.fake.records[name]
        self.assertEqual(sorted(known), sorted(there), "all are known, none is twice")
        for key, record in known.items():
            if key in held or f"{model}/{record.id}" in held:
                continue
            for theirs, ours in names.items():
                self.assertEqual(record[ours] or None, there[key][theirs], (key, theirs))
            if name == "Task":
                self.assertEqual(not record.active, there[key]["IsClosed"], key)
