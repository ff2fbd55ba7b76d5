from odoo import api, fields, models

from . import tracking_plan

STATUSES = [
    ("announced", "Announced"),
    ("accepted", "With the carrier"),
    ("in_transit", "On its way"),
    ("out_for_delivery", "Out for delivery"),
    ("delivered", "Delivered"),
    ("held", "Held"),
    ("failed", "Delivery failed"),
    ("returning", "On its way back"),
    ("returned", "Returned to us"),
    ("lost", "Lost or damaged"),
]


class SeamParcel(models.Model):
    """How far a parcel is: the newest of its scans, whenever they came."""

    _inherit = "seam.parcel"

    status = fields.Selection(STATUSES, readonly=True)
    status_at = fields.Datetime("Since", readonly=True)
    status_place = fields.Char("Place", readonly=True)
    status_text = fields.Char("Carrier's words", readonly=True)
    promised_date = fields.Date("Expected", readonly=True)
    attempts = fields.Integer(
        "Failed attempts", compute="_compute_attempts", help="To hand it over."
    )
    scan_ids = fields.One2many("seam.parcel.scan", "parcel_id", "Scans", readonly=True)
    ask_at = fields.Datetime(
        "Carrier asked next", readonly=True, help="Empty: nothing more is to come."
    )
    asked_at = fields.Datetime("Carrier asked", readonly=True)
    ask_error = fields.Char("Carrier's refusal", readonly=True)

    _ask_idx = models.Index("(ask_at) WHERE ask_at IS NOT NULL")

    @api.model_create_multi
    def create(self, vals_list):
        parcels = super().create(vals_list)
        now = fields.Datetime.now()
        for parcel in parcels:
            parcel.ask_at = parcel._next_question(now)
        parcels._release_scans()
        return parcels

    @api.depends("scan_ids")
    def _compute_attempts(self):
        for parcel in self:
            scans = parcel.scan_ids.sorted(lambda scan: (scan.at, scan.rank, scan.id))
            parcel.attempts = tracking_plan.attempts([(scan.at, scan.status) for scan in scans])

    def _release_scans(self):
        """Carriers may tell of a parcel before its label is written down here."""
        self.env.cr.execute(
            """
            SELECT m.id FROM seam_message m JOIN seam_flow f ON f.id = m.flow_id
             WHERE f.handler = 'seam.handler.delivery.tracking' AND m.company_id = ANY(%s)
               AND m.state = 'failed'
               AND m.fault_code IN ('master.unknown', 'order.predecessor')
               AND regexp_replace(m.ordering_key, '@[^@]*$', '') = ANY(%s)
            """,
            [self.company_id.ids, self.mapped("tracking")],
        )
        held = self.env["seam.message"].sudo().browse(row[0] for row in self.env.cr.fetchall())
        held._retry(self.env._("Its label is known now."))

    def _lock_shipments(self):
        """So that of two workers with parcels of one shipment each sees the other's."""
        self.env["seam.parcel"].flush_model()
        self.env.cr.execute(
            """
            SELECT p.id FROM seam_parcel p
             WHERE p.shipment_id IN (SELECT shipment_id FROM seam_parcel WHERE id = ANY(%s))
             ORDER BY p.id FOR NO KEY UPDATE
            """,
            [self.ids],
        )
        self.env["seam.parcel"].invalidate_model(flush=False)

    def _follow(self):
        """Take over the newest scan of each parcel.

        :return: parcels of which a newer scan is known than before
        """
        newest = self.env["seam.parcel.scan"]._newest(self)
        now = fields.Datetime.now()
        moved, told = self.browse(), self.browse()
        for parcel in self:
            scan = newest.get(parcel.id)
            if not scan or not parcel._is_news(scan):
                continue
            if (parcel.status, parcel.status_text or None) != (scan["status"], scan["text"]):
                told |= parcel
            parcel.write(
                {
                    "status": scan["status"],
                    "status_at": scan["at"],
                    "status_place": scan["place"],
                    "status_text": scan["text"],
                }
            )
            parcel.ask_at = parcel._next_question(now)
            moved |= parcel
        told._tell_transfer()
        moved._moved()
        return moved

    def _is_news(self, scan):
        """Of two scans of one moment the one further on the way counts."""
        if not self.status_at:
            return True
        before = self._standing_on_its_way()
        after = (scan["at"], tracking_plan.rank(scan["status"]))
        same = (self.status_place or None, self.status_text or None)
        return after > before or (after == before and same != (scan["place"], scan["text"]))

    def _standing_on_its_way(self):
        """:return: what is compared of two scans: the later one counts"""
        return self.status_at, tracking_plan.rank(self.status)

    def _moved(self):
        """Hook: newer scans of these parcels are known than before."""

    def _tell_transfer(self):
        """On the transfer stands what the customer asks for: it arrived, or it will not."""
        bodies = {}
        for parcel in self:
            if parcel.status == "delivered" or parcel.status in tracking_plan.TROUBLE:
                sentences = bodies.setdefault(parcel.shipment_id.picking_id.id, [])
                sentences.append(parcel._status_sentence())
        pickings = self.env["stock.picking"].sudo().browse(bodies)
        if pickings:
            pickings._message_log_batch(
                bodies={id_: " ".join(sentences) for id_, sentences in bodies.items()}
            )

    def _is_in_trouble(self):
        labelled = self.shipment_id.state in ("bought", "voiding")
        return labelled and self.status in tracking_plan.TROUBLE

    def _correlations(self):
        """:return: dict parcel id → the business transaction that it is a part of: that of
        its order, else of its shipment
        """
        Message = self.env["seam.message"]
        shipments = self.shipment_id
        orders = shipments.picking_id.sale_id
        of_orders = Message._known_correlations(orders) if orders else {}
        of_shipments = Message._known_correlations(shipments)
        return {
            parcel.id: of_orders.get(parcel.shipment_id.picking_id.sale_id.id)
            or of_shipments.get(parcel.shipment_id.id)
            for parcel in self
        }

    def _status_sentence(self):
        """:return: what people read of it, e.g. "Parcel 1Z…: Delivered, Lyon" """
        words = {"number": self.tracking, "how": self._how()}
        if self.shipment_id.purpose == "return":
            return self.env._("Return parcel %(number)s: %(how)s.", **words)
        return self.env._("Parcel %(number)s: %(how)s.", **words)

    def _how(self):
        """:return: status, place and the carrier's words, e.g. "Delivered, Lyon" """
        labels = dict(self._fields["status"]._description_selection(self.env))
        words = [labels[self.status], self.status_place, self.status_text]
        return ", ".join(filter(None, words)).rstrip(".")

    def _trouble_sentence(self):
        """:return: the same, for somebody who does not have the transfer before him"""
        picking = self.shipment_id.picking_id
        return self.env._(
            "%(sentence)s Transfer %(picking)s to %(customer)s.",
            sentence=self._status_sentence(),
            picking=picking.name,
            customer=picking.partner_id.display_name or "?",
        )
