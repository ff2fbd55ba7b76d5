from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models

from odoo.addons.seam.engine import codec
from odoo.addons.seam.models.own_cursor import persist

from . import tracking_plan
from .asking import Asking

HANDLER = "seam.handler.delivery.tracking"
TOPIC = "track"
# So many parcels are taken for a page, and asked for as long as this lasts.
PAGE = 200
PAGE_SECONDS = 20
# A page that was never stored: its parcels are due again.
LEASE_MINUTES = 10


class TrackingPage(NamedTuple):
    """As ``Page``, with what became of the parcels that were asked for.

    :ivar asked: ids of parcels whose question was answered
    :ivar refused: dict id → why the carrier does not take the number
    :ivar left: ids of those that nobody came to ask for
    """

    items: list
    cursor: dict
    more: bool
    total: int | None
    asked: list
    refused: dict
    left: list


class SeamPull(models.Model):
    """Asks carriers for the parcels that are due, where they do not list what changed."""

    _inherit = "seam.pull"

    def _list(self, client, conf, cursor):
        if conf.handler != HANDLER or not self.env[conf.connector]._track_most:
            return super()._list(client, conf, cursor)
        due = self._claim_due(conf)
        asking = Asking(self.env[conf.connector], client, conf, PAGE_SECONDS)
        asking.ask(list(due))
        seen = {*asking.answered, *asking.refused}
        left = [id_ for number, ids in due.items() if number not in seen for id_ in ids]
        if asking.stopped and not asking.answered:
            # those of this call are let alone for a while, for others may go through
            tried = {id_ for number in asking.tried for id_ in due[number]}
            self._release([id_ for id_ in left if id_ not in tried])
            raise asking.stopped
        return TrackingPage(
            items=[(TOPIC, self._bytes(wire)) for wire in asking.wires],
            cursor=cursor,
            more=bool(left) or bool(asking.stopped) or len(due) >= PAGE,
            total=None,
            asked=[id_ for number in asking.answered for id_ in due[number]],
            refused={
                id_: fault.message
                for number, fault in asking.refused.items()
                for id_ in due[number]
            },
            left=left,
        )

    @staticmethod
    def _bytes(wire):
        return wire if isinstance(wire, bytes) else codec.dump(wire)

    def _claim_due(self, conf):
        """Take the parcels that are due, for a while, so that nobody else asks for them.

        :return: dict tracking number → ids of its parcels
        """
        rows = persist(
            self.env, lambda env: env["seam.parcel"]._claim_due(conf), read_committed=True
        )
        due = {}
        for id_, number in rows:
            due.setdefault(number, []).append(id_)
        return due

    def _release(self, ids):
        if ids:
            persist(self.env, lambda env: env["seam.parcel"]._due_again(ids), read_committed=True)

    def _advance(self, page, fresh):
        """What was asked for, and when next, is committed with what was answered."""
        super()._advance(page, fresh)
        if isinstance(page, TrackingPage):
            parcels = self.env["seam.parcel"].sudo()
            parcels._plan_next(page.asked, page.refused)
            parcels._due_again(page.left)


class SeamParcel(models.Model):
    """When a parcel is asked for next: young ones often, old ones rarely."""

    _inherit = "seam.parcel"

    @api.model
    def _claim_due(self, conf):
        """:return: list of (id, tracking number), the longest overdue first"""
        now = fields.Datetime.now()
        self.flush_model(["ask_at"])
        self.env.cr.execute(
            """
            WITH due AS (
                SELECT p.id, p.ask_at FROM seam_parcel p
                  JOIN seam_shipment s ON s.id = p.shipment_id
                  JOIN delivery_carrier c ON c.id = s.carrier_id
                 WHERE p.ask_at <= %(now)s AND p.company_id = %(company)s
                   AND c.seam_system_id = %(system)s AND s.state <> 'void'
                 ORDER BY p.ask_at, p.id LIMIT %(limit)s
                   FOR UPDATE OF p SKIP LOCKED)
            UPDATE seam_parcel p SET ask_at = %(lease)s FROM due WHERE p.id = due.id
            RETURNING p.id, p.tracking, due.ask_at
            """,
            {
                "now": now,
                "lease": now + timedelta(minutes=LEASE_MINUTES),
                "company": conf.company_id,
                "system": conf.system_id,
                "limit": PAGE,
            },
        )
        rows = sorted(self.env.cr.fetchall(), key=lambda row: (row[2], row[0]))
        self.invalidate_model(["ask_at"], flush=False)
        return [(id_, number) for id_, number, _due in rows]

    @api.model
    def _due_again(self, ids):
        self.env.cr.execute(
            "UPDATE seam_parcel SET ask_at = %s WHERE id = ANY(%s)",
            [fields.Datetime.now(), list(ids)],
        )
        self.invalidate_model(["ask_at"], flush=False)

    @api.model
    def _plan_next(self, asked, refused):
        """:param asked: ids of parcels that the carrier was asked for
        :param refused: dict id → why he does not take the number of such a one
        """
        now = self.env.cr.now()
        parcels = self.browse([*asked, *refused])
        for parcel in parcels:
            parcel.write(
                {
                    "ask_at": parcel._next_question(now),
                    "asked_at": now,
                    "ask_error": refused.get(parcel.id, False),
                }
            )
        parcels.flush_recordset()

    def _next_question(self, now):
        shipment = self.shipment_id
        return (
            tracking_plan.next_time(
                now,
                shipment.bought_at or shipment.create_date,
                self.status,
                shipment.carrier_id.seam_track_days,
            )
            or False
        )
