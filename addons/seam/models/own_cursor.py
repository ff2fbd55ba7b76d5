from contextlib import contextmanager

from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from odoo import api


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
