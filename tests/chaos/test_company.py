"""A short form of the company part of `make chaos`: from the shop to the customer's door, while all fails."""

import os

import pytest

from tests.chaos import run

SEED = 17


@pytest.mark.slow
def test_every_order_is_right_everywhere_or_a_person_is_told():
    figures, breaches = run.company_storm(
        os.environ["SEAM_TEMPLATE"], SEED, orders=20, per_second=2, pace=0.3
    )
    run.show("company", figures, breaches)
    assert figures["faults"] >= 30, "too little went wrong to prove anything"
    assert not breaches
