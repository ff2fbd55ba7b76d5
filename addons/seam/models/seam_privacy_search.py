import logging
import re
import time
from collections.abc import Callable
from typing import NamedTuple

from odoo import api, models

from ..engine import person
from .own_cursor import CONFLICTS, own_env, persist

_logger = logging.getLogger(__name__)

# A job hands its worker back after this many seconds; another one goes on.
SECONDS = 20
# Rows that are looked at in one transaction.
PAYLOADS = 1000
TEXTS = 5000
FILES = 20
PAYLOAD = "payload"
FILE = "file"
LINKS = "links"


class Mention(NamedTuple):
    """Payloads in which only an id may name the person.

    :ivar flow_ids: of which flows
    :ivar pattern: that finds the ids, as PostgreSQL and Python read it
    :ivar check: function of a message: whether it is about the person
    """

    flow_ids: tuple
    pattern: str
    check: Callable

    def is_about(self, message):
        return (
            message.flow_id.id in self.flow_ids
            and re.search(self.pattern, _text(message._body_bytes())) is not None
            and self.check(message)
        )


class SeamPrivacySearch(models.Model):
    """The search: first by what is linked to the person, then through every payload and text.

    A payload is bytes, so no index finds who is named in it. Each is read once, in small
    transactions in the order of ids, and where the search has come to is kept: a killed job
    repeats one batch.
    """

    _inherit = "seam.privacy.request"

    def _enqueue(self):
        for request in self:
            request.with_delay(
                channel="root.seam_bulk",
                description=self.env._("Privacy request %s", request.id),
                max_retries=1,
            )._run()

    def _run(self):
        """Job: go on until it is done or the time is up."""
        self.ensure_one()
        deadline = time.monotonic() + SECONDS
        while self._next_step():
            if time.monotonic() > deadline:
                with own_env(self.env) as env:
                    env["seam.privacy.request"].browse(self.id)._enqueue()
                return

    def _next_step(self):
        """:return: whether there may be more to do"""
        self.env.flush_all()
        try:
            return persist(
                self.env,
                lambda env: env["seam.privacy.request"].browse(self.id)._step(),
                user=api.SUPERUSER_ID,
                context={"lang": self.sudo().user_id.lang},
            )
        except CONFLICTS:
            _logger.info("Privacy request %s meets conflicts, and goes on later", self.id)
            time.sleep(0.5)
            return True
        finally:
            self.env.invalidate_all()

    def _step(self):
        self.env.cr.execute(
            "SELECT state FROM seam_privacy_request WHERE id = %s FOR NO KEY UPDATE", [self.id]
        )
        row = self.env.cr.fetchone()
        if not row:
            return False
        if self.exporting:
            return self._export_step()
        steps = {"searching": self._search_step, "erasing": self._erase_step}
        return steps[row[0]]() if row[0] in steps else False

    @api.model
    def _cron_resume(self):
        """Go on with what has no job: it was deleted, or lost with a restart."""
        self.env.cr.execute(
            """
            SELECT r.id FROM seam_privacy_request r
             WHERE (r.state IN ('searching', 'erasing') OR r.exporting)
               AND r.write_date < now() AT TIME ZONE 'UTC' - interval '2 minutes'
               AND NOT EXISTS (
                   SELECT 1 FROM queue_job j
                    WHERE j.model_name = 'seam.privacy.request' AND j.method_name = '_run'
                      AND j.state IN ('wait_dependencies', 'pending', 'enqueued', 'started')
                      AND j.records::jsonb -> 'ids' @> to_jsonb(ARRAY[r.id]))
            """
        )
        self.browse(row[0] for row in self.env.cr.fetchall())._enqueue()

    # -- the parts of a search -----------------------------------------------------------

    def _parts(self):
        """:return: dict name → function(last id) → (number of rows, id of the last or None)"""
        places = self.env["seam.privacy.place"]._all()
        parts = {LINKS: self._look_at_links, PAYLOAD: self._look_at_payloads}
        parts[FILE] = self._look_at_files
        for place in places:
            parts[place.table] = lambda last, place=place: self._look_at_texts(place, last)
        return parts

    def _rows_to_look_at(self):
        """By the planner's numbers: progress is an estimate."""
        tables = [place.table for place in self.env["seam.privacy.place"]._all()]
        self.env.cr.execute(
            """
            SELECT sum(greatest(reltuples, 0) * CASE relname WHEN 'seam_message' THEN 2 ELSE 1 END)
              FROM pg_class WHERE relname = ANY(%s) AND relkind = 'r'
            """,
            [tables],
        )
        return int(self.env.cr.fetchone()[0] or 0)

    def _search_step(self):
        """Look at one batch of the first part that is not through."""
        positions = dict(self.positions or {})
        for name, look in self._parts().items():
            if positions.get(name, {}).get("through"):
                continue
            last = positions.get(name, {}).get("last", 0)
            number, new_last = look(last)
            positions[name] = {"last": new_last or last, "through": new_last is None}
            self.write({"positions": positions, "looked": self.looked + number})
            return True
        self._found_all()
        return False

    def _found_all(self):
        self._add_parts()
        left = self._left_to_erase()
        if self.closing and not left:
            self._finish()
            return
        note = self.closing and self.env._(
            "While it was erased, more came of this person. Look at it, and erase it too."
        )
        self.write({"state": "found", "searched_at": self.env.cr.now(), "note": note})
        self.closing = False

    def _search_again(self):
        """Look at what came since, and at texts that may have been written since."""
        again = {PAYLOAD, FILE, "seam_message"}
        positions = {
            name: {"last": value["last"], "through": False}
            for name, value in (self.positions or {}).items()
            if name in again
        }
        self.write({"state": "searching", "closing": True, "positions": positions})

    # -- payloads and texts ----------------------------------------------------------------

    def _condition(self, text):
        """:return: (SQL that is true where the person is found in a text, parameters)"""
        tests, params = [], []
        for needle, pattern in self._person().tests():
            tests.append(f"(position(%s IN lower({text})) > 0 AND {text} ~* %s)")
            params += [needle, pattern]
        return f"({' OR '.join(tests)})" if tests else "FALSE", params

    def _batch(self, table, where, last, limit):
        """:return: (number of rows of the next batch, id of its last row or None)"""
        self.env.cr.execute(
            f"""
            SELECT count(*), max(id) FROM (
                SELECT id FROM "{table}" WHERE id > %s {where} ORDER BY id LIMIT {int(limit)}) part
            """,
            [last],
        )
        number, upper = self.env.cr.fetchone()
        return number, upper

    def _look_at_payloads(self, last):
        number, upper = self._batch("seam_message", "", last, PAYLOADS)
        if number:
            test, params = self._condition("part.text")
            mentions = self._mentions()
            maybe = "".join(" OR (flow_id = ANY(%s) AND text ~ %s)" for _each in mentions)
            for mention in mentions:
                params += [list(mention.flow_ids), mention.pattern]
            self.env.cr.execute(
                f"""
                WITH part AS MATERIALIZED (
                    SELECT id, flow_id, replace(encode(body, 'escape'), '\\000', '') AS text
                      FROM seam_message
                     WHERE id > %s AND id <= %s AND company_id = %s AND body IS NOT NULL)
                SELECT id, named FROM (
                    SELECT id, flow_id, text, {test} AS named FROM part) AS tested
                 WHERE named{maybe}
                """,
                [last, upper, self.company_id.id, *params],
            )
            rows = self.env.cr.fetchall()
            named = [id_ for id_, is_named in rows if is_named]
            self.env["seam.privacy.finding"]._note(self, "seam.message", named, PAYLOAD)
            self._note_mentioned([id_ for id_, is_named in rows if not is_named], mentions)
        return number, upper

    def _note_mentioned(self, ids, mentions):
        """Note those of the messages that are about the person by an id."""
        found = [
            message.id
            for message in self.env["seam.message"].sudo().browse(ids)
            if any(mention.is_about(message) for mention in mentions)
        ]
        self.env["seam.privacy.finding"]._note(self, "seam.message", found, "link")

    def _mentions(self):
        """Hook: payloads in which only an id names the person.

        :return: list of Mention
        """
        return []

    def _look_at_files(self, last):
        """Bodies that are too large for the table, one by one."""
        self.env.cr.execute(
            """
            SELECT id FROM seam_message
             WHERE id > %s AND company_id = %s AND body_attachment_id IS NOT NULL
             ORDER BY id LIMIT %s
            """,
            [last, self.company_id.id, FILES],
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        sought, mentions = self._person(), self._mentions()
        messages = self.env["seam.message"].sudo().browse(ids)
        named = [m.id for m in messages if person.found(sought, _text(m._body_bytes()))]
        self.env["seam.privacy.finding"]._note(self, "seam.message", named, PAYLOAD)
        self._note_mentioned([id_ for id_ in ids if id_ not in named], mentions)
        return len(ids), ids[-1] if ids else None

    def _look_at_texts(self, place, last):
        where = f"AND {place.where}" if place.where else ""
        where = where.replace("%", "%%")
        number, upper = self._batch(place.table, where, last, TEXTS)
        if number:
            test, params = self._condition("part.text")
            self.env.cr.execute(
                f"""
                WITH part AS MATERIALIZED (
                    SELECT id, {place.text()} AS text FROM "{place.table}"
                     WHERE id > %s AND id <= %s {where})
                SELECT id FROM part WHERE {test}
                """,
                [last, upper, *params],
            )
            ids = [row[0] for row in self.env.cr.fetchall()]
            places = self.env["seam.privacy.place"]
            ids = places._in_company(place, ids, self.company_id.id)
            self.env["seam.privacy.finding"]._note(self, place.model, ids, "text")
        return number, upper


def _text(body):
    """:return: text of a payload in which a person can be found"""
    # UTF-16 is read as well
    return (body or b"").replace(b"\x00", b"").decode("utf-8", "replace")
