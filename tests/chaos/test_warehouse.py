"""A short form of the warehouse part of `make chaos`: shop → Odoo → WMS → shipped, while everything fails."""

import os

import pytest

from tests.chaos import run

SEED = 11


@pytest.mark.slow
def test_every_unit_arrives_or_a_person_is_told():
    figures, breaches = run.warehouse_storm(
        os.environ["SEAM_TEMPLATE"], SEED, orders=60, per_second=5, pause=[2, 6]
    )
    assert figures["kills"] >= len(run.DEEDS), "too few were killed to prove anything"
    assert figures["faults"] >= 60, "too little went wrong to prove anything"
    assert not breaches
