from datetime import timezone

from odoo import api, models, tools

from . import tracking_plan

# What people follow; held, failed and the way back are told where they happen.
STEPS = ("announced", "accepted", "in_transit", "out_for_delivery", "delivered")


class SeamShipment(models.Model):
    """What customers see of a shipment, on a page of its own."""

    _name = "seam.shipment"
    _inherit = ["seam.shipment", "portal.mixin"]

    def _compute_access_url(self):
        for shipment in self:
            shipment.access_url = f"/my/shipments/{shipment.id}"

    def _is_shown(self):
        """:return: whether customers follow it: it has labels, and goes to them"""
        return self.state in ("bought", "voiding") and self._goes_to_customer()

    def _tracking_url(self):
        """:return: address of the page with its access token, or False"""
        if not self:
            return False
        return f"{self.get_base_url()}{self.get_portal_url()}"

    def _current(self):
        """:return: the shipment that counts now: a label may have been bought anew"""
        others = self.picking_id.seam_shipment_ids
        return self if self._is_shown() else others.filtered(lambda s: s._is_shown())[:1]

    def _page(self, zone):
        """What stands on the page: texts, and nothing that customers need not know.

        :param zone: name of the time zone in which times are shown
        :return: dict
        """
        link = self.picking_id.carrier_tracking_url or ""
        return {
            "carrier": self.carrier_id.name,
            "transfer": self.picking_id.name,
            "order": self.picking_id.sale_id.client_order_ref or self.picking_id.sale_id.name,
            "link": link if link.startswith(("https://", "http://")) else False,
            "zone": zone,
            "parcels": [parcel._page(zone) for parcel in self.parcel_ids],
        }


class SeamParcel(models.Model):
    _inherit = "seam.parcel"

    @api.model_create_multi
    def create(self, vals_list):
        """With its first parcel a shipment has a page, and one token for ever."""
        parcels = super().create(vals_list)
        for shipment in parcels.shipment_id:
            shipment._portal_ensure_token()
        return parcels

    def _page(self, zone):
        labels = dict(self._fields["status"]._description_selection(self.env))
        return {
            "number": self.tracking,
            "status": self.status,
            "how": labels.get(self.status) or self.env._("The label was made"),
            "promised": self.status not in tracking_plan.ENDS
            and self.promised_date
            and tools.format_date(self.env, self.promised_date),
            "trouble": self.status in tracking_plan.TROUBLE,
            "steps": self._steps(labels),
            "stops": self._stops(labels, zone),
        }

    def _steps(self, labels):
        """:return: list of dicts: how far it is, of the way that all parcels go"""
        reached = tracking_plan.rank(self.status) if self.status else -1
        came_back = self.status in ("returning", "returned", "lost")
        if came_back:
            reached = max(
                (tracking_plan.rank(s.status) for s in self.scan_ids if s.status in STEPS),
                default=-1,
            )
        return [
            {"label": labels[step], "done": tracking_plan.rank(step) <= reached} for step in STEPS
        ]

    def _stops(self, labels, zone):
        """Scans that follow each other at one place are one stop.

        :return: list of dicts with place and scans, the newest first
        """
        stops = []
        for scan in self.scan_ids:
            if not stops or stops[-1]["place"] != scan.place:
                stops.append({"place": scan.place, "scans": []})
            stops[-1]["scans"].append(
                {
                    "how": labels[scan.status],
                    "trouble": scan.status in tracking_plan.TROUBLE,
                    "text": scan.text,
                    "at": tools.format_datetime(self.env, scan.at, zone, "medium"),
                    "machine": scan.at.replace(tzinfo=timezone.utc).isoformat(),
                }
            )
        return stops
