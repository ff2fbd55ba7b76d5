import base64
import json

from odoo import fields
from odoo.fields import Command

from odoo.addons.seam.tests.common import SeamCase
from odoo.addons.seam.tests.engine.scripted import Server, answer


class DeliveryCase(SeamCase):
    """A company that ships by a carrier: a real server on this machine.

    ``self.answers``  scripts of its next answers; the last one stays
    ``self.asked()``  documents that reached it, as (method, document)
    """

    @classmethod
    def _service_groups(cls):
        return "stock.group_stock_user"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse = cls.env["stock.warehouse"].create({"name": "Ours", "code": "OWN"})
        cls.warehouse.partner_id = cls.make_partner(
            "Seam Ltd", "Hauptstr. 1", "Berlin", "10115", "de"
        )
        cls.customer = cls.make_partner("Ada Lovelace", "Rue 2", "Paris", "75001", "fr")
        cls.chair = cls.env["product.product"].create(
            {"name": "Chair", "default_code": "CHAIR", "is_storable": True, "weight": 2.5}
        )
        cls.box = cls.env["stock.package.type"].create(
            {"name": "Box", "packaging_length": 600, "width": 400, "height": 300}
        )
        cls.carrier = cls.env["delivery.carrier"].create(
            {
                "name": "Fast",
                "delivery_type": "seam",
                "product_id": cls.env["product.product"]
                .create({"name": "Fast", "type": "service"})
                .id,
                "seam_system_id": cls.system.id,
                "seam_service": "standard",
            }
        )
        cls.flow = cls.make_flow(
            name="Labels",
            code="labels",
            direction="out",
            carries="event",
            handler="seam.handler.delivery.label",
            can_look_up=True,
        )

    @classmethod
    def make_partner(cls, name, street, city, zip_code, country):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "street": street,
                "city": city,
                "zip": zip_code,
                "country_id": cls.env.ref(f"base.{country}").id,
                "phone": "+49 30 1234",
            }
        )

    def setUp(self):
        super().setUp()
        self.answers = [self.sold()]
        self.server = Server(self._script)
        self.addCleanup(self.server.close)
        self.system.write(
            {
                "base_url": f"http://127.0.0.1:{self.server.port}",
                "allowed_hosts": "127.0.0.1",
            }
        )

    def _script(self, connection, request):
        script = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return script(connection, request)

    def sold(self, number="S-1", parcels=("1",), **changes):
        """:return: a script: the carrier's answer to a label that it sold"""
        content = {
            "id": number,
            "cost": 7.5,
            "currency": self.env.company.currency_id.name,
            "parcels": [{"reference": r, "tracking": f"{number}-{r}"} for r in parcels],
            "labels": [
                {
                    "name": r,
                    "format": "pdf",
                    "content": base64.b64encode(b"%PDF " + r.encode()).decode(),
                }
                for r in parcels
            ],
            **changes,
        }
        return answer("200 OK", json.dumps(content).encode())

    def asked(self):
        return [(r.method, json.loads(r.body or b"null")) for r in self.server.requests]

    def make_delivery(self, quantity=2, boxes=()):
        """A delivery whose goods are picked, each of ``boxes`` holding so many."""
        picking = self.env["stock.picking"].create(
            {
                "partner_id": self.customer.id,
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": self.warehouse.lot_stock_id.id,
                "location_dest_id": self.env.ref("stock.stock_location_customers").id,
                "carrier_id": self.carrier.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.chair.id,
                            "product_uom_qty": quantity,
                            "location_id": self.warehouse.lot_stock_id.id,
                            "location_dest_id": self.env.ref("stock.stock_location_customers").id,
                        }
                    )
                ],
            }
        )
        self.env["stock.quant"]._update_available_quantity(
            self.chair, self.warehouse.lot_stock_id, quantity, in_date=fields.Datetime.now()
        )
        picking.action_confirm()
        picking.action_assign()
        if boxes:
            self._pack(picking, boxes)
        picking.move_ids.picked = True
        return picking

    def _pack(self, picking, boxes):
        line = picking.move_line_ids
        for number, count in enumerate(boxes, 1):
            package = self.env["stock.package"].create(
                {"name": f"BOX-{picking.id}-{number}", "package_type_id": self.box.id}
            )
            part = line if number == 1 else line.copy()
            part.write({"quantity": count, "result_package_id": package.id})

    def ship(self, picking=None, **options):
        """Validate a delivery as a packer does, and commit. :return: the delivery"""
        picking = picking or self.make_delivery(**options)
        picking.button_validate()
        self.assertEqual(picking.state, "done")
        self.commit()
        return picking

    def send_out(self):
        self.drain("send")

    def messages(self):
        return self.env["seam.message"].search([("flow_id", "=", self.flow.id)], order="id")

    def labels(self, picking):
        return self.env["ir.attachment"].search(
            [("res_model", "=", "stock.picking"), ("res_id", "=", picking.id)], order="name"
        )
