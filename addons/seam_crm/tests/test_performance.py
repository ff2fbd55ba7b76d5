from odoo.tests import tagged

from .common import CrmCase


@tagged("post_install", "-at_install")
class TestPerformance(CrmCase):
    """What is asked of the database does not grow with each document of a batch."""

    def receive_many(self, numbers, minute=0, **values):
        for number in numbers:
            document = self.contact(
                f"C-{number}",
                minute,
                **{"name": f"Person {number}", "email": f"p{number}@x.example", **values},
            )
            self.receive(self.flows["contacts"], document)

    def queries(self, numbers, **values):
        self.receive_many(numbers, **values)
        before = self.env.cr.sql_log_count
        self.drain()
        return self.env.cr.sql_log_count - before

    def test_what_is_known_is_weighed_together(self):
        self.commit()
        self.queries(range(1, 32))
        one = self.queries([1], minute=1)
        many = self.queries(range(2, 32), minute=1)
        # three claims instead of one; a query for each document would be 29 more
        self.assertLess(many - one, 75)

    def test_what_is_new_is_made_together(self):
        self.commit()
        self.queries(range(100, 132))
        few = self.queries(range(200, 204))
        many = self.queries(range(300, 334))
        # three claims instead of one, of more queries each; one for each document is 30 more
        self.assertLess(many - few, 110)
