from odoo import models

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.letter import Identity

from .seam_handler_stock import instant, moment

OUT = {
    "delivery": "seam.handler.stock.delivery",
    "receipt": "seam.handler.stock.receipt.notice",
}
# Answers to a cancellation.
ENDS = ("cancelled", "cancel_refused", "shipped", "received")


class SeamHandlerStockStatus(models.AbstractModel):
    """How far a warehouse is. It is written down on the transfer and moves no goods.

    A status that contradicts Odoo becomes an exception, which a later status that
    agrees ends by itself: it is a state.
    """

    _name = "seam.handler.stock.status"
    _inherit = "seam.handler.stock"
    _description = "Status at the warehouse"

    _contract = ("stock-status", "1.0.0")
    _bound_model = "stock.picking"

    def _identify(self, document):
        return Identity(
            key=f"status:{document['document']}:{document['reference']}",
            version=instant(document["at"]),
            label=self.env._("Status of %s", document["reference"]),
            touches=(document["reference"],),
        )

    def _needs(self):
        return {"stock.picking": {"company_id": "many2one", "state": "selection"}}

    def _impact(self, document):
        return self._impact_of(document["reference"])

    def _apply(self, letters):
        flow = self._flow(letters)
        company = self.env["res.company"].browse(flow.company_id.id)
        references = {letter.document["reference"] for letter in letters}
        transfers = self.env["stock.picking"]._seam_of(company, references)
        acknowledged = {}
        for letter in letters:
            pickings = transfers.get(letter.document["reference"])
            try:
                self._apply_one(letter, pickings)
            except Fault as fault:
                letter.refuse(fault)
            if pickings and self._acknowledges(letter.document, pickings[-1:]):
                kind, reference = letter.document["document"], letter.document["reference"]
                acknowledged.setdefault(kind, set()).add(reference)
        for kind, keys in acknowledged.items():
            self.env["seam.message"].sudo()._confirm_sent(
                flow.system_id.id, keys, handler=OUT[kind], note=self.env._("Answered by a status.")
            )

    def _acknowledges(self, document, picking):
        """Whether it answers what was sent last: a cancellation is not accepted by
        what the warehouse says of the request before it."""
        return picking.state != "cancel" or document["status"] in ENDS

    def _apply_one(self, letter, pickings):
        document = letter.document
        if not pickings:
            raise Fault(
                "master.unknown",
                self.env._("No transfer has the reference %s.", document["reference"]),
                pointer="/reference",
                fix=self.env._("Ask the warehouse which order it means, or discard the message."),
                subject=f"transfer:{document['reference']}",
            )
        picking = pickings.filtered(lambda p: p.state not in ("done", "cancel"))[:1]
        picking = picking or pickings[-1:]
        if picking.seam_correlation:
            letter.identity = letter.identity._replace(correlation=picking.seam_correlation)
        self._note(picking, document)
        self._require_agreement(picking, document)
        letter.done(picking, note=self._sentence(picking, document))

    def _note(self, picking, document):
        """The warehouse's last word is shown on the transfer, also where it is amiss."""
        picking.write(
            {
                "seam_status": document["status"],
                "seam_status_at": moment(document["at"]),
                "seam_status_text": self._reason(document),
                "seam_wms_number": document.get("wms_id") or picking.seam_wms_number,
            }
        )

    def _reason(self, document):
        reason = document.get("reason") or {}
        return reason.get("text") or reason.get("code") or False

    def _sentence(self, picking, document):
        labels = dict(picking._fields["seam_status"]._description_selection(self.env))
        return labels[document["status"]]

    def _require_agreement(self, picking, document):
        status, ours = document["status"], picking.state
        if status == "rejected" and ours not in ("done", "cancel"):
            raise self._conflict(
                "business.rule",
                picking,
                document,
                self.env._("The warehouse rejected %s.", picking.name),
                self.env._(
                    "Mend what it names, and change the transfer: it is asked again by itself. "
                    "Or cancel the transfer, then retry."
                ),
            )
        if status == "cancelled" and ours not in ("done", "cancel"):
            raise self._conflict(
                "order.conflict",
                picking,
                document,
                self.env._(
                    "The warehouse cancelled %s, which is still to be done in Odoo.", picking.name
                ),
                self.env._(
                    "Choose one: cancel the transfer in Odoo, then retry; or change it, and "
                    "the warehouse is asked again."
                ),
            )
        if status == "cancel_refused" and ours == "cancel":
            raise self._conflict(
                "order.conflict",
                picking,
                document,
                self.env._(
                    "%s is cancelled in Odoo, but the warehouse says that it is too late.",
                    picking.name,
                ),
                self.env._(
                    "Its shipment is going to come. Stop the parcel, or plan the return of the "
                    "goods; then discard this message."
                ),
            )

    def _conflict(self, code, picking, document, sentence, fix):
        reason = self._reason(document)
        if reason:
            sentence = self.env._(
                "%(sentence)s It says: %(reason)s", sentence=sentence, reason=reason
            )
        return Fault(
            code,
            sentence,
            pointer="/status",
            fix=fix,
            subject=f"transfer:{document['reference']}:{document['status']}",
        )
