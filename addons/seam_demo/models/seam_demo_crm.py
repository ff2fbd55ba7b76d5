from odoo import api, models

from odoo.addons.seam import settings

# What the CRM calls its stages: external ids of Odoo's.
STAGES = {
    "new": "crm.stage_lead1",
    "qualified": "crm.stage_lead2",
    "proposal": "crm.stage_lead3",
    "won": "crm.stage_lead4",
}
# Customers that the CRM brings itself, and may know better: see simulators/office/opening.py.
ITS_OWN = (201, 202, 203, 212)


class SeamDemo(models.AbstractModel):
    """The demo's CRM: its people work on the same customers and deals, where there is one
    beside this Odoo. The administrator says where: ``crm_url`` (SEAM_CRM_URL).
    """

    _inherit = "seam.demo"

    @api.model
    def _follow_settings(self):
        super()._follow_settings()
        crm = self.env.ref("seam_demo.system_crm", raise_if_not_found=False)
        secrets = self._read_secrets()
        if crm and secrets:
            self._share(crm, "webhook", secrets["crm_secret"])
            self._open_crm(crm)

    def _open_crm(self, crm):
        """Work with the CRM where there is one. One that an administrator has switched
        off stays so.
        """
        url = settings.get("crm_url")
        if not url:
            return
        address = f"{url}/api"
        if crm.base_url != address:
            crm.base_url = address
        if crm.state == "draft":
            self._prepare_crm(crm)
            crm.state = "active"
            customers = self._demo_customers(besides=ITS_OWN)
            self.env["seam.handler.crm.partner.out"]._tell_partners(customers)

    def _prepare_crm(self, crm):
        """Deals of the demo are not looked up at Odoo's own service. A stage that was removed
        from this database is asked for when a deal names it.
        """
        self.env["ir.config_parameter"].set_param("crm.iap.lead.enrich.setting", "manual")
        for code, name in STAGES.items():
            stage = self.env.ref(name, raise_if_not_found=False)
            if stage:
                self.env["seam.value.map"]._learn(crm.id, "crm.stage", code, stage)

    def _demo_customers(self, besides=()):
        """:return: the demo's customers, and the people of those that are companies"""
        named = self.env["ir.model.data"].search(
            [("module", "=", "seam_demo"), ("name", "=like", r"customer\_%")]
        )
        left_out = {f"customer_{id_}" for id_ in besides}
        ids = [row.res_id for row in named if row.name not in left_out]
        customers = self.env["res.partner"].browse(ids).exists()
        return customers | customers.child_ids
