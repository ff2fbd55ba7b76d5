from datetime import timedelta

from odoo import api, fields, models

from . import tracking_plan

HANDLER = "seam.handler.delivery.subscription"
# A subscription is asked for anew when it ends within so many days,
AHEAD = timedelta(days=1)
# and never more often than this, whatever the carrier answers.
PAUSE = timedelta(days=10)
BATCH = 200


class SeamParcel(models.Model):
    """Whether the carrier tells of a parcel by himself."""

    _inherit = "seam.parcel"

    push_state = fields.Selection(
        [("subscribed", "As soon as it is scanned"), ("refused", "He does not tell of it")],
        "Told by the carrier",
        readonly=True,
        help="Empty: nobody asked him to tell of it by himself.",
    )
    push_until = fields.Date("Told until", readonly=True)

    _subscription_idx = models.Index("(push_until) WHERE ask_at IS NOT NULL")


class SeamShipment(models.Model):
    _inherit = "seam.shipment"

    def _keep_label(self, content, asked):
        before = self.state
        super()._keep_label(content, asked)
        if self.state == "bought" and before != "bought":
            self._subscribe()

    def _subscribe(self):
        """Have the carriers tell of these parcels, where a flow asks them to."""
        self.env[HANDLER]._emit(self, "subscribe")

    def _unsubscribed(self):
        """:return: parcels on their way of which the carrier does not tell by himself"""
        soon = fields.Date.today() + AHEAD
        return self.parcel_ids.filtered(
            lambda parcel: (
                parcel.status not in tracking_plan.ENDS
                and parcel.push_state != "refused"
                and (not parcel.push_state or (parcel.push_until and parcel.push_until <= soon))
            )
        )

    def _keep_subscription(self, content, asked):
        """Note of which parcels the carrier tells by himself.

        :param content: dict, as the contract ``shipping-subscription-answer`` says
        :param asked: list of the numbers that were asked for
        :raise Fault: it is no such answer
        """
        self.ensure_one()
        fix = self.env._("Retry: it does no harm to ask twice.")
        self._check_answer("shipping-subscription-answer", content, fix)
        refused = set(content.get("refused", ()))
        told = set(content.get("subscribed", set(asked) - refused))
        until = fields.Date.to_date(content.get("until"))
        for parcel in self.parcel_ids:
            if parcel.tracking in told:
                parcel.write({"push_state": "subscribed", "push_until": until})
            elif parcel.tracking in refused:
                parcel.write({"push_state": "refused", "push_until": False})
        left = self._unsubscribed().filtered(lambda parcel: not parcel.push_state)
        if left and (told | refused) & set(asked):
            self._subscribe()

    @api.model
    def _cron_subscribe(self):
        """Subscribe again what ends soon, and what was bought before there was a flow."""
        outgoing = self.env["seam.flow"]._outgoing(HANDLER)
        while outgoing:
            found = self.browse(self._find_unsubscribed([system for _flow, system in outgoing]))
            found._subscribe()
            if not self.env["ir.cron"]._commit_progress(len(found), remaining=len(found)):
                return
            if len(found) < BATCH:
                return

    def _find_unsubscribed(self, system_ids):
        """:return: list of ids of shipments, the oldest first"""
        self.env.flush_all()
        now = fields.Datetime.now()
        self.env.cr.execute(
            """
            SELECT DISTINCT s.id FROM seam_parcel p
              JOIN seam_shipment s ON s.id = p.shipment_id
              JOIN delivery_carrier c ON c.id = s.carrier_id
             WHERE p.ask_at IS NOT NULL AND s.state = 'bought'
               AND c.seam_system_id = ANY(%(systems)s)
               AND (p.push_state IS NULL OR p.push_until <= %(soon)s)
               AND NOT EXISTS (
                   SELECT 1 FROM seam_message m JOIN seam_flow f ON f.id = m.flow_id
                    WHERE m.res_model = 'seam.shipment' AND m.res_id = s.id
                      AND f.handler = %(handler)s AND m.received_at > %(pause)s)
             ORDER BY s.id LIMIT %(limit)s
            """,
            {
                "systems": system_ids,
                "soon": fields.Date.today() + AHEAD,
                "handler": HANDLER,
                "pause": now - PAUSE,
                "limit": BATCH,
            },
        )
        return [row[0] for row in self.env.cr.fetchall()]
