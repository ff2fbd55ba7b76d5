"""A database as it looks after a year of work: messages, exceptions and what people did, written by SQL.

It is as uneven as it is in life: of the open exceptions a few hold up thousands of messages and most
hold up one, half of them are one team's, most of what came is done and has lost its body.
"""

import contextlib
from typing import NamedTuple

from tools import databases

# Filled by `prepare.workplace`; `flow`, `member` are numbered from 0.
PREPARE = """
CREATE TEMP TABLE flow AS
SELECT row_number() OVER (ORDER BY id) - 1 AS n, id, system_id, company_id
  FROM seam_flow WHERE code LIKE 'volume%';
CREATE TEMP TABLE member AS
SELECT row_number() OVER (PARTITION BY team_id ORDER BY id) - 1 AS n, team_id, user_id
  FROM seam_exception_member;
CREATE TEMP TABLE team AS
SELECT row_number() OVER (ORDER BY id) - 1 AS n, id FROM seam_exception_team
 WHERE id IN (SELECT team_id FROM member);
"""
# A random number of its own for each row, kept, so that columns of a row agree.
CASES = """
CREATE TEMP TABLE new_case AS
SELECT nextval('seam_exception_id_seq')::int AS id, i, random() AS a, random() AS b, random() AS c,
       CASE WHEN random() < 0.5 THEN 0 ELSE 1 + (random() * 6.99)::int %% 7 END AS team,
       (random() * 4.99)::int %% 5 AS person, i <= %(open)s AS open,
       row_number() OVER (ORDER BY i) AS rank
  FROM generate_series(1, %(open)s + %(closed)s) AS i;
CREATE TEMP TABLE new_whose AS
SELECT c.*, t.id AS team_id, m.user_id AS owner_id, f.id AS flow_id, f.system_id, f.company_id,
       (ARRAY['master.unknown', 'business.rule', 'schema.invalid', 'transport.rejected',
              'bug.handler'])[1 + (c.b * 4.99)::int %% 5] AS code,
       (now() AT TIME ZONE 'UTC')
           - CASE WHEN c.open THEN c.a * c.a * 60 ELSE 3 + c.a * 360 END * interval '1 day'
           AS first_at
  FROM new_case c
  JOIN team t ON t.n = c.team
  JOIN member m ON m.team_id = t.id AND m.n = c.person
  JOIN flow f ON f.n = (c.i * 7) %% (SELECT count(*) FROM flow);
ANALYZE new_whose;
INSERT INTO seam_exception
       (id, name, code, kind, fault_class, fix, fingerprint, state, stage, severity, system_id,
        flow_id, company_id, owner_id, team_id, first_at, resolved_at, resolution, occurrence,
        regressed, handovers, missing_model, missing_code, missing_via, routed_at, counted_at,
        ack_due_at, resolve_due_at, acknowledged_at, acknowledged_by_id, snoozed_until,
        snoozed_until_count, priority, create_uid, write_uid, create_date, write_date)
SELECT id, 'There is no product for the code SKU-' || i || ' of line ' || (i %% 9 + 1),
       code, CASE code WHEN 'bug.handler' THEN 'bug' ELSE 'permanent' END,
       CASE code WHEN 'bug.handler' THEN 'bug' WHEN 'schema.invalid' THEN 'partner'
                 WHEN 'transport.rejected' THEN 'partner' ELSE 'data' END,
       'Choose which product is meant, or add the code to one.', md5('case' || id || random()),
       CASE WHEN open THEN 'open' ELSE 'resolved' END,
       CASE WHEN NOT open THEN 'resolved' WHEN c < 0.6 THEN 'new' WHEN c < 0.9 THEN 'acknowledged'
            WHEN c < 0.95 THEN 'partner' ELSE 'snoozed' END,
       CASE WHEN b < 0.1 THEN '2' WHEN b < 0.8 THEN '1' ELSE '0' END,
       system_id, flow_id, company_id, owner_id, team_id, first_at,
       CASE WHEN NOT open THEN first_at + b * interval '2 days' END,
       CASE WHEN NOT open THEN 'Nothing is held up any more. Retried: the product is there now' END,
       1 + (a > 0.9)::int, a > 0.95, 0,
       CASE code WHEN 'master.unknown' THEN 'product.product' END,
       CASE code WHEN 'master.unknown' THEN 'SKU-' || i END,
       CASE code WHEN 'master.unknown' THEN 'binding' END,
       first_at, now() AT TIME ZONE 'UTC', first_at + interval '4 hours',
       first_at + interval '3 days',
       CASE WHEN NOT open OR c >= 0.6 THEN first_at + interval '1 hour' END,
       CASE WHEN NOT open OR c >= 0.6 THEN owner_id END,
       CASE WHEN open AND c >= 0.95 THEN now() AT TIME ZONE 'UTC' + interval '9 days' END,
       0, 0, 1, 1, first_at, first_at
  FROM new_whose;
"""
# What is open holds up `heavy`, a half, a third … of it, and at least one; what is closed held up one.
MESSAGES = """
CREATE TEMP TABLE new_held AS
SELECT w.id AS exception_id, w.flow_id, w.system_id, w.company_id, w.code, w.open,
       CASE WHEN w.open THEN w.first_at + random() * ((now() AT TIME ZONE 'UTC') - w.first_at)
            ELSE w.first_at END AS received_at
  FROM new_whose w,
       LATERAL generate_series(1, CASE WHEN w.open THEN GREATEST(1, %(heavy)s / w.rank) ELSE 1 END);
INSERT INTO new_held
SELECT NULL, f.id, f.system_id, f.company_id, NULL, false,
       (now() AT TIME ZONE 'UTC') - random() * interval '365 days'
  FROM generate_series(1, GREATEST(0, %(messages)s - (SELECT count(*) FROM new_held))) AS i
  JOIN flow f ON f.n = (i * 11) %% (SELECT count(*) FROM flow);
CREATE TEMP TABLE new_message AS
SELECT nextval('seam_message_id_seq')::int AS id, h.*
  FROM new_held h ORDER BY received_at;
ANALYZE new_message;
INSERT INTO seam_message
       (id, uuid, flow_id, system_id, company_id, direction, state, state_reason, received_at,
        settled_at, key, topic, ordering_key, label, position, trace_id, content_type, body,
        body_hash, body_size, tries, crashes, fault_code, fault_message, exception_id, amount,
        currency, customer, promised_on)
SELECT id, gen_random_uuid(), flow_id, system_id, company_id, 'in',
       CASE WHEN open THEN 'failed' ELSE 'done' END,
       CASE WHEN open THEN 'There is no product for this code' END, received_at,
       CASE WHEN NOT open THEN received_at + random() * interval '1 minute' END,
       'key-' || id, 'order.created', 'order-' || id, 'Order ' || id, id,
       md5(id::text), 'application/json',
       CASE WHEN open OR received_at > (now() AT TIME ZONE 'UTC') - interval '30 days'
            THEN convert_to('{"id": "order-' || id || '", "lines": ['
                            || repeat('{"sku": "SKU-1", "quantity": 1, "price": "12.50"}, ', 8)
                            || '{"sku": "SKU-2"}]}', 'UTF8') END,
       md5(id::text) || md5(id::text), 480, 1, 0, CASE WHEN open THEN code END,
       CASE WHEN open THEN 'There is no product for this code' END, exception_id,
       CASE WHEN open THEN round((random() * 900 + 10)::numeric, 2) END,
       CASE WHEN open THEN 'EUR' END, CASE WHEN open THEN 'Customer ' || id %% 5000 END,
       CASE WHEN open THEN CURRENT_DATE + (id %% 20) - 5 END
  FROM new_message;
INSERT INTO seam_message_event (message_id, at, name, state, code, text, user_id)
SELECT id, received_at, CASE WHEN open THEN 'Needs attention' ELSE 'Applied' END,
       CASE WHEN open THEN 'failed' ELSE 'done' END, CASE WHEN open THEN code END,
       CASE WHEN open THEN 'There is no product for this code' END, NULL
  FROM new_message;
UPDATE seam_exception e
   SET held_docs = m.docs, held_value = m.value, oldest_at = m.oldest, promised_on = m.promised,
       held_money = to_char(m.value, 'FM999,999,990.00') || ' EUR',
       customers = m.customers, customer_count = m.docs
  FROM (SELECT exception_id, count(*) AS docs, round(sum(amount)::numeric, 2) AS value,
               min(received_at) AS oldest, min(promised_on) AS promised,
               min(customer) || ', ' || max(customer) AS customers
          FROM seam_message WHERE state = 'failed' AND exception_id IS NOT NULL
         GROUP BY exception_id) m
 WHERE m.exception_id = e.id;
"""
# What people did: earlier times, notes, followers, activities, alerts, overrides.
DEEDS = """
INSERT INTO seam_exception_episode
       (exception_id, number, company_id, flow_id, code, fault_class, team_id, opened_at,
        acknowledged_at, resolved_at, resolved_by_id, how, documents)
SELECT e.id, 1, e.company_id, e.flow_id, e.code, e.fault_class, e.team_id, e.first_at,
       e.acknowledged_at, COALESCE(e.resolved_at, e.first_at),
       CASE WHEN e.id %% 3 = 0 THEN e.owner_id END,
       CASE WHEN e.id %% 3 = 0 THEN 'Retried: the product is there now' END, 1
  FROM seam_exception e JOIN new_whose USING (id)
 WHERE e.state = 'resolved' OR e.occurrence > 1;
INSERT INTO mail_message (model, res_id, message_type, subtype_id, author_id, body, date, is_internal,
                          create_uid, write_uid, create_date, write_date, message_id)
SELECT 'seam.exception', w.id, 'comment',
       (SELECT res_id FROM ir_model_data WHERE module = 'mail' AND name = 'mt_note'),
       u.partner_id, '<p>I asked the shop for the code.</p>', w.first_at, true, u.id, u.id,
       w.first_at, w.first_at, '<volume-' || w.id || '@example.com>'
  FROM new_whose w JOIN res_users u ON u.id = w.owner_id WHERE NOT w.open OR w.c >= 0.6;
INSERT INTO mail_followers (res_model, res_id, partner_id)
SELECT 'seam.exception', w.id, u.partner_id
  FROM new_whose w JOIN res_users u ON u.id = w.owner_id;
INSERT INTO mail_activity (res_model, res_model_id, res_id, res_name, activity_type_id, user_id,
                           summary, date_deadline, active, create_uid, write_uid, create_date,
                           write_date)
SELECT 'seam.exception', (SELECT id FROM ir_model WHERE model = 'seam.exception'), w.id, 'Order',
       (SELECT res_id FROM ir_model_data
         WHERE module = 'mail' AND name = 'mail_activity_data_warning'),
       w.owner_id, 'Nobody looks after it yet', CURRENT_DATE + (w.i %% 9) - 4, true, 1, 1,
       w.first_at, w.first_at
  FROM new_whose w WHERE w.open AND w.b < 0.25;
INSERT INTO seam_exception_alert
       (exception_id, occurrence, key, company_id, by, due_at, state, sent_at, told, tries)
SELECT id, 1, '0:' || step, company_id, 'email', first_at + step * interval '1 day', 'sent',
       first_at + step * interval '1 day', 'Somebody', 0
  FROM new_whose, generate_series(0, 1) AS step;
INSERT INTO seam_exception_override
       (at, user_id, kind, reason, company_id, system_id, flow_id, exception_id, document)
SELECT first_at, owner_id, 'meant', 'SKU-1', company_id, system_id, flow_id, id, 'Order'
  FROM new_whose WHERE b < 0.05;
DROP TABLE new_case, new_whose, new_held, new_message;
"""
TABLES = (
    "seam_exception",
    "seam_message",
    "seam_message_event",
    "seam_exception_episode",
    "seam_exception_alert",
    "seam_exception_override",
    "mail_message",
    "mail_followers",
    "mail_activity",
)


class Crowd(NamedTuple):
    """How much there is in the database.

    heavy  how many messages the open exception holds up that holds up most
    """

    messages: int
    open: int
    closed: int
    heavy: int

    def __str__(self):
        return f"{self.messages:,} messages, {self.open:,} open exceptions, {self.closed:,} closed"

    def beyond(self, other):
        """:return: what is missing to be this one"""
        return Crowd(
            self.messages - other.messages,
            self.open - other.open,
            self.closed - other.closed,
            self.heavy,
        )


def fill(database, crowd):
    """Add so much to `database`, and have PostgreSQL look at its tables, as it does itself in time."""
    with databases.connection(database) as link, link.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(PREPARE)
        with _bare(cursor):
            for statements in (CASES, MESSAGES, DEEDS):
                cursor.execute(statements, crowd._asdict())
        cursor.execute("DROP TABLE flow, member, team")
        cursor.execute("COMMIT")
        cursor.execute(f"VACUUM ANALYZE {', '.join(TABLES)}")


@contextlib.contextmanager
def _bare(cursor):
    """Without indexes and references meanwhile: a million rows are written in a tenth of the time."""
    cursor.execute(
        """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
         WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)
        """,
        [list(TABLES)],
    )
    references = cursor.fetchall()
    cursor.execute(
        """
        SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index i
         WHERE indrelid::regclass::text = ANY(%s)
           AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)
        """,
        [list(TABLES)],
    )
    indexes = cursor.fetchall()
    for table, name, _definition in references:
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, _definition in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _name, definition in indexes:
        cursor.execute(definition)
    for table, name, definition in references:
        cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
