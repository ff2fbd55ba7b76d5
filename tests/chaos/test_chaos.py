"""A short form of `make chaos`: orders flow while workers, Odoo and PostgreSQL are killed."""

import os

import pytest

from tests.chaos import run
from tests.chaos.rig import rig

SEED = 7


@pytest.fixture(scope="module")
def one():
    with rig(os.environ["SEAM_TEMPLATE"], extra_conf=run.LIMITS) as made:
        yield made


def test_one_order_delivered_by_many_connections_at_once_is_one_order(one):
    _figures, breaches = run.stampede(one, SEED, calls=200)
    assert not breaches


def test_orders_are_applied_once_whatever_dies(one):
    figures, breaches = run.storm(one, SEED, orders=200, per_second=20, pause=[1, 2])
    assert figures["kills"] >= len(run.DEEDS), "too few were killed to prove anything"
    assert not breaches
