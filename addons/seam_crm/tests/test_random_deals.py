from odoo.tests import tagged
from odoo.tools import html2plaintext

from . import test_random
from .common import DealCase
from .fake_crm import FakeDeals

# document's field → Odoo's, what people write there
FIELDS = {
    "name": ("name", ("Chairs", "Desks", "שולחנות")),
    "close_date": ("date_deadline", ("2026-04-30", "2026-05-31", None)),
    # the CRM's own, and Odoo's own
    "amount": ("expected_revenue", (100, 250.5, None)),
    "description": ("description", ("Two tables", "By May", None)),
}
STAGES = ("Prospecting", "Qualification")
WON = "Closed Won"
# whom they are for: what the CRM tells of it, by the ID that Odoo knows
CUSTOMERS = {
    "A-1": {"company": {"id": "A-1"}, "contact": None},
    "A-2": {"company": {"id": "A-2"}, "contact": None},
    "P-1": {"company": {"id": "A-1"}, "contact": {"id": "P-1"}},
    "P-2": {"company": None, "contact": {"id": "P-2"}},
}


@tagged("post_install", "-at_install")
class TestRandomDeals(test_random.TestRandom, DealCase):
    """The same of deals: edits, other customers, stages, won, lost and open again, archived,
    deleted, merged."""

    usual = 150
    code, model, handler = "deals", "crm.lead", "seam.handler.crm.deal"
    fake = FakeDeals

    def give_owners(self):
        self.line("amount", "crm-deal").owner = "theirs"
        self.line("description", "crm-deal").owner = "ours"

    def setUp(self):
        super().setUp()
        self.open = self.env["crm.stage"].create({"name": "Qualification", "sequence": 2})
        self.env["seam.value.map"]._learn(self.system.id, "crm.stage", "Qualification", self.open)
        self.stages = dict(zip(STAGES, (self.new, self.open), strict=True))
        self.stages[WON] = self.won
        self.customers = {
            "A-1": self.acme,
            "A-2": self.known("A-2", "companies", name="Engines"),
            "P-1": self.known("P-1", name="Ada", company={"id": "A-1"}),
            "P-2": self.known("P-2", name="Bob"),
        }

    # -- edits -------------------------------------------------------------------------

    def partners(self):
        leads = self.env["crm.lead"].with_context(active_test=False)
        return leads.search([("id", ">", self.first)])

    def add_there(self):
        told = {"name": f"Deal {self.dice.randrange(10**9)}", "stage": STAGES[0]}
        company = {"id": "A-1", "name": "Acme"}
        self.crm.add(**told, currency=self.company.currency_id.name, company=company)

    def edit_there(self, kind):
        if kind != "write" or len(self.crm.records) < test_random.START / 2:
            return super().edit_there(kind)
        self.there += 1
        key = self.dice.choice(sorted(self.crm.records))
        name = self.dice.choice([*FIELDS, "customer", "outcome"])
        if name == "customer":
            return self.crm.change(key, **CUSTOMERS[self.dice.choice([*CUSTOMERS])])
        if name != "outcome":
            return self.crm.change(key, **{name: self.dice.choice(FIELDS[name][1])})
        status = self.dice.choice(["open", "won", "lost"])
        told = {"stage": WON if status == "won" else self.dice.choice(STAGES)}
        return self.crm.change(key, status=status, **told)

    def edit_here(self, kind):
        leads = self.partners()
        alive = leads.filtered("active")
        if kind == "add" or len(alive) < test_random.START / 2:
            self.here += 1
            return leads.create(
                {
                    "name": f"Lead {self.dice.randrange(10**9)}",
                    "type": "opportunity",
                    "partner_id": self.acme.id,
                    "stage_id": self.new.id,
                    "user_id": False,
                }
            )
        if kind == "archive":
            # in Odoo that is to lose it
            self.here += 1
            open_ = alive.filtered(lambda lead: not lead.stage_id.is_won)
            return open_ and self.dice.choice(open_).action_set_lost()
        if kind == "write":
            self.here += 1
            return self.write_here(leads.browse(self.dice.choice(leads.ids)))
        return super().edit_here(kind)

    def write_here(self, lead):
        name = self.dice.choice([*FIELDS, "customer", "outcome"])
        if name == "customer":
            return lead.write({"partner_id": self.dice.choice([*self.customers.values()]).id})
        if name != "outcome":
            odoo, words = FIELDS[name]
            return lead.write({odoo: self.dice.choice(words) or False})
        if lead.won_status == "lost":
            return lead.action_unarchive()
        return lead.write({"stage_id": self.dice.choice([*self.stages.values()]).id})

    def merge_here(self, partners, stays):
        partners.merge_opportunity()

    # -- what is to be true ------------------------------------------------------------

    def differences(self, partner, known):
        lead = partner
        if not known:
            return [("not there", lead)] if lead.active else []
        record = self.crm.records.get(known[0])
        if record is None:
            return [] if lead.id in self.buried() else [("deleted there", known[0], lead)]
        line = {each.name: each for each in self.lines()}
        found = []
        for name, (odoo, _words) in FIELDS.items():
            theirs, ours = record["fields"].get(name), lead[odoo]
            if self.shape(line[name].kind, theirs) != self.shape(line[name].kind, ours):
                found.append((known[0], name, theirs, ours, lead))
        customer = record["fields"]["contact"] or record["fields"]["company"]
        if self.customers[customer["id"]] != lead.partner_id:
            found.append((known[0], "customer", customer["id"], lead.partner_id.name, lead))
        if record["status"] != {"pending": "open"}.get(lead.won_status, lead.won_status):
            # Odoo may take an archived one for lost
            if not (record["archived"] and not lead.active and record["status"] == "open"):
                found.append((known[0], "status", record["status"], lead.won_status, lead))
        stage = self.stages[record["fields"]["stage"]]
        if stage != lead.stage_id:
            found.append((known[0], "stage", record["fields"]["stage"], lead.stage_id.name, lead))
        # what was archived there may be taken out of the archive here
        if not record["archived"] and lead.active != (record["status"] != "lost"):
            found.append((known[0], "archived", record["archived"], lead.active, lead))
        return found

    def lines(self):
        return self.env["seam.crm.field"]._lines(self.system.id, "crm-deal")

    @staticmethod
    def shape(kind, value):
        if kind == "number":
            return float(value or 0)
        return html2plaintext(str(value or "")).strip()
