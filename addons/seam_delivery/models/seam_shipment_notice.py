import logging
from datetime import timedelta

from psycopg2 import Error as DatabaseError

from odoo import api, fields, models

_logger = logging.getLogger(__name__)

KINDS = [
    ("out", "Out for delivery"),
    ("failed", "Delivery failed"),
    ("delivered", "Delivered"),
]
# Older news than this is no news: nobody is told today what happened last week.
FRESH = timedelta(days=2)
# A carrier may fail day after day: so many attempts are told of.
MOST_ATTEMPTS = 3
BATCH = 50


class SeamShipmentNotice(models.Model):
    """What a customer is told of his parcels: once for each shipment, whatever repeats; of
    deliveries that failed once for each attempt, since each asks something of him.

    It is noted with the scans, and written later, so that no scan waits for a mail.
    """

    _name = "seam.shipment.notice"
    _description = "Message to a customer about his parcels"
    _order = "id"
    _rec_name = "kind"

    shipment_id = fields.Many2one(
        "seam.shipment", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="shipment_id.company_id", store=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    attempt = fields.Integer(required=True, readonly=True, default=1)
    state = fields.Selection(
        [
            ("waiting", "To be written"),
            ("written", "Written"),
            ("skipped", "Not written"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="waiting",
    )
    reason = fields.Char(readonly=True)

    _kind_uniq = models.Constraint(
        "UNIQUE(shipment_id, kind, attempt)", "He was told of it already."
    )
    _waiting_idx = models.Index("(id) WHERE state = 'waiting'")

    @api.model
    def _note(self, news):
        """:param news: list of (shipment, kind, attempt). What was noted before is not noted
        again
        """
        if not news:
            return
        self.flush_model()
        now, uid = self.env.cr.now(), self.env.uid
        self.env.cr.execute_values(
            """
            INSERT INTO seam_shipment_notice (shipment_id, company_id, kind, attempt, state,
                                              create_uid, write_uid, create_date, write_date)
            VALUES %s ON CONFLICT (shipment_id, kind, attempt) DO NOTHING
            """,
            [
                (shipment.id, shipment.company_id.id, kind, attempt, "waiting", uid, uid, now, now)
                for shipment, kind, attempt in sorted(news, key=lambda new: (new[0].id, *new[1:]))
            ],
        )
        self.invalidate_model(flush=False)
        self.env.ref("seam_delivery.cron_notices").sudo()._trigger()

    @api.model
    def _cron_write(self):
        """Write what waits, each for itself: one that fails stops no other."""
        while True:
            waiting = self.sudo().search([("state", "=", "waiting")], limit=BATCH)
            waiting = waiting.try_lock_for_update()
            for notice in waiting:
                notice._write_safely()
            if not self.env["ir.cron"]._commit_progress(len(waiting), remaining=len(waiting)):
                return
            if len(waiting) < BATCH:
                return

    def _write_safely(self):
        try:
            with self.env.cr.savepoint():
                reason = self._write_to_customer()
                self.write({"state": "skipped" if reason else "written", "reason": reason})
        except DatabaseError:
            raise  # Odoo tries the whole batch again
        except Exception as error:
            _logger.exception("The customer of shipment %s could not be told", self.shipment_id.id)
            # what comes after the first line is for programmers, and in the log
            reason = (str(error).splitlines() or [type(error).__name__])[0][:300]
            self.write({"state": "failed", "reason": reason})
            self.shipment_id.picking_id.message_post(
                body=self.env._(
                    "The message to the customer (%(kind)s) could not be written: %(reason)s",
                    kind=self._kind_word(),
                    reason=reason,
                )
            )

    def _write_to_customer(self):
        """:return: why he is not told, or None"""
        shipment, picking = self.shipment_id, self.shipment_id.picking_id
        template = shipment.carrier_id._seam_template(self.kind)
        if not template:
            return self.env._("The delivery method has no such message.")
        if not self._is_still_so():
            return self.env._("It has gone on meanwhile.")
        partner = picking.partner_id
        if not (partner.email or partner.parent_id.email):
            return self.env._("%s has no e-mail address.", partner.display_name or picking.name)
        picking.with_context(
            mail_notify_force_send=False, lang=partner.lang
        ).message_post_with_source(
            template,
            email_layout_xmlid="mail.mail_notification_light",
            subtype_xmlid="mail.mt_comment",
        )
        return None

    def _is_still_so(self):
        newer = self.shipment_id.notice_ids.filtered(
            lambda notice: notice.kind == self.kind and notice.attempt > self.attempt
        )
        if newer:
            return False
        statuses = set(self.shipment_id.parcel_ids.mapped("status"))
        if self.kind == "delivered":
            return statuses == {"delivered"}
        return {"out": "out_for_delivery", "failed": "failed"}[self.kind] in statuses

    def _kind_word(self):
        return dict(self._fields["kind"]._description_selection(self.env))[self.kind]


class SeamParcel(models.Model):
    _inherit = "seam.parcel"

    def _moved(self):
        super()._moved()
        words = {"out_for_delivery": "out", "failed": "failed"}
        since = fields.Datetime.now() - FRESH
        news = {
            (parcel.shipment_id, words[parcel.status], parcel._attempt())
            for parcel in self
            if parcel.status in words and parcel.status_at >= since
        }
        self.env["seam.shipment.notice"].sudo()._note(
            [
                (shipment, kind, attempt)
                for shipment, kind, attempt in news
                if attempt <= MOST_ATTEMPTS and shipment._tells_customer(kind)
            ]
        )

    def _attempt(self):
        """:return: which attempt to hand it over has failed; 1 of any other news"""
        return max(1, self.attempts) if self.status == "failed" else 1


class SeamShipment(models.Model):
    _inherit = "seam.shipment"

    notice_ids = fields.One2many(
        "seam.shipment.notice", "shipment_id", "Told the customer", readonly=True
    )

    def _arrived(self):
        super()._arrived()
        since = fields.Datetime.now() - FRESH
        self.env["seam.shipment.notice"].sudo()._note(
            [
                (shipment, "delivered", 1)
                for shipment in self
                if shipment.picking_id.seam_delivered_at >= since
                and shipment._tells_customer("delivered")
            ]
        )

    def _tells_customer(self, kind):
        return self._goes_to_customer() and bool(self.carrier_id.sudo()._seam_template(kind))


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    seam_out_template_id = fields.Many2one(
        "mail.template",
        "When out for delivery",
        domain=[("model", "=", "stock.picking")],
        help="What the customer is written when the carrier is on his way to him. Empty: nothing.",
    )
    seam_failed_template_id = fields.Many2one(
        "mail.template",
        "When a delivery failed",
        domain=[("model", "=", "stock.picking")],
        help="What the customer is written when the carrier did not find him. Empty: nothing.",
    )
    seam_delivered_template_id = fields.Many2one(
        "mail.template",
        "When delivered",
        domain=[("model", "=", "stock.picking")],
        help="What the customer is written when all parcels have arrived. Empty: nothing.",
    )

    def _seam_template(self, kind):
        return {
            "out": self.seam_out_template_id,
            "failed": self.seam_failed_template_id,
            "delivered": self.seam_delivered_template_id,
        }[kind]
