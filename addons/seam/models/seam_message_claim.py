from typing import NamedTuple

from psycopg2.extras import Json

from odoo import api, fields, models

from ..const import APART_LOCK, LEASE_SECONDS, SHARE_AT_LEAST
from .own_cursor import persist


class Loose:
    """What to look at again once a claim stands, since others went on meanwhile.

    :ivar blockers: ids of messages that others were sent to wait behind
    :ivar cases: ids of exceptions that may be over
    :ivar moved: how many messages were sent to wait, or superseded
    """

    def __init__(self):
        self.blockers, self.cases, self.moved = set(), set(), 0


# Whether an earlier try of a message ``b`` may have made its record at the partner, whose id for it is
# not known. A newer state would make another one: it waits until the partner was asked about this one.
MAY_HAVE_MADE = """
    (b.direction = 'out' AND b.unsure AND NOT EXISTS (
        SELECT 1 FROM seam_binding x
         WHERE x.system_id = b.system_id AND x.res_model = b.res_model AND x.res_id = b.res_id))"""


class Candidate(NamedTuple):
    id: int
    position: int
    ordering_key: str | None
    version: int | None
    crashes: int
    touches: list | None = None
    may_have_made: bool = False


class SeamMessageClaim(models.Model):
    """Claim and order: which messages may run now, and who waits behind whom."""

    _inherit = "seam.message"

    touches = fields.Json(
        readonly=True, help="Codes of records that many documents change, such as products."
    )

    @api.model
    def _claim_batch(self, conf):
        """Take the next messages that may run, and commit that.

        :return: (claim number, list of ids, Loose)
        """
        return persist(
            self.env,
            lambda env: env["seam.message"]._claim_once(conf),
            read_committed=True,
        )

    def _claim_once(self, conf):
        loose = Loose()
        window = self._window(conf)
        if not window:
            return 0, [], loose
        chosen = self._apart(conf, self._in_order(conf, window, loose))
        chosen = chosen[: self._share(conf, len(window))]
        if any(candidate.crashes for candidate in chosen):
            # One of them may kill its worker: it must stand alone to be known.
            chosen = (
                chosen[:1]
                if chosen[0].crashes
                else [candidate for candidate in chosen if not candidate.crashes]
            )
        if not chosen:
            return 0, [], loose
        ids = [candidate.id for candidate in chosen]
        self.env.cr.execute(
            """
            WITH claim AS (SELECT nextval('seam_claim_seq')::int AS number)
            UPDATE seam_message m
               SET state = 'working', claim = claim.number, tries = tries + 1,
                   state_reason = NULL, next_try_at = NULL,
                   lease_until = (now() + %s * interval '1 second') AT TIME ZONE 'UTC'
              FROM claim WHERE m.id = ANY(%s)
            RETURNING m.claim
            """,
            [LEASE_SECONDS, ids],
        )
        return self.env.cr.fetchone()[0], ids, loose

    def _share(self, conf, found):
        """At the end of a rush what is left is shared among the workers of the lane.

        Else one of them would have all of the rest, and the other nothing to do.

        :param found: how many messages of the flow wait, as far as we looked
        """
        if conf.direction == "out":
            return conf.batch_size
        return min(conf.batch_size, max(SHARE_AT_LEAST, found // 2))

    def _window(self, conf):
        """The oldest pending messages, locked; others look at others meanwhile, and may send
        theirs to wait behind these: a key lock would make two such workers wait for each other.
        """
        self.env.cr.execute(
            f"""
            SELECT id, position, ordering_key, version, crashes, touches, {MAY_HAVE_MADE}
              FROM seam_message b
             WHERE flow_id = %s AND state = 'pending'
             ORDER BY position LIMIT %s
               FOR NO KEY UPDATE SKIP LOCKED
            """,
            [conf.id, conf.batch_size * 4],
            log_exceptions=False,
        )
        return [Candidate(*row) for row in self.env.cr.fetchall()]

    def _in_order(self, conf, window, loose):
        """Keep what may run now; send the rest to wait, or supersede it.

        :return: list of Candidate, at most one per ordering key
        """
        blockers = self._blockers(conf, window)
        chosen, by_key = [], {}
        for candidate in window:
            key = candidate.ordering_key
            if key is None:
                chosen.append(candidate)
            elif key in blockers:
                self._wait_behind(candidate, blockers[key], loose)
            else:
                by_key.setdefault(key, []).append(candidate)
        for candidates in by_key.values():
            chosen.append(self._choose(conf, candidates, loose))
        return sorted(chosen, key=lambda candidate: candidate.position)

    def _apart(self, conf, candidates):
        """Keep what does not meet the work of others in a record; the rest stays pending.

        Two workers that change the same stock would conflict, and one of them do its
        batch again. Whoever has the record in hand takes what stays when he is done.
        """
        codes = {code for candidate in candidates for code in candidate.touches or ()}
        codes = codes and self.env[conf.handler]._contended(conf.id, codes)
        if not codes:
            return candidates
        self.env.cr.execute("SELECT pg_advisory_xact_lock(%s)", [APART_LOCK])
        self.env.cr.execute(
            """
            SELECT DISTINCT jsonb_array_elements_text(touches) FROM seam_message
             WHERE state = 'working' AND touches IS NOT NULL AND company_id = %s
               AND lease_until > now() AT TIME ZONE 'UTC'
            """,
            [conf.company_id],
        )
        busy = codes.intersection(row[0] for row in self.env.cr.fetchall())
        return [c for c in candidates if busy.isdisjoint(c.touches or ())]

    def _choose(self, conf, candidates, loose):
        """Of several messages of one key: the newest state, or the first event; a state that
        may have made its record there goes before the newer ones.
        """
        if conf.carries == "state":
            unsure = [candidate for candidate in candidates if candidate.may_have_made]
            if not unsure:
                return self._newest(candidates, loose)
            candidates = [unsure[0], *(x for x in candidates if x is not unsure[0])]
        first, *others = candidates
        previous = first
        for candidate in others:
            self._wait_behind(candidate, previous.id, loose)
            previous = candidate
        return first

    def _newest(self, candidates, loose):
        newest = self._newest_of(candidates)
        older = [candidate.id for candidate in candidates if candidate is not newest]
        loose.moved += len(older)
        loose.cases |= self._supersede(
            older,
            newest.id,
            self.env._("A newer state of the same document came in."),
        )
        return newest

    @api.model
    def _newest_of(self, candidates):
        newest = candidates[0]
        for candidate in candidates:
            if self._is_newer(candidate, newest):
                newest = candidate
        return newest

    @api.model
    def _is_newer(self, one, other):
        """Of two states: by version, and where that does not tell, by arrival."""
        if one.version and other.version and one.version != other.version:
            return one.version > other.version
        return one.position > other.position

    def _blockers(self, conf, window):
        """Unresolved messages outside the window that ours must wait for.

        A state waits only while another state of its document is at work, or may have
        made the record there; an event waits for every earlier event. Behind a later
        message nothing waits, or the two might wait for each other: ours stays pending while
        a later one is at work, and whoever works on that finds it then. But a state waits
        behind a later one that may have made the record, which waits for none but its like.

        :return: dict ordering key → id of the blocker, or None to stay pending
        """
        keys = list({c.ordering_key for c in window if c.ordering_key is not None})
        if not keys:
            return {}
        states = (
            ("working", "pending")
            if conf.carries == "state"
            else ("pending", "working", "waiting", "failed")
        )
        self.env.cr.execute(
            f"""
            SELECT ordering_key, id, position, state, {MAY_HAVE_MADE} FROM seam_message b
             WHERE flow_id = %s AND ordering_key = ANY(%s)
               AND (state IN %s OR (state IN ('waiting', 'failed') AND {MAY_HAVE_MADE}))
               AND NOT id = ANY(%s)
             ORDER BY position
            """,
            [conf.id, keys, states, [c.id for c in window]],
        )
        first = {}
        for candidate in window:
            first.setdefault(candidate.ordering_key, candidate.position)
        plain = set(keys) if conf.carries == "state" else set()
        plain -= {c.ordering_key for c in window if c.may_have_made}
        found = {}
        for key, id_, position, state, may_have_made in self.env.cr.fetchall():
            if position < first[key] or (may_have_made and key in plain):
                found[key] = id_
            elif state == "working":
                found.setdefault(key, None)
        return found

    def _wait_behind(self, candidate, blocker_id, loose):
        """The blocker may be settled at this moment: it is looked at again after."""
        if blocker_id is None:
            return
        loose.blockers.add(blocker_id)
        loose.moved += 1
        self.env.cr.execute(
            """
            UPDATE seam_message w
               SET state = 'waiting', predecessor_id = b.id, next_try_at = NULL,
                   state_reason = CASE WHEN b.position < w.position THEN %s ELSE %s END
              FROM seam_message b WHERE b.id = %s AND w.id = %s
            """,
            [
                self.env._("Waits for an earlier message of the same document."),
                self.env._(
                    "Waits until it is known whether a later message of the same document arrived."
                ),
                blocker_id,
                candidate.id,
            ],
        )

    def _supersede(self, ids, newer_id, reason):
        """:return: set of the exceptions that may be over now"""
        if not ids:
            return set()
        self.env.cr.execute(
            """
            UPDATE seam_message SET state = 'superseded', settled_at = %s,
                   state_reason = %s, predecessor_id = NULL, next_try_at = NULL
             WHERE id = ANY(%s) RETURNING exception_id
            """,
            [self.env.cr.now(), reason, ids],
        )
        cases = {row[0] for row in self.env.cr.fetchall() if row[0]}
        self._log(
            [
                {
                    "message_id": id_,
                    "name": self.env._("Superseded"),
                    "state": "superseded",
                    "code": "order.stale",
                    "text": reason,
                    "data": Json({"newer": newer_id}),
                }
                for id_ in ids
            ]
        )
        return cases
