from odoo import api, fields, models

from .own_cursor import own_env

LONGEST_HOLD = 86400


class SeamRate(models.Model):
    """Token buckets of a system: how many calls it may make, and we may make to it, now.

    One row for each way, changed by one statement, so that the count is exact over
    all workers and hosts. The bucket of calls to us holds ten seconds' worth of
    them; that of our calls one second's, so that no minute sees more than was agreed
    but for that second.
    """

    _name = "seam.rate"
    _description = "Rate limit"
    _log_access = False

    system_id = fields.Many2one("seam.system", required=True, ondelete="cascade")
    way = fields.Selection(
        [("in", "Calls to us"), ("out", "Our calls")], default="in", required=True
    )
    tokens = fields.Float(required=True)
    at = fields.Float(required=True)
    held_until = fields.Float(default=0, help="Seconds since 1970: no call before, as it asked.")

    _system_way_uniq = models.UniqueIndex("(system_id, way)")

    @api.model
    def _take(self, system_id, per_minute):
        """Take one token for a call to us.

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
                INSERT INTO seam_rate AS r (system_id, way, tokens, at)
                VALUES (%(system)s, 'in', %(size)s - 1, extract(epoch FROM clock_timestamp()))
                ON CONFLICT (system_id, way) DO UPDATE
                   SET tokens = LEAST(%(size)s, r.tokens
                                + GREATEST(0, excluded.at - r.at) * %(rate)s) - 1,
                       at = GREATEST(r.at, excluded.at)
                 WHERE r.tokens + GREATEST(0, excluded.at - r.at) * %(rate)s >= 1
                RETURNING tokens
                """,
                {"system": system_id, "size": size, "rate": per_minute / 60},
            )
            return 0 if env.cr.rowcount else max(1, round(60 / per_minute))

    @api.model
    def _grant(self, system_id, per_minute, wanted):
        """Take up to ``wanted`` tokens for our calls to a system.

        :param per_minute: what is agreed with the partner; 0: no limit
        :return: (how many calls may go out now, and when none: seconds until one may)
        """
        with own_env(self.env, read_committed=True) as env:
            env.cr.execute("SET LOCAL synchronous_commit TO off")
            if not per_minute:
                held = env["seam.rate"]._held_seconds(system_id)
                return (0, held) if held else (wanted, 0)
            rate = per_minute / 60
            values = {"system": system_id, "size": max(1.0, rate), "rate": rate, "wanted": wanted}
            granted, tokens, held = env["seam.rate"]._take_many(values)
            if granted:
                return granted, 0
            return 0, held or (1 - tokens) / rate

    def _take_many(self, values):
        """:return: (tokens taken, tokens left, seconds it is held)"""
        self._ensure_out(values["system"], values["size"])
        self.env.cr.execute(
            """
            WITH moment AS (SELECT extract(epoch FROM clock_timestamp()) AS now),
            bucket AS (
                SELECT r.id, r.at, GREATEST(0, coalesce(r.held_until, 0) - now) AS held,
                       LEAST(%(size)s, r.tokens + GREATEST(0, now - r.at) * %(rate)s) AS tokens,
                       now
                  FROM seam_rate r, moment
                 WHERE r.system_id = %(system)s AND r.way = 'out'
                   FOR NO KEY UPDATE OF r
            ),
            share AS (
                SELECT *, CASE WHEN held > 0 THEN 0
                               ELSE LEAST(%(wanted)s, floor(tokens)) END::int AS taken
                  FROM bucket
            )
            UPDATE seam_rate r
               SET tokens = share.tokens - share.taken, at = GREATEST(share.at, share.now)
              FROM share WHERE r.id = share.id
            RETURNING share.taken, r.tokens, share.held
            """,
            values,
        )
        return self.env.cr.fetchone()

    def _ensure_out(self, system_id, tokens):
        self.env.cr.execute(
            """
            INSERT INTO seam_rate (system_id, way, tokens, at)
            SELECT %s, 'out', %s, extract(epoch FROM clock_timestamp())
             WHERE NOT EXISTS (SELECT 1 FROM seam_rate WHERE system_id = %s AND way = 'out')
            ON CONFLICT (system_id, way) DO NOTHING
            """,
            [system_id, tokens, system_id],
        )

    @api.model
    def _hold(self, system_id, seconds):
        """Make no call to a system for so long, at most a day: its 429 asked for it.

        A longer hold that is there already stays.
        """
        seconds = min(max(float(seconds or 0), 0), LONGEST_HOLD)
        with own_env(self.env, read_committed=True) as env:
            env["seam.rate"]._ensure_out(system_id, 1)
            env.cr.execute(
                """
                UPDATE seam_rate
                   SET held_until = GREATEST(coalesce(held_until, 0),
                                             extract(epoch FROM clock_timestamp()) + %s)
                 WHERE system_id = %s AND way = 'out'
                """,
                [seconds, system_id],
            )

    def _held_seconds(self, system_id):
        """:return: seconds for which no call goes to a system, 0 when they may"""
        self.env.cr.execute(
            """
            SELECT held_until - extract(epoch FROM clock_timestamp())
              FROM seam_rate WHERE system_id = %s AND way = 'out'
            """,
            [system_id],
        )
        row = self.env.cr.fetchone()
        return max(0, row[0] or 0) if row else 0
