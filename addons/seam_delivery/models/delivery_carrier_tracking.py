from odoo import fields, models


class DeliveryCarrier(models.Model):
    """What is done about parcels of a delivery method while they are on their way."""

    _inherit = "delivery.carrier"

    seam_track_days = fields.Integer(
        "Ask for (days)",
        default=60,
        help="So long after its label was bought the carrier is asked for a parcel that did not "
        "arrive. 0: always.",
    )
    seam_unaccepted_days = fields.Integer(
        "Not accepted after (days)",
        default=3,
        help="A parcel that the carrier has not scanned so long after its label was bought is an "
        "exception: it may still be in the warehouse. 0: never.",
    )
    seam_silent_days = fields.Integer(
        "Silent after (days)",
        default=5,
        help="A parcel on its way that was not scanned for so long is an exception. 0: never.",
    )
    seam_contact_id = fields.Many2one(
        "res.partner",
        "Contact at the carrier",
        check_company=True,
        help="Who is asked about a parcel that is silent, or lost.",
    )
