from odoo import models

from odoo.addons.seam.engine import exchange, signature
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.gate import Held
from odoo.addons.seam_crm.models.const import MODELS
from odoo.addons.seam_crm.models.vendor import VendorField

from .. import (
    activities,
    composite,
    const,
    describe,
    errors,
    fields,
    library,
    mapper,
    mapper_out,
    persons,
    pull,
    roles,
    times,
)


class SeamConnectorSalesforce(models.AbstractModel):
    _name = "seam.connector.salesforce"
    _inherit = "seam.connector"
    _description = "Salesforce"

    _batch_most = composite.MOST
    _crm_dated = True
    _crm_looks = True
    _kind = "crm"
    # Contact Creation; Sales / User: All Documents.
    _service_groups = ("base.group_partner_manager", "sales_team.group_sale_salesman_all_leads")
    # Its REST interface cannot.
    _crm_merges = False

    # -- in ----------------------------------------------------------------------------

    def _verify(self, headers, body, secrets):
        """Salesforce itself is asked; what pushes its records to us signs them so."""
        signature.verify_standard_webhook(headers, body, secrets.get("webhook", []))

    def _to_documents(self, flow, topic, wire):
        document = self._document_of(flow)
        if document == "crm-company" and persons.is_one(wire) and not wire.get("IsDeleted"):
            if self._known(flow, document, [mapper.whole_id(wire["Id"])]):
                raise persons.was_company(wire)
            return []
        return mapper.documents(document, wire, flow.options)

    def _list_pages(self, client, flow, cursor):
        client.usage.require(client, flow.options.get("salesforce_reserve") or 0)
        document = self._document_of(flow)

        def known(ids):
            return self._known(flow, document, ids)

        self._look_first(client, flow)
        try:
            return pull.page(client, document, flow.options, cursor, known)
        except Fault as fault:
            if errors.is_unknown_field(fault) and self._left_out(client, flow):
                raise Held(
                    1,
                    self.env._(
                        "Salesforce does not have a field that is mapped: it is pulled without."
                    ),
                ) from fault
            raise

    def _look_first(self, client, flow):
        """Before anybody comes it is asked which fields there are: whether accounts may be
        persons."""
        system = self.env["seam.system"].sudo().browse(flow.system_id)
        system.invalidate_recordset(["crm_looked_at"])
        if not system.crm_looked_at:
            self.env["seam.crm.field"]._look_apart(system, client)
            raise Held(1, self.env._("Salesforce was asked which fields it has: it goes on."))

    def _left_out(self, client, flow):
        """:return: whether a field that Salesforce does not know is left out from now on"""
        system = self.env["seam.system"].browse(flow.system_id)
        return self.env["seam.crm.field"]._look_after_refusal(system, client)

    def _known(self, flow, document, ids):
        """:return: set of those ids of which Odoo has the record; companies that are archived
        here are out of the way"""
        bindings = self.env["seam.binding"].sudo()
        found = bindings._find(flow.system_id, MODELS[document], ids)
        return {id_ for id_, record in found.items() if document != "crm-company" or record.active}

    def _document_of(self, flow):
        document = const.DOCUMENTS.get(flow.handler.removesuffix(".out"))
        if document:
            return document
        raise Fault(
            "config.invalid",
            self.env._("Salesforce has companies, contacts, deals and activities only."),
            fix=self.env._("Choose another handler on the flow, or another system."),
            subject=flow.code,
        )

    def _probe(self, client, system):
        """Ask how many calls are left."""
        limits = library.connect(client).limits()
        daily = limits.get("DailyApiRequests") if isinstance(limits, dict) else None
        if not daily:
            raise errors.unreadable("its limits")
        client.usage.put(daily["Max"] - daily["Remaining"], daily["Max"])
        return self.env._(
            "Salesforce lets this connection in. %(left)s of %(all)s calls of 24 hours are left.",
            left=daily["Remaining"],
            all=daily["Max"],
        )

    # -- out ---------------------------------------------------------------------------

    def _to_request(self, flow, sending):
        return mapper_out.request(self._document_of(flow), sending, flow.options)

    def _interpret(self, flow, sending, response):
        document = self._document_of(flow)
        fault = errors.fault(
            response, self._about(document, sending), self._pointers(document, flow.options)
        )
        if fault is None:
            return self._taken(sending, response)
        if sending.document.get("deleted") and fault.code == "order.conflict":
            return exchange.accepted(note=self.env._("It was gone there already."))
        if errors.is_unknown_field(fault):
            self.env["seam.system"].browse(flow.system_id)._crm_look_soon()
        return exchange.refused(fault)

    def _taken(self, sending, response):
        """:return: exchange.Answer"""
        became = times.answered(response)
        if key := self._key(sending):
            return exchange.accepted(key, content=became)
        try:
            content = response.json()
        except Fault:
            content = None
        made = content.get("id") if isinstance(content, dict) else None
        if not isinstance(made, str) or not const.ID.fullmatch(made):
            return exchange.refused(errors.unreadable("the record that was made"))
        return exchange.accepted(
            made,
            self.env._("Made there.")
            if content.get("created")
            else self.env._("It was there already, under our ID."),
            content=became,
        )

    def _about(self, document, sending):
        names = {
            "crm-company": self.env._("the company"),
            "crm-contact": self.env._("the contact"),
            "crm-deal": self.env._("the deal"),
            "crm-activity": self.env._("the activity"),
        }
        told = sending.document
        named = told.get("fields") or {}
        name = named.get("name") or named.get("summary") or told.get("id") or told.get("odoo_id")
        return f"{names[document]} {str(name)[:80]}"

    def _pointers(self, document, options):
        """:return: dict Salesforce's field → JSON Pointer into our document"""
        found = {
            vendor: fields.place(name)
            for name, vendor in fields.lines(document, options, "out").items()
        }
        if document == "crm-contact":
            found |= dict.fromkeys((const.FIRST_NAME, const.LAST_NAME), "/fields/name")
            found |= dict.fromkeys(
                filter(None, [options.get("salesforce_opt_out_field")]), "/consents"
            )
        if document == "crm-deal":
            found |= {"AccountId": "/fields/company", "ContactId": "/fields/contact"}
        if document == "crm-activity":
            found |= activities.PLACES
        return found

    def _look_up(self, client, flow, sending):
        """Is what was sent there? A change that is not is sent once more: it has the same effect.

        What was to be made and is there under our ID was made by this message, for no other
        one goes before it is known. What differs from it was changed there since.
        """
        request = self._to_request(flow, sending)
        if request is None:
            return exchange.accepted()
        wanted = request.json or {}
        if request.path == const.CUSTOMER:
            request, wanted = roles.changed(wanted), roles.wanted(wanted)
        names = ",".join(["Id", "CreatedDate", *wanted])
        response = client.request("GET", request.path, params={"fields": names})
        if response.status in (404, 410):
            deleted = request.method == "DELETE"
            return exchange.accepted(note=self.env._("It is gone there.")) if deleted else None
        fault = errors.fault(response, self._about(self._document_of(flow), sending))
        if fault:
            raise errors.question(fault)
        there = response.json()
        if request.method == "DELETE" or not isinstance(there, dict):
            return None
        key, note = self._key(sending), self.env._("Found there after a lost answer.")
        same = all(times.is_same(there.get(name), value) for name, value in wanted.items())
        if key:
            return exchange.accepted(key, note) if same else None
        return self._found(there, note)

    def _found(self, there, note):
        """What was told there before the record was made, was told without knowing of it."""
        made = there.get("CreatedDate")
        content = {"modified": times.moment(made, "/CreatedDate")} if made else None
        return exchange.accepted(there.get("Id"), note, content=content)

    def _key(self, sending):
        return sending.document.get("id") or sending.external_id

    # -- several at once ---------------------------------------------------------------

    def _together(self, flow, sending, request):
        return "change" if composite.may_join(request) else None

    def _to_batch(self, flow, parts):
        return composite.request([request for _sending, request in parts])

    def _from_batch(self, flow, parts, response):
        return composite.responses(len(parts), response)

    # -- fields ------------------------------------------------------------------------

    def _erasing_text(self, system):
        return self.env._(
            "Delete the contact there and take it out of the recycle bin, where it lies for 15 "
            "days. Look at leads and at the account, too."
        )

    def _crm_url(self, system, model, external_id):
        """My Domain leads from the ID alone to the record's page."""
        return bool(system.base_url) and f"{system.base_url.rstrip('/')}/{external_id}"

    def _crm_vendor_fields(self, document):
        return const.FIELDS.get(document, {})

    def _crm_looked(self, system, client):
        takes = describe.takes_persons(client)
        if takes is not None and takes != system.salesforce_person_accounts:
            system.salesforce_person_accounts = takes

    def _crm_missing(self, client, document, names):
        return describe.missing(client, document, names)

    def _crm_reserved(self, system, document, name):
        """Salesforce does not mind capitals; a name may be that of another record's field."""
        last = name.rpartition(".")[2].lower()
        if last == (system.salesforce_external_id or const.EXTERNAL_ID).lower():
            return self.env._(
                "%s is the field of Odoo's own ID in Salesforce. Seam writes it itself: it is "
                "not for a line.",
                name,
            )
        boxes = {*const.OPT_OUT_FIELDS, system.salesforce_opt_out_field or ""}
        if last in {box.lower() for box in boxes}:
            return self.env._(
                "%s says who objects to e-mail. That goes to Odoo's blacklist, and back, by the "
                "checkbox on the system, page “Salesforce”: it is not for a line.",
                name,
            )
        if document == "crm-deal" and last == (system.salesforce_orders_field or "").lower():
            return self.env._(
                "%s is the field into which the orders of a deal are written, by the system's "
                "page “Salesforce”: it is not for a line.",
                name,
            )
        return ""

    def _crm_describe(self, client, document):
        # of a contact's name the connector knows the two halves
        halves = (const.FIRST_NAME, const.LAST_NAME) if document == "crm-contact" else ()
        found = describe.fields(client, document)
        return [VendorField(**field) for field in found if field["name"] not in halves]
