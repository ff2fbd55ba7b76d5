from odoo import fields, models

STATUSES = [
    ("announced", "Announced"),
    ("accepted", "With the carrier"),
    ("in_transit", "On its way"),
    ("out_for_delivery", "Out for delivery"),
    ("delivered", "Delivered"),
    ("held", "Held"),
    ("failed", "Delivery failed"),
    ("returning", "On its way back"),
    ("returned", "Returned to us"),
    ("lost", "Lost or damaged"),
]


class SeamParcel(models.Model):
    """How far a parcel is: the carrier's newest word."""

    _inherit = "seam.parcel"

    status = fields.Selection(STATUSES, readonly=True)
    status_at = fields.Datetime("Since", readonly=True)
    status_place = fields.Char("Place", readonly=True)
    status_text = fields.Char("Carrier's words", readonly=True)
    promised_date = fields.Date("Expected", readonly=True)

    def _status_sentence(self):
        """:return: what people read of it, e.g. "Parcel 1Z…: Delivered, Lyon" """
        labels = dict(self._fields["status"]._description_selection(self.env))
        words = [labels[self.status], self.status_place, self.status_text]
        return self.env._(
            "Parcel %(number)s: %(how)s.",
            number=self.tracking,
            how=", ".join(filter(None, words)).rstrip("."),
        )
