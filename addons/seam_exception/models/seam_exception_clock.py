from odoo import api, models


class SeamExceptionClock(models.Model):
    _inherit = "seam.exception"

    @api.model
    def _cron_clock(self):
        """Each minute: count, route, wake what slept long enough, tell who is to be told."""
        self._close_left_open()
        commit = self.env["ir.cron"]._commit_progress
        while len(self._wake_due()) == 500:
            commit(500)
        Alert = self.env["seam.exception.alert"]
        Alert._give_up_lost()
        commit(1)
        while number := Alert._send_due():
            commit(number)
        commit(remaining=0)

    @api.model
    def _cron_rank(self):
        """Time passes, and with it what matters most."""
        self._rank_open()
