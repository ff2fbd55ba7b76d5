import threading
import time

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.seam.engine.fault import Fault

from .. import const, library


class Usage:
    """How many of its calls a system has used, for calls that run beside each other.

    It may be used from any thread: it opens a cursor of its own when it needs one.
    """

    def __init__(self, env, system_id):
        self._registry, self._system_id = env.registry, system_id
        self._lock = threading.Lock()
        self._written = float("-inf")

    def note(self, header):
        """:param header: Sforce-Limit-Info, such as ``api-usage=18/5000``"""
        found = const.LIMIT_INFO.search(header)
        if not found:
            return
        with self._lock:
            if time.monotonic() - self._written < const.USAGE_SECONDS:
                return
            self._written = time.monotonic()
        self.put(int(found[1]), int(found[2]))

    def put(self, used, allowed):
        with self._env() as env:
            env["seam.salesforce.usage"]._write_down(self._system_id, used, allowed)

    def last(self):
        """:return: (used, allowed, seconds since it was seen), or None"""
        with self._env() as env:
            return env["seam.salesforce.usage"]._read_up(self._system_id)

    def _env(self):
        return _OwnEnv(self._registry)

    def require(self, client, percent):
        """Stop before the calls that are kept for others are used.

        Once none may be made, one call asks how many there are, at times.

        :param percent: of all calls that are kept for others
        :raise Fault: ``transport.unavailable``
        """
        known = self.last()
        if not known or not _is_used_up(known, percent):
            return
        if known[2] > const.QUOTA_SECONDS:
            limits = library.connect(client).limits()["DailyApiRequests"]
            allowed, left = int(limits["Max"]), int(limits["Remaining"])
            self.put(allowed - left, allowed)
            known = allowed - left, allowed, 0
            if not _is_used_up(known, percent):
                return
        raise _used_up(*known[:2], percent)


class _OwnEnv:
    """An environment on a cursor of its own, committed at the end."""

    def __init__(self, registry):
        self._cursor = registry.cursor()

    def __enter__(self):
        return api.Environment(self._cursor.__enter__(), SUPERUSER_ID, {})

    def __exit__(self, *error):
        return self._cursor.__exit__(*error)


def _is_used_up(known, percent):
    used, allowed, _seconds = known
    return allowed > 0 and used >= allowed - allowed * percent / 100


def _used_up(used, allowed, percent):
    return Fault(
        "transport.unavailable",
        f"Salesforce allows {allowed:,} calls in 24 hours, of which {used:,} are used; "
        f"{percent} % are kept for others. Nothing is pulled until there are more.",
        fix="It goes on by itself. Pull less often, keep fewer for others on the system, or ask "
        "Salesforce for more calls.",
        subject="salesforce calls",
        retry_after=const.QUOTA_SECONDS,
    )


class SeamSalesforceUsage(models.Model):
    """How many calls of its allowance a system had used when it answered last."""

    _name = "seam.salesforce.usage"
    _description = "Calls used at Salesforce"
    _log_access = False
    _rec_name = "system_id"

    system_id = fields.Many2one("seam.system", required=True, ondelete="cascade")
    used = fields.Integer(readonly=True)
    allowed = fields.Integer(readonly=True)
    seen_at = fields.Datetime(readonly=True)

    _system_uniq = models.UniqueIndex("(system_id)")

    @api.model
    def _write_down(self, system_id, used, allowed):
        """What every answer tells: two that do it at once do not fail."""
        self.env.cr.execute(
            """
            INSERT INTO seam_salesforce_usage (system_id, used, allowed, seen_at)
            SELECT id, %s, %s, clock_timestamp() AT TIME ZONE 'UTC'
              FROM seam_system WHERE id = %s
                ON CONFLICT (system_id) DO UPDATE
               SET used = EXCLUDED.used, allowed = EXCLUDED.allowed, seen_at = EXCLUDED.seen_at
            """,
            [used, allowed, system_id],
        )
        self.env["seam.salesforce.usage"].invalidate_model()

    @api.model
    def _read_up(self, system_id):
        """:return: (used, allowed, seconds since it was seen), or None"""
        self.env.cr.execute(
            """
            SELECT used, allowed,
                   extract(epoch FROM clock_timestamp() AT TIME ZONE 'UTC' - seen_at)::float8
              FROM seam_salesforce_usage WHERE system_id = %s
            """,
            [system_id],
        )
        return self.env.cr.fetchone()
