"""What lets the calls of a pull to a system out: its circuit and its agreed rate.

A sender asks for many calls at once, before it claims messages. A pull makes one call
after the other, and each asks for itself.
"""

import time

from ..engine.auth import is_locked_out
from ..engine.exchange import require_success
from ..engine.fault import Fault

# The first call of a page waits for so long in its job; for more the job gives its
# worker back. A later one waits longer, since the page would begin anew.
PATIENCE_SECONDS = 5
MORE_PATIENCE_SECONDS = 61

_DOWN = ("transport.timeout", "transport.refused", "transport.unavailable")


class Held(Exception):
    """No call may go out now.

    :ivar seconds: when to ask again
    :ivar reason: a sentence about why, or ""
    """

    def __init__(self, seconds, reason=""):
        super().__init__(seconds, reason)
        self.seconds, self.reason = seconds, reason


class Gate:
    """Counts the calls of one pull with those of everybody else to this system.

    :param call_rate: our calls per minute to it, 0 without a limit
    :param patience: seconds for which the first call waits for the rate
    """

    def __init__(self, env, system_id, call_rate, patience=PATIENCE_SECONDS):
        self._circuit, self._rate = env["seam.circuit"], env["seam.rate"]
        self._system_id, self._call_rate = system_id, call_rate
        self._patience = patience

    def call(self, make, host):
        """Make one call when it may be made, and tell what became of it.

        :param make: function without arguments that returns an http.Response
        :param host: what people call the other side
        :raise Held: not within a moment
        :raise Fault: as ``make`` does
        """
        self._wait()
        try:
            response = make()
        except Fault as fault:
            self._tell(fault)
            raise
        except BaseException:
            self._circuit._note(self._system_id, 0, 0)
            raise
        self._tell(_verdict(response, host))
        if response.status == 429:
            self._rate._hold(self._system_id, response.retry_after or 1)
        return response

    def _wait(self):
        deadline = time.monotonic() + self._patience
        while seconds := self._seconds():
            if time.monotonic() + seconds > deadline:
                raise Held(seconds)
            time.sleep(seconds)
        self._patience = MORE_PATIENCE_SECONDS

    def _seconds(self):
        """:return: 0 when the call may go out, else in how many seconds to ask again
        :raise Held: the circuit is open
        """
        count, seconds = self._circuit._admit(self._system_id, 1)
        if not count:
            raise Held(seconds)
        count, seconds = self._rate._grant(self._system_id, self._call_rate, 1)
        if not count:
            self._circuit._note(self._system_id, 0, 0)
            return seconds
        return 0

    def _tell(self, fault):
        at_once = is_locked_out(fault)
        bad = at_once or bool(fault) and fault.code in _DOWN
        reason = fault.message if bad else ""
        self._circuit._note(self._system_id, not bad, bad, reason, at_once)


def _verdict(response, host):
    """:return: what an answer says of the system's health: a Fault, or None"""
    if response.status == 429:
        return None
    try:
        require_success(response, host)
    except Fault as fault:
        return fault
    return None
