from odoo import models

from odoo.addons.seam.engine.fault import Fault


class SeamHandlerStockShipment(models.AbstractModel):
    """Shipment confirmations: goods left for a delivery that a warehouse was asked for."""

    _name = "seam.handler.stock.shipment"
    _inherit = "seam.handler.stock.confirmation"
    _description = "Shipment confirmations"

    _contract = ("stock-shipment", "1.0.0")
    _out = "seam.handler.stock.delivery"
    _reference = "delivery"
    _moment = "shipped"

    def _identify(self, document):
        name = document.get("number") or document["id"]
        return self._identity(document, self.env._("Shipment %s", name))

    def _needs(self):
        needs = super()._needs()
        needs["stock.picking"]["carrier_id"] = "many2one"
        needs["stock.package"] = {"name": "char", "shipping_weight": "float"}
        return needs

    def _lot(self, line, product, lots, pointer, notes):
        """What leaves must have come: a lot that Odoo does not know is a difference."""
        lot = super()._lot(line, product, lots, pointer, notes)
        if lot or product.tracking == "none":
            return lot
        raise Fault(
            "business.rule",
            self.env._(
                "%(told)s of %(product)s left as lot %(lot)s, which Odoo does not know: 0 there.",
                told=line["quantity"],
                product=product.default_code or product.display_name,
                lot=line["lot"],
            ),
            pointer=f"{pointer}/lot",
            fix=self.env._(
                "Ask the warehouse whether it read the number right, and edit the message; or "
                "settle the receipt by which it came, then retry."
            ),
            subject=f"lot:{product.id}:{line['lot']}",
        )

    def _fix_too_many(self):
        return self.env._(
            "Choose one: raise the quantity of the order and retry; or have the surplus brought "
            "back, and edit the message to what was asked for."
        )

    def _fix_cancelled(self):
        return self.env._(
            "The goods left although the delivery was cancelled. Choose one: stop the parcel or "
            "have it returned; or make a delivery by hand for what the customer keeps. Then "
            "discard this message."
        )

    def _picking_values(self, plan):
        document, picking = plan.letter.document, plan.picking
        numbers = [box.get("tracking") for box in document.get("packages", ())]
        known = (picking.carrier_tracking_ref or "").split(",")
        every = dict.fromkeys(filter(None, [*known, document.get("tracking"), *numbers]))
        values = super()._picking_values(plan)
        values["carrier_tracking_ref"] = ",".join(every) or False
        carrier = self._carrier(document, plan)
        if carrier and not picking.carrier_id:
            values["carrier_id"] = carrier.id
        return values

    def _carrier(self, document, plan):
        """:return: ``delivery.carrier`` by value map or name, or None; else it is noted"""
        told = document.get("carrier") or {}
        code = told.get("code") or told.get("name")
        if not code:
            return None
        system_id = self.env["seam.message"].sudo().browse(plan.letter.message_id).system_id.id
        Carrier = self.env["delivery.carrier"]
        found = self.env["seam.value.map"]._translate(system_id, Carrier._name, [code]).get(code)
        found = found or Carrier.search([("name", "in", [code, told.get("name")])], limit=1)
        if not found or (plan.picking.carrier_id and plan.picking.carrier_id != found):
            plan.notes.append(self.env._("Shipped by %s.", told.get("name") or code))
        return found
