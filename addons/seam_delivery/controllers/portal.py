import pytz

from odoo.exceptions import AccessError, MissingError
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal

# The address holds the token: it is told to nobody, and kept nowhere.
HEADERS = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


class ShipmentPortal(CustomerPortal):
    """Where a customer's parcels are."""

    @route("/my/shipments/<int:shipment_id>", type="http", auth="public", website=True)
    def portal_my_shipment(self, shipment_id, access_token=None, **_kwargs):
        """Whoever has no right to see it learns nothing, not even that it exists."""
        try:
            shipment = self._document_check_access("seam.shipment", shipment_id, access_token)
        except (AccessError, MissingError):
            return request.not_found()
        shown = shipment._current()
        if not shown:
            return request.not_found()
        page = shown._page(self._zone(shown))
        return request.render(
            "seam_delivery.portal_shipment",
            {"page": page, "page_name": "shipment", "no_header_login": True},
            headers=HEADERS,
        )

    def _zone(self, shipment):
        """The customer's time zone, else the sender's."""
        names = (
            request.env.user.tz,
            shipment.picking_id.partner_id.tz,
            shipment.company_id.partner_id.tz,
        )
        return next((name for name in names if name in pytz.all_timezones_set), "UTC")
