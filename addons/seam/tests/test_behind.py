from odoo.tests import tagged

from .test_drain import DrainCase


@tagged("post_install", "-at_install")
class TestBehind(DrainCase):
    """What waits for what a case holds up is counted, however long the queue."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.make_flow(carries="event")

    def fail(self, *keys):
        for key in keys:
            self.receive(self.flow, {"id": key, "bad": "refuse"})
        self.drain()

    def follow(self, key, count):
        receipts = [self.receive(self.flow, {"id": key, "v": n}) for n in range(count)]
        self.drain()
        return [self.message(receipt) for receipt in receipts]

    def count(self):
        self.env["seam.exception"]._count_behind()
        self.env.invalidate_all()
        return self.open_cases(self.flow).waiting_behind_count

    def test_a_whole_queue_waits_for_its_first(self):
        self.fail("a")
        waiting = self.follow("a", 3)
        self.assertEqual({message.state for message in waiting}, {"waiting"})
        self.assertEqual(self.count(), 3)
        self.assertEqual((self.flow.pending_count, self.flow.waiting_count), (0, 3))
        case = self.open_cases(self.flow)
        self.assertEqual(case.held_count, 1)
        action = case.with_user(self.operator).action_open_behind()
        found = self.env["seam.message"].with_user(self.operator).search(action["domain"])
        self.assertEqual(sorted(found.ids), sorted(message.id for message in waiting))
        self.assertEqual([message.behind_id for message in waiting], [case] * 3)

    def test_what_waits_for_another_is_not_counted(self):
        self.fail("a", "b")
        self.follow("b", 2)
        self.follow("c", 2)
        self.assertEqual(self.count(), 2)

    def test_it_is_over_with_the_case(self):
        self.fail("a")
        self.follow("a", 2)
        self.assertEqual(self.count(), 2)
        case = self.open_cases(self.flow)
        case._held().with_user(self.operator)._discard("Not wanted")
        self.commit()
        self.drain()
        self.env["seam.exception"]._close_left_open()
        self.env.invalidate_all()
        self.assertEqual((case.state, case.waiting_behind_count), ("resolved", 0))

    def test_however_many_wait_it_costs_the_same(self):
        self.fail(*[f"d{number}" for number in range(5)])
        for number in range(5):
            self.follow(f"d{number}", number)
        Case = self.env["seam.exception"]
        with self.assertQueryCount(2):
            changed = Case._count_behind_once()
        self.assertEqual(changed.waiting_behind_count, 10)
        with self.assertQueryCount(1):
            self.assertFalse(Case._count_behind_once(), "nothing is written that stays")
