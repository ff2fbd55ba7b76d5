from odoo import models
from odoo.exceptions import AccessError, UserError

# A message of these states is nobody's work any more, or a person's.
AT_REST = ("failed", "discarded", "superseded", "done")


class SeamShipment(models.Model):
    """Labels that the carrier takes back, or will not take back."""

    _inherit = "seam.shipment"

    def _void(self):
        """Have the carrier take the label back: for the first time, or once more.

        :return: whether he is asked. False: he is being asked already
        """
        self.ensure_one()
        self.lock_for_update()
        last = self._messages()[:1]
        self.state = "voiding"
        if last.topic == "void" and last.state not in AT_REST:
            return False
        if self._is_refused(last):
            last._retry(self.env._("Cancelled again."))
        else:
            self._emit("void")
        return True

    def _is_refused(self, message):
        """:param message: the newest one of the shipment
        :return: whether a request to void it waits for a person
        """
        return message.topic == "void" and message.state == "failed"

    # -- answered ----------------------------------------------------------------------------

    def _keep_void(self):
        self.ensure_one()
        self.lock_for_update()
        if self.state not in ("bought", "voiding"):
            return
        self.state = "void"
        picking = self.picking_id.sudo()
        if self.purpose == "delivery":
            picking.write({"carrier_tracking_ref": False, "carrier_price": 0.0})
        elif picking.picking_type_code == "incoming":
            picking.carrier_tracking_ref = False
        picking.message_post(
            body=self.env._(
                "%(what)s %(number)s is void. A new one may be bought.",
                what=self._what(),
                number=self.carrier_number or self.name,
            )
        )

    def _keep_refusal(self, fault):
        """The carrier does not take the label back: it is what it was, and is charged.

        :param fault: Fault; told what to do
        """
        self.ensure_one()
        self.lock_for_update()
        fault.fix = self.env._(
            "The label stays valid, and is charged. Is the parcel on its way as it should be? "
            "Then discard this. Else ask the carrier to stop it; a retry, or “Cancel” on the "
            "transfer, asks him once more to void it."
        )
        if self.state != "voiding":
            return
        self.state = "bought"
        self.picking_id.sudo().message_post(body=self._refusal_text(fault.message))

    def _refusal_text(self, said):
        """:param said: the carrier's words. :return: what a packer reads"""
        return self.env._(
            "%(what)s %(number)s was not voided: %(said)s It stays valid, and is charged. If the "
            "parcel is not to go, hold it back, or ask the carrier to stop it. “Cancel” asks "
            "him once more.",
            what=self._what(),
            number=self.carrier_number or self.name,
            said=f"{self._by_name(said).rstrip('.')}.",
        )

    # -- by a person -------------------------------------------------------------------------

    def action_keep_label(self):
        """The label is to be used after all: the request to void it is put away."""
        for shipment in self._at_rest():
            shipment._end_request(self.env._("The label is kept."))
            shipment.state = "bought"

    def action_is_void(self):
        """A person has voided it at the carrier, or has seen there that it is void."""
        for shipment in self._at_rest():
            shipment._end_request(self.env._("It is void at the carrier."))
            shipment._keep_void()

    def _at_rest(self):
        """:return: these shipments (sudo), locked
        :raise UserError: the carrier is being asked at this moment
        """
        self.check_access("read")
        if not self.env.user.has_group("stock.group_stock_manager"):
            raise AccessError(self.env._("Only an Inventory administrator may say so."))
        for shipment in self.sudo():
            shipment.lock_for_update()
            asked = shipment._messages()[:1]
            rests = shipment.state == "voiding" and (not asked or asked.state in AT_REST)
            if not (rests or (shipment.state == "bought" and shipment._is_refused(asked))):
                raise UserError(
                    self.env._(
                        "%s is not waiting for this: either nobody asked for it to be voided, "
                        "or the carrier is being asked now. Reload the page.",
                        shipment.name,
                    )
                )
        return self.sudo()

    def _end_request(self, why):
        asked = self._messages()[:1]
        if asked.state == "failed":
            asked._discard(why)
        self.picking_id.message_post(
            body=self.env._(
                "%(what)s %(number)s: %(why)s (%(user)s)",
                what=self._what(),
                number=self.carrier_number or self.name,
                why=why,
                user=self.env.user.name,
            )
        )
