from datetime import timedelta

from psycopg2.extras import Json

from odoo import api, models

from ..engine import backoff
from .seam_exception import fingerprint
from .seam_message_apply import ClaimLost
from .seam_message_claim import MAY_HAVE_MADE, Candidate


class SeamMessageSettle(models.Model):
    """Write the outcomes of a batch, with bindings, event lines and cases."""

    _inherit = "seam.message"

    def _settle(self, conf, claims, letters):
        """Write every outcome, with its binding and event line.

        :param claims: list of the claims that the letters are of
        :return: set of the exceptions that may be over now, or hold up more
        """
        outcomes = [self._outcome(conf, letter) for letter in letters]
        faults = [
            letter.fault
            for letter, outcome in zip(letters, outcomes, strict=True)
            if outcome["state"] == "failed"
        ]
        exceptions = self.env["seam.exception"]._open(conf, faults) if faults else {}
        for letter, outcome in zip(letters, outcomes, strict=True):
            outcome["exception_id"] = (
                exceptions[fingerprint(conf, letter.fault)]
                if outcome["state"] == "failed"
                else None
            )
        self._bind(conf, letters)
        cases = self._write_outcomes(claims, outcomes) | set(exceptions.values())
        self._log(
            [
                {
                    "message_id": outcome["id"],
                    "name": outcome["event"],
                    "state": outcome["state"],
                    "code": outcome["fault_code"],
                    "text": outcome["fault_message"] or outcome["state_reason"],
                    "data": Json(letter.fault.extra)
                    if letter.fault and letter.fault.extra
                    else None,
                }
                for letter, outcome in zip(letters, outcomes, strict=True)
            ]
        )
        if conf.carries == "state":
            cases |= self._supersede_older(conf, letters, outcomes)
        self._plan_retries(conf, outcomes)
        return cases

    def _outcome(self, conf, letter):
        """:return: dict of the columns that this letter's outcome sets"""
        now = self.env.cr.now()
        outcome = {
            "id": letter.message_id,
            "state": letter.outcome,
            "settled_at": now,
            "state_reason": letter.note or None,
            "next_try_at": None,
            "fault_code": None,
            "fault_message": None,
            "fault_fix": None,
            "errors": None,
            "res_model": letter.record._name if letter.record else None,
            "res_id": letter.record.id if letter.record else None,
            "ordering_key": letter.identity.key,
            "version": letter.identity.version,
            "correlation": letter.identity.correlation or letter.correlation,
            "label": letter.identity.label,
            "amount": None,
            "currency": None,
            "customer": None,
            "promised_on": None,
            "event": self.env._("Applied")
            if letter.outcome == "done"
            else self.env._("Superseded"),
        }
        if letter.fault:
            outcome.update(self._fault_outcome(conf, letter, now))
            if letter.document is not None:
                impact = self.env[conf.handler]._impact(letter.document)
                outcome["amount"] = impact.get("amount")
                outcome["currency"] = impact.get("currency")
                outcome["customer"] = str(impact.get("customer") or "")[:120] or None
                outcome["promised_on"] = str(impact.get("promised") or "")[:10] or None
        return outcome

    def _fault_outcome(self, conf, letter, now):
        """A passing fault waits for its next try, and so does what may have arrived: it
        is looked up first, or sent again under its key. All others need a person."""
        fault = letter.fault
        columns = {
            "settled_at": None,
            "fault_code": fault.code,
            "fault_message": fault.message,
            "fault_fix": fault.fix or None,
            "errors": Json(list(fault.errors)) if fault.errors else None,
        }
        delay = None
        unclear = fault.kind == "ambiguous" and conf.direction == "out"
        if fault.kind == "transient" or unclear:
            age = (now - letter.received_at).total_seconds() / 3600
            if age < conf.max_age_hours:
                delay = backoff.next_delay(
                    conf.schedule, letter.tries, retry_after=fault.retry_after
                )
        if delay is None:
            return {
                **columns,
                "state": "failed",
                "state_reason": fault.message[:250],
                "event": self.env._("Needs attention"),
            }
        return {
            **columns,
            "state": "waiting",
            "state_reason": self.env._("Next try after: %s", fault.message)[:250],
            "next_try_at": now + timedelta(seconds=delay),
            "event": self.env._("Waits for its next try"),
        }

    def _bind(self, conf, letters):
        """Remember what the partner's documents are in Odoo, and how new."""
        model = self.env[conf.handler]._bound_model
        rows = [
            letter
            for letter in letters
            if letter.outcome == "done"
            and letter.record
            and letter.identity.key
            and letter.record._name == model
        ]
        if rows:
            self.env["seam.binding"]._remember(conf, rows)

    def _write_outcomes(self, claims, outcomes):
        """:return: set of the exceptions that may be over now
        :raise ClaimLost: not all of them are ours any more; nothing is kept
        """
        columns = [name for name in outcomes[0] if name not in ("id", "event")]
        casts = {
            "settled_at": "::timestamp",
            "next_try_at": "::timestamp",
            "res_id": "::int",
            "version": "::bigint",
            "errors": "::jsonb",
            "amount": "::float",
            "promised_on": "::date",
            "unsure": "::bool",
            "confirm_by": "::timestamp",
        }
        settings = ", ".join(
            f"{name} = v.{name}{casts.get(name, '')}" for name in columns if name != "exception_id"
        )
        rows = self.env.cr.execute_values(
            f"""
            UPDATE seam_message m
               SET {settings}, claim = NULL, lease_until = NULL,
                   -- what is through stays with the case that held it up
                   exception_id = COALESCE(v.exception_id::int, m.exception_id)
              FROM (VALUES %s) AS v (id, {", ".join(columns)}),
                   (SELECT id, exception_id FROM seam_message WHERE state = 'working'
                       AND claim IN ({", ".join(str(int(claim)) for claim in claims)})) AS old
             WHERE m.id = v.id AND old.id = m.id
            RETURNING m.id, old.exception_id
            """,
            [[o["id"], *(o[name] for name in columns)] for o in outcomes],
            page_size=1000,
            fetch=True,
        )
        if len(rows) != len(outcomes):
            raise ClaimLost()
        return {row[1] for row in rows if row[1]}

    def _supersede_older(self, conf, letters, outcomes):
        """A state that is applied ends the older ones that failed or wait, and so does one
        of which the partner needs no word; one that fails ends the older ones that the same
        cause holds up. What may have made a record at the partner is asked for first.

        :return: set of the exceptions that may be over now
        """
        newest = {
            x.identity.key: (
                Candidate(x.message_id, x.position, x.identity.key, x.identity.version, 0),
                outcome,
            )
            for x, outcome in zip(letters, outcomes, strict=True)
            if x.identity.key and self._ends_older(conf, outcome)
        }
        if not newest:
            return set()
        self.env.cr.execute(
            f"""
            SELECT id, position, ordering_key, version, crashes, b.unsure, exception_id
              FROM seam_message b
             WHERE flow_id = %s AND ordering_key = ANY(%s)
               AND state IN ('failed', 'waiting') AND NOT {MAY_HAVE_MADE}
               FOR NO KEY UPDATE SKIP LOCKED
            """,
            [conf.id, list(newest)],
            log_exceptions=False,
        )
        cases = set()
        for *row, unsure, held_by in self.env.cr.fetchall():
            older = Candidate(*row)
            newer, outcome = newest[older.ordering_key]
            failed_for = outcome["exception_id"]
            if unsure and outcome["state"] == "superseded":
                # nothing was told, and what was told before may have arrived
                continue
            if older.id != newer.id and self._is_newer(newer, older):
                if failed_for and failed_for != held_by:
                    continue
                cases |= self._supersede(
                    [older.id],
                    newer.id,
                    self.env._("A newer state of the same document came in.")
                    if failed_for
                    else self.env._("A newer state of the same document is applied."),
                )
        return cases

    @staticmethod
    def _ends_older(conf, outcome):
        if outcome["state"] == "superseded":
            # out of Odoo that is: nothing is to be told
            return conf.direction == "out"
        return outcome["state"] in ("done", "sent", "failed")

    def _plan_retries(self, conf, outcomes):
        moments = [o["next_try_at"] for o in outcomes if o["next_try_at"]]
        if moments:
            lane = self.env["seam.lane"].sudo().search([("code", "=", conf.queue)])
            lane._delay_until(min(moments))

    @api.model
    def _log(self, rows):
        """Add event lines. ``rows``: dicts of seam.message.event columns."""
        if not rows:
            return
        columns = ("message_id", "name", "state", "code", "text", "user_id", "reason", "data")
        now = self.env.cr.now()
        self.env.cr.execute_values(
            f"INSERT INTO seam_message_event (at, {', '.join(columns)}) VALUES %s",
            [(now, *(row.get(name) for name in columns)) for row in rows],
            page_size=1000,
        )
