import json

from odoo.tests import tagged

from ..models.seam_crm_field import ADDRESS
from . import test_random
from .fake_crm import FakePeople

START = 10
# document's field → Odoo's, what people write there
FIELDS = {name: test_random.FIELDS[name] for name in ("city", "phone", "street", "zip", "street2")}


@tagged("post_install", "-at_install")
class TestRandomCompanies(test_random.TestRandom):
    """The same of contacts and the companies that they work for: companies are edited,
    archived, deleted and merged as well, and contacts change the company on both sides."""

    usual = 200
    fake = FakePeople

    def setUp(self):
        super().setUp()
        self.flows["companies-out"].crm_new = True

    def give_owners(self):
        for document in ("crm-contact", "crm-company"):
            self.line("zip", document).owner = "theirs"
            self.line("street2", document).owner = "ours"

    def begin(self, seed):
        self.kind = "contacts"
        super().begin(seed)
        for _number in range(START):
            self.add_company_there()
        for key in self.keys():
            self.crm.change(key, company=self.company_there())
        self.hear_all()

    def flow_of(self, document):
        return self.flows[self.crm.kinds[document["id"]]]

    # -- edits -------------------------------------------------------------------------

    def edit(self):
        self.kind = self.dice.choices(["contacts", "companies"], [65, 35])[0]
        super().edit()

    def partners(self):
        partners = self.env["res.partner"].with_context(active_test=False)
        return partners.search([("id", ">", self.first), ("user_ids", "=", False)])

    def some_of(self, partners):
        return partners.filtered(lambda each: each.is_company == (self.kind == "companies"))

    def keys(self):
        return [key for key in sorted(self.crm.records) if self.crm.kinds[key] == self.kind]

    def company_there(self):
        """:return: what a contact has for a company in the CRM, or None"""
        keys = [key for key in sorted(self.crm.records) if self.crm.kinds[key] == "companies"]
        return self.dice.choice([None, *({"id": key} for key in keys)])

    def company_here(self):
        found = self.partners().filtered("is_company")
        return self.dice.choice([False, *found.ids])

    def add_there(self):
        if self.kind == "companies":
            return self.add_company_there()
        company = self.company_there()
        return self.crm.add("contacts", **self.values(), city="Bonn", company=company)

    def add_company_there(self):
        number = self.dice.randrange(10**9)
        self.crm.add("companies", name=f"Company {number}", street="Ring 1")

    def add_here(self):
        """A contact comes with a company that is new itself, or with one that is there."""
        if self.kind == "contacts":
            company = self.dice.choice([self.new_company_here, self.company_here])()
            return self.partners().create({**self.values(), "parent_id": company})
        return self.new_company_here()

    def new_company_here(self):
        number = self.dice.randrange(10**9)
        values = {"name": f"Company {number}", "is_company": True, "city": "Ulm"}
        return self.partners().create(values).id

    def write_there(self, key):
        if self.dice.random() < (0.15 if self.kind == "companies" else 0.4):
            company = (self.company_there() or {}).get("id")
            if company and key in self.crm.above(company):
                return
            return self.crm.join(key, company)
        if self.kind == "companies":
            name = self.dice.choice([*FIELDS])
            return self.crm.change(key, **{name: self.dice.choice(FIELDS[name][1])})
        return super().write_there(key)

    def write_here(self, one):
        if self.dice.random() < (0.15 if self.kind == "companies" else 0.4):
            company = one.browse(self.company_here())
            if one not in self.above(company):
                one.write({"parent_id": company.id})
        elif self.kind == "companies":
            odoo, words = FIELDS[self.dice.choice([*FIELDS])]
            one.write({odoo: self.dice.choice(words) or False})
        else:
            super().write_here(one)

    def above(self, company):
        """:return: a company, its company and so on"""
        return company | self.above(company.parent_id) if company else company

    def merge_here(self, partners, stays):
        # Odoo refuses to merge who belongs to the other one
        below = partners.filtered(lambda each: partners & self.above(each.parent_id))
        below.write({"parent_id": False})
        super().merge_here(partners, stays)

    def decide_one(self, message):
        if message.direction == "in" and message.fault_code == "business.rule":
            self.decide_circle(message)
        else:
            super().decide_one(message)

    def decide_circle(self, message):
        """Two companies were put below each other, one on either side: here none is for now."""
        ids = self.bound(self.model)
        told = json.loads(message._body_bytes())["fields"]
        company = self.partners().browse(ids[message.ordering_key])
        above = self.above(self.partners().browse(ids[told["parent"]["id"]]))
        self.assertIn(company, above, self.line_of(message))
        above.filtered(lambda each: each.parent_id == company).write({"parent_id": False})
        message._retry("Not below itself any more.")

    def decide_waiting(self, message):
        """A company that was put away there before Odoo knew of it comes back."""
        told = json.loads(message._body_bytes() or b"{}").get("fields", {})
        key = (told.get("company") or told.get("parent") or {}).get("id")
        if message.direction == "in" and key in self.crm.records:
            if self.crm.records[key]["archived"] and key not in self.bound(self.model):
                self.crm.change(key, archived=False)
        super().decide_waiting(message)

    def decide_refused(self, message):
        """The company is gone there, and the contact gets another one."""
        contact = self.partners().browse(message.res_id).exists()
        told = json.loads(message._body_bytes() or b"{}").get("fields", {})
        key = (told.get("company") or told.get("parent") or {}).get("id")
        # Odoo may not have heard yet that it is gone there
        if contact.parent_id and (contact.parent_id.id in self.buried() or key in self.crm.gone):
            contact.write({"parent_id": self.company_here()})
        elif message.fault_code != "business.rule":
            super().decide_refused(message)

    # -- what is to be true ------------------------------------------------------------

    def fields_of(self, partner):
        """The address of who works for a company is the company's."""
        fields = FIELDS if partner.is_company else super().fields_of(partner)
        if not partner.parent_id:
            return fields
        return {name: each for name, each in fields.items() if name not in ADDRESS}

    def differences(self, partner, known):
        found = super().differences(partner, known)
        record = known and self.crm.records.get(known[0])
        if not record or self.is_open(known[0], partner.parent_id):
            return found
        theirs = self.crm.company(known[0])
        ours = self.bound(self.model).get(theirs, False)
        if ours != partner.parent_id.id:
            found.append((known[0], "company", theirs, ours, partner, partner.parent_id))
        return found

    def is_open(self, key, company):
        """:return: whether a person is asked about the company of a record, of either side"""
        keys, ids = self.disputed()
        return company.id in ids or self.crm.company(key) in keys
