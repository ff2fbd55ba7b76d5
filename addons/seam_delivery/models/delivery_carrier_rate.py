from datetime import datetime
from typing import NamedTuple

from odoo import fields, models

from odoo.addons.seam.engine.fault import Fault

from . import address, customs, estimate

# So long a salesperson waits for a carrier, all in all.
BUDGET_SECONDS = 3.0
# A price that was told so lately is not asked for again (seconds).
FRESH_SECONDS = 600
# It was asked, and said no: an earlier price for others is no answer to that.
REFUSALS = ("business.rule", "transport.rejected")


class Offers(NamedTuple):
    """What a carrier would take for parcels.

    :ivar by_service: dict service → (offer of ``shipping-rate-answer``, naive UTC
        datetime when it was told), the cheapest first
    :ivar reason: why there is none, in the carrier's words
    :ivar fault: why they are of earlier questions for like parcels; None: they are not
    """

    by_service: dict
    reason: str = ""
    fault: Fault | None = None


class Quote(NamedTuple):
    """What one service costs us.

    :ivar cost: in ``currency`` (``res.currency``), without our margin
    :ivar kind: ``live``, ``known`` (of an earlier question) or ``fixed``
    """

    service: str
    cost: float
    currency: models.Model
    at: datetime
    kind: str
    fault: Fault | None = None


class DeliveryCarrier(models.Model):
    """Prices of the carrier on quotations and transfers, while somebody waits.

    In this order: what it says now, within three seconds; what it said of such a
    parcel before, said to be so; the fixed price, where the method allows it.
    """

    _inherit = "delivery.carrier"

    seam_fixed_fallback = fields.Boolean(
        "Fixed price when nothing is known",
        help="The carrier cannot be asked, and no earlier price of such a parcel is known: the "
        "price of the delivery product is taken, and said to be so.",
    )

    # -- a quotation -----------------------------------------------------------------------

    def seam_rate_shipment(self, order):
        """As ``rate_shipment``; in the currency of the order."""
        self.ensure_one()
        if not self._match_address(order.partner_shipping_id) or not self._seam_rate_flow():
            return self.fixed_rate_shipment(order)
        try:
            quote = self._seam_quote(order)
        except Fault as fault:
            return self._seam_without(order, fault)
        warnings = [self._seam_age_text(quote)] if quote.kind == "known" else []
        warnings += self._seam_warnings(order)
        return {
            "success": True,
            "price": self._seam_in_currency(quote, order.currency_id, order),
            "error_message": False,
            "warning_message": "\n".join(warnings) or False,
        }

    def _seam_without(self, order, fault):
        if self.seam_fixed_fallback and fault.code not in REFUSALS:
            fixed = self.fixed_rate_shipment(order)
            fixed["warning_message"] = self.env._(
                "%(carrier)s could not be asked (%(why)s), and no earlier price of such a parcel "
                "is known. This is the fixed price.",
                carrier=self.name,
                why=self._seam_by_name(fault.message).rstrip("."),
            )
            return fixed
        return {
            "success": False,
            "price": 0.0,
            "error_message": self._seam_sentence(fault),
            "warning_message": False,
        }

    def _seam_sentence(self, fault):
        """:return: what a salesperson or packer reads of a Fault"""
        if fault.code in REFUSALS:
            # Words of a label in a connector's advice are out of place here.
            fix = fault.fix.replace("No label was bought.", "").strip()
            return f"{self._seam_by_name(fault.message)} {fix}".strip()
        return self.env._(
            "%(carrier)s could not be asked for a price: %(why)s Nothing is known of an earlier "
            "one. Try again in a moment, or choose another delivery method.",
            carrier=self.name,
            why=self._seam_by_name(fault.message),
        )

    def _seam_by_name(self, text):
        return self.sudo().seam_system_id._by_name(text, self.name)

    def _seam_age_text(self, quote):
        return self.env._(
            "%(carrier)s could not be asked now (%(why)s). This is its price of such a parcel of "
            "%(at)s, %(age)s ago.",
            carrier=self.name,
            why=self._seam_by_name(quote.fault.message).rstrip("."),
            at=fields.Datetime.context_timestamp(self, quote.at).strftime("%Y-%m-%d %H:%M"),
            age=self._seam_age(fields.Datetime.now() - quote.at),
        )

    def _seam_age(self, delta):
        minutes = int(delta.total_seconds() // 60)
        if minutes < 2:
            return self.env._("a moment")
        if minutes < 120:
            return self.env._("%s minutes", minutes)
        if minutes < 48 * 60:
            return self.env._("%s hours", minutes // 60)
        return self.env._("%s days", minutes // (24 * 60))

    def _seam_warnings(self, order):
        """:return: list of sentences: what the price leaves out, or a label will lack"""
        sender, receiver = order.warehouse_id.partner_id, order.partner_shipping_id
        abroad = sender.country_id != receiver.country_id
        lacks = address.missing(receiver, address.written(receiver), abroad)
        words = [address.word(self.env, name) for name in lacks]
        products = order.order_line.filtered(lambda line: not line.is_delivery).product_id
        goods = products.filtered(lambda product: product.type == "consu")
        if customs.is_border(self.env, sender.country_id, receiver.country_id):
            without = goods.filtered(lambda product: not (product.hs_code or "").strip())
            words += [self.env._("HS code of %s", product.display_name) for product in without]
        found = []
        if words:
            found.append(self.env._("A label cannot be bought yet: no %s.", ", ".join(words)))
        weightless = estimate.weightless(order)
        if weightless and not self.env.context.get("order_weight"):
            names = ", ".join(weightless.mapped("display_name"))
            found.append(self.env._("The price leaves out the weight of %s.", names))
        return found

    # -- asking ----------------------------------------------------------------------------

    def _seam_rate_flow(self):
        """:return: the flow (sudo) by which the carrier is asked for rates, or empty"""
        self.ensure_one()
        flows, system = self.env["seam.flow"].sudo(), self.sudo().seam_system_id
        if not system:
            return flows
        outgoing = self.env["seam.flow"]._outgoing("seam.handler.delivery.rate")
        return flows.browse([flow for flow, owner in outgoing if owner == system.id][:1])

    def _seam_quote(self, record, ask=True):
        """What the service of this method, or the one chosen, costs for an order or transfer.

        :param ask: False: only what is known already
        :return: Quote
        :raise Fault: nothing is known, or the carrier does not take it
        """
        offers = self._seam_offers(record, ask)
        if not offers.by_service:
            raise self._seam_no_offer(record, "", offers)
        service = self._seam_wanted_service(record)
        if service and service not in offers.by_service:
            raise offers.fault or self._seam_no_offer(record, service, offers)
        offer, at = offers.by_service[service or next(iter(offers.by_service))]
        return Quote(
            offer["service"],
            offer["total"],
            self._seam_currency(offer["currency"]),
            at,
            "known" if offers.fault else "live",
            offers.fault,
        )

    def _seam_wanted_service(self, record):
        """:return: code, or "": the cheapest"""
        if self.seam_service:
            return self.seam_service
        chosen = self.env.context.get("seam_service")
        if chosen is None and record.carrier_id == self:
            chosen = record.seam_service
        return chosen or ""

    def _seam_no_offer(self, record, service, offers):
        message = (
            self.env._(
                "%(carrier)s does not offer %(service)s for this.",
                carrier=self.name,
                service=service,
            )
            if service and offers.by_service
            else self.env._("%s offers nothing for this.", self.name)
        )
        return Fault(
            "business.rule",
            f"{message} {offers.reason}".strip(),
            fix=self.env._("Choose another delivery method, or look at address and weight."),
            subject=f"rate:{self.id}",
        )

    def _seam_offers(self, record, ask=True):
        """:return: Offers for an order or transfer
        :raise Fault: the carrier cannot be asked and nothing is known, or it cannot take it
        """
        # What is asked needs the warehouse, which a salesperson may not see.
        handler = self.env["seam.handler.delivery.rate"].sudo()
        weight = self.env.context.get("order_weight") or 0.0
        document = handler._question(record.sudo(), self.sudo(), weight)
        flow, alike = self._seam_rate_flow(), handler._alike(document)
        try:
            told = self._seam_tell(flow, document, alike, ask)
        except Fault as fault:
            known = {} if fault.code in REFUSALS else self._seam_known(flow, alike)
            if not known:
                raise
            return Offers(known, fault=fault)
        found = {offer["service"]: (offer, told.at) for offer in told.content["offers"]}
        return Offers(_cheapest_first(found), told.content.get("reason") or "")

    def _seam_tell(self, flow, document, alike, ask):
        if not flow:
            raise Fault("config.invalid", self.env._("%s is not set up for prices.", self.name))
        if ask:
            return flow._ask(
                document,
                "shipping-rate-answer",
                topic="rate",
                alike=alike,
                seconds=BUDGET_SECONDS,
                fresh=FRESH_SECONDS,
            )
        told = flow._recall(document, topic="rate", fresh=FRESH_SECONDS)
        if not told:
            raise Fault("transport.unavailable", self.env._("%s was not asked.", self.name))
        return told

    def _seam_known(self, flow, alike):
        """:return: dict service → (offer, when), the newest of each"""
        found = {}
        for told in flow._told_earlier(alike) if flow else ():
            for offer in told.content["offers"]:
                found.setdefault(offer["service"], (offer, told.at))
        return _cheapest_first(found)

    def _seam_currency(self, code):
        """:raise Fault: ``master.unknown``"""
        found = self.env["res.currency"].search([("name", "=", code)], limit=1)
        if not found:
            raise Fault(
                "business.rule",
                self.env._("The price is in %s, and this currency is not active.", code),
                fix=self.env._("Have it activated."),
                subject=f"currency:{code}",
            )
        return found

    def _seam_in_currency(self, quote, currency, record):
        company = record.company_id or self.env.company
        return quote.currency._convert(quote.cost, currency, company, fields.Date.today())


def _cheapest_first(found):
    return dict(sorted(found.items(), key=lambda item: item[1][0]["total"]))
