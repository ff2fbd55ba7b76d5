"""Asking a carrier for parcels, call by call. No database."""

import time

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.gate import Held

# No parcel is to blame for these.
ABOUT_ALL = ("auth.failed", "config.invalid", "access.denied", "transport.forbidden")
# So many that he refuses, and none that he answers: it is not the parcels.
HOPELESS = 3


class Asking:
    """What one round of questions brought. A call that fails loses nothing of the others.

    :ivar wires: what the carrier said, of all calls
    :ivar answered: numbers of calls that went well
    :ivar refused: dict number → Fault, of those that he does not take
    :ivar tried: numbers of the call for which it ended early
    :ivar stopped: Fault or Held for which it ended early, or None
    """

    def __init__(self, connector, client, flow, seconds):
        self._connector, self._client, self._flow = connector, client, flow
        self._deadline = time.monotonic() + seconds
        self.wires, self.answered, self.refused = [], [], {}
        self.tried, self.stopped = [], None

    def ask(self, numbers):
        """Ask for numbers until all are asked for, the time is up, or it is of no use."""
        most = self._connector._track_most
        for begin in range(0, len(numbers), most):
            if time.monotonic() > self._deadline:
                return
            self._call(numbers[begin : begin + most])
            if self.stopped:
                return

    def _call(self, numbers):
        try:
            for wire in self._connector._track(self._client, self._flow, numbers):
                self.wires.append(wire)
        except Held as held:
            self._stop(held, numbers)
        except Fault as fault:
            self._judge(fault, numbers)
        else:
            self.answered += numbers

    def _judge(self, fault, numbers):
        if fault.kind != "permanent" or fault.code in ABOUT_ALL:
            self._stop(fault, numbers)
        elif len(numbers) == 1:
            self.refused[numbers[0]] = fault
            if len(self.refused) >= HOPELESS and not self.answered:
                self._stop(fault, numbers)
        else:
            middle = len(numbers) // 2
            self._call(numbers[:middle])
            if not self.stopped:
                self._call(numbers[middle:])

    def _stop(self, reason, numbers):
        self.stopped, self.tried = reason, numbers
