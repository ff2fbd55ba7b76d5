from odoo import api, models, tools

from .. import const

OPTIONS = (
    "salesforce_external_id",
    "salesforce_prefix",
    "salesforce_multi_currency",
    "salesforce_products",
    "salesforce_bulk_days",
    "salesforce_reserve",
    "salesforce_stage_new",
    "salesforce_stage_won",
    "salesforce_stage_lost",
    "salesforce_opt_out_field",
    "salesforce_opt_out_history",
    "salesforce_orders_field",
    "salesforce_task_done",
    "salesforce_task_open",
    "salesforce_timezone",
    "salesforce_person_accounts",
)


# Which object the records of a flow are, where its document has several: by their contract.
CONTRACTS = {"salesforce-task": const.TASK, "salesforce-event": const.EVENT}


class SeamFlow(models.Model):
    _inherit = "seam.flow"

    def _options(self):
        options = super()._options()
        system = self.system_id
        if system.connector != "salesforce":
            return options
        currency = system.salesforce_currency_id or system.company_id.currency_id
        return {
            **options,
            **{name: system[name] for name in OPTIONS},
            "salesforce_currency": currency.name,
            "salesforce_countries": self._salesforce_countries(),
            "salesforce_makes": self._salesforce_makes(),
            "salesforce_read": self._salesforce_read(),
            "salesforce_object": CONTRACTS.get(self.contract_version_id.contract_id.name),
        }

    def _salesforce_makes(self):
        """:return: whether Odoo makes records of this kind there, under our ID"""
        document = const.DOCUMENTS.get(self.handler.removesuffix(".out"))
        return any(
            flow.crm_new and const.DOCUMENTS.get(flow.handler.removesuffix(".out")) == document
            for flow in self.system_id.flow_ids
            if flow.direction == "out"
        )

    def _salesforce_read(self):
        """:return: list of what comes to Odoo, as activities name it: nothing waits for a
        record of a flow that was never activated"""
        flows = self.system_id.flow_ids.filtered(lambda flow: flow.state != "draft")
        found = {const.DOCUMENTS.get(flow.handler) for flow in flows if flow.direction == "in"}
        return [kind for _field, _prefix, kind in const.ABOUT if f"crm-{kind}" in found]

    @api.model
    @tools.ormcache()
    def _salesforce_countries(self):
        """:return: dict ISO code → English name, which Salesforce has in its addresses (cached)"""
        countries = self.env["res.country"].sudo().with_context(lang="en_US").search([])
        return {country.code: country.name for country in countries}
