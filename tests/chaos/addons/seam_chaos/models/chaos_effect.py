from odoo import fields, models


class ChaosEffect(models.Model):
    """One application of one message. Nothing is unique here: a second one must show."""

    _name = "seam.chaos.effect"
    _description = "Effect"
    _log_access = False

    message_id = fields.Integer(required=True)
    key = fields.Char(required=True)
    version = fields.Integer()
    serial = fields.Integer()
    amount = fields.Float()


class ChaosShared(models.Model):
    """What handlers look for and then create, as two workers do at once; and what partners
    are told of, at each new version.
    """

    _name = "seam.chaos.shared"
    _description = "Shared record"

    name = fields.Char(required=True)
    version = fields.Integer()

    _name_uniq = models.Constraint("UNIQUE(name)", "There is one already.")
