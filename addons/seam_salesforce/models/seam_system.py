from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.base.models.res_partner import _tz_get

from .. import const, library
from .salesforce_client import SalesforceClient
from .seam_salesforce_usage import Usage

FLOWS = (
    ("companies", "company", "in", "salesforce-account"),
    ("contacts", "contact", "in", "salesforce-contact"),
    ("deals", "deal", "in", "salesforce-opportunity"),
    ("tasks", "activity", "in", "salesforce-task"),
    ("events", "activity", "in", "salesforce-event"),
    ("companies-out", "company.out", "out", None),
    ("contacts-out", "contact.out", "out", None),
    ("deals-out", "deal.out", "out", None),
    ("activities-out", "activity.out", "out", None),
)
PULL_MINUTES = 15


class SeamSystem(models.Model):
    _inherit = "seam.system"

    connector = fields.Selection(
        selection_add=[("salesforce", "Salesforce")], ondelete={"salesforce": "set default"}
    )
    salesforce_external_id = fields.Char(
        "Field of our ID",
        default=const.EXTERNAL_ID,
        tracking=True,
        help="A text field in Salesforce on accounts, contacts, opportunities and activities, "
        "marked as External ID and Unique. New records are made under it: never twice.",
    )
    salesforce_prefix = fields.Char(
        "Prefix of our ID",
        default="odoo-",
        tracking=True,
        help="Stands before Odoo's number. Several databases that write to one Salesforce need "
        "different ones.",
    )
    salesforce_bulk_days = fields.Integer(
        "Bulk job beyond (days)",
        default=30,
        help="What is pulled from longer ago, such as a first load, is fetched by a job of Bulk "
        "API 2.0: it needs fewer calls. 0: never.",
    )
    salesforce_reserve = fields.Integer(
        "Calls kept for others (%)",
        default=10,
        tracking=True,
        help="Of the calls that Salesforce allows in 24 hours. Pulls stop before they are used.",
    )
    salesforce_products = fields.Boolean(
        "Products of deals",
        default=True,
        help="Ask for the products of opportunities: what is won becomes a quotation with them. "
        "Off, if Salesforce's products are not used.",
    )
    salesforce_multi_currency = fields.Boolean(
        "Several currencies",
        tracking=True,
        help="Salesforce's setting Multiple Currencies is on.",
    )
    salesforce_currency_id = fields.Many2one(
        "res.currency",
        "Salesforce's currency",
        help="In which opportunities are. Empty: the company's.",
    )
    salesforce_stage_new = fields.Char(
        "Stage of new deals",
        default="Prospecting",
        help="Of deals that are made there and whose stage is not told. Salesforce wants one.",
    )
    salesforce_stage_won = fields.Char("Salesforce stage of won deals", default="Closed Won")
    salesforce_stage_lost = fields.Char("Salesforce stage of lost deals", default="Closed Lost")
    salesforce_opt_out_field = fields.Char(
        "Checkbox of objections",
        default=const.OPT_OUT_FIELD,
        tracking=True,
        help="Of contacts, such as HasOptedOutOfEmail (Email Opt Out). Who has it ticked is on "
        "Odoo's blacklist, and who is put on it has it ticked there. Empty: neither.",
    )
    salesforce_opt_out_history = fields.Boolean(
        "Its history is tracked",
        tracking=True,
        help="Salesforce tracks the history of the field (Object Manager, Contact, Set History "
        "Tracking): then it is known since when and by whom. It costs a call for each pull of "
        "contacts. Without, an objection counts as said at the contact's last change, and one "
        "that ended in Salesforce does not end in Odoo.",
    )
    salesforce_timezone = fields.Selection(
        _tz_get,
        "Time zone",
        default=lambda self: self.env.company.resource_calendar_id.tz or self.env.user.tz,
        help="In which the day is counted on which an event begins. Empty: UTC.",
    )
    salesforce_task_done = fields.Char("Status of tasks that are done", default="Completed")
    salesforce_task_open = fields.Char("Status of tasks that are open again", default="Not Started")
    salesforce_orders_field = fields.Char(
        "Field for the orders",
        help="A long text field on opportunities, such as Odoo_Orders__c, into which Odoo writes "
        "the quotations and orders of the deal and how far they are. Empty: it is not told.",
    )
    salesforce_person_accounts = fields.Boolean(
        "Person accounts",
        readonly=True,
        copy=False,
        help="Salesforce has accounts that are persons: they are contacts in Odoo, and no "
        "companies. It is asked for once a day.",
    )
    salesforce_calls_text = fields.Char("Calls used", compute="_compute_salesforce_calls_text")
    salesforce_missing = fields.Char(compute="_compute_salesforce_missing")

    _salesforce_reserve_percent = models.Constraint(
        "CHECK(salesforce_reserve BETWEEN 0 AND 100)", "What is kept is between 0 and 100 %."
    )

    def _compute_salesforce_calls_text(self):
        """What Salesforce told with its last answers."""
        rows = self.env["seam.salesforce.usage"].sudo().search([("system_id", "in", self.ids)])
        known = {row.system_id.id: row for row in rows}
        for system in self:
            row = known.get(system.id)
            system.salesforce_calls_text = bool(row) and self.env._(
                "%(used)s of %(allowed)s in 24 hours, seen %(when)s UTC",
                used=row.used,
                allowed=row.allowed,
                when=fields.Datetime.to_string(row.seen_at),
            )

    @api.depends("connector")
    def _compute_salesforce_missing(self):
        for system in self:
            system.salesforce_missing = system.connector == "salesforce" and library.missing()

    @api.constrains("salesforce_external_id", "salesforce_orders_field", "salesforce_opt_out_field")
    def _check_salesforce_fields(self):
        for system in self:
            for name in (
                system.salesforce_external_id,
                system.salesforce_orders_field,
                system.salesforce_opt_out_field,
            ):
                if name and ("." in name or not const.FIELD_NAME.fullmatch(name)):
                    raise ValidationError(
                        self.env._("“%s” is no name of a field of Salesforce.", name)
                    )
        self.env["seam.crm.field"]._check_reserved_of(self)

    def _client(self):
        client = super()._client()
        if self.connector != "salesforce":
            return client
        return SalesforceClient.of(client, usage=Usage(self.env, self.id))

    def action_salesforce_setup(self):
        """Make the flows with their contracts, pulls and fields, and how we log in.

        They are still to be activated; those that are there already are left alone.
        """
        self.ensure_one()
        if not self.base_url:
            raise UserError(
                self.env._(
                    "Enter Salesforce's address first, such as https://acme.my.salesforce.com."
                )
            )
        self.write(self._salesforce_defaults())
        names = self._salesforce_names()
        there = set(self.flow_ids.mapped("code"))
        for code, handler, direction, contract in FLOWS:
            if code not in there:
                self._salesforce_flow(code, names[code], handler, direction, contract)

    def _salesforce_defaults(self):
        """:return: dict of what is not entered yet; what a person chose stays"""
        values = {"token_url": f"{self.base_url.rstrip('/')}/{const.TOKEN_PATH}"}
        kind = "production" if self.environment == "production" else "test"
        values["token_audience"] = const.AUDIENCES[kind]
        values = {name: value for name, value in values.items() if not self[name]}
        if self.auth == "oauth2_client":
            # Only what is signed is for somebody.
            values.pop("token_audience", None)
        return {**values, **({"auth": "oauth2_jwt"} if self.auth == "none" else {})}

    def _salesforce_names(self):
        return {
            "companies": self.env._("Companies"),
            "contacts": self.env._("Contacts"),
            "deals": self.env._("Deals"),
            "tasks": self.env._("Tasks"),
            "events": self.env._("Events"),
            "companies-out": self.env._("Companies to Salesforce"),
            "contacts-out": self.env._("Contacts to Salesforce"),
            "deals-out": self.env._("Deals to Salesforce"),
            "activities-out": self.env._("Activities to Salesforce"),
        }

    def _salesforce_flow(self, code, name, handler, direction, contract):
        contracts = self.env["seam.contract"].search([("name", "=", contract)])
        flow = self.env["seam.flow"].create(
            {
                "system_id": self.id,
                "name": name,
                "code": code,
                "handler": f"seam.handler.crm.{handler}",
                "direction": direction,
                "carries": "state",
                "contract_version_id": contract and contracts.current_version_id.id,
                "owner_id": self.owner_id.id,
            }
        )
        if direction == "in":
            self.env["seam.pull"].create({"flow_id": flow.id, "interval_minutes": PULL_MINUTES})
