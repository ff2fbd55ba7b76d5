from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class SeamShipment(models.Model):
    """What a carrier was asked to take for a transfer: the label of its parcels.

    A transfer has one that is not void, and one with which the customer sends it back,
    which the database guards: a second click, a retry or another worker finds it there
    and buys nothing.
    """

    _name = "seam.shipment"
    _inherit = "seam.delivery.asked"
    _description = "Shipment"
    _order = "id desc"
    _asked_by = "seam.handler.delivery.label"

    name = fields.Char("Reference", required=True, readonly=True, default="/")
    picking_id = fields.Many2one(
        "stock.picking", "Transfer", required=True, readonly=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(related="picking_id.company_id", store=True, index=True)
    carrier_id = fields.Many2one(
        "delivery.carrier", "Delivery method", required=True, readonly=True, ondelete="restrict"
    )
    purpose = fields.Selection(
        [("delivery", "To the customer"), ("return", "Back from the customer")],
        required=True,
        readonly=True,
        default="delivery",
    )
    service = fields.Char(readonly=True, help="The carrier's code; empty: its usual one.")
    state = fields.Selection(
        [
            ("waiting", "Label to be bought"),
            ("bought", "Label bought"),
            ("voiding", "To be voided"),
            ("void", "Void"),
        ],
        required=True,
        readonly=True,
        default="waiting",
        index=True,
    )
    carrier_number = fields.Char("Number at the carrier", readonly=True, index="btree_not_null")
    bought_at = fields.Datetime("Bought", readonly=True)
    cost = fields.Monetary(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    collect = fields.Monetary(
        "Collected on delivery", readonly=True, currency_field="collect_currency_id"
    )
    collect_currency_id = fields.Many2one("res.currency", readonly=True)
    parcel_ids = fields.One2many("seam.parcel", "shipment_id", "Parcels", readonly=True)
    why = fields.Char("How it stands", compute="_compute_why")
    void_asked = fields.Boolean(
        compute="_compute_why", help="Somebody asked for it to be voided, and it is not void."
    )
    is_stuck = fields.Boolean(compute="_compute_why", help="A person has to do something.")

    manifest_id = fields.Many2one("seam.manifest", readonly=True, index="btree_not_null")

    _active_uniq = models.UniqueIndex(
        "(picking_id, purpose) WHERE state <> 'void'",
        "This transfer has a label, or waits for it.",
    )
    _name_uniq = models.Constraint("UNIQUE(name)", "There is a shipment of this reference already.")

    @api.model
    def _open(self, picking, purpose="delivery"):
        """Begin the shipment of a transfer, unless there is one.

        :return: (the shipment that is not void, whether it is new)
        """
        self.flush_model()
        values = self._opening(picking, purpose)
        now, uid = self.env.cr.now(), self.env.uid
        values.update(create_uid=uid, write_uid=uid, create_date=now, write_date=now)
        self.env.cr.execute(
            f"""
            INSERT INTO seam_shipment (name, {", ".join(values)})
            SELECT %s || '-' || nextval('seam_shipment_reference'),
                   {", ".join(["%s"] * len(values))}
            ON CONFLICT (picking_id, purpose) WHERE state <> 'void' DO NOTHING
            RETURNING id
            """,
            [picking.name, *values.values()],
        )
        made = self.env.cr.fetchone()
        self.invalidate_model(flush=False)
        shipment = self.sudo().search(
            [
                ("picking_id", "=", picking.id),
                ("purpose", "=", purpose),
                ("state", "!=", "void"),
            ],
            limit=1,
        )
        return shipment, bool(made)

    @api.model
    def _opening(self, picking, purpose):
        """:return: dict column → value of a shipment that begins"""
        carrier = picking.carrier_id
        service = carrier.seam_return_service if purpose == "return" else picking.seam_service
        values = {
            "picking_id": picking.id,
            "company_id": picking.company_id.id,
            "carrier_id": carrier.id,
            "state": "waiting",
            "purpose": purpose,
            "service": service or None,
        }
        if purpose == "delivery" and carrier.seam_collect and picking.sale_id:
            order = picking.sale_id.sudo()
            values["collect"] = self._owed(order)
            values["collect_currency_id"] = order.currency_id.id
        return values

    @api.model
    def _owed(self, order):
        """:return: what the customer still owes, without what drivers are to collect

        Two deliveries of one order at once: the second fails here and is tried again, when
        it sees what the first one collects.
        """
        self.env.cr.execute(
            "UPDATE sale_order SET write_date = write_date WHERE id = %s", [order.id]
        )
        invoices = order.invoice_ids.filtered(
            lambda move: move.state == "posted" and move.currency_id == order.currency_id
        )
        sign = {"out_invoice": 1, "out_refund": -1}
        settled = sum(
            sign.get(move.move_type, 0) * (move.amount_total - move.amount_residual)
            for move in invoices
        )
        others = self.sudo().search(
            [("picking_id.sale_id", "=", order.id), ("state", "!=", "void")]
        )
        paid = max(order.amount_paid, settled) + sum(others.mapped("collect"))
        return max(0.0, order.currency_id.round(order.amount_total - paid))

    def init(self):
        """References end in a number of their own, so that none is ever used twice."""
        self.env.cr.execute("CREATE SEQUENCE IF NOT EXISTS seam_shipment_reference")

    def _emit(self, topic):
        self.env["seam.handler.delivery.label"]._emit(self, topic)

    def _ask_again(self):
        """Ask for the label anew where a person discarded the earlier request.

        Not where an earlier one may have reached the carrier: a new message is not looked
        up, and could buy a second label.

        :return: whether it is asked again
        """
        self.ensure_one()
        messages = self._messages()
        dropped = all(message.state in ("discarded", "superseded") for message in messages[:1])
        if self.state != "waiting" or not dropped or any(m.unsure for m in messages):
            return False
        self._emit("buy")
        return True

    def action_not_bought(self):
        """A person has made sure that the carrier knows nothing of it: begin anew."""
        self.check_access("read")
        if not self.env.user.has_group("stock.group_stock_manager"):
            raise AccessError(self.env._("Only an Inventory administrator may say so."))
        for shipment in self.sudo():
            shipment.lock_for_update()
            last = shipment._messages()[:1]
            if shipment.state != "waiting" or last.state not in (False, "discarded", "superseded"):
                raise UserError(
                    self.env._(
                        "%s is still on its way. Discard its message first, with the reason.",
                        shipment.name,
                    )
                )
            shipment.state = "void"
            shipment.picking_id.message_post(
                body=self.env._(
                    "%(user)s has made sure that the carrier took nothing of %(name)s. A label "
                    "may be bought.",
                    user=self.env.user.name,
                    name=shipment.name,
                )
            )

    def _compute_why(self):
        last = self._last_messages()
        for shipment in self:
            message = last.get(shipment.id)
            shipment.why = shipment._standing(message) if shipment.id else False
            refused = bool(message) and shipment._is_refused(message)
            shipment.is_stuck = bool(message) and message.state in ("failed", "discarded")
            shipment.void_asked = shipment.state == "voiding" or (
                shipment.state == "bought" and refused
            )

    def _by_name(self, text):
        return self.carrier_id.sudo().seam_system_id._by_name(text, self.carrier_id.name)

    def _what(self):
        if self.purpose == "return":
            return self.env._("The return label")
        return self.env._("The label")

    def _standing(self, message):
        what = self._what()
        if self.state == "bought" and message and self._is_refused(message):
            return self._refusal_text(message.fault_message)
        if self.state == "bought":
            number = self.carrier_number or self.name
            return self.env._("%(what)s was bought: %(number)s.", what=what, number=number)
        if self.state == "void":
            return self.env._("%s is void.", what)
        if self.state == "voiding":
            begin = self.env._("%s is going to be voided.", what)
        else:
            begin = self.env._(
                "%(what)s is going to be bought, since %(since)s.",
                what=what,
                since=fields.Datetime.context_timestamp(self, self.create_date).strftime(
                    "%Y-%m-%d %H:%M"
                ),
            )
        return f"{begin} {self._reason(message)}".strip()


class SeamParcel(models.Model):
    """One box of a shipment, with the number by which it is tracked."""

    _name = "seam.parcel"
    _description = "Parcel"
    _order = "shipment_id, id"
    _rec_name = "tracking"

    shipment_id = fields.Many2one(
        "seam.shipment", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="shipment_id.company_id", store=True)
    reference = fields.Char("Package", required=True, readonly=True)
    tracking = fields.Char("Tracking number", required=True, readonly=True, index=True)
    tracking_url = fields.Char("Carrier's page", readonly=True)

    _reference_uniq = models.Constraint("UNIQUE(shipment_id, reference)", "A parcel has one label.")
