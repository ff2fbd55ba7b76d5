from odoo.addons.seam.models.letter import Letter

from .common import DeliveryCase


class TrackingCase(DeliveryCase):
    """A parcel with a label, and a flow by which its carrier tells of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scans = cls.make_flow(
            name="Tracking",
            code="tracking",
            carries="state",
            handler="seam.handler.delivery.tracking",
        )

    def setUp(self):
        super().setUp()
        self.picking = self.ship()
        self.send_out()
        self.shipment = self.picking.seam_shipment_ids
        self.parcel = self.shipment.parcel_ids

    def document(self, status, hour, **values):
        at = f"2026-05-04T{hour:02}:00:00+02:00" if isinstance(hour, int) else hour
        return {"tracking": "S-1-1", "status": status, "at": at, **values}

    def hear(self, status, hour, again="", **values):
        """The carrier pushes a scan; nobody has looked at it yet."""
        return self.receive(
            self.scans,
            self.document(status, hour, **values),
            key=f"{status}-{hour}-{values}-{again}",
        )

    def scan(self, status, hour, state="done", again="", **values):
        message = self.message(self.hear(status, hour, again, **values))
        self.drain()
        # what hooks of a commit do, which do not run in tests, the minute's sweep does too
        self.env["seam.exception"]._close_left_open()
        self.env.invalidate_all()
        self.assertEqual(message.state, state, message.state_reason)
        return message

    def letter(self, status, at, **values):
        """A scan in the handler's hands."""
        document = self.document(status, at, **values)
        message = self.hear(status, at, **values)
        return Letter(
            message_id=message.id,
            document=document,
            identity=self.env["seam.handler.delivery.tracking"]._identify(document),
        )

    def notes(self, word):
        return self.picking.message_ids.filtered(lambda note: word in (note.body or ""))
