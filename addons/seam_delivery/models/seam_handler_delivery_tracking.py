from datetime import datetime, timezone

from odoo import fields, models

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.letter import Identity

TROUBLE = ("failed", "returning", "returned", "lost")


def instant(text):
    """:return: microseconds since 1970 of an RFC 3339 text: a version"""
    at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return int(at.replace(microsecond=0).timestamp()) * 1_000_000 + at.microsecond


def moment(text):
    """:return: naive datetime in UTC of an RFC 3339 text"""
    at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return at.astimezone(timezone.utc).replace(tzinfo=None)


class SeamHandlerDeliveryTracking(models.AbstractModel):
    """Scans of parcels. They are states: what is late or repeated is superseded.

    A parcel in trouble is an exception, which a later scan without trouble ends.
    """

    _name = "seam.handler.delivery.tracking"
    _inherit = "seam.handler"
    _description = "Tracking of parcels"

    _contract = ("shipping-tracking", "1.0.0")
    _bound_model = "seam.parcel"

    def _identify(self, document):
        number = document["tracking"]
        return Identity(
            key=number, version=instant(document["at"]), label=self.env._("Parcel %s", number)
        )

    def _needs(self):
        return {"seam.parcel": {"tracking": "char", "status": "selection"}}

    def _apply(self, letters):
        parcels = self._parcels(letters)
        for letter in letters:
            parcel = parcels.get(letter.document["tracking"])
            try:
                self._apply_one(letter, parcel)
            except Fault as fault:
                letter.refuse(fault)

    def _parcels(self, letters):
        """:return: dict tracking number → its newest parcel in the company of the flow"""
        message = self.env["seam.message"].sudo().browse(letters[0].message_id)
        found = (
            self.env["seam.parcel"]
            .sudo()
            .search(
                [
                    ("tracking", "in", [letter.document["tracking"] for letter in letters]),
                    ("company_id", "=", message.company_id.id),
                ],
                order="id",
            )
        )
        return {parcel.tracking: parcel for parcel in found}

    def _apply_one(self, letter, parcel):
        document = letter.document
        if not parcel:
            raise Fault(
                "master.unknown",
                self.env._("No parcel has the tracking number %s.", document["tracking"]),
                pointer="/tracking",
                fix=self.env._(
                    "If its label was bought in Odoo a moment ago, retry. If somebody else "
                    "bought it, discard the message."
                ),
                subject=f"tracking:{document['tracking']}",
            )
        told = (parcel.status, parcel.status_text)
        self._note(parcel, document)
        if (parcel.status, parcel.status_text) != told:
            self._tell(parcel)
        if parcel.status in TROUBLE and parcel.shipment_id.state == "bought":
            raise self._trouble(parcel)
        letter.done(parcel, note=parcel._status_sentence())

    def _note(self, parcel, document):
        parcel.write(
            {
                "status": document["status"],
                "status_at": moment(document["at"]),
                "status_place": document.get("place", False),
                "status_text": document.get("text", False),
                "promised_date": fields.Date.to_date(document.get("promised")),
            }
        )

    def _tell(self, parcel):
        """On the transfer stands what the customer asks for: it arrived, or it will not."""
        if parcel.status == "delivered" or parcel.status in TROUBLE:
            parcel.shipment_id.picking_id.message_post(body=parcel._status_sentence())

    def _trouble(self, parcel):
        picking = parcel.shipment_id.picking_id
        fix = {
            "failed": self.env._(
                "Ask the customer for the right address or a time, and tell the carrier. A later "
                "scan closes this by itself."
            ),
            "returning": self.env._(
                "Ask the customer why. Prepare the return; ship again when it is here."
            ),
            "returned": self.env._(
                "Take the goods back into stock by a return of the transfer, then discard this."
            ),
            "lost": self.env._(
                "Report it to the carrier or the insurance, ship again, then discard this."
            ),
        }
        return Fault(
            "business.rule",
            f"{parcel._status_sentence()} {picking.name}",
            pointer="/status",
            fix=fix[parcel.status],
            subject=f"parcel:{parcel.tracking}:{parcel.status}",
        )
