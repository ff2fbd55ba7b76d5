import json
from copy import deepcopy

from odoo import fields
from odoo.fields import Command

from odoo.addons.seam.tests.common import SeamCase
from odoo.addons.seam.tests.engine.scripted import Server, answer


class StockCase(SeamCase):
    """A company whose warehouse is run by a partner.

    ``self.warehouse``  theirs; ``self.other`` is a second one that we run
    ``self.told()``     documents that reached the partner, as (flow code, document)
    """

    @classmethod
    def _service_groups(cls):
        return "stock.group_stock_user"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse = cls.env["stock.warehouse"].create({"name": "Three", "code": "3PL"})
        cls.other = cls.env["stock.warehouse"].create({"name": "Ours", "code": "OWN"})
        cls.customer = cls.env["res.partner"].create(
            {
                "name": "Ada Lovelace",
                "street": "12 St James's Square",
                "city": "London",
                "zip": "SW1Y",
                "country_id": cls.env.ref("base.uk").id,
                "email": "ada@example.com",
            }
        )
        cls.supplier = cls.env["res.partner"].create({"name": "Timber Ltd", "ref": "S-7"})
        cls.chair = cls.make_product("Chair", "CHAIR")
        cls.desk = cls.make_product("Desk", "DESK")
        cls.paint = cls.make_product("Paint", "PAINT", tracking="lot")
        cls.drill = cls.make_product("Drill", "DRILL", tracking="serial")
        cls.dozen = cls.env.ref("uom.product_uom_dozen")
        cls.flows = {}
        cls.add_flow("delivery", "out", "delivery")
        cls.add_flow("notice", "out", "receipt.notice")
        for code in ("status", "shipment", "receipt", "adjustment", "snapshot"):
            carries = "state" if code in ("status", "snapshot") else "event"
            cls.add_flow(code, "in", code, carries=carries)

    @classmethod
    def add_flow(cls, code, direction, handler, **values):
        cls.flows[code] = cls.make_flow(
            name=code,
            code=code,
            direction=direction,
            handler=f"seam.handler.stock.{handler}",
            **{"stock_warehouse_ids": [Command.set(cls.warehouse.ids)], **values},
        )
        return cls.flows[code]

    @classmethod
    def make_product(cls, name, code, **values):
        return cls.env["product.product"].create(
            {"name": name, "default_code": code, "type": "consu", "is_storable": True, **values}
        )

    def setUp(self):
        super().setUp()
        self.answers = answer("202 Accepted", b"{}")
        self.server = Server(lambda connection, request: self.answers(connection, request))
        self.addCleanup(self.server.close)
        self.system.write(
            {"base_url": f"http://127.0.0.1:{self.server.port}", "allowed_hosts": "127.0.0.1"}
        )

    # -- Odoo --------------------------------------------------------------------------

    def stock(self, product, quantity, lot=None, warehouse=None):
        """Put goods on stock. :return: the lot"""
        location = (warehouse or self.warehouse).lot_stock_id
        if lot:
            lot = self.env["stock.lot"].create({"name": lot, "product_id": product.id})
        self.env["stock.quant"]._update_available_quantity(product, location, quantity, lot_id=lot)
        return lot

    def on_hand(self, product, location=None, lot=None):
        """:return: quantity of the quants below a location, read from the database"""
        self.env.flush_all()
        domain = [
            ("product_id", "=", product.id),
            ("location_id", "child_of", (location or self.warehouse.view_location_id).id),
        ]
        if lot:
            domain.append(("lot_id.name", "=", lot))
        return sum(self.env["stock.quant"].search(domain).mapped("quantity"))

    def reserved(self, product, location=None):
        location = location or self.warehouse.view_location_id
        quants = self.env["stock.quant"].search(
            [("product_id", "=", product.id), ("location_id", "child_of", location.id)]
        )
        return sum(quants.mapped("reserved_quantity"))

    def delivery(self, lines=None, warehouse=None, told=True, **values):
        """A delivery order that is confirmed and reserved, and told to the warehouse.

        :param lines: list of (product, quantity) or (product, quantity, unit)
        """
        picking = self._picking((warehouse or self.warehouse).out_type_id, lines, **values)
        picking.action_assign()
        return self._settle(picking, told)

    def expected(self, lines=None, warehouse=None, told=True, **values):
        """A receipt that is announced to the warehouse."""
        values = {"partner_id": self.supplier.id, **values}
        picking = self._picking((warehouse or self.warehouse).in_type_id, lines, **values)
        return self._settle(picking, told)

    def foreign_delivery(self, **values):
        """A delivery of a second company. :return: it, for a user of that company"""
        company = self.env["res.company"].create({"name": "Other Inc"})
        self.env.user.company_ids |= company
        there = self.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
        self.stock(self.chair, 10, warehouse=there)
        self.env = self.env(context={"allowed_company_ids": company.ids})
        picking = self._picking(there.with_env(self.env).out_type_id, None, **values)
        picking.action_assign()
        self.env = self.env(context={})
        return picking

    def _picking(self, kind, lines, **values):
        source, target = kind.default_location_src_id, kind.default_location_dest_id
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": kind.id,
                "partner_id": self.customer.id,
                "location_id": source.id,
                "location_dest_id": target.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "product_uom": (unit[0] if unit else product.uom_id).id,
                            "location_id": source.id,
                            "location_dest_id": target.id,
                        }
                    )
                    for product, quantity, *unit in (lines or [(self.chair, 5)])
                ],
                **values,
            }
        )
        picking.action_confirm()
        return picking

    def _settle(self, picking, told):
        if told:
            self.commit()
            self.send_out()
        return picking

    def rest(self, picking):
        """:return: the backorder of a transfer"""
        return self.env["stock.picking"].search([("backorder_id", "=", picking.id)])

    def by_hand(self, picking, quantities=None):
        """A user validates a transfer, or a part of it, in Odoo."""
        for move in picking.move_ids:
            move.quantity = (quantities or {}).get(move.product_id, move.product_uom_qty)
            move.picked = bool(move.quantity)
        picking._action_done()
        self.commit()

    # -- the partner -------------------------------------------------------------------

    def send_out(self):
        self.drain("send")

    def told(self):
        return [
            (request.target.strip("/"), json.loads(request.body))
            for request in self.server.requests
        ]

    def forget(self):
        self.server.requests.clear()

    def outgoing(self, code="delivery"):
        self.env.invalidate_all()
        return self.env["seam.message"].search([("flow_id", "=", self.flows[code].id)], order="id")

    def line(self, picking, product, quantity, **values):
        """A line of a confirmation."""
        every = self.env["stock.picking"].search(
            [("seam_reference", "=", picking.seam_reference)], order="id"
        )
        moves = every.move_ids.filtered(lambda move: move.product_id == product)
        return {
            "line": moves[:1].seam_line,
            "sku": product.default_code,
            "quantity": quantity,
            **values,
        }

    def shipment(self, picking, *lines, key="S-1", final=True, **values):
        """:return: a shipment confirmation; lines are (product, quantity) or dicts"""
        return {
            "id": key,
            "delivery": picking.seam_reference,
            "shipped": "2026-03-22T19:28:02Z",
            "final": final,
            "lines": self._lines(picking, lines),
            **deepcopy(values),
        }

    def receipt(self, picking, *lines, key="R-1", final=True, **values):
        return {
            "id": key,
            "receipt": picking.seam_reference,
            "received": "2026-03-22T19:28:02Z",
            "final": final,
            "lines": self._lines(picking, lines),
            **deepcopy(values),
        }

    def _lines(self, picking, lines):
        return [x if isinstance(x, dict) else self.line(picking, *x) for x in lines]

    def status(self, picking, status, document="delivery", minute=0, **values):
        return {
            "document": document,
            "reference": picking.seam_reference,
            "status": status,
            "at": f"2026-03-22T19:{minute:02}:08Z",
            **values,
        }

    def adjustment(self, product, delta, key="A-1", **values):
        return {
            "id": key,
            "warehouse": "3PL",
            "at": "2026-03-22T19:28:02Z",
            "sku": product.default_code,
            "delta": delta,
            "reason": {"code": "DMG", "text": "Dropped"},
            **values,
        }

    def snapshot(self, *lines, key="N-1", complete=True, at=None, **values):
        """:param lines: (product, on hand) or dicts"""
        at = at or fields.Datetime.now()
        return {
            "id": key,
            "warehouse": "3PL",
            "at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "complete": complete,
            "lines": [
                x if isinstance(x, dict) else {"sku": x[0].default_code, "on_hand": x[1]}
                for x in lines
            ],
            **values,
        }

    def take(self, code, document, state="done", **kwargs):
        """Send a document through, and see what became of it. :return: the message"""
        self.commit()
        message = self.send(self.flows[code], document, **kwargs)
        self.assertEqual(message.state, state, message.fault_message or message.state_reason)
        self.commit()
        return message

    def refused(self, code, document, fault, *words):
        """The document becomes an exception that says all of ``words``, and a way out."""
        message = self.take(code, document, "failed")
        self.assertEqual(message.fault_code, fault, message.fault_message)
        for word in words:
            self.assertIn(word, message.fault_message)
        self.assertTrue(message.fault_fix, "there is a way out")
        return message
