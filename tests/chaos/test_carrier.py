"""A short form of the carrier part of `make chaos`: packed → labelled → arrived, while everything fails."""

import os

import pytest

from tests.chaos import run

SEED = 13


@pytest.mark.slow
def test_no_label_is_bought_twice_and_every_parcel_is_followed():
    figures, breaches = run.carrier_storm(
        os.environ["SEAM_TEMPLATE"], SEED, shipments=24, per_second=0.8, pause=[4, 8]
    )
    run.show("carrier", figures, breaches)
    assert figures["kills"] >= len(run.DEEDS), "too few were killed to prove anything"
    assert figures["faults"] >= 5, "too little went wrong to prove anything"
    assert not breaches
