from odoo import api, fields, models
from odoo.tools import SQL

from ..const import UNRESOLVED
from .own_cursor import persist


class SeamExceptionBehind(models.Model):
    """What waits for what a case holds up: its own message may be one, and a thousand wait.

    Counted by the sweep, for all cases at once: from what waits to what it waits for, so that
    it costs as much as waits, whatever the cases hold up.
    """

    _inherit = "seam.exception"

    waiting_behind_count = fields.Integer(
        "Wait for it",
        readonly=True,
        help="Messages that are not held up themselves, or only because what they need is held "
        "up here. They go on by themselves.",
    )

    behind_id = fields.Many2one(
        "seam.exception",
        "Held up by",
        compute="_compute_behind_id",
        help="The exception that is to be resolved first: this one is over with it.",
    )

    def _compute_behind_id(self):
        """All that a case holds up waits for the same."""
        for case in self:
            behind = case.first_held_ids[:1].behind_id if case.state == "open" else self.browse()
            case.behind_id = behind - case

    @api.model
    def _waits(self):
        """Hook: which messages wait for which.

        :return: list of SQL that select, of messages: the id of one that waits, the case that it is
            in itself, and the id of what it waits for
        """
        return [
            SQL(
                """
                SELECT w.id, w.exception_id,
                       CASE WHEN p.predecessor_id IS NULL THEN p.id ELSE f.id END
                  FROM seam_message w JOIN seam_message p ON p.id = w.predecessor_id
                  -- of a queue, all wait for its first: to go from one to the next would take
                  -- as many steps as it is long
                  LEFT JOIN LATERAL (
                       SELECT id FROM seam_message
                        WHERE flow_id = w.flow_id AND ordering_key = w.ordering_key
                          AND state IN %s
                        ORDER BY position LIMIT 1) f ON p.predecessor_id IS NOT NULL
                 WHERE w.predecessor_id IS NOT NULL AND w.state = 'waiting'
                """,
                UNRESOLVED,
            )
        ]

    def _behind(self):
        """:return: SQL that selects ids of cases and of messages that wait for what they hold up,
        directly or one behind the other; of these cases, or of all if there are none
        """
        only = SQL("AND m.exception_id = ANY(%s)", self.ids) if self else SQL()
        return SQL(
            """
            WITH RECURSIVE waits (id, own, behind) AS MATERIALIZED (%s),
                 found (case_id, id, own) AS (
                    SELECT m.exception_id, w.id, w.own
                      FROM waits w JOIN seam_message m ON m.id = w.behind
                     WHERE m.exception_id IS NOT NULL AND m.state IN %s %s
                     UNION
                    SELECT f.case_id, w.id, w.own FROM found f JOIN waits w ON w.behind = f.id)
            SELECT case_id, id FROM found WHERE own IS DISTINCT FROM case_id
            """,
            SQL(" UNION ALL ").join(self._waits()),
            UNRESOLVED,
            only,
        )

    @api.model
    def _count_behind(self):
        """Count for all cases what waits for them, in a transaction of its own."""
        persist(
            self.env,
            lambda env: env["seam.exception"].sudo()._count_behind_once(),
            read_committed=True,
        )

    def _count_behind_once(self):
        """:return: the cases of which the number is another than it was"""
        changed = SQL(
            """
            SELECT e.id, COALESCE(n.number, 0)::int AS number FROM seam_exception e
              LEFT JOIN (SELECT case_id, count(*) AS number FROM (%s) b GROUP BY 1) n
                ON n.case_id = e.id
             WHERE COALESCE(e.waiting_behind_count, 0) <> COALESCE(n.number, 0)
            """,
            self.browse()._behind(),
        )
        self.env.cr.execute(SQL("%s ORDER BY e.id FOR NO KEY UPDATE OF e", changed))
        rows = self.env.cr.fetchall()
        if rows:
            self.env.cr.execute_values(
                "UPDATE seam_exception e SET waiting_behind_count = v.number"
                "  FROM (VALUES %s) AS v (id, number) WHERE e.id = v.id",
                rows,
            )
        cases = self.browse(id_ for id_, _number in rows)
        cases.invalidate_recordset(["waiting_behind_count"], flush=False)
        return cases

    @api.model
    def _close_left_open(self):
        super()._close_left_open()
        self._count_behind()

    def action_open_behind(self):
        """What waits for what these cases hold up, as it is now."""
        action = self.env["ir.actions.act_window"]._for_xml_id("seam.seam_message_action")
        action["name"] = action["display_name"] = self.env._("Wait for it")
        action["domain"] = [("behind_id", "in", self.ids)]
        action["context"] = {}
        return action


class SeamMessage(models.Model):
    _inherit = "seam.message"

    behind_id = fields.Many2one(
        "seam.exception",
        "Waits for",
        compute="_compute_behind_id",
        search="_search_behind_id",
        help="The exception that holds up what this message waits for.",
    )

    def _compute_behind_id(self):
        """Of what waits at once for what is held up; nothing of what waits behind that."""
        self.behind_id = False
        if not self.ids:
            return
        self.env.cr.execute(
            SQL(
                """
                SELECT w.id, min(m.exception_id)
                  FROM (%s) AS w (id, own, behind) JOIN seam_message m ON m.id = w.behind
                 WHERE w.id = ANY(%s) AND m.exception_id IS NOT NULL AND m.state IN %s
                 GROUP BY 1
                """,
                SQL(" UNION ALL ").join(self.env["seam.exception"]._waits()),
                self.ids,
                UNRESOLVED,
            )
        )
        found = dict(self.env.cr.fetchall())
        cases = self.env["seam.exception"].browse(found.values())._filtered_access("read")
        for message in self:
            if found.get(message.id) in cases.ids:
                message.behind_id = found[message.id]

    def _search_behind_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        cases = self.env["seam.exception"].browse(id_ for id_ in value if id_)
        if not cases:
            return [("id", "in", [])]
        return [("id", "any!", SQL("(SELECT id FROM (%s) AS behind)", cases._behind()))]
