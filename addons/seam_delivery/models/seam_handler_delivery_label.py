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

    def _void(self, shipment):
        return {
            "action": "void",
            "reference": shipment.name,
            "carrier_number": shipment.carrier_number,
            "tracking": shipment.parcel_ids.mapped("tracking"),
        }

    def _buy(self, shipment):
        picking = shipment.picking_id
        carrier = shipment.carrier_id
        sender, receiver = picking.picking_type_id.warehouse_id.partner_id, picking.partner_id
        abroad = sender.country_id != receiver.country_id
        found = parcels.parcels(picking)
        parcels.check(self.env, picking, carrier, found)
        document = {
            "action": "buy",
            "reference": shipment.name,
            "number": picking.name,
            "service": picking.seam_service or "",
            "label_format": carrier.seam_label_format,
            "from": self._address(self.env._("The sender's address"), sender, "from", abroad),
            "to": self._address(self.env._("The delivery address"), receiver, "to", abroad),
            "parcels": found,
        }
        if customs.is_border(self.env, sender.country_id, receiver.country_id):
            document["customs"] = {
                "currency": customs.currency(picking).name,
                "reason": "sale",
                "lines": customs.lines(self.env, picking),
            }
        if carrier.shipping_insurance:
            document["insurance"] = self._insurance(picking, carrier)
        return document

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
