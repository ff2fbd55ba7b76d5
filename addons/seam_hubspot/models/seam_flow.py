from odoo import fields, models

from .. import const


class SeamFlow(models.Model):
    _inherit = "seam.flow"

    handler = fields.Selection(
        selection_add=[("seam.handler.hubspot.event", "Events of HubSpot")],
        ondelete={"seam.handler.hubspot.event": "set default"},
    )
    hubspot_object = fields.Selection(
        [("tasks", "Tasks"), ("calls", "Calls"), ("meetings", "Meetings")],
        "Activities of HubSpot",
        help="HubSpot has three kinds of activities. Each is fetched by a flow of its own.",
    )

    hubspot_connector = fields.Selection(related="system_id.connector")

    def _options(self):
        options = super()._options()
        if self.system_id.connector == "hubspot":
            options.update(self.system_id._hubspot_options())
            options["hubspot_object"] = self.hubspot_object
            if self.handler == const.ACTIVITY_OUT:
                options["hubspot_hours"] = self._hubspot_hours()
        return options

    def _hubspot_hours(self):
        """:return: whether HubSpot is told when a meeting begins and ends, by the lines of fields
        and who owns them"""
        lines = self.env["seam.crm.field"]._lines(self.system_id.id, const.TASK.document)
        told = self.env[const.ACTIVITY_OUT]._told(self.env["mail.activity"], lines)
        return {"start", "end"} <= {line.name for line in told}

    def _hubspot_kind(self):
        """:return: const.Kind of the records that the flow carries, or None; of activities
        to HubSpot None as well: they may be of any kind"""
        if self.handler == const.ACTIVITY:
            return const.BY_TYPE.get(self.hubspot_object)
        return const.BY_HANDLER.get(self.handler)
