"""Calls to partners, many at once, from one job.

A call to a partner that hangs takes half a minute. It holds one thread of one job: the
others go on, and so do the messages of all other systems, in the same job.
"""

import logging
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import timedelta

from odoo import fields

from ..const import DRAIN_SECONDS, LEASE_SECONDS
from ..engine.fault import Fault
from .own_cursor import CONFLICTS

_logger = logging.getLogger(__name__)

# Calls at once from one job, over all systems.
THREADS = 32
# While calls are under way, new messages are looked for this often (seconds).
LOOK_SECONDS = 0.2
# A job whose worker a slow call holds anyway goes on with other systems for so long.
HELD_SECONDS = 45
SLOW_SECONDS = 1
# Calls that are claimed beforehand should be through within this time.
AHEAD_SECONDS = 0.25


class Sender:
    """One job's work: claim, prepare, send beside each other, record.

    :ivar queued: list of (conf, claim, letter) claimed and prepared, not yet sent
    :ivar flying: dict future → (conf, claim, letter, begun)
    :ivar more: whether the time was up before the work was done
    :ivar later: dict system id → monotonic time before which it takes no calls
    :ivar pace: dict system id → mean seconds of its last calls
    """

    def __init__(self, lane):
        self.lane, self.env = lane, lane.env
        self.message = lane.env["seam.message"]
        self.connectors = lane.env(context={})
        self.queued, self.flying = [], {}
        self.clients, self.later, self.pace = {}, {}, {}
        self.renewed = self.begun = time.monotonic()
        self.suspect = self.more = False

    def run(self):
        """:return: moment (naive UTC) when somebody should look again, or None"""
        with ThreadPoolExecutor(THREADS, "seam-send") as self.pool:
            try:
                while self._step():
                    pass
            finally:
                self._give_back_queued()
                for client in self.clients.values():
                    client.close()
        return self._comes_again()

    def _step(self):
        """:return: whether there is more to do"""
        if self._may_claim():
            self._claim()
        else:
            self.more = True
            self._give_back_queued()
        self._take_off()
        if not self.flying:
            self.more = self.more or bool(self.queued)
            return False
        wait(self.flying, LOOK_SECONDS, FIRST_COMPLETED)
        self._land()
        self._stay_alive()
        return True

    def _may_claim(self):
        """Give the worker back after a moment, unless a slow call holds it anyway."""
        age = time.monotonic() - self.begun
        if age < DRAIN_SECONDS:
            return True
        slow = time.monotonic() - SLOW_SECONDS
        return age < HELD_SECONDS and any(begun < slow for *_rest, begun in self.flying.values())

    # -- claim -------------------------------------------------------------------------

    def _claim(self):
        if self.suspect:
            return
        for flow_id in self.lane._flows_with_work():
            conf = self.env["seam.flow"]._conf_by_id(flow_id)
            room = self._room(conf)
            if room > 0 and self._ready(conf):
                self._claim_some(conf, room)
            if self.suspect:
                return

    def _ready(self, conf):
        return (
            conf.system_active
            and conf.system_state == "active"
            and self.later.get(conf.system_id, 0) <= time.monotonic()
        )

    def _room(self, conf):
        """How many messages of this system may be taken now: few ahead if it is slow."""
        ahead = min(8, max(1, int(AHEAD_SECONDS / self.pace.get(conf.system_id, AHEAD_SECONDS))))
        taken = sum(
            other.system_id == conf.system_id
            for other, *_rest in (*self.queued, *self.flying.values())
        )
        return min(conf.parallel * ahead - taken, 100)

    def _claim_some(self, conf, room):
        count, seconds = self.env["seam.circuit"]._admit(conf.system_id, room)
        if count:
            count, seconds = self.env["seam.rate"]._grant(conf.system_id, conf.call_rate, count)
            if not count:
                self._no_call(conf)
        if not count:
            self.later[conf.system_id] = time.monotonic() + seconds
            return
        claim, claimed = self.message._claim_to_send(conf, count)
        letters = self.message._prepare(conf, claim) if claimed else []
        self.queued += [(conf, claim, letter) for letter in letters]
        self.suspect = any(letter.crashes for letter in letters)
        if not letters:
            self._no_call(conf)

    def _no_call(self, conf):
        """What the circuit let through is not made: the next call is the one to try."""
        self.env["seam.circuit"]._note(conf.system_id, 0, 0)

    # -- send --------------------------------------------------------------------------

    def _take_off(self):
        """Start what is prepared, as many calls at once as the system takes.

        A message that may have ended a worker flies alone.
        """
        if self.suspect and self.flying:
            return
        waiting, calls = [], {}
        for conf, *_rest in self.flying.values():
            calls[conf.system_id] = calls.get(conf.system_id, 0) + 1
        for conf, claim, letter in self.queued:
            busy = calls.get(conf.system_id, 0)
            alone = self.suspect and (self.flying or not letter.crashes)
            if busy >= conf.parallel or len(self.flying) >= THREADS or alone:
                waiting.append((conf, claim, letter))
                continue
            calls[conf.system_id] = busy + 1
            self._send(conf, claim, letter)
        self.queued = waiting

    def _send(self, conf, claim, letter):
        try:
            client = self._client(conf)
        except Fault as fault:
            self._refuse(conf, claim, letter, fault)
            return
        connector = self.connectors[conf.connector]
        future = self.pool.submit(self.message._exchange, connector, client, conf, claim, letter)
        self.flying[future] = conf, claim, letter, time.monotonic()

    def _client(self, conf):
        client = self.clients.get(conf.system_id)
        if client is None:
            client = self.env["seam.system"].browse(conf.system_id)._client()
            self.clients[conf.system_id] = client
        return client

    def _refuse(self, conf, claim, letter, fault):
        """The system's own settings forbid the call: no call was made."""
        future = self.pool.submit(self.message._not_sent, conf, claim, letter, fault)
        self.flying[future] = conf, claim, letter, time.monotonic()

    # -- record ------------------------------------------------------------------------

    def _land(self):
        by_flow = {}
        for future in [future for future in self.flying if future.done()]:
            conf, _claim, _letter, begun = self.flying.pop(future)
            by_flow.setdefault(conf.id, []).append(future.result())
            seconds, known = time.monotonic() - begun, self.pace.get(conf.system_id)
            self.pace[conf.system_id] = seconds if known is None else (known * 3 + seconds) / 4
        for exchanges in by_flow.values():
            self._record(exchanges[0].conf, exchanges)
        if not self.flying and not any(letter.crashes for *_rest, letter in self.queued):
            self.suspect = False

    def _record(self, conf, exchanges):
        claims = {exchange.claim for exchange in exchanges}
        try:
            cases = self.message._record_answers(conf, exchanges)
        except CONFLICTS:
            # What was sent stays unrecorded: the lease runs out, and it is looked up.
            _logger.warning("Claims %s could not be recorded", claims)
            return
        self.message._release([exchange.letter.message_id for exchange in exchanges])
        self.env["seam.exception"]._close_settled(cases)
        self._report(conf, exchanges)

    def _report(self, conf, exchanges):
        """Tell the circuit and the rate what this system answered."""
        # A token address that is down stops the system, though it was not called itself.
        answers = [x for x in exchanges if x.calls or _is_down(x)]
        bad = [x for x in answers if _is_down(x)]
        if answers:
            reason = bad[-1].letter.fault.message if bad else ""
            self.env["seam.circuit"]._note(
                conf.system_id, len(answers) - len(bad), len(bad), reason
            )
        else:
            self._no_call(conf)
        if bad:
            # Another look at the circuit before the next call.
            self._give_back_queued(conf.system_id)
        holds = [x.calls[-1].response for x in answers if _is_busy(x)]
        if holds:
            seconds = max(response.retry_after or 1 for response in holds)
            self.env["seam.rate"]._hold(conf.system_id, seconds)
            self._give_back_queued(conf.system_id)

    def _stay_alive(self):
        """Renew the leases of what is under way."""
        if time.monotonic() - self.renewed < LEASE_SECONDS / 3:
            return
        self.renewed = time.monotonic()
        claims = {claim for _conf, claim, *_rest in (*self.queued, *self.flying.values())}
        if claims:
            self.message._renew(claims)

    def _give_back_queued(self, system_id=None):
        """What is claimed and not sent goes back; of one system or of all."""
        kept, by_claim = [], {}
        for conf, claim, letter in self.queued:
            if system_id in (None, conf.system_id):
                by_claim.setdefault(claim, []).append(letter.message_id)
            else:
                kept.append((conf, claim, letter))
        self.queued = kept
        for claim, ids in by_claim.items():
            self.message._unclaim(claim, ids)

    def _comes_again(self):
        """:return: moment (naive UTC) of the next look, when a system takes calls again"""
        now = time.monotonic()
        waits = [moment - now for moment in self.later.values() if moment > now]
        return fields.Datetime.now() + timedelta(seconds=min(waits)) if waits else None


def _is_down(exchange):
    """Whether a failure tells of the system's health, and not of the document."""
    fault = exchange.letter.fault
    return (
        bool(fault)
        and not _is_busy(exchange)
        and fault.code
        in (
            "transport.timeout",
            "transport.refused",
            "transport.unavailable",
            "transport.ambiguous",
        )
    )


def _is_busy(exchange):
    response = exchange.calls[-1].response if exchange.calls else None
    return response is not None and response.status == 429
