from odoo.tests import tagged

from .common import DealCase


@tagged("post_install", "-at_install")
class TestDealHistory(DealCase):
    """Deals that were won before anybody here heard of them make no quotations."""

    def won_before(self):
        """A first load brings it, without its lines."""
        document = self.won_deal()
        del document["lines"]
        message, lead = self.take({**document, "history": True})
        self.assertEqual((message.state, lead.won_status), ("done", "won"), message.state_reason)
        self.told()
        return lead

    def test_what_is_merely_edited_later_makes_none(self):
        lead = self.won_before()
        for minute in (2, 3):
            message, _lead = self.take(self.won_deal(minute=minute, name=f"Chair {minute}"))
            self.assertEqual(message.state, "done", message.state_reason)
        self.assertFalse(lead.order_ids)
        self.assertEqual(self.told(), [])

    def test_open_again_and_won_again_it_makes_one(self):
        lead = self.won_before()
        self.take(self.deal(minute=2, status="open"))
        self.assertEqual(lead.won_status, "pending")
        self.take(self.won_deal(minute=3))
        self.assertEqual((lead.won_status, len(lead.order_ids)), ("won", 1))

    def test_open_again_here_and_won_again(self):
        lead = self.won_before()
        self.edit(lead, stage_id=self.new.id)
        self.assertEqual([each["status"] for each in self.told()], ["open"])
        self.take(self.won_deal(minute=40))
        self.assertEqual((lead.won_status, len(lead.order_ids)), ("won", 1))

    def test_open_again_and_won_again_here(self):
        lead = self.won_before()
        for stage in (self.new, self.won):
            self.edit(lead, stage_id=stage.id)
            self.told()
        self.take(self.won_deal(minute=40))
        self.assertEqual((lead.won_status, len(lead.order_ids)), ("won", 1))

    def test_won_after_the_first_load_though_it_is_loaded_again(self):
        _message, lead = self.take(self.deal(status="open"))
        document = self.won_deal(minute=2)
        lines = document.pop("lines")
        self.take({**document, "history": True})
        self.assertEqual((lead.won_status, len(lead.order_ids)), ("won", 0), "no lines yet")
        self.take({**self.won_deal(minute=3), "lines": lines})
        self.assertEqual(len(lead.order_ids), 1)

    def test_first_heard_of_as_won_it_makes_one(self):
        document = self.won_deal()
        lines = document.pop("lines")
        _message, lead = self.take(document)
        self.assertFalse(lead.order_ids)
        self.take({**self.won_deal(minute=2), "lines": lines})
        self.assertEqual(len(lead.order_ids), 1, "its lines came late")

    def test_what_is_loaded_twice_stays_history(self):
        lead = self.won_before()
        document = self.won_deal(minute=2)
        del document["lines"]
        self.take({**document, "history": True})
        self.take(self.won_deal(minute=3))
        self.assertFalse(lead.order_ids)

    def test_merged_in_odoo_it_stays_history(self):
        lead = self.won_before()
        _message, other = self.take(self.deal("D-2", told={"name": "Desks"}))
        (lead | other).merge_opportunity()
        stays = (lead | other).exists()
        self.commit()
        self.told()
        (key,) = self.bound("crm.lead")
        self.assertEqual(len(stays), 1)
        if key == "D-1":
            self.take(self.won_deal(minute=3))
            self.assertFalse(stays.order_ids)
