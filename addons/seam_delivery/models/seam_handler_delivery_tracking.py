from datetime import datetime, timezone

from odoo import fields, models

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.letter import Identity

from . import seam_parcel_scan, tracking_plan


def instant(text):
    """:return: microseconds since 1970 of an RFC 3339 text: a version"""
    at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return int(at.replace(microsecond=0).timestamp()) * 1_000_000 + at.microsecond


def moment(text):
    """:return: naive datetime in UTC of an RFC 3339 text, to the second"""
    at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return at.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)


def scans_of(document):
    """:return: list of dicts as ``seam.parcel.scan`` keeps them, the document's own first"""
    return [{**scan, "at": moment(scan["at"])} for scan in (document, *document.get("earlier", ()))]


class SeamHandlerDeliveryTracking(models.AbstractModel):
    """Scans of parcels: late, repeated and in any order.

    Each scan is a document of its own, so that none drops another. The newest that is
    known decides how far the parcel is. A parcel in trouble is an exception, which a
    newer scan ends.
    """

    _name = "seam.handler.delivery.tracking"
    _inherit = "seam.handler"
    _description = "Tracking of parcels"

    _contract = ("shipping-tracking", "1.0.0")

    def _identify(self, document):
        number, version = document["tracking"], instant(document["at"])
        return Identity(
            key=f"{number}@{version}/{document['status']}",
            version=version,
            label=self.env._("Parcel %s", number),
        )

    def _needs(self):
        return {
            "seam.parcel": {"tracking": "char", "status": "selection"},
            "stock.picking": {"carrier_id": "many2one", "carrier_tracking_ref": "char"},
        }

    def _apply(self, letters):
        known = self._parcels(letters)
        pairs = []
        for letter in letters:
            parcel = known.get(letter.document["tracking"])
            if parcel:
                pairs.append((letter, parcel))
            else:
                letter.refuse(self._unknown(letter))
        if pairs:
            self._take(pairs)

    def _parcels(self, letters):
        """:return: dict tracking number → its newest parcel in the company of the flow,
        locked, with the others of its shipment: how far that is depends on all
        """
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
        found._lock_shipments()
        return {parcel.tracking: parcel for parcel in found}

    def _unknown(self, letter):
        number = letter.document["tracking"]
        if self._is_buying(letter):
            return Fault(
                "order.predecessor",
                self.env._(
                    "No parcel has the tracking number %s yet. A label of this carrier is being "
                    "bought: it may be that one's.",
                    number,
                ),
                pointer="/tracking",
                fix=self.env._("Retry when no label waits for this carrier."),
                subject=f"tracking:{number}",
            )
        return Fault(
            "master.unknown",
            self.env._("No parcel has the tracking number %s.", number),
            pointer="/tracking",
            fix=self.env._(
                "If its label is being bought in Odoo, this goes on by itself. If somebody else "
                "bought it, discard the message."
            ),
            subject=f"tracking:{number}",
        )

    def _is_buying(self, letter):
        """Whether a label is asked for whose number is not known yet.

        Carriers tell of a parcel at the moment in which they sell its label, and faster than
        the label is written down: another transaction may be doing just that.
        """
        system = self.env["seam.message"].sudo().browse(letter.message_id).system_id
        waiting = [("state", "=", "waiting"), ("carrier_id.seam_system_id", "=", system.id)]
        return bool(self.env["seam.shipment"].sudo().search_count(waiting, limit=1))

    def _take(self, pairs):
        """Keep the scans of known parcels, and give each letter its outcome.

        :param pairs: list of (letter, parcel)
        """
        parcels = self.env["seam.parcel"].browse({parcel.id for _letter, parcel in pairs}).sudo()
        new = self.env["seam.parcel.scan"]._keep(
            [(parcel, scan) for letter, parcel in pairs for scan in scans_of(letter.document)]
        )
        self._promise(pairs)
        moved = parcels._follow()
        correlations = parcels._correlations()
        for letter, parcel in pairs:
            letter.identity = letter.identity._replace(correlation=correlations.get(parcel.id))
            self._give_outcome(letter, parcel, new)
        self._end_trouble(moved, pairs)

    def _promise(self, pairs):
        """The newest document that names a day tells when the parcel is expected."""
        told = [(letter, parcel) for letter, parcel in pairs if letter.document.get("promised")]
        for letter, parcel in sorted(told, key=lambda pair: pair[0].identity.version):
            if not parcel.status_at or moment(letter.document["at"]) >= parcel.status_at:
                parcel.promised_date = fields.Date.to_date(letter.document["promised"])

    def _give_outcome(self, letter, parcel, new):
        own = scans_of(letter.document)
        fresh = [scan for scan in own if (parcel.id, seam_parcel_scan.mark(scan)) in new]
        newest = (own[0]["status"], own[0]["at"]) == (parcel.status, parcel.status_at)
        # a person may try again what is known, and is told the same
        again = letter.res_id and not fresh
        if newest and parcel._is_in_trouble() and (own[0] in fresh or again):
            letter.record = parcel.shipment_id.picking_id
            letter.refuse(self._trouble(parcel))
        elif not fresh:
            letter.supersede(self.env._("These scans are known already."))
        elif newest:
            letter.done(parcel, note=parcel._status_sentence())
        else:
            letter.done(
                parcel, note=self.env._("Late scans: kept in their place. A newer one is known.")
            )

    def _trouble(self, parcel):
        fix = {
            "failed": self.env._(
                "Ask the customer for the right address or a time, and tell the carrier. A later "
                "scan closes this by itself."
            ),
            "returning": self.env._(
                "Ask the customer why. Prepare the return of the transfer; ship again when it is "
                "here. A later scan closes this by itself."
            ),
            "returned": self.env._(
                "Take the goods back into stock by a return of the transfer, then discard this."
            ),
            "lost": self.env._(
                "Report it to the carrier or the insurance, ship again, then discard this."
            ),
        }
        return Fault(
            "reported.trouble",
            parcel._trouble_sentence(),
            pointer="/status",
            fix=fix[parcel.status],
            subject=f"parcel:{parcel.tracking}:{parcel.status}",
        )

    def _end_trouble(self, moved, pairs):
        """A newer scan ends what held up older ones of the same parcel."""
        if not moved:
            return
        Message = self.env["seam.message"].sudo()
        self.env.cr.execute(
            """
            SELECT m.id, m.ordering_key, m.version, m.exception_id
              FROM seam_message m JOIN seam_flow f ON f.id = m.flow_id
             WHERE m.res_model = 'stock.picking' AND m.res_id = ANY(%s)
               AND m.state IN ('failed', 'waiting') AND f.handler = %s
               FOR UPDATE OF m SKIP LOCKED
            """,
            [moved.shipment_id.picking_id.ids, self._name],
        )
        newer = {parcel.tracking: letter.message_id for letter, parcel in pairs}
        standing = {parcel.tracking: parcel._standing_on_its_way() for parcel in moved}
        over, cases = {}, set()
        for id_, key, version, case in self.env.cr.fetchall():
            number, _sign, rest = key.rpartition("@")
            at = datetime.fromtimestamp(version // 1_000_000, timezone.utc).replace(tzinfo=None)
            then = (at, tracking_plan.rank(rest.rpartition("/")[2]))
            if number in standing and then < standing[number]:
                over.setdefault(newer[number], []).append(id_)
                cases.add(case)
        for message_id, ids in over.items():
            Message._supersede(ids, message_id, self.env._("The parcel was scanned again."))
        if over:
            close, ids = self.env["seam.exception"]._close_settled, list(cases - {None})
            self.env.cr.postcommit.add(lambda: close(ids))
