from odoo.tests import tagged

from odoo.addons.seam_crm.models.matching import Matches

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

    def test_who_is_meant_is_found_by_indexes_whatever_the_number_of_contacts(self):
        someone = self.env["res.partner"].create({"name": "P", "zip": "Z"})
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO res_partner
            SELECT (jsonb_populate_record(p, jsonb_build_object(
                        'id', nextval('res_partner_id_seq'), 'name', 'P' || n, 'zip', 'Z' || n,
                        'email_normalized', 'p' || n || '@many.example',
                        'phone_sanitized', '+49' || n, 'vat', 'DE-' || n))).*
              FROM res_partner p, generate_series(1, 20000) AS n
             WHERE p.id = %s;
            ANALYZE res_partner
            """,
            [someone.id],
        )
        matches = Matches(self.env, self.flows["contacts"], False, {})
        keys = [("email", "p5@many.example"), ("phone", "+497"), ("vat", "DE8")]
        keys.append(("name", ("p9", "z9")))
        for chosen in (keys, *([key] for key in keys)):
            query, params = matches._query(chosen)
            self.env.cr.execute(query, params)
            self.assertEqual(self.env.cr.rowcount, len(chosen))
            self.env.cr.execute(f"EXPLAIN {query}", params)
            plan = "\n".join(row[0] for row in self.env.cr.fetchall())
            self.assertNotIn("Seq Scan on res_partner", plan)
