from psycopg2.extras import Json

from odoo import api, fields, models, tools
from odoo.exceptions import UserError

from ..const import TERMINAL
from ..engine import person
from .seam_privacy_place import PSEUDONYMS

BATCH = 200
SCOPE = "seam.privacy"
PREFIX = "erased-"


class SeamPrivacyErase(models.Model):
    """The erasure. The message's row, its hash and its outcome stay; its content goes.

    The payload goes as a whole, because it is the smallest unit that is kept: of what was
    written about it, the person's values are taken out.
    """

    _inherit = "seam.privacy.request"

    def _erase_step(self):
        """Erase one batch. :return: whether there may be more to do"""
        rows = self._next_findings()
        if not rows:
            self._search_again()
            return True
        model = rows[0][1]
        ids = [res_id for _id, _model, res_id in rows]
        if model == "seam.message":
            self._erase_messages(ids)
        else:
            self._erase_rows(model, ids)
        self.env.cr.execute(
            """
            UPDATE seam_privacy_finding
               SET state = CASE WHEN %s AND how = 'link' THEN 'kept' ELSE 'erased' END
             WHERE id = ANY(%s)
            """,
            [
                model == "seam.binding" and not self.drop_bindings,
                [id_ for id_, _model, _res_id in rows],
            ],
        )
        self.write({"looked": self.looked + len(rows)})
        self.env.invalidate_all()
        return True

    def _next_findings(self):
        """:return: list of (id, model, record id), all of one model; messages come first.
        A message that is not finished is left: it is erased when it is.
        """
        self.env.cr.execute(
            """
            SELECT f.id, f.res_model, f.res_id FROM seam_privacy_finding f
              LEFT JOIN seam_message m ON m.id = f.message_id
             WHERE f.request_id = %s AND f.state = 'found'
               AND (f.message_id IS NULL OR m.state IN %s)
             ORDER BY f.message_id IS NULL, f.res_model, f.id LIMIT %s
            """,
            [self.id, TERMINAL, BATCH],
        )
        rows = self.env.cr.fetchall()
        return [row for row in rows if row[1] == rows[0][1]]

    # -- messages ------------------------------------------------------------------------

    def _erase_messages(self, ids):
        self.env.cr.execute(
            """
            SELECT id, body_attachment_id FROM seam_message WHERE id = ANY(%s)
               FOR NO KEY UPDATE
            """,
            [ids],
        )
        files = [attachment for _id, attachment in self.env.cr.fetchall() if attachment]
        self.env.cr.execute(
            "UPDATE seam_message SET body = NULL, body_attachment_id = NULL WHERE id = ANY(%s)",
            [ids],
        )
        self.env["seam.message"]._remove_attachments(files)
        self._erase_labels(ids)
        self._erase_about("seam.message", ids, whole=True)
        for alone, cases in self._cases(ids).items():
            self._erase_about("seam.exception", cases, whole=alone)
        self._leave_tombstones(ids)

    def _erase_labels(self, ids):
        """What a message is called is the person's where it is about one: a name that nobody
        knows any more is not masked."""
        models_ = self.env["seam.privacy.place"]._about_persons()
        flows = self.env["seam.message"].sudo().browse(ids).flow_id
        flows = flows.filtered(lambda flow: self.env[flow.handler]._bound_model in models_)
        self.env.cr.execute(
            """
            SELECT id FROM seam_message
             WHERE id = ANY(%s) AND (res_model = ANY(%s) OR flow_id = ANY(%s))
            """,
            [ids, list(models_), flows.ids],
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        for model, (column, link) in self.env["seam.privacy.place"]._labels().items():
            table = self.env[model]._table
            self.env.cr.execute(
                f'UPDATE "{table}" SET "{column}" = NULL WHERE "{link}" = ANY(%s)', [ids]
            )

    def _cases(self, ids):
        """:return: dict of whether no other message has its content → ids of exceptions that
        these messages have"""
        self.env.cr.execute(
            """
            SELECT c.alone, array_agg(c.id) FROM (
            SELECT c.id, NOT EXISTS (
                   SELECT 1 FROM seam_message m
                    WHERE m.exception_id = c.id AND m.id <> ALL(%(ids)s) AND NOT EXISTS (
                          SELECT 1 FROM seam_privacy_finding f
                           WHERE f.message_id = m.id AND f.state = 'erased')) AS alone
              FROM (SELECT DISTINCT exception_id AS id FROM seam_message
                     WHERE id = ANY(%(ids)s) AND exception_id IS NOT NULL) AS c) AS c
             GROUP BY c.alone
            """,
            {"ids": ids},
        )
        return dict(self.env.cr.fetchall())

    def _erase_about(self, model, ids, whole=False):
        """Rows of a model, and what points to them.

        :param whole: what they quote goes too; of a case it may be of other messages
        """
        places = self.env["seam.privacy.place"]
        quotes = places._quotes() if whole else {}
        for place in places._all():
            if place.model == model:
                self._clean(place, ids, quotes.get(model, ()))
            for column in places._linked(place, model):
                self.env.cr.execute(
                    f'SELECT id FROM "{place.table}" WHERE "{column}" = ANY(%s)', [ids]
                )
                pieces = ()
                if model == "seam.message" and column == "message_id":
                    pieces = places._contents().get(place.model, ())
                    pieces += quotes.get(place.model, ())
                self._clean(place, [row[0] for row in self.env.cr.fetchall()], pieces)
        self._clean_notes(model, ids)

    def _clean_notes(self, model, ids):
        """What Odoo keeps in the history of these records."""
        by_model = {"mail.message": ("model", "res_id"), "mail.activity": ("res_model", "res_id")}
        for place in self.env["seam.privacy.place"]._all():
            if place.model in by_model:
                model_name, res_id = by_model[place.model]
                self.env.cr.execute(
                    f'SELECT id FROM "{place.table}" WHERE "{model_name}" = %s '
                    f'AND "{res_id}" = ANY(%s)',
                    [model, ids],
                )
                self._clean(place, [row[0] for row in self.env.cr.fetchall()])

    def _leave_tombstones(self, ids):
        self.env["seam.message"]._log(
            [
                {
                    "message_id": id_,
                    "name": self.env._("Content erased"),
                    "user_id": self.erased_by_id.id,
                    "reason": self.env._(
                        "%(reason)s (%(request)s)", reason=self.reason, request=self.name
                    ),
                }
                for id_ in ids
            ]
        )

    def _erase_rows(self, model, ids):
        """Hook: rows in which the person is named, of whatever table."""
        for place in self.env["seam.privacy.place"]._all():
            if place.model != model:
                continue
            if place.model in self.env and self.env[model]._transient:
                # a dialogue that somebody has open: masked, it might be sent
                self.env.cr.execute(f'DELETE FROM "{place.table}" WHERE id = ANY(%s)', [ids])
            else:
                pieces = self.env["seam.privacy.place"]._contents().get(model, ())
                self._clean(place, ids, pieces)

    # -- one table -----------------------------------------------------------------------

    def _clean(self, place, ids, pieces=()):
        """Take the person out of these rows.

        :param pieces: names of columns that go as a whole
        """
        if not ids or not place.columns:
            return
        columns = [name for name, _is_json in place.columns]
        names = ", ".join(f'"{name}"' for name in columns)
        self.env.cr.execute(
            f'SELECT id, {names} FROM "{place.table}" WHERE id = ANY(%s)', [list(ids)]
        )
        rows, mask = self.env.cr.fetchall(), self._person().everything()
        json_columns = {name for name, is_json in place.columns if is_json}
        for id_, *values in rows:
            old = dict(zip(columns, values, strict=True))
            new = {
                name: self._cleaned(place, name, value, mask, name in pieces)
                for name, value in old.items()
                if value is not None
            }
            changed = {name: value for name, value in new.items() if value != old[name]}
            if changed:
                self._write_row(place, id_, changed, json_columns)

    def _cleaned(self, place, name, value, mask, is_piece):
        if is_piece:
            required = self.env[place.model]._fields[name].required
            return person.MASK if required else None
        if name in PSEUDONYMS and isinstance(value, str):
            return self._pseudonym(value) if person.matches(mask, value) else value
        return person.masked(mask, value)

    @api.model
    def _pseudonym(self, value):
        """:return: what stands for a key that names a person: the same for the same"""
        return PREFIX + tools.hmac(self.env(su=True), SCOPE, value)

    def _write_row(self, place, id_, changed, json_columns):
        sets = ", ".join(f'"{name}" = %s' for name in changed)
        values = [
            Json(value) if name in json_columns and value is not None else value
            for name, value in changed.items()
        ]
        self.env.cr.execute(f'UPDATE "{place.table}" SET {sets} WHERE id = %s', [*values, id_])
        if place.model == "seam.message" and "key" in changed:
            self.env.cr.execute(
                """
                UPDATE seam_privacy_finding SET rekeyed = true
                 WHERE request_id = %s AND message_id = %s
                """,
                [self.id, id_],
            )
            self.env.registry.clear_cache()

    # -- the end -------------------------------------------------------------------------

    def _forget_bindings(self):
        """Hook: what besides messages tells that two systems know the person."""
        if self.drop_bindings:
            self._bindings(self._partners()).unlink()

    def _finish(self):
        """Forget whom it was about; keep who did what, when and why."""
        # until now the links helped to find what came meanwhile
        self._forget_bindings()
        log = self._write_log()
        self._forget("done")
        self.write(
            {"erased_at": self.env.cr.now(), "closing": False, "log_id": log.id, "note": False}
        )

    def _write_log(self):
        """A line in Odoo's own privacy log, where the address is known it asks for."""
        sought = self._person()
        log = self.env["privacy.log"]
        if not sought.emails:
            return log
        return log.create(
            {
                "user_id": self.erased_by_id.id,
                "anonymized_name": (sought.words or sought.emails)[0],
                "anonymized_email": sought.emails[0],
                "execution_details": self.env._("Seam: content erased (%s).", self.name),
                "records_description": "\n".join(
                    f"{label}: {erased}" for label, _found, erased, _kept in self._counts()
                ),
                "additional_note": self.reason,
            }
        )


class SeamMessage(models.Model):
    """What was erased is known when it comes again, and is not processed again."""

    _inherit = "seam.message"

    erased_text = fields.Char("Erased", compute="_compute_erased_text")

    def _compute_erased_text(self):
        for message in self:
            message.erased_text = message._erased_text()

    def _tombstones(self):
        """:return: finding of each of these messages whose content was erased"""
        return (
            self.env["seam.privacy.finding"]
            .sudo()
            .search([("message_id", "in", self.ids), ("state", "=", "erased")], order="id")
        )

    def _erased_text(self):
        """:return: who erased the content, when and why; or False"""
        self.ensure_one()
        request = self._tombstones()[:1].request_id
        if not request:
            return False
        return self.env._(
            "%(who)s erased the content on %(when)s: %(why)s",
            who=request.erased_by_id.name,
            when=tools.format_date(self.env, request.erased_at or self.env.cr.now()),
            why=request.reason,
        )

    def _refuse_erased(self):
        """:raise UserError: the content of one of these messages was erased"""
        erased = self._tombstones()[:1].message_id.with_env(self.env)
        if erased:
            raise UserError(
                self.env._(
                    "%(message)s cannot be processed again. %(why)s Ask the sender for it again, "
                    "if it is needed.",
                    message=erased.display_name,
                    why=erased._erased_text(),
                )
            )

    def _move(self, sources, target, name, reason, **columns):
        self._refuse_erased()
        return super()._move(sources, target, name, reason, **columns)

    def action_open_edit(self):
        self._refuse_erased()
        return super().action_open_edit()

    @api.model
    def _insert(self, rows):
        """A key that named a person is known by what stands for it."""
        self._know_pseudonyms(rows)
        return super()._insert(rows)

    def _know_pseudonyms(self, rows):
        rekeyed = self._rekeyed_flows()
        rows = [row for row in rows if row["flow_id"] in rekeyed]
        if not rows:
            return
        requests = self.env["seam.privacy.request"]
        stands_for = {requests._pseudonym(row["key"]): row for row in rows}
        self.env.cr.execute(
            "SELECT key FROM seam_message WHERE flow_id = ANY(%s) AND key = ANY(%s)",
            [list({row["flow_id"] for row in rows}), list(stands_for)],
        )
        for (key,) in self.env.cr.fetchall():
            stands_for[key]["key"] = key

    @api.model
    @tools.ormcache()
    def _rekeyed_flows(self):
        """:return: ids of the flows of which a key named a person who was erased"""
        self.env.cr.execute(
            """
            SELECT DISTINCT m.flow_id FROM seam_privacy_finding f
              JOIN seam_message m ON m.id = f.message_id WHERE f.rekeyed
            """
        )
        return frozenset(row[0] for row in self.env.cr.fetchall())
