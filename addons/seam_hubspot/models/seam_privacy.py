from odoo import api, models

from odoo.addons.seam.engine import codec
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.seam_privacy_search import Mention
from odoo.addons.seam_crm.models.seam_privacy_crm import pattern

from .. import const, events


class SeamPrivacyPlace(models.AbstractModel):
    _inherit = "seam.privacy.place"

    @api.model
    def _set_up(self):
        """HubSpot's owners are persons, too."""
        return {**super()._set_up(), "seam.system": ("hubspot_facts",)}


class SeamPrivacyRequest(models.Model):
    """A webhook's call tells of up to a hundred records by their numbers, and of what changed
    the new value alone: a first name, a street, a birthday.
    """

    _inherit = "seam.privacy.request"

    def _mentions_in(self, system, flows, ids):
        mentions = super()._mentions_in(system, flows, ids)
        calls = flows.filtered(lambda flow: flow.handler == const.EVENTS)
        if calls:
            mentions.append(
                Mention(tuple(calls.ids), pattern(ids), lambda m: self._hubspot_tells_of(m, ids))
            )
        return mentions

    def _hubspot_tells_of(self, message, ids):
        """:return: whether a call tells of one of these; one that cannot be read counts as if
        it did"""
        try:
            wire = codec.parse(message._body_bytes(), message.content_type or "application/json")
            return not events.told_of(wire).isdisjoint(ids)
        except (Fault, AttributeError, TypeError):
            return True
