"""The company part of `make chaos` on a calm day: the whole way of a few orders, with people at work on both sides.

What it does while everything fails is for `make chaos ARGS="--only company"`.
"""

import os

import pytest

from tests.chaos import run

SEED = 17


@pytest.mark.slow
def test_every_order_is_right_everywhere():
    figures, breaches = run.company_storm(
        os.environ["SEAM_TEMPLATE"], SEED, orders=8, per_second=2, pace=0.3, share=0
    )
    run.show("company", figures, breaches)
    assert figures["labels bought"] and figures["told to the CRM"]
    assert not breaches
