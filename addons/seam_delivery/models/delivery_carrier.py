import json
import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class DeliveryCarrier(models.Model):
    """A delivery method whose labels a system of Integrations sells."""

    _inherit = "delivery.carrier"

    delivery_type = fields.Selection(
        selection_add=[("seam", "Carrier of Integrations")],
        ondelete={"seam": lambda carriers: carriers.write({"delivery_type": "fixed"})},
    )
    seam_system_id = fields.Many2one(
        "seam.system",
        "System",
        check_company=True,
        ondelete="restrict",
        groups="stock.group_stock_user,seam.group_seam_viewer",
        help="Which system sells the labels. It needs an active flow of “Shipping labels”.",
    )
    seam_service = fields.Char("Service", help="The carrier's code, e.g. ups_standard.")
    seam_signature = fields.Selection(
        [("signature", "A signature"), ("adult_signature", "The signature of an adult")],
        "Delivered against",
    )
    seam_saturday = fields.Boolean("On Saturdays too")
    seam_options = fields.Char(
        "Other options", help="The carrier's codes, separated by commas or spaces."
    )
    seam_collect = fields.Selection(
        [("any", "As the carrier does"), ("cash", "Cash"), ("check", "Check"), ("card", "Card")],
        "Collect on delivery",
        help="The driver collects what the customer still owes for the order.",
    )
    seam_return_service = fields.Char(
        "Service of returns", help="The carrier's code. Empty: its usual one."
    )
    seam_commercial_invoice = fields.Boolean(
        "Commercial invoice",
        default=True,
        help="Where parcels go through customs the carrier makes the commercial invoice.",
    )
    seam_label_format = fields.Selection(
        [("pdf", "PDF"), ("zpl", "ZPL")], "Label", default="pdf", required=True
    )
    seam_package_type_id = fields.Many2one(
        "stock.package.type",
        "Default packaging",
        help="Its dimensions and weight count for goods that were put into no package.",
    )
    seam_max_weight = fields.Float(
        "Heaviest parcel (kg)",
        default=70.0,
        help="Heavier ones are stopped before a label is bought.",
    )
    seam_max_parcels = fields.Integer("Most parcels of a shipment", default=20)

    def _compute_can_generate_return(self):
        ours = self.filtered(lambda carrier: carrier.delivery_type == "seam")
        ours.can_generate_return = True
        return super(DeliveryCarrier, self - ours)._compute_can_generate_return()

    def _compute_supports_shipping_insurance(self):
        ours = self.filtered(lambda carrier: carrier.delivery_type == "seam")
        ours.supports_shipping_insurance = True
        return super(DeliveryCarrier, self - ours)._compute_supports_shipping_insurance()

    def _seam_option_codes(self):
        """:return: sorted list of the options of the contract ``shipping-label``"""
        self.ensure_one()
        codes = re.split(r"[\s,;]+", (self.seam_options or "").lower())
        codes += [self.seam_signature, "saturday_delivery" if self.seam_saturday else ""]
        return sorted({code for code in codes if code})

    @api.constrains("seam_options")
    def _check_seam_options(self):
        for carrier in self:
            for code in carrier._seam_option_codes():
                if not re.fullmatch(r"[a-z0-9_]{1,100}", code):
                    raise ValidationError(
                        self.env._("“%s” is no code of an option: letters, digits and _.", code)
                    )

    def seam_send_shipping(self, pickings):
        """Called by nobody but other addons: ``stock.picking.send_to_shipper`` asks us first."""
        pickings._seam_buy_label()
        return [
            {"exact_price": picking.carrier_price, "tracking_number": False} for picking in pickings
        ]

    def seam_get_return_label(self, pickings, tracking_number=None, origin_date=None):
        """Asked for now, and on the transfer when the carrier has made it."""
        pickings._seam_buy_return_label()

    def seam_get_tracking_link(self, picking):
        """The carrier's own pages where it told them, else the address of the method."""
        shipments = picking.sudo().seam_shipment_ids.filtered(lambda s: s.state == "bought")
        pages = [
            [parcel.tracking, parcel.tracking_url]
            for parcel in shipments.parcel_ids
            if parcel.tracking_url and parcel.tracking in (picking.carrier_tracking_ref or "")
        ]
        if not pages:
            return self.fixed_get_tracking_link(picking)
        return json.dumps(pages) if len(pages) > 1 else pages[0][1]

    def seam_cancel_shipment(self, pickings):
        pickings._seam_void_label()

    def _seam_is_connected(self):
        """:return: whether labels of this delivery method are bought by an active flow"""
        self.ensure_one()
        outgoing = self.env["seam.flow"]._outgoing("seam.handler.delivery.label")
        system = self.sudo().seam_system_id
        return bool(system) and system.id in {system_id for _flow, system_id in outgoing}
