import logging

from odoo import api, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

AT_ONCE = 20
RESTOCK_BELOW, RESTOCK_BY = 10, 100


class SeamDemoPacker(models.AbstractModel):
    """Packs what the demo's own warehouse, Lakeside South, has to ship, as a packer would:
    each delivery is validated, and its label comes by itself.
    """

    _name = "seam.demo.packer"
    _description = "Demo packer"

    @api.model
    def _pack(self):
        """Called by the scheduled action."""
        south = self.env.ref("seam_demo.warehouse_south")
        deliveries = self.env["stock.picking"].search(
            [
                ("picking_type_id", "=", south.out_type_id.id),
                ("carrier_id.delivery_type", "=", "seam"),
                ("state", "in", ("confirmed", "assigned")),
            ],
            order="id",
            limit=AT_ONCE,
        )
        self._find_goods(deliveries.move_ids.product_id, south.lot_stock_id)
        waiting = deliveries.filtered(lambda picking: picking.state == "confirmed")
        if waiting:
            waiting.action_assign()
        for picking in deliveries.filtered(lambda picking: picking.state == "assigned"):
            self._ship(picking)

    def _ship(self, picking):
        try:
            with self.env.cr.savepoint():
                picking.move_ids.picked = True
                picking.with_context(skip_backorder=True).button_validate()
        except UserError as error:
            _logger.info("The demo's packer leaves %s to you: %s", picking.name, error)

    def _find_goods(self, products, shelf):
        """The demo's shop sells for days: what runs out is found behind a shelf."""
        few = products.with_context(location=shelf.id).filtered(
            lambda product: product.is_storable and product.free_qty < RESTOCK_BELOW
        )
        Quant = self.env["stock.quant"].with_context(inventory_mode=True)
        for product in few:
            Quant.create(
                {
                    "product_id": product.id,
                    "location_id": shelf.id,
                    "inventory_quantity": product.qty_available + RESTOCK_BY,
                }
            ).action_apply_inventory()
