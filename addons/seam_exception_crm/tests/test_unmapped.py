from odoo.tests import new_test_user, tagged

from odoo.addons.seam_crm.tests.common import CrmCase


@tagged("post_install", "-at_install")
class TestUnmapped(CrmCase):
    """An administrator maps a field whose values are not for him."""

    def samples(self, user):
        fields = self.env["seam.crm.unmapped"].with_user(user)
        action = fields._open(self.system, "crm-contact")
        return {f.vendor_field: f.samples for f in fields.search(action["domain"])}

    def test_confidential_values_are_hidden(self):
        document = self.contact()
        document["custom"] = {"Diagnosis": "Gout", "Tier": "Gold"}
        self.take(document)
        manager = new_test_user(self.env, "crm-manager", groups="seam.group_seam_manager")
        self.assertEqual(self.samples(manager), {"Diagnosis": "Gout", "Tier": "Gold"})
        self.flows["contacts"].confidential_pointers = "/custom/Diagnosis"
        self.assertEqual(self.samples(manager), {"Diagnosis": "•••", "Tier": "Gold"})
        manager.group_ids += self.env.ref("seam_exception.group_seam_confidential")
        self.assertEqual(self.samples(manager), {"Diagnosis": "Gout", "Tier": "Gold"})
