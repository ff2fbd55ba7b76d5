from odoo.tests import tagged

from .common import CrmCase, answer

HERE = {"street": "Ring 5", "city": "Berlin"}
HOME = {"street": "Home 1", "city": "Potsdam"}


@tagged("post_install", "-at_install")
class TestCompanies(CrmCase):
    """Who belongs to which company: what Odoo and a CRM do to contacts when their company is
    merged, deleted or left."""

    def setUp(self):
        super().setUp()
        self.acme = self.known("A-1", "companies", name="Acme", **HERE)

    def address(self, partner):
        return {name: partner[name] for name in HERE}

    # -- who leaves --------------------------------------------------------------------

    def test_who_leaves_there_has_the_address_that_it_has_there(self):
        ada = self.known(company={"id": "A-1"}, **HOME)
        self.assertEqual(self.address(ada), HERE)
        self.take(self.contact(minute=1, company=None, **HOME))
        self.assertFalse(ada.parent_id)
        self.assertEqual(self.address(ada), HOME)
        self.assertEqual(self.address(self.acme), HERE)
        self.assertEqual(self.told(), [])

    def test_it_has_none_there(self):
        ada = self.known(company={"id": "A-1"}, street=None, city=None)
        self.take(self.contact(minute=1, company=None, street=None, city=None))
        self.assertFalse(ada.city, "it was the company's")
        self.assertEqual(self.told(), [])

    def test_an_address_from_before_is_no_change_of_anybody(self):
        ada = self.known(**HOME)
        self.take(self.contact(minute=1, company={"id": "A-1"}, **HOME))
        self.assertEqual(self.address(ada), HERE)
        message, _ada = self.take(self.contact(minute=2, company=None, street="Allee 7", city=None))
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual((ada.street, ada.city), ("Allee 7", False))
        self.assertEqual(self.told(), [])

    def test_it_leaves_and_nothing_is_said_of_its_address(self):
        ada = self.known(**HOME)
        self.take(self.contact(minute=1, company={"id": "A-1"}, **HOME))
        self.take(self.contact(minute=2, company=None))
        self.assertEqual(self.address(ada), HERE)
        self.edit(ada, function="Boss")
        self.assertEqual([told["fields"] for told in self.told()], [{"title": "Boss"}])
        self.take(self.contact(minute=41, **HOME))
        self.assertEqual(self.address(ada), HOME)

    def test_who_leaves_here_has_the_address_that_it_has_there(self):
        ada = self.known(company={"id": "A-1"}, **HOME)
        self.edit(ada, parent_id=False)
        self.drain()
        self.assertEqual(self.address(ada), HOME)
        self.assertEqual([told["fields"] for told in self.told()], [{"company": None}])

    def test_who_leaves_here_and_has_none_there_keeps_and_tells_it(self):
        ada = self.known(company={"id": "A-1"}, street=None, city=None)
        self.edit(ada, parent_id=False)
        self.drain()
        self.assertEqual(self.address(ada), HERE)
        self.assertEqual([told["fields"] for told in self.told()], [{"company": None, **HERE}])

    def test_an_address_that_is_written_with_it_counts(self):
        ada = self.known(**HOME)
        self.take(self.contact(minute=1, company={"id": "A-1"}, **HOME))
        self.edit(ada, parent_id=False, street="Allee 7", city="Bonn")
        self.drain()
        self.assertEqual((ada.street, ada.city), ("Allee 7", "Bonn"))
        told = {"company": None, "street": "Allee 7", "city": "Bonn"}
        self.assertEqual([each["fields"] for each in self.told()], [told])

    # -- what Odoo does besides --------------------------------------------------------

    def test_what_odoo_writes_to_the_company_is_told(self):
        """The first one who works for a company without an address brings it one."""
        bare = self.known("A-2", "companies", name="Bare")
        ada = self.known(**HOME)
        self.take(self.contact(minute=1, company={"id": "A-2"}, **HOME))
        self.assertEqual(self.address(bare), HOME)
        self.assertEqual([(told["id"], told["fields"]) for told in self.told()], [("A-2", HOME)])
        self.assertEqual(self.address(ada), HOME)

    def test_a_company_that_moves_there_makes_no_word_of_its_contacts(self):
        self.known(company={"id": "A-1"})
        self.known("C-2", company={"id": "A-1"})
        outgoing = [("direction", "=", "out"), ("system_id", "=", self.system.id)]
        before = self.env["seam.message"].search_count(outgoing)
        self.take(self.contact("A-1", 1, name="Acme", vat="DE811907980", **HOME), "companies")
        self.assertEqual(self.address(self.acme.child_ids[0]), HOME)
        self.commit()
        self.assertEqual(self.env["seam.message"].search_count(outgoing), before)

    def test_a_companys_company_keeps_its_address(self):
        branch = self.known("A-2", "companies", name="Branch", parent={"id": "A-1"}, **HOME)
        self.assertEqual(branch.parent_id, self.acme)
        self.assertEqual(self.address(self.acme), HERE, "it is not that of the branch")
        self.take(
            self.contact("A-2", 1, name="Branch", parent={"id": "A-1"}, city="Bonn"), "companies"
        )
        self.assertEqual(self.address(self.acme), HERE)
        self.assertEqual(self.told(), [], "nor is the branch told that of its company")

    def test_who_worked_for_a_company_that_is_deleted_here(self):
        self.check_deleted_here(self.known(company={"id": "A-1"}, **HOME))

    def test_also_who_is_archived(self):
        ada = self.known(company={"id": "A-1"}, **HOME)
        self.edit(ada, active=False)
        self.told()
        self.check_deleted_here(ada)

    def check_deleted_here(self, ada):
        self.acme.unlink()
        self.commit()
        self.drain()
        self.assertFalse(ada.parent_id)
        self.assertEqual(self.address(ada), HOME)
        told = {each["id"]: each for each in self.told()}
        self.assertTrue(told["A-1"]["deleted"])
        self.assertEqual(told["C-1"]["fields"], {"company": None})

    # -- merges ------------------------------------------------------------------------

    def test_companies_are_merged_here(self):
        """A CRM moves those who worked for the one that goes, as Odoo does."""
        other = self.known("A-2", "companies", name="Acme Ltd", **HERE)
        ada = self.known(company={"id": "A-2"})
        bob = self.known("C-2", company={"id": "A-2"})
        self.edit(bob, parent_id=False)
        self.drain()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.acme | other).ids, self.acme)
        self.commit()
        self.assertEqual(ada.parent_id, self.acme)
        for id_, company in (("C-1", self.acme), ("C-2", bob.browse())):
            message, partner = self.take(self.contact(id_, 1, company={"id": "A-1"}))
            self.assertEqual(message.state, "done", message.state_reason)
            self.assertEqual(partner.parent_id, company)
        self.assertEqual(ada.parent_id, self.acme)
        self.assertEqual({told["id"] for told in self.told()}, {"A-1", "C-2"})

    def test_a_company_that_was_merged_away_means_the_one_that_stays(self):
        self.take(self.contact("A-2", 1, name="Acme", merged=["A-1"], **HERE), "companies")
        message, ada = self.take(self.contact(minute=2, company={"id": "A-1"}))
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual(ada.parent_id, self.acme)
        self.assertEqual(self.told(), [])

    def test_a_merge_of_contacts_is_not_lost_while_the_company_is_waited_for(self):
        ada = self.known()
        merged = self.contact("C-2", 1, merged=["C-1"], company={"id": "A-2"})
        message, _none = self.take(merged)
        self.assertEqual((message.state, message.fault_code), ("waiting", "order.predecessor"))
        self.assertEqual(self.bound(), {"A-1": self.acme.id, "C-2": ada.id})
        other = self.known("A-2", "companies", name="Other")
        self.drain()
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual((message._record(), ada.parent_id), (ada, other))

    # -- a company that is new there ---------------------------------------------------

    def test_who_works_for_a_new_company_is_told_when_the_crm_has_it(self):
        for code in ("companies-out", "contacts-out"):
            self.flows[code].crm_new = True
        self.commit()
        new = self.env["res.partner"].create({"name": "New", "is_company": True})
        self.commit()
        ada = self.known()
        self.edit(ada, parent_id=new.id)
        self.answers = [answer("503 Service Unavailable", b""), answer("200 OK", b'{"id": "A-9"}')]
        self.told()
        waiting = self.env["seam.message"].search(
            [("res_id", "=", ada.id), ("state", "=", "waiting")]
        )
        self.assertEqual(waiting.fault_code, "order.predecessor")
        self.env["seam.message"].search([("res_id", "=", new.id)])._retry("Now.")
        told = {each.get("id"): each["fields"] for each in self.told() + self.told()}
        self.assertEqual(told["C-1"], {"company": {"id": "A-9", "name": "New"}})
