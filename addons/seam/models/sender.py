"""Calls to partners, many at once, from one job.

A call to a partner that hangs takes half a minute. It holds one thread of one job: the
others go on, and so do the messages of all other systems, in the same job.
"""

import logging
import threading
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import timedelta

from odoo import fields

from ..const import DRAIN_SECONDS, LEASE_SECONDS
from ..engine.auth import is_locked_out
from ..engine.fault import Fault
from .own_cursor import CONFLICTS

_logger = logging.getLogger(__name__)

# While calls are under way, new messages are looked for this often (seconds); more often
# where no call is expected to end: who writes to another partner waits for nobody.
LOOK_SECONDS = 0.2
HANGING_LOOK_SECONDS = 0.05
# Answers that come within this time are recorded together.
GATHER_SECONDS = 0.05
# A call that takes longer than this is slow: others do not wait for it.
SLOW_SECONDS = 1
# A job whose worker a slow call holds anyway goes on with other systems until that call
# ends. After this time a slow system gets no new calls, so that the job comes to an end,
HELD_SECONDS = 45
# and after this time, well before Odoo ends a worker (limit_time_real), no system does.
LAST_SECONDS = 150
# So many seconds of calls are claimed beforehand, and never more than so many messages.
AHEAD_SECONDS = 0.5
AHEAD_MOST = 100
# Where many go in one call, never more than so many are claimed at once.
CLAIMED_MOST = 500
STACK_BYTES = 1024 * 1024
# How often the circuit is told of calls that went well.
TELL_SECONDS = 1


class Desk:
    """What one job keeps of one system: its calls at once, and how it answers.

    :ivar taken: how many calls to it this job has in hand
    :ivar pace: mean seconds of its last calls
    :ivar later: monotonic time before which it takes no calls
    :ivar good: calls that went well, of which the circuit was not told yet
    :ivar probing: whether the circuit let only a few calls through
    :ivar locked: whether no token is given, and a message of this job tells of it
    """

    def __init__(self, conf):
        self.system_id, self.parallel = conf.system_id, conf.parallel
        self.pool = ThreadPoolExecutor(conf.parallel, f"seam-send-{conf.system_code}")
        self.client, self.probing, self.locked = None, False, False
        self.taken, self.good, self.pace, self.later = 0, 0, AHEAD_SECONDS, 0.0

    def room(self):
        """:return: for how many calls to claim now; few ahead of a slow partner"""
        ahead = int(self.parallel * AHEAD_SECONDS / max(self.pace, 0.001))
        wanted = min(max(ahead, self.parallel), AHEAD_MOST)
        return wanted - self.taken if self.taken <= wanted // 2 else 0

    def learn(self, calls):
        for call in calls:
            self.pace = (3 * self.pace + call.seconds) / 4

    def close(self):
        self.pool.shutdown(cancel_futures=True)
        if self.client:
            self.client.close()


class Sender:
    """One job's work: claim, prepare, send beside each other, record.

    :ivar flying: dict future → (conf, claim, letters, begun): what is in the hands of a
        desk, called or about to be, in one call
    :ivar suspect: (conf, claim, letter) that ended a worker, and flies alone; or None
    :ivar alone: whether it flies
    :ivar over: ids of slow systems that get no new calls from this job
    :ivar hopes: dict flow id → how many messages to claim for one call
    :ivar apart: ids of flows whose messages go alone in this job, for their partner refused
        several of them together
    :ivar more: whether the time was up before the work was done
    :ivar settled: whether messages had their outcome without a call: others may be behind
    """

    def __init__(self, lane):
        self.lane, self.env = lane, lane.env
        self.message = lane.env["seam.message"]
        self.connectors = lane.env(context={})
        self.desks, self.flying, self.over, self.apart = {}, {}, set(), set()
        self.hopes = {}
        self.suspect, self.alone, self.more, self.helped = None, False, False, False
        self.settled = False
        self.renewed = self.told = self.begun = time.monotonic()

    def run(self):
        """:return: moment (naive UTC) when somebody should look again, or None"""
        # Odoo limits the address space of a worker, and threads take 8 MB of it each.
        before = threading.stack_size(STACK_BYTES)
        try:
            while self._step():
                pass
        finally:
            threading.stack_size(before)
            self._give_back()
            self._tell_all()
            for desk in self.desks.values():
                desk.close()
        return self._comes_again()

    def _step(self):
        """:return: whether there is more to do"""
        if not (self.suspect or self.alone):
            self._fill()
        if self.suspect and not self.flying:
            self._fly_alone()
        if not self.flying:
            return self.settled
        self._wait()
        self._land()
        self._stay_alive()
        return True

    def _fill(self):
        self.settled = False
        if self._may_claim():
            self._leave_the_slow()
            self._claim()
        else:
            self.more = True
            self._give_back()

    def _may_claim(self):
        """Give the worker back after a moment, unless a slow call holds it anyway."""
        age = time.monotonic() - self.begun
        return age < DRAIN_SECONDS or (age < LAST_SECONDS and bool(self._slow()))

    def _slow(self):
        """:return: set of futures of calls that take long"""
        since = time.monotonic() - SLOW_SECONDS
        return {
            future
            for future, (*_rest, begun) in self.flying.items()
            if begun < since and future.running()
        }

    def _leave_the_slow(self):
        """The job would never end if it went on with a system that hangs."""
        if time.monotonic() - self.begun < HELD_SECONDS:
            return
        slow = {self.flying[future][0].system_id for future in self._slow()}
        for system_id in slow - self.over:
            self._give_back(system_id)
        self.over |= slow
        self.more = self.more or bool(slow)

    # -- claim -------------------------------------------------------------------------

    def _claim(self):
        flows = self.lane._flows_with_work()
        if flows and self.flying and not self.helped:
            # There is more than was taken at first: a second job may join, if one may run.
            self.helped = True
            self.lane._wake([self.lane.code])
        for flow_id in flows:
            conf = self.env["seam.flow"]._conf_by_id(flow_id)
            if conf.system_active and conf.system_state == "active":
                self._claim_some(conf, self._desk(conf))
            if self.suspect:
                return

    def _desk(self, conf):
        if conf.system_id not in self.desks:
            self.desks[conf.system_id] = Desk(conf)
        return self.desks[conf.system_id]

    def _claim_some(self, conf, desk):
        room = 0 if conf.system_id in self.over else desk.room()
        if room < 1 or desk.later > time.monotonic():
            return
        count, seconds = self._admitted(conf, desk, room)
        if not count:
            desk.later = time.monotonic() + seconds
            return
        claim, claimed = self.message._claim_to_send(conf, self._messages(conf, count))
        letters = self.message._prepare(conf, claim) if claimed else []
        if not letters:
            self._no_call(conf)
            self.settled = self.settled or bool(claimed)
        flights = []
        for flight in self._flights(conf, letters):
            if flight[0].crashes:
                self.suspect = conf, claim, flight[0]
            else:
                flights.append(flight)
        for flight in flights[:count]:
            self._send(conf, claim, flight)
        beyond = [letter.message_id for flight in flights[count:] for letter in flight]
        if beyond:
            # Fewer go together than was hoped: these need calls that were not let out.
            self.message._unclaim(claim, beyond)

    def _messages(self, conf, calls):
        """:return: how many messages to claim for so many calls"""
        each = self.hopes.setdefault(conf.id, self.connectors[conf.connector]._batch_most)
        return max(calls, min(calls * each, CLAIMED_MOST))

    def _flights(self, conf, letters):
        """Put those in one call that may go together, and learn how many these are.

        :return: list of lists of Letter, each for one call
        """
        most = 1 if conf.id in self.apart else self.connectors[conf.connector]._batch_most
        flights, latest = [], {}
        for letter in letters:
            flight = None if letter.together is None else latest.get(letter.together)
            if flight is None or len(flight) >= most:
                flight = latest[letter.together] = []
                flights.append(flight)
            flight.append(letter)
        if flights:
            mean = -(-len(letters) // len(flights))
            more = any(letter.together is not None for letter in letters)
            self.hopes[conf.id] = min(most, 2 * mean if more else mean)
        return flights

    def _admitted(self, conf, desk, room):
        """:return: (how many calls the circuit and the rate let out, else: seconds)"""
        count, seconds = self.env["seam.circuit"]._admit(conf.system_id, room)
        desk.probing = count < room
        if count:
            count, seconds = self.env["seam.rate"]._grant(conf.system_id, conf.call_rate, count)
            if not count:
                self._no_call(conf)
        return count, seconds

    def _no_call(self, conf):
        """What the circuit let through is not made: the next call is the one to try."""
        self.env["seam.circuit"]._note(conf.system_id, 0, 0)

    # -- send --------------------------------------------------------------------------

    def _fly_alone(self):
        """A message that may have ended a worker: nothing else is in the air with it."""
        conf, claim, letter = self.suspect
        self._send(conf, claim, [letter])
        self.suspect, self.alone = None, True

    def _send(self, conf, claim, letters):
        desk, exchange = self._desk(conf), self.message._exchange
        try:
            desk.client = desk.client or self.env["seam.system"].browse(conf.system_id)._client()
            work = self.connectors[conf.connector], desk.client, conf, claim, letters
        except Fault as fault:
            # The system's own settings forbid the call: none is made.
            exchange, work = self.message._not_sent, (conf, claim, letters, fault)
        self.flying[desk.pool.submit(exchange, *work)] = conf, claim, letters, time.monotonic()
        desk.taken += 1

    def _wait(self):
        """Until an answer is there, or a new message may be.

        Answers that come soon after it are recorded with it; a slow call is not one.
        """
        quick = self.flying.keys() - self._slow()
        wait(self.flying, LOOK_SECONDS if quick else HANGING_LOOK_SECONDS, FIRST_COMPLETED)
        if len(quick) > 1 and not all(future.done() for future in quick):
            wait(quick, GATHER_SECONDS)

    def _give_back(self, system_id=None):
        """What is claimed and not called yet goes back; of one system or of all."""
        by_claim = {}
        for future, (conf, claim, letters, _begun) in list(self.flying.items()):
            if system_id in (None, conf.system_id) and future.cancel():
                self._forget(future)
                by_claim.setdefault(claim, []).extend(each.message_id for each in letters)
        if self.suspect and system_id in (None, self.suspect[0].system_id):
            _conf, claim, letter = self.suspect
            by_claim.setdefault(claim, []).append(letter.message_id)
            self.suspect = None
        for claim, ids in by_claim.items():
            self.message._unclaim(claim, ids)

    def _forget(self, future):
        """:return: what ``flying`` held of it"""
        flight = self.flying.pop(future)
        self.desks[flight[0].system_id].taken -= 1
        return flight

    # -- record ------------------------------------------------------------------------

    def _land(self):
        by_flow = {}
        for future in [future for future in self.flying if future.done()]:
            conf, claim, letters, _begun = self._forget(future)
            exchanges = future.result()
            if exchanges:
                self.desks[conf.system_id].learn(exchanges[0].calls)
                by_flow.setdefault(conf.id, []).extend(exchanges)
            else:
                self._part(conf, claim, letters)
        for exchanges in by_flow.values():
            if exchanges := self._that_tell(exchanges):
                self._record(exchanges[0].conf, exchanges)
        if not self.flying:
            self.alone = False

    def _that_tell(self, exchanges):
        """Where no token is given one message tells of it. The others were not sent, and wait
        until one is: they fail for nothing of their own.

        :return: list of the exchanges to record
        """
        desk, told, waits = self.desks[exchanges[0].conf.system_id], [], {}
        for exchange in exchanges:
            if not _is_locked_out(exchange):
                told.append(exchange)
            elif desk.locked or self.env["seam.circuit"]._is_stopped(desk.system_id):
                waits.setdefault(exchange.claim, []).append(exchange.letter.message_id)
            else:
                desk.locked = True
                told.append(exchange)
        for claim, ids in waits.items():
            self.message._unclaim(claim, ids)
        if waits:
            reason = next(x.answer.fault.message for x in exchanges if _is_locked_out(x))
            self.env["seam.circuit"]._note(desk.system_id, 0, 1, reason, at_once=True)
            self._give_back(desk.system_id)
        return told

    def _part(self, conf, claim, letters):
        """Give back what the partner did not take together: nothing of it was done."""
        self.apart.add(conf.id)
        self.message._unclaim(claim, [letter.message_id for letter in letters])
        self._no_call(conf)
        self.settled = True

    def _record(self, conf, exchanges):
        claims = {exchange.claim for exchange in exchanges}
        try:
            cases = self.message._record_answers(conf, exchanges)
        except CONFLICTS:
            if len(exchanges) > 1:
                for exchange in exchanges:
                    self._record(conf, [exchange])
                return
            # What was sent stays unrecorded: the lease runs out, and it is looked up.
            _logger.warning("Claims %s could not be recorded", claims)
            return
        self.message._release([exchange.letter.message_id for exchange in exchanges])
        self.env["seam.exception"]._close_settled(cases)
        self._report(conf, exchanges)

    def _report(self, conf, exchanges):
        """Tell the circuit and the rate what this system answered."""
        desk = self.desks[conf.system_id]
        # A token address that is down stops the system, though it was not called itself.
        answers = [x for x in exchanges if x.counted and (x.calls or _is_down(x))]
        bad = [x for x in answers if _is_down(x)]
        desk.good += len(answers) - len(bad)
        if not answers:
            self._no_call(conf)
        if bad or desk.probing:
            at_once = any(map(_is_locked_out, bad))
            self._tell(desk, len(bad), bad[-1].letter.fault.message if bad else "", at_once)
        elif time.monotonic() - self.told > TELL_SECONDS:
            self._tell_all()
        holds = [x.calls[-1].response for x in exchanges if _is_busy(x)]
        if holds:
            seconds = max(response.retry_after or 1 for response in holds)
            self.env["seam.rate"]._hold(conf.system_id, seconds)
        if bad or holds:
            # Another look at the circuit and the rate before the next call.
            self._give_back(conf.system_id)

    def _tell(self, desk, bad=0, reason="", at_once=False):
        if desk.good or bad:
            self.env["seam.circuit"]._note(desk.system_id, desk.good, bad, reason, at_once)
            desk.good = 0

    def _tell_all(self):
        self.told = time.monotonic()
        for desk in self.desks.values():
            self._tell(desk)

    def _stay_alive(self):
        """Renew the leases of what is under way."""
        if time.monotonic() - self.renewed < LEASE_SECONDS / 3:
            return
        self.renewed = time.monotonic()
        claims = {claim for _conf, claim, *_rest in self.flying.values()}
        if self.suspect:
            claims.add(self.suspect[1])
        if claims:
            self.message._renew(claims)

    def _comes_again(self):
        """:return: moment (naive UTC) of the next look, when a system takes calls again"""
        now = time.monotonic()
        waits = [desk.later - now for desk in self.desks.values() if desk.later > now]
        return fields.Datetime.now() + timedelta(seconds=min(waits)) if waits else None


def _is_down(exchange):
    """Whether a failure tells of the system's health, and not of the document."""
    fault = exchange.letter.fault
    if is_locked_out(fault) or _is_refused(exchange):
        return True
    return (
        bool(fault)
        and not exchange.went_well
        and not _is_busy(exchange)
        and fault.code
        in (
            "transport.timeout",
            "transport.refused",
            "transport.unavailable",
            "transport.ambiguous",
        )
    )


def _is_refused(exchange):
    """Whether the system itself says that it does not know us."""
    return exchange.letter.fault is not None and _status(exchange) == 401


def _is_locked_out(exchange):
    """Whether nothing was sent, for no token is given."""
    fault = exchange.answer.fault if exchange.answer else None
    return not exchange.calls and is_locked_out(fault)


def _status(exchange):
    """:return: HTTP status of the last answer, or None where there was none"""
    response = exchange.calls[-1].response if exchange.calls else None
    return response.status if response else None


def _is_busy(exchange):
    return _status(exchange) == 429
