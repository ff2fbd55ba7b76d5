from odoo import models

from odoo.addons.seam.engine.fault import Fault

from . import address, customs, parcels


class SeamHandlerDeliveryLabel(models.AbstractModel):
    """Labels: bought and voided after the packer's transaction, never in it.

    Every call of one shipment carries the same reference, by which the carrier can be
    asked what became of a request whose answer was lost.
    """

    _name = "seam.handler.delivery.label"
    _inherit = "seam.handler"
    _description = "Shipping labels"

    _contract = ("shipping-label", "1.0.0")
    _direction = "out"
    _sources = ("seam.shipment",)

    def _concerns(self, flow, records):
        return records.filtered(lambda s: s.carrier_id.sudo().seam_system_id == flow.system_id)

    def _correlation(self, records):
        """A label belongs to the business transaction of its order, where that has one."""
        orders = records.picking_id.sale_id
        known = self.env["seam.message"]._known_correlations(orders) if orders else {}
        return {
            shipment.id: known[shipment.picking_id.sale_id.id]
            for shipment in records
            if shipment.picking_id.sale_id.id in known
        }

    def _build(self, records, topic):
        build = self._void if topic == "void" else self._buy
        return [self._built(build, shipment) for shipment in records]

    def _built(self, build, shipment):
        try:
            return build(shipment)
        except Fault as fault:
            if build == self._buy:
                fault.fix = f"{fault.fix} {self.env._('No label was bought.')}"
            return fault

    def _received(self, letter):
        shipment = self.env["seam.shipment"].sudo().browse(letter.res_id)
        if letter.topic == "void":
            shipment._keep_void()
        else:
            asked = [parcel["reference"] for parcel in letter.document["parcels"]]
            shipment._keep_label(letter.content, asked)

    def _refused(self, letter):
        if letter.topic == "void":
            shipment = self.env["seam.shipment"].sudo().browse(letter.res_id)
            shipment._keep_refusal(letter.fault)

    def _void(self, shipment):
        return {
            "action": "void",
            "purpose": shipment.purpose,
            "reference": shipment.name,
            "carrier_number": shipment.carrier_number,
            "tracking": shipment.parcel_ids.mapped("tracking"),
        }

    def _buy(self, shipment):
        picking, carrier = shipment.picking_id, shipment.carrier_id
        is_return = shipment.purpose == "return"
        ours, theirs = picking.picking_type_id.warehouse_id.partner_id, picking.partner_id
        sender, receiver = (theirs, ours) if is_return else (ours, theirs)
        abroad = sender.country_id != receiver.country_id
        found = parcels.parcels(picking)
        parcels.check(self.env, picking, carrier, found)
        places = [
            self.env._("The sender's address"),
            self.env._("The delivery address"),
        ]
        document = {
            "action": "buy",
            "purpose": shipment.purpose,
            "reference": shipment.name,
            "number": picking.name,
            "service": shipment.service or "",
            "label_format": carrier.seam_label_format,
            "from": self._address(places[0], sender, "from", abroad),
            "to": self._address(places[1], receiver, "to", abroad),
            "parcels": found,
        }
        if picking.sale_id:
            document["order"] = picking.sale_id.name
        if customs.is_border(self.env, sender.country_id, receiver.country_id):
            document["customs"] = customs.declaration(self.env, picking, shipment.purpose)
        if carrier.shipping_insurance:
            document["insurance"] = self._insurance(picking, carrier)
        document.update(self._of_return(shipment) if is_return else self._of_delivery(shipment))
        return document

    def _of_delivery(self, shipment):
        """:return: dict of what is bought with a delivery only"""
        carrier, found = shipment.carrier_id, {}
        options = carrier._seam_option_codes()
        if options:
            found["options"] = options
        if carrier.seam_collect and not shipment.picking_id.sale_id:
            raise Fault(
                "business.rule",
                self.env._(
                    "%(carrier)s collects on delivery, and %(picking)s belongs to no order: "
                    "nobody knows how much.",
                    carrier=carrier.name,
                    picking=shipment.picking_id.name,
                ),
                pointer="/cash_on_delivery",
                fix=self.env._("Choose a delivery method that collects nothing."),
                subject=f"stock.picking:{shipment.picking_id.id}",
            )
        if shipment.collect:
            found["cash_on_delivery"] = {
                "amount": shipment.collect,
                "currency": shipment.collect_currency_id.name,
                "method": carrier.seam_collect,
            }
        return found

    def _of_return(self, shipment):
        """:return: dict with the carrier's number of what comes back, if it was his"""
        picking = shipment.picking_id
        origin = picking.move_ids.origin_returned_move_id.picking_id or picking
        out = origin.seam_shipment_ids.filtered(
            lambda s: (
                s.purpose == "delivery"
                and s.state == "bought"
                and s.carrier_id.sudo().seam_system_id == shipment.carrier_id.sudo().seam_system_id
            )
        )
        return {"return_of": out[0].carrier_number} if out else {}

    def _address(self, whose, partner, place, abroad):
        made = address.written(partner) if partner else {}
        address.check(self.env, whose, partner, made, place, abroad)
        return made

    def _insurance(self, picking, carrier):
        goods = carrier._get_commodities_from_stock_move_lines(picking.move_line_ids)
        value = sum(one.qty * one.monetary_value for one in goods)
        return {
            "amount": round(value * carrier.shipping_insurance / 100, 2),
            "currency": customs.currency(picking).name,
        }
