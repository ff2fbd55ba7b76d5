import logging

from odoo import api, fields, models

from odoo.addons.seam.engine.fault import Fault

from .seam_crm_field_missing import DAILY_HOURS, SOON_HOURS

_logger = logging.getLogger(__name__)


class SeamSystem(models.Model):
    """When a CRM was asked last which of the mapped fields it has."""

    _inherit = "seam.system"

    crm_looked_at = fields.Datetime("Fields compared at", readonly=True, copy=False)

    @api.model
    def _cron_crm_look(self):
        """Once a day each CRM is asked, by one call for each kind of its records."""
        lines = self.env["seam.crm.field"].sudo()
        active = [("system_id.state", "=", "active"), ("system_id.active", "=", True)]
        systems = lines.search(active).system_id
        for system in systems:
            if system._connector()._crm_looks and lines._is_due(system, DAILY_HOURS):
                system._crm_look_later()

    def _crm_look_soon(self):
        """It refused a field that it does not know. Whoever sends need not see systems."""
        self.ensure_one()
        system = self.sudo()
        lines = system.env["seam.crm.field"]
        if system._connector()._crm_looks and lines._is_due(system, SOON_HOURS):
            system._crm_look_later()

    def _crm_look_later(self):
        self.with_delay(
            channel="root.seam_bulk",
            description=self.env._("Compare the fields of %s", self.name),
            identity_key=f"seam.crm.look:{self.id}",
            max_retries=1,
        )._crm_look()

    def _crm_look(self):
        """Job: note which of the mapped fields are not there any more. Who is not reached is
        asked the next day."""
        system = self.sudo()
        client = system._client()
        try:
            system.env["seam.crm.field"]._look(system, client)
        except Fault as fault:
            _logger.warning("Fields of %s were not compared: %s", self.name, fault.message)
        finally:
            client.close()
