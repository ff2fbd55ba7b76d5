from datetime import datetime, timezone

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

from odoo.addons.seam.engine.auth import Login
from odoo.addons.seam.engine.fault import Fault

from .. import const, describe, library, pull
from .hubspot_client import HubspotClient

FLOWS = (
    {"code": "webhooks", "handler": const.EVENTS, "carries": "event", "contract": "hubspot-events"},
    {"code": "companies", "handler": "seam.handler.crm.company", "contract": "hubspot-record"},
    {"code": "contacts", "handler": "seam.handler.crm.contact", "contract": "hubspot-record"},
    {"code": "deals", "handler": "seam.handler.crm.deal", "contract": "hubspot-record"},
    *(
        {"code": type_, "handler": const.ACTIVITY, "contract": "hubspot-record", "object": type_}
        for type_ in ("tasks", "meetings", "calls")
    ),
    {"code": "companies-out", "handler": "seam.handler.crm.company.out", "direction": "out"},
    {"code": "contacts-out", "handler": "seam.handler.crm.contact.out", "direction": "out"},
    {"code": "deals-out", "handler": "seam.handler.crm.deal.out", "direction": "out"},
    {"code": "activities-out", "handler": const.ACTIVITY_OUT, "direction": "out"},
)
PULL_MINUTES = 5


class SeamSystem(models.Model):
    _inherit = "seam.system"

    connector = fields.Selection(
        selection_add=[("hubspot", "HubSpot")], ondelete={"hubspot": "set default"}
    )
    hubspot_webhook_url = fields.Char(
        "Address of the webhooks",
        tracking=True,
        help="The target URL that is entered in HubSpot, letter by letter: HubSpot signs it. "
        "Empty: the address of the flow, as Odoo knows it.",
    )
    hubspot_stage_open = fields.Char(
        "Stage of open deals",
        tracking=True,
        help="HubSpot's code of the stage that a deal gets when it is reopened in Odoo.",
    )
    hubspot_stage_won = fields.Char("HubSpot stage of won deals", tracking=True)
    hubspot_stage_lost = fields.Char("HubSpot stage of lost deals", tracking=True)
    hubspot_orders = fields.Char(
        "Property for orders",
        tracking=True,
        help="Internal name of a property of deals, of the type multi-line text, that shows how "
        "far the orders in Odoo are. Empty: HubSpot is not told.",
    )
    hubspot_consents = fields.Boolean(
        "Objections to e-mail",
        default=True,
        tracking=True,
        help="Who unsubscribed from all e-mail in HubSpot is on Odoo's blacklist, and who is put "
        "on it is unsubscribed in HubSpot. The app needs the scope communication_preferences.write.",
    )
    hubspot_reserve = fields.Integer(
        "Calls kept for sending (%)",
        default=10,
        tracking=True,
        help="Share of a day's calls that pulls and first loads leave for what is sent.",
    )
    # What HubSpot told of itself: owners, stages, types of properties, time zone, currency.
    hubspot_facts = fields.Json(copy=False, readonly=True)
    hubspot_stages = fields.Text("Stages at HubSpot", compute="_compute_hubspot")
    hubspot_owners = fields.Text("Owners at HubSpot", compute="_compute_hubspot")
    hubspot_prepared = fields.Boolean("Prepared for new records", compute="_compute_hubspot")
    hubspot_missing = fields.Char(compute="_compute_hubspot")
    hubspot_calls = fields.Char("Calls left today", compute="_compute_hubspot_calls")

    _hubspot_reserve_share = models.Constraint(
        "CHECK(hubspot_reserve BETWEEN 0 AND 90)", "The reserve is 0 to 90 percent."
    )

    @api.depends("connector", "hubspot_facts", "flow_ids.handler", "flow_ids.direction")
    def _compute_hubspot(self):
        for system in self:
            facts = system.hubspot_facts or {}
            mine = system.connector == "hubspot"
            system.hubspot_missing = mine and library.missing()
            made = {kind.type for kind in system._hubspot_made()} if mine else set()
            system.hubspot_prepared = bool(made) and made <= set(facts.get("prepared") or ())
            system.hubspot_stages = "\n".join(
                f"{stage['pipeline']}: {stage['label']} = {stage['id']} ({stage['status']})"
                for stage in facts.get("stages", ())
            )
            system.hubspot_owners = "\n".join(
                f"{owner.get('email') or '–'} = {number}"
                for number, owner in facts.get("owners", {}).items()
            )

    def _compute_hubspot_calls(self):
        for system in self:
            told = self.env["seam.hubspot.quota"]._of(system._origin.id or 0)
            if system.connector != "hubspot" or not told:
                system.hubspot_calls = False
                continue
            daily, left, told_at = told
            then = datetime.fromtimestamp(told_at, timezone.utc).replace(tzinfo=None)
            system.hubspot_calls = self.env._(
                "%(left)s of %(daily)s, as HubSpot said at %(time)s",
                left=f"{left:,}",
                daily=f"{daily:,}",
                time=format_datetime(self.env, then),
            )

    @api.onchange("connector")
    def _onchange_hubspot(self):
        if self.connector == "hubspot" and not self.base_url:
            self.base_url = const.ADDRESS

    @api.constrains("hubspot_orders")
    def _check_hubspot_orders(self):
        self.env["seam.crm.field"]._check_reserved_of(self)

    # -- calls ---------------------------------------------------------------------------

    def _client(self):
        """A service key, or the app of one account, shows its token; an app of OAuth2 logs in by
        the system's settings."""
        client = super()._client()
        if self.connector != "hubspot":
            return client
        client = HubspotClient.of(client, zone=(self.sudo().hubspot_facts or {}).get("zone"))
        if self.auth == "none":
            client.login = Login("api_key", header="Authorization", prefix="Bearer ")
            client.secrets["api_key"] = [client.secret("hubspot_token")]
            client.secret_headers = frozenset(client.login.secret_headers())
        return client

    def _auth_purposes(self):
        purposes = super()._auth_purposes()
        is_private = self.connector == "hubspot" and self.auth == "none"
        return ["hubspot_token"] if is_private else purposes

    def _hubspot_options(self):
        """:return: dict of what the connector wants to know of this system"""
        facts = self.hubspot_facts or {}
        origin = self.env["ir.config_parameter"].sudo().get_param("database.uuid") or ""
        return {
            "hubspot_types": facts.get("types", {}),
            "hubspot_owners": facts.get("owners", {}),
            "hubspot_prepared": facts.get("prepared") or [],
            "hubspot_read": self._hubspot_read(),
            "hubspot_origin": origin[:8],
            "hubspot_orders": self.hubspot_orders or "",
            "hubspot_consents": self.hubspot_consents,
            "hubspot_reserve": self.hubspot_reserve,
            "hubspot_account": facts.get("number"),
            "hubspot_zone": facts.get("zone"),
            "hubspot_currency": facts.get("currency"),
            "hubspot_stages": {
                "open": self.hubspot_stage_open,
                "won": self.hubspot_stage_won,
                "lost": self.hubspot_stage_lost,
            },
        }

    def _hubspot_read(self):
        """:return: list of HubSpot's types of records that come to Odoo: nothing waits for one
        of a flow that was never activated"""
        flows = self.flow_ids.filtered(lambda flow: flow.state != "draft")
        found = {flow._hubspot_kind() for flow in flows if flow.direction == "in"}
        return [kind.type for kind in const.RECORDS if kind in found]

    def _hubspot_kinds(self):
        """:return: list of const.Kind that have a flow into Odoo"""
        flows = self.flow_ids.filtered(lambda flow: flow.direction == "in")
        found = {flow._hubspot_kind() for flow in flows}
        return [kind for kind in const.KINDS if kind in found]

    def _hubspot_made(self):
        """:return: list of const.Kind that Odoo may make new ones of"""
        handlers = set(self.flow_ids.mapped("handler"))
        made = [kind for kind in const.RECORDS if f"{const.HANDLER}{kind.prefix}.out" in handlers]
        activities = [const.TASK, const.MEETING] if const.ACTIVITY_OUT in handlers else []
        return made + activities

    # -- set-up --------------------------------------------------------------------------

    def action_hubspot_setup(self):
        """Make the flows with their contracts and pulls.

        They are still to be activated; those that are there already are left alone.
        """
        self.ensure_one()
        if self.hubspot_missing:
            raise UserError(self.hubspot_missing)
        self.write(self._hubspot_defaults())
        names = self._hubspot_names()
        there = set(self.flow_ids.mapped("code"))
        for values in FLOWS:
            if values["code"] not in there:
                self._hubspot_flow(values, names[values["code"]])

    def _hubspot_defaults(self):
        """:return: dict of what is not entered yet; what a person chose stays"""
        values = {"base_url": const.ADDRESS, "call_rate": const.CALLS_PER_MINUTE}
        if self.auth == "oauth2_refresh":
            values |= {"token_url": const.TOKEN_URL}
        values = {name: value for name, value in values.items() if not self[name]}
        if self.auth == "oauth2_refresh" and "token_url" in values:
            values["token_login"] = "body"
        return values

    def _hubspot_names(self):
        return {
            "webhooks": self.env._("Webhooks"),
            "companies": self.env._("Companies"),
            "contacts": self.env._("Contacts"),
            "deals": self.env._("Deals"),
            "tasks": self.env._("Tasks"),
            "meetings": self.env._("Meetings"),
            "calls": self.env._("Calls"),
            "companies-out": self.env._("Companies to HubSpot"),
            "contacts-out": self.env._("Contacts to HubSpot"),
            "deals-out": self.env._("Deals to HubSpot"),
            "activities-out": self.env._("Activities to HubSpot"),
        }

    def _hubspot_flow(self, values, name):
        contract = self.env["seam.contract"].search([("name", "=", values.get("contract"))])
        flow = self.env["seam.flow"].create(
            {
                "system_id": self.id,
                "name": name,
                "code": values["code"],
                "handler": values["handler"],
                "direction": values.get("direction", "in"),
                "carries": values.get("carries", "state"),
                "contract_version_id": contract.current_version_id.id,
                "hubspot_object": values.get("object"),
                "owner_id": self.owner_id.id,
            }
        )
        if flow._hubspot_kind() and flow.direction == "in":
            self.env["seam.pull"].create(
                {"flow_id": flow.id, "interval_minutes": PULL_MINUTES, "catch_up": True}
            )

    def action_hubspot_learn(self):
        """Ask HubSpot for what is of this account: owners, stages, types of properties."""
        self.ensure_one()
        self.check_access("write")
        lines = self.env["seam.crm.field"]
        learnt, missing = self._hubspot_asked(
            lambda client: (self._hubspot_learn(client), lines._look(self, client))
        )
        self.hubspot_facts = {**(self.hubspot_facts or {}), **learnt}
        self.write(self._hubspot_stages(learnt["stages"]))
        said = self.env._(
            "HubSpot told of its owners (%(owners)s) and stages (%(stages)s). “Stages and "
            "owners” on the page HubSpot is where you choose what they are in Odoo.",
            owners=len(learnt["owners"]),
            stages=len(learnt["stages"]),
        )
        if missing:
            gone = self.env._("It does not have what is mapped: %s.", missing._missing_text())
            said = f"{said} {gone}"
        return self._notice(said, "warning" if missing else "success")

    def _hubspot_learn(self, client):
        """:return: dict of what HubSpot tells of the account"""
        kinds = self._hubspot_kinds()
        return {
            **describe.account(client),
            "owners": pull.owners(client),
            "stages": describe.stages(client),
            "types": {kind.type: describe.types(client, kind) for kind in kinds},
        }

    def action_hubspot_directory(self):
        """Button: choose who and what HubSpot's owners and stages are in Odoo."""
        self.ensure_one()
        self.check_access("write")
        facts = self.hubspot_facts or {}
        words = {
            "open": self.env._("Open"),
            "won": self.env._("Won"),
            "lost": self.env._("Lost"),
        }
        return self.env["seam.crm.directory"]._open(
            self,
            [
                (stage["id"], stage["label"], f"{stage['pipeline']}, {words[stage['status']]}")
                for stage in facts.get("stages", ())
            ],
            [
                (number, _full_name(owner), owner.get("email"))
                for number, owner in facts.get("owners", {}).items()
            ],
        )

    def _hubspot_stages(self, stages):
        """:return: dict of the stages that are not chosen yet: the first of each outcome"""
        values = {}
        for status in ("open", "won", "lost"):
            found = [stage["id"] for stage in stages if stage["status"] == status]
            if found and not self[f"hubspot_stage_{status}"]:
                values[f"hubspot_stage_{status}"] = found[0]
        return values

    def action_hubspot_prepare(self):
        """Add the property by which a record of Odoo is made in HubSpot once only."""
        self.ensure_one()
        self.check_access("write")
        kinds = self._hubspot_made()
        refused = self._hubspot_asked(lambda client: self._hubspot_prepare(client, kinds))
        prepared = [kind.type for kind in kinds if kind not in refused]
        self.hubspot_facts = {**(self.hubspot_facts or {}), "prepared": prepared}
        if refused:
            return self._notice("\n".join(refused.values()), "danger")
        return self._notice(self.env._("New records can be made in HubSpot now."), "success")

    def _hubspot_prepare(self, client, kinds):
        """:return: dict const.Kind → why HubSpot refused the property: the others have it"""
        refused = {}
        for kind in kinds:
            try:
                describe.prepare(client, kind)
            except Fault as fault:
                refused[kind] = f"{kind.type}: {fault.message} {fault.fix}".strip()
        return refused

    def _hubspot_asked(self, ask):
        client = self._client()
        try:
            return ask(client)
        except Fault as fault:
            raise UserError(f"{fault.message} {fault.fix}".strip()) from fault
        finally:
            client.close()
            self.env["seam.hubspot.quota"]._note(self.id, client.told)


def _full_name(owner):
    names = (owner.get("firstName"), owner.get("lastName"))
    return " ".join(filter(None, names)) or owner.get("email")
