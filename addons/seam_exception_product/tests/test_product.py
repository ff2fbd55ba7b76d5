from odoo.tests import Form, tagged

from odoo.addons.seam_exception.tests.concerned_case import ConcernedCase


@tagged("post_install", "-at_install")
class TestProduct(ConcernedCase):
    groups = ("product.group_product_manager",)

    def missing(self, code, document=None):
        """:return: message that waits for a product of this code"""
        wanted = {"model": "product.product", "code": code, "via": "binding"}
        line = {"sku": code, **(document or {})}
        message = self.bad(
            "1", f"product:{code}", "master.unknown", extra={"missing": wanted}, line=line
        )
        self.sweep()
        message.exception_id.pointer = "/line/sku"
        return message

    def test_a_product_shows_what_concerns_it(self):
        self.assert_shown_and_mended(self.env["product.product"].create({"name": "Mug"}))

    def test_a_template_shows_what_concerns_its_variants(self):
        template = self.env["product.template"].create({"name": "Mug"})
        self.assert_on_form(template)
        message = self.held(template.product_variant_id)
        seen = template.with_user(self.operator)
        self.assertEqual(seen.seam_case_count, 1)
        self.assertEqual(seen.action_open_seam_cases()["res_id"], message.exception_id.id)

    def test_entering_the_reference_lets_go_on_what_waits_for_it(self):
        message = self.missing("MUG-7")
        self.mended.add("product:MUG-7")
        self.env["product.template"].create({"name": "Mug", "default_code": "MUG-7"})
        self.commit()
        self.drain()
        self.assertEqual(message.state, "done")

    def test_a_candidate_with_the_barcode_is_proposed(self):
        mug = self.env["product.product"].create({"name": "Mug", "barcode": "4006381333931"})
        message = self.missing("UNKNOWN-1", {"ean": "4006381333931"})
        form = Form(
            self.env["seam.fix.wizard"]
            .with_user(self.operator)
            .with_context(default_exception_id=message.exception_id.id)
        )
        found = {one["id"]: one["why"] for one in form.candidates}
        self.assertIn("Barcode is 4006381333931", found[mug.id])
