import time

from odoo import models

from odoo.addons.seam.engine import codec, exchange
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.gate import Held
from odoo.addons.seam.models.seam_connector import Envelope, Page
from odoo.addons.seam_crm.models.const import MODELS
from odoo.addons.seam_crm.models.vendor import VendorField

from .. import (
    consents,
    const,
    describe,
    errors,
    events,
    fields,
    look_up,
    mapper,
    mapper_out,
    pull,
    quota,
    together,
    webhook,
)


class SeamConnectorHubspot(models.AbstractModel):
    _name = "seam.connector.hubspot"
    _inherit = "seam.connector"
    _description = "HubSpot"
    _kind = "crm"
    # Contact Creation; Sales / User: All Documents.
    _service_groups = ("base.group_partner_manager", "sales_team.group_sale_salesman_all_leads")
    _batch_most = together.MOST
    _crm_dated = True
    _crm_looks = True

    # -- what comes in -----------------------------------------------------------------

    def _verify(self, headers, body, secrets):
        """HubSpot signs the address as it knows it: what a proxy makes of it is no matter."""
        flow = self.env["seam.flow"].sudo().browse(self.env.context["seam_flow"])
        address = flow.system_id.hubspot_webhook_url or flow.address
        webhook.verify(headers, body, secrets.get("webhook", []), address, time.time())

    def _envelope(self, headers, body):
        """One call carries up to a hundred events; the same bytes are the same call."""
        return Envelope(super()._envelope({}, body).key, self._topic(body))

    def _topic(self, body):
        """:return: what all events of a call are about, else ``events``"""
        try:
            kinds = {events.why(event) for event in codec.parse(body)}
        except (Fault, AttributeError, TypeError):
            return ""
        return kinds.pop() if len(kinds) == 1 else "events"

    def _to_documents(self, flow, topic, wire):
        if flow.handler == const.EVENTS:
            return events.changes(wire, flow.options.get("hubspot_account"))
        return mapper.documents(wire, self._kind_in(flow), flow.options)

    def _kind_in(self, flow):
        """:return: const.Kind of the records that a flow brings into Odoo
        :raise Fault: none of HubSpot's
        """
        if flow.handler != const.ACTIVITY:
            return const.BY_DOCUMENT[self._document(flow)]
        kind = const.BY_TYPE.get(flow.options.get("hubspot_object"))
        if kind:
            return kind
        raise Fault(
            "config.invalid",
            self.env._("It is not said which activities of HubSpot the flow %s brings.", flow.code),
            fix=self.env._("Choose tasks, calls or meetings on the flow, page CRM."),
            subject=flow.handler,
        )

    def _document(self, flow):
        """:return: name of the document that a flow carries
        :raise Fault: none of HubSpot's
        """
        if flow.handler in const.BY_HANDLER:
            return const.BY_HANDLER[flow.handler].document
        if flow.handler in (const.ACTIVITY, const.ACTIVITY_OUT):
            return const.TASK.document
        raise Fault(
            "config.invalid",
            self.env._("HubSpot has no records for the flow %s.", flow.code),
            fix=self.env._("Choose companies, contacts, deals or activities as its handler."),
            subject=flow.handler,
        )

    # -- pull --------------------------------------------------------------------------

    def _list_pages(self, client, flow, cursor):
        """First what events told of, then what changed."""
        kind = self._kind_in(flow)
        self._spare(flow)
        asked = pull.Asked(client, kind, flow.options, lambda ids: self._known(flow, kind, ids))
        rows, wanted = self.env["seam.hubspot.wanted"]._take(
            flow.system_id, kind.type, cursor.get("taken") or ()
        )
        known = {name: value for name, value in cursor.items() if name != "taken"}
        try:
            if not rows:
                return asked.page(known)
            return Page(asked.fetch(wanted), {**known, "taken": rows}, True)
        finally:
            self.env["seam.hubspot.quota"]._note(flow.system_id, client.told)

    def _known(self, flow, kind, numbers):
        """:return: set of those numbers of which Odoo has the record"""
        keys = {mapper.key(kind, number) for number in numbers}
        bindings = self.env["seam.binding"].sudo()
        found = bindings._find(flow.system_id, MODELS[kind.document], keys) if keys else {}
        return {mapper.number(key) for key in found}

    def _spare(self, flow):
        """A pull leaves the last calls of a day to what is sent.

        :raise Held: they are what is left
        """
        told = self.env["seam.hubspot.quota"]._of(flow.system_id)
        if not told:
            return
        daily, left, told_at = told
        reserve = daily * flow.options.get("hubspot_reserve", 0) / 100
        zone = flow.options.get("hubspot_zone")
        if left <= reserve and quota.is_of_today(zone, told_at):
            raise Held(quota.until_midnight(zone))

    # -- what goes out -----------------------------------------------------------------

    def _to_request(self, flow, sending):
        return mapper_out.request(sending, self._document(flow), flow.options)

    def _interpret(self, flow, sending, response):
        document = self._document(flow)
        kind = mapper_out.kind_of(sending, document)

        def place(name):
            return fields.place(kind, flow.options, name)

        if look_up.is_gone_already(sending.document, response):
            return exchange.accepted(note=self.env._("HubSpot had deleted or merged it already."))
        fault = errors.fault(response, look_up.about(sending, document), place)
        if fault:
            if errors.is_unknown_property(fault):
                self.env["seam.system"].browse(flow.system_id)._crm_look_soon()
            return exchange.refused(fault)
        return exchange.accepted(
            look_up.given_id(document, sending, response),
            content=look_up.became(response),
        )

    def _look_up(self, client, flow, sending):
        return look_up.ask(client, self._document(flow), sending, flow.options)

    def _together(self, flow, sending, request):
        return together.key(request)

    def _to_batch(self, flow, parts):
        return together.request([request for _sending, request in parts])

    def _from_batch(self, flow, parts, response):
        return together.answers([request for _sending, request in parts], response)

    # -- what HubSpot is ---------------------------------------------------------------

    def _probe(self, client, system):
        account = describe.account(client)
        self.env["seam.hubspot.quota"]._note(system.id, client.told)
        system.hubspot_facts = {**(system.hubspot_facts or {}), **account}
        return self.env._(
            "HubSpot lets this connection in: account %(number)s, time zone %(zone)s.",
            number=account["number"],
            zone=account["zone"],
        )

    def _erasing_text(self, system):
        return self.env._(
            "Delete the contact permanently there (HubSpot's GDPR delete). Deleted only, it lies "
            "in the recycle bin for 90 days, and comes back when it is restored."
        )

    def _crm_url(self, system, model, external_id):
        kind, _colon, number = external_id.partition(":")
        facts = system.hubspot_facts or {}
        account, site = facts.get("number"), describe.site(facts.get("site"))
        if kind not in const.PAGES or not (account or "").isdigit():
            return False
        return f"https://{site}/contacts/{account}/record/{const.PAGES[kind]}/{number}"

    def _crm_vendor_fields(self, document):
        return const.USUAL.get(document, {})

    def _kinds_of(self, document):
        """:return: list of const.Kind whose records a document is about"""
        return [kind for kind in const.KINDS if kind.document == document]

    def _crm_missing(self, client, document, names):
        return describe.missing(client, self._kinds_of(document), names)

    def _crm_reserved(self, system, document, name):
        if name == const.PROPERTY_KEY:
            return self.env._(
                "%s is the property of Odoo's own ID in HubSpot. Seam writes it itself: it is "
                "not for a line.",
                name,
            )
        if name.startswith(consents.PROPERTY):
            return self.env._(
                "%s says who objects to e-mail. Who unsubscribed from all of it goes to Odoo's "
                "blacklist, and back, by the system's page “HubSpot”: it is not for a line.",
                name,
            )
        if document == const.DEAL.document and name == system.hubspot_orders:
            return self.env._(
                "%s is the property into which the orders of a deal are written, by the system's "
                "page “HubSpot”: it is not for a line.",
                name,
            )
        return ""

    def _crm_describe(self, client, document):
        kinds = self._kinds_of(document)
        found = {each["name"]: each for kind in kinds for each in describe.fields(client, kind)}
        return [VendorField(**values) for values in found.values()]
