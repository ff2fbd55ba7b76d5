from odoo.tests import tagged

from .way_back import WayBackCase


@tagged("post_install", "-at_install")
class TestStockLevels(WayBackCase):
    """A shop learns how many can be sold of the products that it knows."""

    flows_out = {"stock": ("stock.level", "state")}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.products = cls.make_flow(
            name="Products", code="products", handler="seam.handler.sale.product"
        )
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )

    def bind(self, key="11", sku="CHAIR", delivery=None, **values):
        document = {"id": key, "sku": sku, "name": sku.title(), **values}
        return self.send(self.products, document, key=delivery)

    def put(self, product, quantity, warehouse=None):
        location = (warehouse or self.warehouse).lot_stock_id
        self.env["stock.quant"]._update_available_quantity(product, location, quantity)

    def levels(self):
        return {document["sku"]: document["quantity"] for document in self.told("stock")}

    def test_a_product_that_the_shop_tells_of_is_bound_and_gets_its_level(self):
        message = self.bind(parent_id="10")
        self.assertEqual((message.state, message._record()), ("done", self.chair))
        (level,) = self.told("stock")
        self.assertEqual(
            level,
            {
                "product_id": "11",
                "parent_id": "10",
                "sku": "CHAIR",
                "quantity": 100,
                "counts": "free",
                "unit": "Units",
            },
        )
        self.contract_holds("stock", level)

    def test_products_that_the_shop_does_not_know_are_not_told(self):
        self.put(self.desk, 5)
        self.assertEqual(self.told(), [])

    def test_what_an_order_reserves_cannot_be_sold_again(self):
        self.bind()
        self.bind("12", "DESK")
        self.told()
        self.take()
        self.assertEqual(self.levels(), {"CHAIR": 98, "DESK": 99})

    def test_goods_that_come(self):
        self.bind()
        self.told()
        self.put(self.chair, 7)
        self.put(self.chair, 1)
        self.assertEqual(self.levels(), {"CHAIR": 108})

    def test_only_the_newest_level_is_sent(self):
        self.bind()
        self.commit()
        self.put(self.chair, 7)
        self.assertEqual(self.levels(), {"CHAIR": 107})

    def test_less_than_nothing_is_nothing(self):
        self.bind()
        self.told()
        self.put(self.chair, -130)
        self.assertEqual(self.levels(), {"CHAIR": 0})

    def test_only_the_flows_warehouses_count(self):
        other = self.env["stock.warehouse"].create({"name": "Other", "code": "OTH"})
        self.back["stock"].sale_level_warehouse_ids = other
        self.put(self.chair, 3, other)
        self.bind()
        (level,) = self.told("stock")
        self.assertEqual((level["quantity"], level["warehouses"]), (3, ["OTH"]))

    def test_a_forecast_counts_what_is_to_come(self):
        self.back["stock"].sale_level_counts = "forecast"
        self.bind()
        self.told()
        receipt = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
                "move_ids": [
                    (
                        0,
                        0,
                        {
                            "product_id": self.chair.id,
                            "product_uom_qty": 20,
                            "location_id": self.env.ref("stock.stock_location_suppliers").id,
                            "location_dest_id": self.warehouse.lot_stock_id.id,
                        },
                    )
                ],
            }
        )
        receipt.action_confirm()
        self.assertEqual(self.levels(), {"CHAIR": 120})

    def test_a_product_that_odoo_does_not_have_is_for_a_person(self):
        message = self.bind("13", "SOFA")
        self.assertEqual(message.fault_code, "master.unknown")
        self.env["seam.binding"]._bind(self.system.id, {"SOFA": self.desk})
        message._retry("chosen")
        self.commit()
        self.drain()
        self.assertEqual(message.state, "done", message.fault_message)
        (level,) = self.told("stock")
        self.assertEqual((level["product_id"], level["sku"]), ("13", "SOFA"))

    def test_the_same_product_again_is_no_news(self):
        self.bind()
        self.told()
        self.assertEqual(self.bind(delivery="again").state, "superseded")
        self.assertEqual(self.told(), [])

    def test_five_products_do_not_cost_five_times_the_queries(self):
        def ordered(count):
            """:return: queries of telling the levels of so many products"""
            products = self.env["product.product"].concat(
                *(
                    self._make_product(f"P{count}-{number}", f"P{count}-{number}")
                    for number in range(count)
                )
            )
            self.env["seam.binding"]._bind(
                self.system.id, {f"#{product.id}": product for product in products}
            )
            self.told()
            products.env["product.product"].browse(products.ids)
            self.env.cr.precommit.data.setdefault("seam.stock.levels", set()).update(products.ids)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["product.product"].sudo()._seam_tell_levels()
            return self.env.cr.sql_log_count - before

        one, five = ordered(1), ordered(5)
        self.assertLessEqual(five, one + 1)
