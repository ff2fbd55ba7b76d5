from odoo import models

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.letter import Identity

from .seam_handler_stock import number
from .seam_handler_stock_confirmation import QUIET
from .stock_lookup import StockLookup
from .stock_shelf import Shelf


class SeamHandlerStockAdjustment(models.AbstractModel):
    """Stock adjustments: what a warehouse found, lost or broke.

    The warehouse says so, by an id of its own and with a reason: that is the only way
    in which stock changes without a transfer. It is an inventory move at the
    warehouse's stock location that bears the reason.
    """

    _name = "seam.handler.stock.adjustment"
    _inherit = "seam.handler.stock"
    _description = "Stock adjustments"

    _contract = ("stock-adjustment", "1.0.0")
    _bound_model = "stock.move"

    def _identify(self, document):
        return Identity(
            key=document["id"],
            correlation=f"adjustment/{document['id']}",
            label=self.env._("Adjustment %s", document["id"]),
            touches=(document["sku"],),
        )

    def _needs(self):
        return {
            "stock.move": {
                "inventory_name": "char",
                "is_inventory": "boolean",
                "location_dest_id": "many2one",
                "location_id": "many2one",
                "picked": "boolean",
                "product_id": "many2one",
                "product_uom": "many2one",
                "product_uom_qty": "float",
            },
            "stock.warehouse": {"code": "char", "lot_stock_id": "many2one"},
        }

    def _apply(self, letters):
        flow = self._flow(letters)
        handler = self.with_context(**QUIET)
        handler._drop_repeated(letters)
        lookup = StockLookup(handler.env, flow, [letter.document for letter in letters])
        shelf = handler._shelf(letters, lookup)
        values, moved = [], []
        for letter in [letter for letter in letters if letter.open]:
            try:
                values.append(handler._move_values(letter, lookup, flow, shelf))
            except Fault as fault:
                letter.refuse(fault)
            else:
                moved.append(letter)
        handler._move(moved, values)

    def _shelf(self, letters, lookup):
        """What the batch takes off, read once: two losses never take the same goods."""
        products, places = self.env["product.product"], self.env["stock.location"]
        for letter in letters:
            for product in lookup.find(letter.document["sku"]):
                products |= product
        for warehouse in lookup.flow._served_warehouses():
            places |= warehouse.lot_stock_id
        places = places.with_env(self.env)
        return Shelf(self.env, products, places, self.env["stock.move.line"])

    def _move(self, letters, values):
        moves = self.env["stock.move"].create(values)
        moves._action_done()
        moves._trigger_assign()
        for letter, move in zip(letters, moves, strict=True):
            letter.done(move, note=move.inventory_name)

    def _move_values(self, letter, lookup, flow, shelf):
        document = letter.document
        warehouse = lookup.warehouse(document.get("warehouse"))
        product = lookup.product(document["sku"], "")
        delta = lookup.quantity(document, product, "", "delta")
        self._require_counted(letter, product)
        self._require_within(letter, product, delta, warehouse, flow)
        lot = self._lot(letter, product, delta)
        outside = product.with_company(lookup.company).property_stock_inventory
        stock = warehouse.lot_stock_id
        if delta > 0:
            lines = [self._line(product, outside, stock, delta, lot)]
        else:
            lines = self._take(letter, product, stock, -delta, lot, outside, shelf)
        return {
            "product_id": product.id,
            "product_uom": product.uom_id.id,
            "product_uom_qty": abs(delta),
            "company_id": lookup.company.id,
            "state": "confirmed",
            "location_id": (outside if delta > 0 else stock).id,
            "location_dest_id": (stock if delta > 0 else outside).id,
            "is_inventory": True,
            "picked": True,
            "origin": document["id"],
            "inventory_name": self._reason(document),
            "move_line_ids": [(0, 0, line) for line in lines],
        }

    def _line(self, product, source, target, quantity, lot, taken=None):
        line = {
            "product_id": product.id,
            "product_uom_id": product.uom_id.id,
            "quantity": quantity,
            "location_id": source.id,
            "location_dest_id": target.id,
            "lot_id": lot.id,
        }
        if taken:
            line |= {"package_id": taken.package.id, "owner_id": taken.owner.id}
        return line

    def _reason(self, document):
        reason = document["reason"]
        words = " ".join(filter(None, (reason["code"], reason.get("text"))))
        return self.env._(
            "Adjustment %(id)s of the warehouse: %(reason)s", id=document["id"], reason=words
        )

    def _require_counted(self, letter, product):
        if product.is_storable:
            return
        raise Fault(
            "business.rule",
            self.env._("Stock of %s is not counted in Odoo.", product.display_name),
            pointer="/sku",
            fix=self.env._("Choose “Track Inventory” on the product and retry, or discard this."),
            subject=f"product.product:{product.id}",
        )

    def _require_within(self, letter, product, delta, warehouse, flow):
        limit = flow.stock_adjust_limit
        if not limit or product.uom_id.compare(abs(delta), limit) <= 0:
            return
        ours = sum(
            self.env["stock.quant"]
            .search(
                [
                    ("product_id", "=", product.id),
                    ("location_id", "child_of", warehouse.lot_stock_id.id),
                ]
            )
            .mapped("quantity")
        )
        raise Fault(
            "business.rule",
            self.env._(
                "The warehouse adjusts %(product)s by %(delta)s; Odoo has %(ours)s, and the flow "
                "allows %(limit)s at once.",
                product=product.default_code or product.display_name,
                delta=f"{delta:+g}",
                ours=f"{ours:g}",
                limit=f"{limit:g}",
            ),
            pointer="/delta",
            fix=self.env._(
                "Have it counted. If it is right, raise the limit on the flow and retry; else "
                "discard this message and tell the warehouse."
            ),
            subject=f"adjustment:{letter.document['id']}",
        )

    def _lot(self, letter, product, delta):
        """A lot that was found may be new; one that was lost must be known."""
        name, none = letter.document.get("lot"), self.env["stock.lot"]
        if product.tracking == "none":
            return none
        if not name:
            raise Fault(
                "business.rule",
                self.env._("%s needs a lot or serial number.", product.display_name),
                pointer="/lot",
                fix=self.env._("Ask the warehouse for it, and edit the message."),
                subject=f"lot:{product.id}",
            )
        known = self.env["stock.lot"].search(
            [("product_id", "=", product.id), ("name", "=", name)], limit=1
        )
        if known or delta < 0:
            return known or self._refuse_unknown(product, name, letter)
        return self.env["stock.lot"].create({"name": name, "product_id": product.id})

    def _refuse_unknown(self, product, name, letter):
        raise self._not_there(product, name, letter, 0)

    def _take(self, letter, product, stock, quantity, lot, outside, shelf):
        owner = self.env["res.partner"]
        taken = shelf.take(product, stock, lot, owner, quantity)
        if taken is None:
            count = shelf.count(product, stock, lot, owner)
            raise self._not_there(product, lot.name, letter, count)
        return [self._line(product, t.location, outside, t.quantity, t.lot, t) for t in taken]

    def _not_there(self, product, lot, letter, count):
        told = number(letter.document["delta"])
        return Fault(
            "business.rule",
            self.env._(
                "The warehouse takes %(told)s of %(product)s off its stock; Odoo has %(ours)s%(lot)s.",
                told=abs(told),
                product=product.default_code or product.display_name,
                ours=f"{count:g}",
                lot=self.env._(" of lot %s", lot) if lot else "",
            ),
            pointer="/delta",
            fix=self.env._(
                "Look for a receipt that has not come through and settle it first, then retry; or "
                "count, and discard this message."
            ),
            subject=f"stock:{product.id}",
        )
