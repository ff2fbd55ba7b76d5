from odoo import api, fields, models


class SeamStockLevel(models.Model):
    """What a warehouse said last that it has of a product, or of a lot of it."""

    _name = "seam.stock.level"
    _description = "Stock as a partner tells it"
    _log_access = False
    _order = "warehouse_id, product_id, lot_name"
    _rec_name = "product_id"

    system_id = fields.Many2one("seam.system", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    warehouse_id = fields.Many2one(
        "stock.warehouse", required=True, readonly=True, ondelete="cascade"
    )
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, index=True, ondelete="cascade"
    )
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    lot_name = fields.Char("Lot or serial number", required=True, readonly=True, default="")
    quantity = fields.Float("On hand there", digits="Product Unit", readonly=True)
    reserved = fields.Float("Reserved there", digits="Product Unit", readonly=True)
    damaged = fields.Float("Damaged there", digits="Product Unit", readonly=True)
    at = fields.Datetime("As of", required=True, readonly=True)
    message_id = fields.Many2one("seam.message", readonly=True, ondelete="set null")

    _message_idx = models.Index("(message_id) WHERE message_id IS NOT NULL")
    _word_idx = models.Index("(warehouse_id, at DESC)")
    _level_uniq = models.UniqueIndex("(warehouse_id, product_id, lot_name, system_id)")

    @api.model
    def _keep(self, levels, system, warehouse, at, message_id):
        """Remember the warehouse's word, unless a newer one is known.

        :param levels: dict (product, lot name) → dict of ``on_hand``, ``reserved``, ``damaged``
        """
        if not levels:
            return
        self.env.cr.execute_values(
            """
            INSERT INTO seam_stock_level
                   (system_id, company_id, warehouse_id, product_id, lot_name,
                    quantity, reserved, damaged, at, message_id)
            VALUES %s
            ON CONFLICT (warehouse_id, product_id, lot_name, system_id) DO UPDATE
               SET quantity = excluded.quantity, reserved = excluded.reserved,
                   damaged = excluded.damaged, at = excluded.at,
                   message_id = excluded.message_id
             WHERE seam_stock_level.at <= excluded.at
            """,
            [
                (
                    system.id,
                    warehouse.company_id.id,
                    warehouse.id,
                    product.id,
                    lot_name,
                    told.get("on_hand", 0),
                    told.get("reserved", 0),
                    told.get("damaged", 0),
                    at,
                    message_id,
                )
                for (product, lot_name), told in sorted(
                    levels.items(), key=lambda item: (item[0][0].id, item[0][1])
                )
            ],
            page_size=1000,
        )
        self.invalidate_model(flush=False)
        self.env["seam.stock.comparison"].invalidate_model(flush=False)

    @api.model
    def _add_unlisted(self, levels, system, warehouse, at):
        """A whole snapshot says of what it does not list that there is none.

        That is what the warehouse told of earlier, and what Odoo has there now.

        :param levels: is added to
        """
        self.env["stock.quant"].flush_model()
        self.env.cr.execute(
            """
            SELECT product_id, lot_name FROM seam_stock_level
             WHERE system_id = %(system)s AND warehouse_id = %(warehouse)s AND at <= %(at)s
             UNION
            SELECT q.product_id, CASE WHEN p.tracking = 'none' THEN '' ELSE COALESCE(t.name, '') END
              FROM stock_quant q
              JOIN stock_location l ON l.id = q.location_id
              JOIN product_product v ON v.id = q.product_id
              JOIN product_template p ON p.id = v.product_tmpl_id
              LEFT JOIN stock_lot t ON t.id = q.lot_id
             WHERE l.warehouse_id = %(warehouse)s AND l.usage = 'internal' AND q.quantity <> 0
            """,
            {"system": system.id, "warehouse": warehouse.id, "at": at},
        )
        Product = self.env["product.product"]
        for product_id, lot_name in self.env.cr.fetchall():
            levels.setdefault((Product.browse(product_id), lot_name), {})

    def action_open_message(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "seam.message",
            "res_id": self.message_id.id,
            "view_mode": "form",
        }
