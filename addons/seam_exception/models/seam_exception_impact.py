from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.seam.const import UNRESOLVED
from odoo.addons.seam.models.own_cursor import persist

# How many cases are counted in one transaction.
BATCH = 500
# A case that many workers fill is counted at most this often; the sweep counts the rest.
PATIENCE_SECONDS = 2
CUSTOMERS_SHOWN = 3

# What matters most comes first: how bad it is, then promises and targets that are about
# to break, then money, documents and age. Each part has a ceiling, so that no number
# outweighs the severity.
PRIORITY = """
    (COALESCE(e.severity, '1')::int * 1000
     + CASE WHEN e.promised_on < %(today)s THEN 300
            WHEN e.promised_on <= %(today)s + 2 THEN 150 ELSE 0 END
     + CASE WHEN e.resolve_due_at < %(now)s THEN 150 ELSE 0 END
     + CASE WHEN e.ack_due_at < %(now)s AND e.acknowledged_at IS NULL THEN 100 ELSE 0 END
     + LEAST(250, 25 * ln(1 + COALESCE(e.held_value, 0)::float / 100))
     + LEAST(100, 15 * ln(1 + COALESCE(e.held_docs, 0) + COALESCE(e.waiting_behind_count, 0)))
     + LEAST(100, 10 * EXTRACT(epoch FROM %(now)s - e.first_at) / 86400)
     + CASE WHEN e.regressed THEN 25 ELSE 0 END
     - CASE WHEN e.stage = 'snoozed' THEN 5000 ELSE 0 END
    )::int
"""


class SeamExceptionTouch(models.Model):
    """A note that a case may hold up more or less than before.

    It is added in the transaction of the messages, without a lock on the case, and
    taken away by whoever counts after the commit.
    """

    _name = "seam.exception.touch"
    _description = "Case to count"
    _log_access = False

    exception_id = fields.Many2one("seam.exception", required=True, ondelete="cascade", index=True)


class SeamExceptionImpact(models.Model):
    """What a case costs, in numbers that lists sort by."""

    _inherit = "seam.exception"

    held_docs = fields.Integer("Documents held up", readonly=True)
    held_value = fields.Monetary(
        "Money held up", currency_field="company_currency_id", readonly=True
    )
    held_money = fields.Char("Money by currency", readonly=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    oldest_at = fields.Datetime("Oldest document", readonly=True)
    promised_on = fields.Date("First promised for", readonly=True)
    customers = fields.Char(readonly=True)
    customer_count = fields.Integer("Number of customers", readonly=True)
    priority = fields.Integer(
        "Rank", readonly=True, help="The higher, the more it costs to let it wait."
    )
    counted_at = fields.Datetime(readonly=True)

    # lists are in this order, of what is open and of what is closed; a kanban by stages
    _priority_idx = models.Index("(priority DESC, first_at, id) WHERE state = 'open'")
    _stage_idx = models.Index("(stage, priority DESC, first_at, id) WHERE state = 'open'")
    _closed_idx = models.Index("(priority DESC, first_at, id) WHERE state = 'resolved'")

    @api.model
    def _touch(self, ids):
        """Have these cases counted after this transaction's commit."""
        if ids:
            self.env.cr.execute_values(
                "INSERT INTO seam_exception_touch (exception_id) VALUES %s",
                [(id_,) for id_ in sorted(set(ids))],
            )

    @api.model
    def _close_settled(self, ids):
        super()._close_settled(ids)
        if ids:
            self.env["seam.exception"]._count_touched(ids)

    @api.model
    def _close_left_open(self):
        """The minute's sweep: also count what nobody came to count."""
        super()._close_left_open()
        while self._count_touched() == BATCH:
            pass

    @api.model
    def _count_touched(self, ids=None):
        """Count the cases of notes that are committed, in a transaction of its own.

        :param ids: only these cases, and those not counted a moment ago
        :return: number of notes taken away
        """
        return persist(
            self.env,
            lambda env: env["seam.exception"].sudo()._count_touched_once(ids),
            read_committed=True,
        )

    def _count_behind_once(self):
        cases = super()._count_behind_once()
        if cases:
            cases._rank()
        return cases

    def _count_touched_once(self, ids):
        only, values = "", {"limit": BATCH}
        if ids:
            only = """
                WHERE exception_id = ANY(%(ids)s) AND NOT EXISTS (
                      SELECT 1 FROM seam_exception e WHERE e.id = t.exception_id
                         AND e.routed_at IS NOT NULL AND e.counted_at > %(lately)s)
            """
            lately = fields.Datetime.now() - timedelta(seconds=PATIENCE_SECONDS)
            values.update(ids=list(ids), lately=lately)
        self.env.cr.execute(
            f"""
            DELETE FROM seam_exception_touch WHERE id IN (
                SELECT id FROM seam_exception_touch t {only}
                 ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
            RETURNING exception_id
            """,
            values,
        )
        touched = [row[0] for row in self.env.cr.fetchall()]
        self.browse(set(touched))._count()
        return len(touched)

    def _count(self):
        """Count what these cases hold up, over the partial index of messages, and rank them.

        The rows are locked first: of two who count, the second sees what the first saw.
        """
        if not self:
            return
        self.env.cr.execute(
            "SELECT id FROM seam_exception WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [self.ids],
        )
        cases = self.browse(row[0] for row in self.env.cr.fetchall())
        totals, money = cases._totals(), cases._money()
        if not cases:
            return
        self.env.cr.execute_values(
            """
            UPDATE seam_exception e
               SET held_docs = v.docs, held_value = v.value, held_money = v.money,
                   oldest_at = v.oldest::timestamp, promised_on = v.promised::date,
                   customers = v.customers, customer_count = v.customer_count,
                   counted_at = v.now::timestamp
              FROM (VALUES %s) AS v
                   (id, docs, value, money, oldest, promised, customers, customer_count, now)
             WHERE e.id = v.id
            """,
            [(case.id, *case._numbers(totals, money), fields.Datetime.now()) for case in cases],
        )
        cases._rank()
        cases.invalidate_recordset(flush=False)

    def _totals(self):
        """:return: dict case id → (documents, oldest, promised, customers, their number)"""
        self.env.cr.execute(
            """
            SELECT exception_id, count(*), min(received_at), min(promised_on),
                   (array_agg(DISTINCT customer) FILTER (WHERE customer IS NOT NULL))[1:%s],
                   count(DISTINCT customer)
              FROM seam_message WHERE exception_id = ANY(%s) AND state IN %s GROUP BY 1
            """,
            [CUSTOMERS_SHOWN, self.ids, UNRESOLVED],
        )
        return {id_: row for id_, *row in self.env.cr.fetchall()}

    def _money(self):
        """:return: dict case id → list of (ISO code of the currency, amount)"""
        self.env.cr.execute(
            """
            SELECT exception_id, currency, sum(amount) FROM seam_message
             WHERE exception_id = ANY(%s) AND state IN %s AND amount IS NOT NULL
             GROUP BY 1, 2 ORDER BY 3 DESC
            """,
            [self.ids, UNRESOLVED],
        )
        money = {}
        for id_, currency, amount in self.env.cr.fetchall():
            money.setdefault(id_, []).append((currency, amount))
        return money

    def _numbers(self, totals, money):
        docs, oldest, promised, names, number = totals.get(self.id, (0, None, None, None, 0))
        amounts = money.get(self.id, [])
        shown = " + ".join(f"{amount:,.2f} {code or ''}".strip() for code, amount in amounts)
        customers = ", ".join(names or [])
        if number > CUSTOMERS_SHOWN:
            customers += " …"
        value = sum(self._in_company_currency(code, amount) for code, amount in amounts)
        return docs, round(value, 2), shown or None, oldest, promised, customers or None, number

    def _in_company_currency(self, code, amount):
        """What is in a currency that Odoo does not know counts as it stands."""
        own = self.company_id.currency_id
        if not code or code == own.name:
            return amount
        Currency = self.env["res.currency"].with_context(active_test=False)
        currency = Currency.search([("name", "=", code)], limit=1)
        if not currency:
            return amount
        return currency._convert(amount, own, self.company_id, fields.Date.today(), round=False)

    # -- rank --------------------------------------------------------------------------

    def _rank(self):
        self._rank_where("AND e.id = ANY(%(ids)s)", ids=self.ids)

    @api.model
    def _rank_open(self):
        """One statement for all that is open; rows whose rank stays are not written."""
        self._rank_where("")
        self.invalidate_model(["priority"], flush=False)

    def _rank_where(self, condition, **values):
        self.env.cr.execute(
            f"""
            UPDATE seam_exception e SET priority = r.priority
              FROM (SELECT e.id, {PRIORITY} AS priority FROM seam_exception e
                     WHERE e.state = 'open' {condition}) r
             WHERE e.id = r.id AND e.state = 'open'
               AND (e.priority IS NULL OR e.priority <> r.priority)
            """,
            {"now": fields.Datetime.now(), "today": fields.Date.today(), **values},
        )
