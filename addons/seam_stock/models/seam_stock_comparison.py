from odoo import api, fields, models

# Deliveries of which the warehouse says that they are still there explain nothing.
STILL_THERE = ("accepted", "waiting", "picking", "rejected", "cancelled")
NOT_YET_THERE = ("accepted", "waiting", "rejected", "cancelled")


class SeamStockComparison(models.Model):
    """Odoo's stock beside the warehouse's last word, for each product and warehouse.

    A view of the database: one query for a page. *On the way* is what was asked of the
    warehouse and is not confirmed yet, as far as the warehouse may have done it;
    *since* is what Odoo moved after the moment of the warehouse's word. A difference
    that these explain is none.
    """

    _name = "seam.stock.comparison"
    _description = "Stock with partners"
    _auto = False
    _order = "differs desc, warehouse_id, product_id"
    _rec_name = "product_id"

    company_id = fields.Many2one("res.company", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    categ_id = fields.Many2one("product.category", "Product category", readonly=True)
    uom_id = fields.Many2one("uom.uom", "Unit", readonly=True)
    odoo_quantity = fields.Float("Odoo: on hand", digits="Product Unit", readonly=True)
    odoo_reserved = fields.Float("Odoo: reserved", digits="Product Unit", readonly=True)
    wms_quantity = fields.Float("Warehouse: on hand", digits="Product Unit", readonly=True)
    wms_reserved = fields.Float("Warehouse: reserved", digits="Product Unit", readonly=True)
    wms_damaged = fields.Float("Warehouse: damaged", digits="Product Unit", readonly=True)
    wms_at = fields.Datetime("Warehouse's word of", readonly=True)
    asked_out = fields.Float("Asked for, to ship", digits="Product Unit", readonly=True)
    asked_in = fields.Float("Announced, to come", digits="Product Unit", readonly=True)
    in_flight_out = fields.Float(
        "On the way out",
        digits="Product Unit",
        readonly=True,
        help="Asked of the warehouse and not confirmed: it may have left.",
    )
    in_flight_in = fields.Float(
        "On the way in",
        digits="Product Unit",
        readonly=True,
        help="Announced to the warehouse and not confirmed: it may have come.",
    )
    since = fields.Float(
        "Moved since",
        digits="Product Unit",
        readonly=True,
        help="What came into Odoo's stock, less what left it, after the warehouse's word.",
    )
    difference = fields.Float(
        digits="Product Unit",
        readonly=True,
        help="Odoo less warehouse, without damaged goods, as of the warehouse's word.",
    )
    unexplained = fields.Float(
        digits="Product Unit",
        readonly=True,
        help="The part of the difference that nothing on the way explains.",
    )
    differs = fields.Boolean(readonly=True)

    @property
    def _table_query(self):
        return f"""
            SELECT t.id, t.company_id, t.warehouse_id, t.product_id, t.categ_id, t.uom_id,
                   t.odoo_quantity, t.odoo_reserved, t.wms_quantity, t.wms_reserved,
                   t.wms_damaged, t.wms_at, t.asked_out, t.asked_in, t.in_flight_out,
                   t.in_flight_in, t.since, t.difference, t.unexplained,
                   round(t.unexplained, 6) <> 0 AS differs
              FROM ({self._explained()}) t
        """

    def _explained(self):
        """A surplus in Odoo may be goods that left, a lack goods that came."""
        return f"""
            SELECT d.*,
                   CASE WHEN d.difference IS NULL THEN 0
                        WHEN d.difference > 0
                        THEN greatest(d.difference - d.in_flight_out, 0)
                        ELSE least(d.difference + d.in_flight_in, 0) END AS unexplained
              FROM (
                SELECT j.*,
                       CASE WHEN j.wms_at IS NOT NULL
                            THEN j.odoo_quantity - j.since - (j.wms_quantity - j.wms_damaged)
                       END AS difference
                  FROM ({self._joined()}) j) d
        """

    def _joined(self):
        return f"""
            SELECT k.product_id::bigint * 100000 + k.warehouse_id AS id,
                   w.company_id, k.warehouse_id, k.product_id, tmpl.categ_id, tmpl.uom_id,
                   COALESCE(q.quantity, 0) AS odoo_quantity,
                   COALESCE(q.reserved, 0) AS odoo_reserved,
                   COALESCE(l.quantity, 0) AS wms_quantity,
                   COALESCE(l.reserved, 0) AS wms_reserved,
                   COALESCE(l.damaged, 0) AS wms_damaged,
                   l.at AS wms_at,
                   COALESCE(f.asked_out, 0) AS asked_out,
                   COALESCE(f.asked_in, 0) AS asked_in,
                   COALESCE(f.flight_out, 0) AS in_flight_out,
                   COALESCE(f.flight_in, 0) AS in_flight_in,
                   COALESCE(s.quantity, 0) AS since
              FROM (SELECT warehouse_id, product_id FROM ({self._odoo()}) a
                     UNION SELECT warehouse_id, product_id FROM ({self._word()}) b
                     UNION SELECT warehouse_id, product_id FROM ({self._flight()}) c) k
              JOIN stock_warehouse w ON w.id = k.warehouse_id
              JOIN product_product p ON p.id = k.product_id
              JOIN product_template tmpl ON tmpl.id = p.product_tmpl_id
              LEFT JOIN ({self._odoo()}) q USING (warehouse_id, product_id)
              LEFT JOIN ({self._word()}) l USING (warehouse_id, product_id)
              LEFT JOIN ({self._flight()}) f USING (warehouse_id, product_id)
              LEFT JOIN ({self._moved_since()}) s USING (warehouse_id, product_id)
             WHERE l.at IS NOT NULL OR f.warehouse_id IS NOT NULL
                OR EXISTS ({self._served()})
        """

    def _served(self):
        """Flows that make a warehouse one of a partner."""
        return """
            SELECT 1 FROM seam_flow flow
             WHERE flow.company_id = w.company_id AND flow.state <> 'draft'
               AND flow.handler IN ('seam.handler.stock.delivery', 'seam.handler.stock.shipment',
                                    'seam.handler.stock.receipt.notice',
                                    'seam.handler.stock.receipt', 'seam.handler.stock.status',
                                    'seam.handler.stock.adjustment',
                                    'seam.handler.stock.snapshot')
               AND (NOT EXISTS (SELECT 1 FROM seam_flow_stock_warehouse_rel named
                                 WHERE named.seam_flow_id = flow.id)
                    OR EXISTS (SELECT 1 FROM seam_flow_stock_warehouse_rel named
                                WHERE named.seam_flow_id = flow.id
                                  AND named.stock_warehouse_id = w.id))
        """

    def _odoo(self):
        """What Odoo has for sale: places for damaged goods are not counted."""
        return """
            SELECT loc.warehouse_id, quant.product_id,
                   sum(quant.quantity)::numeric AS quantity,
                   sum(quant.reserved_quantity)::numeric AS reserved
              FROM stock_quant quant JOIN stock_location loc ON loc.id = quant.location_id
             WHERE loc.usage = 'internal' AND loc.warehouse_id IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM seam_flow damage
                                WHERE damage.stock_damage_location_id = loc.id)
             GROUP BY 1, 2
        """

    def _word(self):
        """Of the partner who spoke last: one who ran the warehouse before is not asked."""
        return """
            SELECT level.warehouse_id, level.product_id,
                   sum(level.quantity)::numeric AS quantity,
                   sum(level.reserved)::numeric AS reserved,
                   sum(level.damaged)::numeric AS damaged, max(level.at) AS at
              FROM seam_stock_level level
              JOIN (SELECT DISTINCT ON (warehouse_id) warehouse_id, system_id
                      FROM seam_stock_level ORDER BY warehouse_id, at DESC) last
                   USING (warehouse_id, system_id)
             GROUP BY 1, 2
        """

    def _flight(self):
        """Transfers that the warehouse has, with what is not confirmed of them."""
        here, coming = ", ".join(map(repr, STILL_THERE)), ", ".join(map(repr, NOT_YET_THERE))
        return f"""
            SELECT kind.warehouse_id, move.product_id,
                   sum(move.product_qty) FILTER (WHERE kind.code = 'outgoing')::numeric
                       AS asked_out,
                   sum(move.product_qty) FILTER (WHERE kind.code = 'incoming')::numeric
                       AS asked_in,
                   sum(move.product_qty) FILTER (WHERE kind.code = 'outgoing'
                       AND COALESCE(pick.seam_status, '') NOT IN ({here}))::numeric AS flight_out,
                   sum(move.product_qty) FILTER (WHERE kind.code = 'incoming'
                       AND COALESCE(pick.seam_status, '') NOT IN ({coming}))::numeric AS flight_in
              FROM stock_move move
              JOIN stock_picking pick ON pick.id = move.picking_id
              JOIN stock_picking_type kind ON kind.id = pick.picking_type_id
             WHERE pick.seam_told_at IS NOT NULL AND pick.seam_hold IS NOT TRUE
               AND move.state NOT IN ('draft', 'done', 'cancel')
             GROUP BY 1, 2
        """

    def _moved_since(self):
        """By the time at which the warehouse did it, where it tells that."""
        return f"""
            SELECT word.warehouse_id, word.product_id,
                   sum(CASE WHEN target.counts THEN line.quantity_product_uom ELSE 0 END
                     - CASE WHEN source.counts THEN line.quantity_product_uom ELSE 0 END)::numeric
                       AS quantity
              FROM ({self._word()}) word
              JOIN stock_move_line line ON line.product_id = word.product_id
               AND line.state = 'done' AND line.date > word.at
              LEFT JOIN stock_picking pick ON pick.id = line.picking_id
              CROSS JOIN LATERAL ({self._counts("line.location_id")}) source
              CROSS JOIN LATERAL ({self._counts("line.location_dest_id")}) target
             WHERE COALESCE(pick.seam_done_at, line.date) > word.at
             GROUP BY 1, 2
        """

    def _counts(self, column):
        return f"""
            SELECT EXISTS (
                SELECT 1 FROM stock_location loc
                 WHERE loc.id = {column} AND loc.usage = 'internal'
                   AND loc.warehouse_id = word.warehouse_id
                   AND NOT EXISTS (SELECT 1 FROM seam_flow damage
                                    WHERE damage.stock_damage_location_id = loc.id)) AS counts
        """

    @api.model
    def _of(self, warehouse, products):
        """:return: rows of a warehouse's products, as they are in this transaction"""
        self.env.flush_all()
        self.invalidate_model(flush=False)
        rows = self.sudo().search(
            [
                ("warehouse_id", "=", warehouse.id),
                ("product_id", "in", [product.id for product in products]),
            ]
        )
        return rows.with_env(self.sudo().env)

    # -- drill down --------------------------------------------------------------------

    def action_open_levels(self):
        """What the warehouse told, lot by lot."""
        self.ensure_one()
        return self._action(
            "seam.stock.level",
            self.env._("Told by the warehouse"),
            [
                ("warehouse_id", "=", self.warehouse_id.id),
                ("product_id", "=", self.product_id.id),
            ],
        )

    def action_open_quants(self):
        self.ensure_one()
        return self._action(
            "stock.quant",
            self.env._("On hand in Odoo"),
            [
                ("location_id.warehouse_id", "=", self.warehouse_id.id),
                ("location_id.usage", "=", "internal"),
                ("product_id", "=", self.product_id.id),
            ],
        )

    def action_open_flight(self):
        """The transfers that the warehouse has and did not confirm."""
        self.ensure_one()
        return self._action(
            "stock.picking",
            self.env._("With the warehouse"),
            [
                ("picking_type_id.warehouse_id", "=", self.warehouse_id.id),
                ("seam_told_at", "!=", False),
                ("state", "not in", ["done", "cancel"]),
                ("move_ids.product_id", "=", self.product_id.id),
            ],
        )

    def _action(self, model, name, domain):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "list,form",
            "domain": domain,
        }
