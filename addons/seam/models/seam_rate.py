from odoo import api, fields, models

from .own_cursor import own_env


class SeamRate(models.Model):
    """Token bucket of a system: how many calls it may make now.

    One row a system, changed by one statement, so that the count is exact over
    all workers and hosts. A bucket holds ten seconds' worth of calls.
    """

    _name = "seam.rate"
    _description = "Rate limit"
    _log_access = False

    system_id = fields.Many2one("seam.system", required=True, ondelete="cascade")
    tokens = fields.Float(required=True)
    at = fields.Float(required=True)

    _system_uniq = models.UniqueIndex("(system_id)")

    @api.model
    def _take(self, system_id, per_minute):
        """Take one token.

        :return: 0 when the call may go on, else seconds to wait (at least 1)
        """
        if not per_minute:
            return 0
        size = max(1.0, per_minute / 6)
        with own_env(self.env, read_committed=True) as env:
            # The bucket may lose a few tokens' worth of history in a power cut.
            env.cr.execute("SET LOCAL synchronous_commit TO off")
            env.cr.execute(
                """
                INSERT INTO seam_rate AS r (system_id, tokens, at)
                VALUES (%(system)s, %(size)s - 1, extract(epoch FROM clock_timestamp()))
                ON CONFLICT (system_id) DO UPDATE
                   SET tokens = LEAST(%(size)s, r.tokens
                                + GREATEST(0, excluded.at - r.at) * %(rate)s) - 1,
                       at = GREATEST(r.at, excluded.at)
                 WHERE r.tokens + GREATEST(0, excluded.at - r.at) * %(rate)s >= 1
                RETURNING tokens
                """,
                {"system": system_id, "size": size, "rate": per_minute / 60},
            )
            return 0 if env.cr.rowcount else max(1, round(60 / per_minute))
