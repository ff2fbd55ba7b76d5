from odoo import api, models

from odoo.addons.seam.engine.fault import Fault

from . import address, customs, estimate, parcels

# Parcels up to these weights (kg) cost alike, more or less.
CLASSES = (0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 25, 31.5, 40, 50, 70, 100, 200, 500)


class SeamHandlerDeliveryRate(models.AbstractModel):
    """Questions for rates: asked while a salesperson waits, never in the outbox.

    A question says nothing of who the customer is: a price depends on the place.
    """

    _name = "seam.handler.delivery.rate"
    _inherit = "seam.handler"
    _description = "Shipping rates"

    _contract = ("shipping-rate", "1.0.0")
    _direction = "out"
    _sources = ("sale.order", "stock.picking")

    def _concerns(self, flow, records):
        return records.filtered(lambda r: r.carrier_id.sudo().seam_system_id == flow.system_id)

    def _build(self, records, topic):
        return [self._built(record) for record in records]

    def _built(self, record):
        try:
            return self._question(record, record.carrier_id)
        except Fault as fault:
            return fault

    @api.model
    def _question(self, record, carrier, weight=0.0):
        """
        :param record: ``sale.order``, or ``stock.picking`` whose goods are picked
        :param weight: of the goods of an order, in Odoo's unit; 0: by the products
        :return: document of the contract ``shipping-rate``
        :raise Fault: ``business.rule``: nobody could tell a price, with the reason
        """
        is_order = record._name == "sale.order"
        sender, receiver = self._ends(record)
        if is_order:
            found = estimate.parcels(record, carrier, weight)
        else:
            found = parcels.parcels(record)
        parcels.check(self.env, record, carrier, found)
        document = {
            "from": self._place(self.env._("The sender's address"), sender, "from"),
            "to": self._place(self.env._("The delivery address"), receiver, "to"),
            "parcels": [{**each, "reference": str(n)} for n, each in enumerate(found, 1)],
            "currency": self._currency(record).name,
        }
        services = self._services(carrier)
        if services:
            document["services"] = services
        options = carrier._seam_option_codes()
        if options:
            document["options"] = options
        document.update(self._values(record, carrier, sender, receiver))
        return document

    def _services(self, carrier):
        """:return: sorted codes, the same for all methods of one service at this carrier, so
        that one question serves them all; empty: all of the carrier's
        """
        if not carrier.seam_service:
            return []
        same = carrier.search(
            [
                ("seam_system_id", "=", carrier.seam_system_id.id),
                ("seam_service", "not in", (False, "")),
                ("company_id", "in", (False, carrier.seam_system_id.company_id.id)),
            ]
        )
        return sorted({*same.mapped("seam_service"), carrier.seam_service})

    def _ends(self, record):
        """:return: (sender, receiver) as ``res.partner``"""
        if record._name == "sale.order":
            return record.warehouse_id.partner_id, record.partner_shipping_id
        return record.picking_type_id.warehouse_id.partner_id, record.partner_id

    def _currency(self, record):
        if record._name == "sale.order":
            return record.currency_id
        return customs.currency(record)

    def _place(self, whose, partner, place):
        made = address.priced(partner) if partner else {}
        address.check_priced(self.env, whose, partner, made, place)
        return made

    def _values(self, record, carrier, sender, receiver):
        """:return: dict of what goods are worth, where it makes a price"""
        currency, goods = self._currency(record).name, self._worth(record, carrier)
        found = {}
        if customs.is_border(self.env, sender.country_id, receiver.country_id):
            found["declared_value"] = {"amount": round(goods, 2), "currency": currency}
        if carrier.shipping_insurance:
            insured = round(goods * carrier.shipping_insurance / 100, 2)
            found["insurance"] = {"amount": insured, "currency": currency}
        order = record if record._name == "sale.order" else record.sale_id
        amount = order and round(order._compute_amount_total_without_delivery(), 2)
        if carrier.seam_collect and amount:
            found["cash_on_delivery"] = {
                "amount": amount,
                "currency": currency,
                "method": carrier.seam_collect,
            }
        return found

    def _worth(self, record, carrier):
        if record._name == "sale.order":
            goods = carrier._get_commodities_from_order(record)
        else:
            goods = carrier._get_commodities_from_stock_move_lines(record.move_line_ids)
        return sum(one.qty * one.monetary_value for one in goods)

    @api.model
    def _alike(self, document):
        """:return: what questions share whose answers may stand for each other

        Countries, the beginning of the postcodes, number and weight class of the parcels,
        and what is bought with them.
        """
        heaviest = max(parcel["weight_kg"] for parcel in document["parcels"])
        weight = next((most for most in CLASSES if heaviest <= most), heaviest)
        extras = [name for name in ("insurance", "cash_on_delivery") if name in document]
        places = [
            f"{document[end]['country']}-{document[end].get('zip', '')[:2]}"
            for end in ("from", "to")
        ]
        count = len(document["parcels"])
        wanted = ",".join([*document.get("options", ()), *extras])
        return f"{'>'.join(places)} {count}x{weight:g}kg {wanted}".strip()
