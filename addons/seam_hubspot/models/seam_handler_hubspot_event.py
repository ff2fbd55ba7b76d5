from odoo import models

from .. import events


class SeamHandlerHubspotEvent(models.AbstractModel):
    """What HubSpot's webhooks tell of is put on the list of what is to be read, and the
    pulls of these records are started at once.

    HubSpot has one address for the events of all kinds of records. They carry no whole
    record, and come in no order: a hundred of them are read by one call.
    """

    _name = "seam.handler.hubspot.event"
    _inherit = "seam.handler"
    _description = "Events of HubSpot"

    _contract = ("hubspot-changes", "1.0.0")

    def _apply(self, letters):
        for letter in letters:
            flow = self.env["seam.message"].sudo().browse(letter.message_id).flow_id
            letter.done(note=self._take(flow.system_id, letter.document["changes"]))

    def _take(self, system, changes):
        """:return: a sentence"""
        pulls = self._pulls(system)
        known = [change for change in changes if change["object"] in pulls]
        wanted = self.env["seam.hubspot.wanted"].sudo()
        wanted.create(
            [
                {
                    "system_id": system.id,
                    "object": change["object"],
                    "number": change["id"],
                    "at": change["at"],
                    "merged": change.get("merged") or False,
                }
                for change in known
            ]
        )
        for type_ in {change["object"] for change in known}:
            self._start(pulls[type_])
        self._tell_officers(system, events.erased(changes))
        if not known:
            return self.env._("Nothing that is read here changed.")
        return self.env._(
            "To be read: %s.",
            ", ".join(sorted({f"{change['object']} {change['id']}" for change in known})),
        )

    def _tell_officers(self, system, ids):
        """HubSpot keeps nothing of a person who asked for that; what is here, people decide."""
        found = self.env["seam.binding"].sudo()._find(system.id, "res.partner", ids) if ids else {}
        if found:
            partners = self.env["res.partner"].union(*found.values())
            self.env["seam.privacy.request"]._begin(system, partners)

    def _pulls(self, system):
        """:return: dict HubSpot's type → ``seam.pull``, of flows that were ever activated: to
        those that were not everything is still to be loaded"""
        domain = [("system_id", "=", system.id), ("flow_id.state", "!=", "draft")]
        pulls = self.env["seam.pull"].sudo().search(domain)
        kinds = {pull: pull.flow_id._hubspot_kind() for pull in pulls}
        return {kind.type: pull for pull, kind in kinds.items() if kind}

    def _start(self, pull):
        """One that is paused, or waits for a person, finds the list when it goes on."""
        if pull.state == "idle" and pull._is_open():
            pull._start()
