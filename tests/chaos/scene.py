"""What the failure tests set up and wait for."""

import collections
import contextlib
import json
import time
from typing import NamedTuple


class Flow(NamedTuple):
    id: int
    code: str
    url: str
    token: str


def flow(one, code, **values):
    """Make a system with a key and one active flow. :return: Flow"""
    with one.environment() as env:
        user = env["res.users"].search([("login", "=", "chaos")]) or env["res.users"].create(
            {
                "name": "Chaos",
                "login": "chaos",
                "group_ids": [
                    (4, env.ref("base.group_user").id),
                    (4, env.ref("base.group_partner_manager").id),
                ],
            }
        )
        system = env["seam.system"].create(
            {"name": code, "code": code, "user_id": user.id, "state": "active", "rate_limit": 0}
        )
        token = system._new_api_key()
        made = env["seam.flow"].create(
            {"name": code, "code": "orders", "system_id": system.id, **values}
        )
        made.action_activate()
        return Flow(made.id, code, f"{one.server.url}/seam/v1/{code}/orders", token)


@contextlib.contextmanager
def paused(one, flow_id):
    """What comes in meanwhile is worked off together."""
    with one.environment() as env:
        env["seam.flow"].browse(flow_id).action_pause()
    yield
    with one.environment() as env:
        env["seam.flow"].browse(flow_id).action_activate()


def body(document):
    return json.dumps(document).encode()


def wait(one, done, patience):
    """:return: seconds until `done()`, or a sentence when that takes too long"""
    started = time.monotonic()
    while time.monotonic() - started < patience:
        if done():
            return round(time.monotonic() - started, 1)
        time.sleep(0.25)
    return f"not within {patience} s"


def count(one, flow_id, *states):
    rows = one.query(
        "SELECT count(*) FROM seam_message WHERE flow_id = %s AND state = ANY(%s)",
        [flow_id, list(states)],
    )
    return rows[0][0] if rows else None


def settle(one, flow_id, patience):
    """Wait until nothing is in flight. :return: seconds, or a sentence"""
    return wait(one, lambda: count(one, flow_id, "pending", "working", "waiting") == 0, patience)


def retry_suspects(one, flow_id, patience):
    """Retry, as a person would, what was in hand at two kills that it did not cause.

    Followers wait meanwhile, so there may be more than one round. :return: how many there were
    """
    suspects = 0
    for _round in range(5):
        with one.environment() as env:
            found = env["seam.message"].search(
                [
                    ("flow_id", "=", flow_id),
                    ("fault_code", "=", "worker.killed"),
                    ("state", "=", "failed"),
                ]
            )
            suspects += len(found)
            found._retry("The power failed")
        if not found:
            break
        settle(one, flow_id, patience)
    return suspects


def counts(values):
    return dict(collections.Counter(values))
