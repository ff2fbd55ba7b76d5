from odoo.fields import Command
from odoo.tests import tagged

from .common import StockCase


@tagged("post_install", "-at_install")
class TestDeliveryRequests(StockCase):
    """What a warehouse is asked to ship, and when."""

    def test_a_delivery_is_requested_when_its_goods_are_reserved(self):
        picking = self._picking(self.warehouse.out_type_id, [(self.chair, 5), (self.desk, 2)])
        self._settle(picking, True)
        self.assertFalse(self.told(), "nothing is reserved yet")
        self.stock(self.chair, 10)
        self.stock(self.desk, 10)
        picking.action_assign()
        self._settle(picking, True)
        ((code, document),) = self.told()
        self.assertEqual(code, "delivery")
        self.assertEqual(
            (document["id"], document["action"], document["revision"], document["warehouse"]),
            (picking.name, "request", 1, "3PL"),
        )
        self.assertEqual(document["address"]["street"], "12 St James's Square")
        self.assertEqual(document["address"]["country"], "GB")
        self.assertEqual(
            [(x["sku"], x["quantity"], x["unit"]) for x in document["lines"]],
            [("CHAIR", 5, "Units"), ("DESK", 2, "Units")],
        )
        self.assertEqual(self.outgoing().state, "done")

    def test_a_flow_may_request_a_delivery_when_it_is_confirmed(self):
        self.flows["delivery"].stock_release = "confirmed"
        picking = self._picking(self.warehouse.out_type_id, [(self.chair, 5)])
        self._settle(picking, True)
        self.assertEqual(self.told()[0][1]["id"], picking.name)

    def test_a_sales_order_reaches_the_warehouse_with_what_the_customer_calls_it(self):
        self.stock(self.chair, 10)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "warehouse_id": self.warehouse.id,
                "client_order_ref": "PO-77",
                "commitment_date": "2026-12-24 12:00:00",
                "order_line": [Command.create({"product_id": self.chair.id, "product_uom_qty": 3})],
            }
        )
        order.action_confirm()
        self.commit()
        self.send_out()
        ((_code, document),) = self.told()
        self.assertEqual(
            (document["origin"], document["customer_reference"], document["promised"]),
            (order.name, "PO-77", "2026-12-24T12:00:00Z"),
        )
        # more of it: the same line, as a change
        order.order_line.product_uom_qty = 4
        self.commit()
        self.send_out()
        document = self.told()[1][1]
        self.assertEqual((document["action"], document["revision"]), ("change", 2))
        self.assertEqual([x["quantity"] for x in document["lines"]], [4])
        self.assertEqual(document["lines"][0]["id"], self.told()[0][1]["lines"][0]["id"])
        order.action_cancel()
        self.commit()
        self.send_out()
        document = self.told()[2][1]
        self.assertEqual((document["action"], document["revision"]), ("cancel", 3))
        self.assertNotIn("lines", document)

    def test_the_sales_order_of_a_shop_and_its_delivery_are_one_business_transaction(self):
        self.stock(self.chair, 10)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "warehouse_id": self.warehouse.id,
                "order_line": [Command.create({"product_id": self.chair.id, "product_uom_qty": 3})],
            }
        )
        keep = self.make_flow(name="Keep", code="keep")
        message = self.send(keep, {"a": 1})
        self.env.cr.execute(
            "UPDATE seam_message SET res_model = 'sale.order', res_id = %s, "
            "correlation = 'sale-order/727' WHERE id = %s",
            [order.id, message.id],
        )
        order.action_confirm()
        self.commit()
        self.send_out()
        self.assertEqual(self.outgoing().correlation, "sale-order/727")
        picking = order.picking_ids
        shipped = self.take("shipment", self.shipment(picking, (self.chair, 3)))
        self.assertEqual(shipped.correlation, "sale-order/727")

    def test_what_does_not_change_the_request_is_not_told_again(self):
        self.stock(self.chair, 10)
        picking = self.delivery()
        picking.do_unreserve()
        picking.action_assign()
        picking.write({"priority": "0", "note": False})
        self._settle(picking, True)
        self.assertEqual(len(self.told()), 1)

    def test_another_address_is_a_change(self):
        self.stock(self.chair, 10)
        picking = self.delivery()
        picking.partner_id = self.customer.copy({"name": "Charles", "street": "1 Dorset St"})
        self._settle(picking, True)
        document = self.told()[1][1]
        self.assertEqual(document["action"], "change")
        self.assertEqual(document["address"]["street"], "1 Dorset St")

    def test_several_changes_before_it_is_sent_are_one_request(self):
        self.stock(self.chair, 10)
        picking = self.delivery(told=False)
        self.commit()
        picking.priority = "1"
        self.commit()
        self.send_out()
        ((_code, document),) = self.told()
        self.assertEqual((document["action"], document["priority"]), ("request", "urgent"))

    def test_a_delivery_that_is_cancelled_before_it_was_told_is_not_told(self):
        self.stock(self.chair, 10)
        picking = self.delivery(told=False)
        self.commit()
        picking.action_cancel()
        self.commit()
        self.send_out()
        self.assertFalse(self.told())
        self.assertEqual(set(self.outgoing().mapped("state")), {"superseded"})

    def test_two_warehouses_only_the_partners_is_told(self):
        self.stock(self.chair, 10)
        self.stock(self.chair, 10, warehouse=self.other)
        own = self.delivery(warehouse=self.other)
        theirs = self.delivery()
        self.assertEqual([doc["id"] for _code, doc in self.told()], [theirs.name])
        self.assertFalse(own.seam_reference)

    def test_two_companies_only_the_flows_company_is_told(self):
        self.flows["delivery"].stock_warehouse_ids = False
        picking = self.foreign_delivery()
        self._settle(picking, True)
        self.assertEqual(picking.state, "assigned")
        self.assertFalse(self.told())

    def test_a_product_without_a_reference_is_an_exception_that_a_user_can_mend(self):
        self.stock(self.chair, 10)
        self.chair.default_code = False
        self.delivery()
        message = self.outgoing()
        self.assertEqual((message.state, message.fault_code), ("failed", "master.unknown"))
        self.assertFalse(self.told())
        self.chair.default_code = "CHAIR-2"
        self.open_cases().action_retry()
        self.commit()
        self.send_out()
        self.assertEqual(self.told()[0][1]["lines"][0]["sku"], "CHAIR-2")

    def test_reserved_lots_are_demanded_where_the_operation_type_says_so(self):
        self.stock(self.paint, 3, "L1")
        self.stock(self.paint, 4, "L2")
        self.delivery([(self.paint, 5)])
        self.assertNotIn("lots", self.told()[0][1]["lines"][0])
        self.warehouse.out_type_id.seam_demand_lots = True
        self.delivery([(self.paint, 2)])
        lots = self.told()[1][1]["lines"][0]["lots"]
        self.assertEqual(lots, [{"lot": "L2", "quantity": 2}])

    def test_quantities_are_told_in_the_unit_of_the_line(self):
        self.stock(self.chair, 40)
        self.delivery([(self.chair, 2, self.dozen)])
        line = self.told()[0][1]["lines"][0]
        self.assertEqual((line["quantity"], line["unit"]), (2, "Dozens"))

    def test_units_carriers_and_warehouses_are_told_in_the_partners_words(self):
        freight = self.make_product("Freight", "F", type="service", is_storable=False)
        carrier = self.env["delivery.carrier"].create({"name": "Van", "product_id": freight.id})
        for model, code, record in (
            ("uom.uom", "DZ", self.dozen),
            ("delivery.carrier", "V7", carrier),
            ("stock.warehouse", "FC-1", self.warehouse),
        ):
            self.env["seam.value.map"]._learn(self.system.id, model, code, record)
        self.stock(self.chair, 40)
        picking = self.delivery([(self.chair, 2, self.dozen)], carrier_id=carrier.id)
        document = self.told()[0][1]
        self.assertEqual(document["carrier"], {"code": "V7", "name": "Van"})
        self.assertEqual((document["warehouse"], document["lines"][0]["unit"]), ("FC-1", "DZ"))
        # what is told does not depend on who made the change
        line = self.line(picking, self.chair, 1, unit="DZ")
        self.take("shipment", self.shipment(picking, line, final=False))
        self.rest(picking).priority = "0"
        self.rest(picking)._seam_mark()
        self.commit()
        self.send_out()
        self.assertEqual(len(self.told()), 1)

    def test_another_operation_type_can_be_chosen(self):
        self.warehouse.delivery_steps = "pick_ship"
        self.flows["delivery"].stock_picking_type_ids = self.warehouse.pick_type_id
        self.stock(self.chair, 10)
        self.env["stock.rule"].run(
            [
                self.env["stock.rule"].Procurement(
                    self.chair,
                    5,
                    self.chair.uom_id,
                    self.customer.property_stock_customer,
                    "test",
                    "SO9",
                    self.company,
                    {"warehouse_id": self.warehouse, "partner_id": self.customer.id},
                )
            ]
        )
        pick = self.env["stock.picking"].search(
            [("picking_type_id", "=", self.warehouse.pick_type_id.id)]
        )
        pick.partner_id = self.customer
        pick.action_assign()
        self._settle(pick, True)
        self.assertEqual([doc["id"] for _code, doc in self.told()], [pick.name])


@tagged("post_install", "-at_install")
class TestReceiptNotices(StockCase):
    """What a warehouse is told to expect."""

    def test_a_receipt_is_announced_changed_and_cancelled(self):
        picking = self.expected([(self.chair, 5)], origin="P0042")
        ((code, document),) = self.told()
        self.assertEqual((code, document["action"]), ("notice", "request"))
        self.assertEqual((document["kind"], document["origin"]), ("purchase", "P0042"))
        self.assertEqual(document["supplier"], {"name": "Timber Ltd", "reference": "S-7"})
        self.assertEqual([(x["sku"], x["quantity"]) for x in document["lines"]], [("CHAIR", 5)])
        picking.move_ids.product_uom_qty = 7
        self._settle(picking, True)
        self.assertEqual(self.told()[1][1]["action"], "change")
        self.assertEqual(self.told()[1][1]["lines"][0]["quantity"], 7)
        picking.action_cancel()
        self._settle(picking, True)
        self.assertEqual(self.told()[2][1]["action"], "cancel")

    def test_the_return_of_a_customer_is_announced_as_such(self):
        self.stock(self.chair, 10)
        picking = self.delivery()
        self.take("shipment", self.shipment(picking, (self.chair, 5)))
        wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
        wizard.product_return_moves.quantity = 2
        wizard.action_create_returns()
        self.commit()
        self.send_out()
        code, document = self.told()[-1]
        self.assertEqual((code, document["kind"]), ("notice", "return"))
        self.assertEqual(document["lines"][0]["quantity"], 2)


@tagged("post_install", "-at_install")
class TestProducts(StockCase):
    """The item master."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.products = cls.add_flow("product", "out", "product", carries="state")

    def told_products(self):
        self.commit()
        self.send_out()
        return [document for code, document in self.told() if code == "product"]

    def test_a_product_is_told_with_its_units_barcodes_lots_and_measures(self):
        product = self.make_product(
            "Screw",
            "SCREW",
            barcode="4006381333931",
            tracking="lot",
            weight=0.25,
            volume=0.5,
            hs_code="7318",
            country_of_origin=self.env.ref("base.de").id,
        )
        self.env["product.uom"].create(
            {"product_id": product.id, "uom_id": self.dozen.id, "barcode": "40063813339312"}
        )
        (document,) = self.told_products()
        self.assertEqual(document["id"], str(product.id))
        self.assertEqual((document["sku"], document["unit"]), ("SCREW", "Units"))
        self.assertEqual(document["barcode"], "4006381333931")
        self.assertEqual((document["tracking"], document["active"]), ("lot", True))
        self.assertEqual((document["weight"], document["volume"]), (0.25, 0.5))
        self.assertEqual((document["hs_code"], document["country_of_origin"]), ("7318", "DE"))
        self.assertEqual(
            document["units"], [{"unit": "Dozens", "factor": 12, "barcode": "40063813339312"}]
        )

    def test_a_change_that_matters_is_told_once_and_another_is_not(self):
        self.chair.name = "Armchair"
        self.chair.barcode = "4006381333931"
        self.chair.list_price = 99
        (document,) = self.told_products()
        self.assertEqual(document["name"], "Armchair")
        self.chair.list_price = 100
        self.assertEqual(len(self.told_products()), 1)

    def test_an_archived_product_is_told(self):
        self.chair.action_archive()
        (document,) = self.told_products()
        self.assertFalse(document["active"])

    def test_services_and_goods_without_a_reference_are_not_told(self):
        self.make_product("Advice", "ADVICE", type="service", is_storable=False)
        self.make_product("Draft", False)
        self.assertFalse(self.told_products())

    def test_only_goods_of_the_flows_categories_are_told(self):
        parent = self.env["product.category"].create({"name": "Furniture"})
        child = self.env["product.category"].create({"name": "Seats", "parent_id": parent.id})
        self.products.stock_category_ids = parent
        self.make_product("Stool", "STOOL", categ_id=child.id)
        self.make_product("Bolt", "BOLT")
        self.assertEqual([x["sku"] for x in self.told_products()], ["STOOL"])

    def test_a_new_partner_can_be_told_of_everything(self):
        self.commit()
        self.env["seam.message"].search([]).invalidate_recordset()
        action = self.products.action_stock_tell_all()
        self.assertEqual(action["tag"], "display_notification")
        told = {document["sku"] for document in self.told_products()}
        self.assertTrue({"CHAIR", "DESK", "PAINT", "DRILL"} <= told)

    def test_many_products_at_once_are_built_together(self):
        for number in range(20):
            self.make_product(f"P{number}", f"P{number}")
        self.assertEqual(len(self.told_products()), 20)
