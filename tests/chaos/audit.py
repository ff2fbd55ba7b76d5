"""What must hold of the tables when the dust has settled. Each check returns sentences, none if all is well."""

import json


def check(env, flows, effects=True):
    """All invariants that need nothing but the database.

    effects  whether the flows have a handler of seam_chaos, which notes what it applies
    """
    return [
        sentence
        for title, query in CHECKS.items()
        if effects or "seam_chaos_effect" not in query
        for sentence in _rows(env, title, query, flows)
    ]


def outcomes(env, flows):
    env.cr.execute(
        "SELECT state, count(*) FROM seam_message WHERE flow_id = ANY(%s) GROUP BY 1", [flows]
    )
    return dict(env.cr.fetchall())


def _rows(env, title, query, flows):
    env.cr.execute(query, {"flows": flows})
    return [f"{title}: {row}" for row in env.cr.fetchall()]


CHECKS = {
    "applied other than once": """
        SELECT m.id, m.ordering_key, m.state, count(e.id)
          FROM seam_message m LEFT JOIN seam_chaos_effect e ON e.message_id = m.id
         WHERE m.flow_id = ANY(%(flows)s) GROUP BY m.id
        HAVING count(e.id) <> (m.state = 'done')::int""",
    "in no state that we know": """
        SELECT id, state FROM seam_message WHERE flow_id = ANY(%(flows)s) AND state NOT IN
               ('pending', 'working', 'waiting', 'failed', 'done', 'superseded', 'replaced',
                'discarded')""",
    "its last event tells another state": """
        SELECT m.id, m.state, e.state, e.name FROM seam_message m
          LEFT JOIN LATERAL (SELECT state, name FROM seam_message_event
                              WHERE message_id = m.id ORDER BY id DESC LIMIT 1) e ON true
         WHERE m.flow_id = ANY(%(flows)s) AND m.state IS DISTINCT FROM e.state
           AND m.state IN ('done', 'superseded', 'replaced', 'discarded', 'failed')""",
    "more than one final event": """
        SELECT m.id, count(*) FROM seam_message m JOIN seam_message_event e ON e.message_id = m.id
         WHERE m.flow_id = ANY(%(flows)s)
           AND e.state IN ('done', 'superseded', 'replaced', 'discarded')
         GROUP BY m.id HAVING count(*) > 1""",
    "settled without a time, or the reverse": """
        SELECT id, state, settled_at FROM seam_message WHERE flow_id = ANY(%(flows)s)
           AND (settled_at IS NOT NULL)
            <> (state IN ('done', 'superseded', 'replaced', 'discarded'))""",
    "an exception is open and holds nothing": """
        SELECT e.id, e.code FROM seam_exception e
         WHERE e.flow_id = ANY(%(flows)s) AND e.state = 'open' AND NOT EXISTS (
               SELECT 1 FROM seam_message m WHERE m.exception_id = e.id
                  AND m.state IN ('pending', 'working', 'waiting', 'failed'))""",
    "needs attention under no open exception": """
        SELECT m.id, e.id, e.state FROM seam_message m
          LEFT JOIN seam_exception e ON e.id = m.exception_id
         WHERE m.flow_id = ANY(%(flows)s) AND m.state = 'failed'
           AND e.state IS DISTINCT FROM 'open'""",
    "two workers in one document": """
        SELECT e.message_id, e.text FROM seam_message_event e
          JOIN seam_message m ON m.id = e.message_id
         WHERE m.flow_id = ANY(%(flows)s) AND e.text LIKE '%%Not alone%%'""",
    "put to a person though only another worker was in the way": """
        SELECT e.message_id, e.text FROM seam_message_event e
          JOIN seam_message m ON m.id = e.message_id
         WHERE m.flow_id = ANY(%(flows)s) AND e.text LIKE '%%The database refused%%'""",
    "replaced, but the new one is missing": """
        SELECT m.id FROM seam_message m
          LEFT JOIN seam_message n ON n.id = m.replaced_by_id AND n.replaces_id = m.id
         WHERE m.flow_id = ANY(%(flows)s) AND m.state = 'replaced' AND n.id IS NULL""",
    "superseded though nothing newer came in": """
        SELECT m.id, m.ordering_key, m.version FROM seam_message m
         WHERE m.flow_id = ANY(%(flows)s) AND m.state = 'superseded' AND NOT EXISTS (
               SELECT 1 FROM seam_message n
                WHERE n.flow_id = m.flow_id AND n.ordering_key = m.ordering_key
                  AND n.id <> m.id AND (n.version >= m.version OR n.position > m.position))""",
}


def order(env, flow, received):
    """Of two events of a document, what was acknowledged before the other was sent comes first."""
    env.cr.execute(
        """
        SELECT m.id, m.ordering_key, min(e.id) FROM seam_message m
          JOIN seam_chaos_effect e ON e.message_id = m.id
         WHERE m.flow_id = %s GROUP BY m.id
        """,
        [flow],
    )
    effects = {id_: (key, effect) for id_, key, effect in env.cr.fetchall()}
    env.cr.execute(
        "SELECT id, replaces_id FROM seam_message WHERE flow_id = %s AND replaces_id IS NOT NULL",
        [flow],
    )
    for new, old in sorted(env.cr.fetchall()):
        received += [[new, *row[1:]] for row in received if row[0] == old]
    by_key = {}
    for id_, sent, acknowledged, place in received:
        if id_ in effects:
            key, effect = effects[id_]
            by_key.setdefault(key, []).append((sent, acknowledged, place, effect, id_))
    return [sentence for rows in by_key.values() for sentence in _out_of_order(rows)]


def _out_of_order(rows):
    for a in rows:
        for b in rows:
            together = a[:2] == b[:2] and a[2] < b[2]
            if (a[1] < b[0] or together) and a[3] > b[3]:
                yield f"event {b[4]} was applied before the earlier {a[4]}"


def states(env, flow):
    """A newer state is never followed by an older one."""
    env.cr.execute(
        """
        SELECT key, version, before FROM (
            SELECT e.key, e.version, max(e.version) OVER (
                       PARTITION BY e.key ORDER BY e.id ROWS UNBOUNDED PRECEDING) AS before
              FROM seam_chaos_effect e JOIN seam_message m ON m.id = e.message_id
             WHERE m.flow_id = %s) AS story
         WHERE version < before
        """,
        [flow],
    )
    return [f"an older state was applied over a newer: {row}" for row in env.cr.fetchall()]


def unfinished(env, flow):
    """Neither in flight nor in need of a person."""
    env.cr.execute(
        "SELECT id, key, state, state_reason FROM seam_message WHERE flow_id = %s"
        " AND state IN ('pending', 'working', 'waiting', 'failed')",
        [flow],
    )
    return [f"not settled: {row}" for row in env.cr.fetchall()]


def against_answers(env, flow, partner):
    """What was acknowledged is there, once, with the bytes that were acknowledged."""
    env.cr.execute("SELECT key, uuid, body_hash FROM seam_message WHERE flow_id = %s", [flow])
    stored = {key: (uuid, digest) for key, uuid, digest in env.cr.fetchall()}
    breaches = [f"given up: {error}" for error in partner.errors]
    for answer in partner.answers:
        uuid, digest = stored.get(answer.key, (None, None))
        if uuid != answer.id:
            breaches.append(f"{answer.key} was answered {answer.status} and is not there")
        elif (answer.digest == digest) != (answer.status in (200, 202)):
            breaches.append(f"{answer.key} was answered {answer.status} for other bytes")
    first = [answer.key for answer in partner.answers if answer.status == 202]
    if len(first) != len(set(first)):
        breaches.append("a key was answered 202 twice")
    return breaches


def against_orders(env, flow, sent):
    """Every order is there once, with its contact and its amount, and no other."""
    env.cr.execute(
        """
        SELECT e.serial, e.amount, m.res_id FROM seam_chaos_effect e
          JOIN seam_message m ON m.id = e.message_id WHERE m.flow_id = %s
        """,
        [flow],
    )
    applied = sorted(env.cr.fetchall())
    wanted = [json.loads(delivery.body) for delivery in sent]
    breaches = []
    if [row[:2] for row in applied] != sorted((o["n"], o["amount"]) for o in wanted):
        breaches.append(f"{len(applied)} effects for {len(wanted)} messages, or other amounts")
    refs = {order["id"] for order in wanted}
    env.cr.execute(
        "SELECT ref, count(*) FROM res_partner WHERE ref = ANY(%s) GROUP BY 1", [list(refs)]
    )
    contacts = dict(env.cr.fetchall())
    breaches += [
        f"{ref} has {contacts.get(ref, 0)} contacts" for ref in refs if contacts.get(ref) != 1
    ]
    return breaches


def by_version(env, flow):
    """The later event of an order, sent after the first was acknowledged, came second."""
    env.cr.execute(
        """
        SELECT a.key, a.id FROM seam_chaos_effect a
          JOIN seam_chaos_effect b ON b.key = a.key AND b.version > a.version AND b.id < a.id
          JOIN seam_message m ON m.id = a.message_id WHERE m.flow_id = %s
        """,
        [flow],
    )
    return [f"events of {key} in the wrong order" for key, _id in env.cr.fetchall()]


def put_aside(env, flow, keys):
    """Exactly these failed, as killers of their workers, after two tries each."""
    env.cr.execute(
        "SELECT key, fault_code, crashes FROM seam_message WHERE flow_id = %s AND state = 'failed'",
        [flow],
    )
    wanted = {(key, "worker.killed", 2) for key in keys}
    found = set(env.cr.fetchall())
    return [] if found == wanted else [f"put aside: {sorted(found)}"]


def rescues(env, flow, seconds):
    """No message was longer in the hands of the dead than this."""
    env.cr.execute(
        """
        SELECT m.key, e.at - lag(e.at, 1, m.received_at) OVER (PARTITION BY m.id ORDER BY e.id)
          FROM seam_message_event e JOIN seam_message m ON m.id = e.message_id
         WHERE m.flow_id = %s
        """,
        [flow],
    )
    return [
        f"{key} had to wait {gap.total_seconds():.0f} s for its rescue"
        for key, gap in env.cr.fetchall()
        if gap.total_seconds() > seconds
    ]


def effects(env, flow, number):
    env.cr.execute(
        "SELECT count(*) FROM seam_chaos_effect e JOIN seam_message m ON m.id = e.message_id"
        " WHERE m.flow_id = %s",
        [flow],
    )
    found = env.cr.fetchone()[0]
    return [] if found == number else [f"{found} effects in place of {number}"]
