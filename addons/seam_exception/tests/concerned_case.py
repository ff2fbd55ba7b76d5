from lxml import etree

from .common import WorkplaceCase


class ConcernedCase(WorkplaceCase):
    """A business document shows what concerns it, and mending it there lets it go on.

    ``groups``  external ids of the groups by which an operator opens such documents
    """

    groups = ()

    def setUp(self):
        super().setUp()
        for group in self.groups:
            self.operator.group_ids += self.env.ref(group)

    def held(self, record, key="1"):
        """:return: a message about this record that needs a person"""
        message = self.bad(key)
        message.flush_recordset()
        self.env.cr.execute(
            "UPDATE seam_message SET res_model = %s, res_id = %s WHERE id = %s",
            [record._name, record.id, message.id],
        )
        self.env.invalidate_all()
        self.sweep()
        return message

    def assert_on_form(self, record):
        """Its form has the banner with both buttons, and the smart button."""
        view = record.with_user(self.operator).get_view(view_type="form")
        form = etree.fromstring(view["arch"])
        self.assertTrue(form.xpath("//sheet/preceding-sibling::div//field[@name='seam_case_hint']"))
        self.assertTrue(form.xpath("//div[@name='button_box']//field[@name='seam_case_count']"))
        buttons = set(form.xpath("//button/@name"))
        self.assertLessEqual({"action_open_seam_cases", "action_seam_retry"}, buttons)

    def assert_shown_and_mended(self, record):
        self.assert_on_form(record)
        seen = record.with_user(self.operator)
        self.assertEqual((seen.seam_case_count, seen.seam_case_hint), (0, False))
        message = self.held(record)
        self.assertEqual(seen.seam_case_count, 1)
        self.assertIn("product:BAR3", seen.seam_case_hint)
        self.assertEqual(seen.action_open_seam_cases()["res_id"], message.exception_id.id)
        self.mended.add("product:BAR3")
        seen.action_seam_retry()
        self.commit()
        self.drain()
        self.sweep()
        self.assertEqual(message.state, "done")
        self.assertEqual(seen.seam_case_count, 0)
