import pytest
from engine.cause import normalised


def test_a_code_stays_exact():
    assert normalised("product:Bar3 ") == "product:Bar3"
    assert normalised("product:bar3") != normalised("product:BAR3")
    assert normalised("shop.example:503") == "shop.example:503"
    assert normalised("7042") == "7042"
    assert normalised("product:Oak  table 2m") == "product:Oak table 2m"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Order S00042 cannot be confirmed.", "Order S100001 cannot be confirmed."),
        ("Lot 7/2026-11 is locked", "Lot 8/2026-12 is locked"),
        ("no stock of 3 x a", "no  stock of 12.5 x a"),
    ],
)
def test_a_sentence_loses_its_numbers(one, other):
    assert normalised(one) == normalised(other)


def test_other_sentences_stay_apart():
    assert normalised("Order 7 is locked") != normalised("Order 7 is cancelled")
