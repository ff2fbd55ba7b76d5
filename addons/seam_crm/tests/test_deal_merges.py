from odoo.tests import Form, new_test_user, tagged

from .common import DealCase


@tagged("post_install", "-at_install")
class TestDealMerges(DealCase):
    """Opportunities that were one, there or here."""

    def two(self):
        """:return: the leads of D-1 and of D-2, which is the further one"""
        _message, one = self.take(self.deal("D-1"))
        _message, two = self.take(self.deal("D-2", told={"name": "Chairs"}))
        later = self.env["crm.stage"].create({"name": "Later", "sequence": self.new.sequence + 1})
        self.env["seam.value.map"]._learn(self.system.id, "crm.stage", "Later", later)
        self.take(self.deal("D-2", 1, told={"name": "Chairs", "stage": "Later"}))
        self.assertEqual(self.told(), [])
        return one, two

    def test_merged_here(self):
        one, two = self.two()
        stays = (one | two).merge_opportunity()
        self.commit()
        self.assertEqual((stays, one.exists()), (two, one.browse()))
        self.assertEqual(self.bound("crm.lead"), {"D-2": two.id})
        (told,) = self.told()
        self.assertEqual((told["id"], told["merged"]), ("D-2", ["D-1"]))
        self.assertNotIn("deleted", told)
        self.assertEqual(self.told(), [])
        message, _lead = self.take(self.document("D-1", 5, deleted=True), "deals")
        self.assertEqual(message.state, "done")
        message, _lead = self.take(self.deal("D-1", 6))
        self.assertEqual(message.state, "superseded")
        self.assertEqual(self.bound("crm.lead"), {"D-2": two.id})

    def test_only_the_one_that_goes_was_known(self):
        _message, one = self.take(self.deal("D-1"))
        two = one.copy({"stage_id": self.won.id})
        stays = (one | two).merge_opportunity()
        self.commit()
        self.assertEqual(stays, two)
        self.assertEqual(self.bound("crm.lead"), {"D-1": two.id})
        self.assertFalse([d for d in self.told() if "deleted" in d or "merged" in d])
        message, _lead = self.take(self.deal("D-1", 40, told={"name": "Desks"}))
        self.assertEqual((message.state, two.name), ("done", "Desks"))

    def test_orders_of_both_are_told_on_the_one(self):
        one, two = self.two()
        for lead in one | two:
            self.env["sale.order"].create({"partner_id": self.acme.id, "opportunity_id": lead.id})
        self.told()
        stays = (one | two).merge_opportunity()
        (told,) = self.told()
        self.assertEqual(len(told["orders"]), 2)
        self.assertEqual({o["number"] for o in told["orders"]}, set(stays.order_ids.mapped("name")))

    def test_merged_there_what_is_one_here(self):
        _message, lead = self.take(self.deal("D-1"))
        message, _lead = self.take(self.deal("D-2", 1, merged=["D-1"]))
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual(self.bound("crm.lead"), {"D-2": lead.id})
        message, _lead = self.take(self.deal("D-1", 2))
        self.assertEqual(message.state, "superseded")

    def merged_there(self):
        """D-2 went into D-1 there; here they are two."""
        one, two = self.two()
        message, _lead = self.take(self.deal("D-1", 2, merged=["D-2"]))
        self.assertEqual((message.state, message.fault_code), ("failed", "master.ambiguous"))
        case = self.cases()
        self.assertEqual(case.crm_candidate_lead_ids, one | two)
        self.assertFalse(case.crm_candidate_ids)
        return one, two, message, case

    def test_a_clerk_who_reads_no_opportunities_opens_the_case(self):
        *_two, case = self.merged_there()
        clerk = new_test_user(self.env, "a-clerk", groups="seam.group_seam_operator")
        self.env.invalidate_all()
        self.assertEqual(Form(case.with_user(clerk)).crm_candidate_model, "crm.lead")

    def test_merged_there_what_are_two_here(self):
        """The one that stays in Odoo is the one that is gone there."""
        _one, two, message, case = self.merged_there()
        action = case.with_user(self.operator).action_crm_merge()
        wizard = Form(self.env[action["res_model"]].with_context(**action["context"]))
        wizard.save().action_merge()
        self.commit()
        self.drain()
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual(self.bound("crm.lead"), {"D-1": two.id})
        told = self.told()
        self.assertFalse([d for d in told if "merged" in d or "deleted" in d], "they know")
        self.assertFalse(self.cases())

    def archived_there(self):
        """:return: leads of D-1 and of D-2, which the CRM archived and which is the further one"""
        one, two = self.two()
        told = {"name": "Chairs", "stage": "Later"}
        message, _lead = self.take(self.deal("D-2", 2, told=told, archived=True))
        self.assertEqual((message.state, two.active), ("done", False))
        return one, two

    def test_what_is_open_there_is_not_archived_here_with_the_other(self):
        """D-2 was archived there, then went into D-1, which is open. Odoo keeps D-2's."""
        one, two = self.archived_there()
        message, _lead = self.take(self.deal("D-1", 3, merged=["D-2"], archived=False))
        self.assertEqual(message.fault_code, "master.ambiguous")
        self.assertEqual((one | two).merge_opportunity(), two)
        self.commit()
        self.drain()
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual(self.bound("crm.lead"), {"D-1": two.id})
        self.assertTrue(two.active)

    def test_what_is_merged_the_other_way_round_comes_back_too(self):
        one, two = self.archived_there()
        self.assertEqual((one | two).merge_opportunity(), two)
        self.commit()
        self.assertFalse(two.active)
        told = {"name": "Chairs", "stage": "Later"}
        message, _lead = self.take(self.deal("D-1", 40, told, merged=["D-2"], archived=False))
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual(self.bound("crm.lead"), {"D-1": two.id})
        self.assertTrue(two.active)

    def test_they_are_shown_side_by_side(self):
        one, two, _message, case = self.merged_there()
        action = case.action_crm_side_by_side()
        self.assertEqual(action["res_model"], "crm.lead")
        self.assertEqual(self.env["crm.lead"].search(action["domain"]), one | two)

    def test_merged_on_both_sides_the_other_way_round(self):
        one, two = self.two()
        (one | two).merge_opportunity()
        self.commit()
        message, _lead = self.take(self.deal("D-1", 2, merged=["D-2"]))
        self.assertEqual(self.bound("crm.lead"), {"D-1": two.id})
        self.assertIn(message.fault_code, (False, "owner.conflict"))
        self.assertFalse([d for d in self.told() if "merged" in d], "they know")
