from odoo import models

from .seam_exception_beat import CHANNEL


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        return super()._build_bus_channel_list(self._seam_channels(channels))

    def _seam_channels(self, channels):
        """Whoever has the dashboard open asks for its channel by name; viewers get it."""
        wanted = [channel for channel in channels if channel != CHANNEL]
        if len(wanted) < len(channels) and self.env.user.has_group("seam.group_seam_viewer"):
            wanted.append((self.env.ref("seam.group_seam_viewer"), CHANNEL))
        return wanted
