from copy import deepcopy

from odoo.fields import Command

from odoo.addons.seam.tests.common import SeamCase

ADDRESS = {
    "name": "John Doe",
    "street": "969 Market",
    "city": "San Francisco",
    "state": "CA",
    "zip": "94103",
    "country": "US",
}


class SaleCase(SeamCase):
    """A company that sells two goods, and a shop that sends orders of them."""

    @classmethod
    def _service_groups(cls):
        return "sales_team.group_sale_salesman_all_leads,base.group_partner_manager"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("base.USD").active = True
        cls.company.currency_id = cls.env.ref("base.USD")
        cls.tax = cls._make_tax("Sales tax 7.5%", 7.5)
        cls.chair = cls._make_product("Chair", "CHAIR")
        cls.desk = cls._make_product("Desk", "DESK")
        cls.flow = cls.make_flow(name="Orders", code="orders", handler="seam.handler.sale.order")
        cls.map_tax("75", cls.tax)

    @classmethod
    def _make_tax(cls, name, amount, included=False):
        return cls.env["account.tax"].create(
            {
                "name": name,
                "amount": amount,
                "amount_type": "percent",
                "type_tax_use": "sale",
                "price_include_override": "tax_included" if included else "tax_excluded",
                "country_id": cls.env.ref("base.us").id,
                "tax_group_id": cls.env["account.tax.group"]
                .create({"name": name, "country_id": cls.env.ref("base.us").id})
                .id,
            }
        )

    @classmethod
    def _make_product(cls, name, code, **values):
        product = cls.env["product.product"].create(
            {
                "name": name,
                "default_code": code,
                "type": "consu",
                "is_storable": True,
                "list_price": 10,
                "taxes_id": [Command.clear()],
                **values,
            }
        )
        if product.is_storable:
            warehouse = cls.env["stock.warehouse"].search(
                [("company_id", "=", cls.company.id)], limit=1
            )
            cls.env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, 100)
        return product

    @classmethod
    def map_tax(cls, code, tax):
        cls.env["seam.value.map"]._learn(cls.system.id, "account.tax", code, tax)

    # -- documents ---------------------------------------------------------------------

    def line(self, key, sku, quantity, total, tax=None, **values):
        line = {
            "id": key,
            "kind": "product",
            "product": {"sku": sku},
            "name": sku.title(),
            "quantity": quantity,
            "total": total,
            **values,
        }
        if tax is not None:
            line["taxes"] = [{"code": "75", "total": tax}]
        return line

    def order(self, key="727", minute=0, **values):
        """A document: two chairs, one desk, shipping; 29.35 dollars in all."""
        return deepcopy(
            {
                "id": key,
                "number": key,
                "status": "confirmed",
                "date": "2026-03-22T19:28:02Z",
                "modified": f"2026-03-22T19:{minute:02}:08Z",
                "currency": "USD",
                "prices_include_tax": False,
                "customer": {"email": "john.doe@example.com"},
                "billing": ADDRESS,
                "lines": [
                    self.line("1", "CHAIR", 2, "6.00", "0.45"),
                    self.line("2", "DESK", 1, "12.00", "0.90"),
                    {
                        "id": "3",
                        "kind": "shipping",
                        "product": {"id": "flat_rate"},
                        "name": "Flat rate",
                        "quantity": 1,
                        "total": "10.00",
                    },
                ],
                "payment": {"state": "paid", "name": "Bank transfer"},
                "totals": {"total": "29.35", "tax": "1.35"},
                **values,
            }
        )

    def take(self, document=None, **kwargs):
        """Send a document through. :return: (message, sales order)"""
        message = self.send(self.flow, document or self.order(), **kwargs)
        return message, message._record() or self.env["sale.order"]

    def goods(self, order):
        """:return: dict shop's line id → quantity"""
        return {
            line.seam_line_key: line.product_uom_qty
            for line in order.order_line
            if not line.display_type
        }

    def deliver(self, order, quantities=None):
        """Ship an order, or part of it. :param quantities: dict product → quantity"""
        picking = order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        for move in picking.move_ids:
            done = (
                move.product_uom_qty if quantities is None else quantities.get(move.product_id, 0)
            )
            move.quantity = done
            move.picked = bool(done)
        picking.with_context(skip_backorder=True)._action_done()
