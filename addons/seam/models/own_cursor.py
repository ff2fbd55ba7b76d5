import random
import time
from contextlib import contextmanager

from psycopg2.errors import UniqueViolation
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from odoo import api
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..const import CONFLICT_TRIES

# Another transaction was in the way: the same again sees what it did, and may succeed.
CONFLICTS = (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, UniqueViolation)


def persist(env, work, **options):
    """Do ``work(env)`` in a transaction of its own, and again after a conflict.

    :param options: as for ``own_env``
    :return: what ``work`` returns
    :raise CONFLICTS: there was one each time
    """
    for attempt in range(CONFLICT_TRIES):
        try:
            with own_env(env, **options) as own:
                return work(own)
        except CONFLICTS:
            if attempt == CONFLICT_TRIES - 1:
                raise
            time.sleep(random.uniform(0, 0.01 * 2**attempt))


@contextmanager
def own_env(env, user=None, context=None, read_committed=False):
    """An environment on a transaction of its own, committed at the end.

    For what must stand whatever becomes of the caller's transaction: a claim
    before the work, a batch with its outcomes. An error rolls it back.

    :param read_committed: each statement sees what was committed before it, so
        that hot rows and keys are waited for in place of a serialization error
    """
    with env.registry.cursor() as cr:
        if read_committed:
            use_read_committed(cr)
        yield api.Environment(cr, user or env.uid, context or {})


@contextmanager
def same_cursor_env(env, read_committed=False):
    """As ``own_env``, on the caller's cursor, whose open transaction is dropped.

    For a route that has only read until now: it saves a connection's set-up.
    """
    env.cr.rollback()
    if read_committed:
        use_read_committed(env.cr)
    yield env
    env.cr.commit()  # pylint: disable=invalid-commit


def use_read_committed(cr):
    """Must come first in a transaction; a running one keeps its isolation."""
    if cr.connection.get_transaction_status() == TRANSACTION_STATUS_IDLE:
        cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
