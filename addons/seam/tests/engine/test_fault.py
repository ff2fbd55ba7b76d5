"""A fault carries everything a reader needs, and only known codes exist."""

import json
import pickle

import pytest
from engine.fault import CODES, KINDS, Fault, Violation


def test_the_code_alone_decides_the_kind():
    assert Fault("transport.timeout", "No answer.").kind == "transient"
    assert Fault("master.unknown", "No such product.").kind == "permanent"
    assert Fault("transport.ambiguous", "Maybe.").kind == "ambiguous"
    assert Fault("bug.handler", "Oops.").kind == "bug"


def test_an_unknown_code_is_refused_loudly():
    with pytest.raises(ValueError, match=r"'sku\.missing' is not a fault code"):
        Fault("sku.missing", "No such product.")


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_kind_of_the_closed_set_and_a_title(code):
    kind, title = CODES[code]
    assert kind in KINDS
    assert title[0].isupper() and not title.endswith(".")


def test_a_fault_is_data_that_can_be_stored():
    fault = Fault(
        "master.unknown",
        "The product BAR3 is not known.",
        pointer="/line_items/0/sku",
        fix="Choose the product it means.",
        subject="sku:BAR3",
        errors=[Violation("/a", "type", "a must be a number.")],
        extra={"missing": {"kind": "product", "system_code": "BAR3"}},
    )
    stored = json.loads(json.dumps(fault.as_dict()))
    assert stored["errors"] == [{"pointer": "/a", "code": "type", "message": "a must be a number."}]
    assert stored["extra"]["missing"]["system_code"] == "BAR3"
    assert stored["title"] == "A record the document names is unknown"


def test_what_cannot_be_stored_is_refused_where_it_is_made():
    with pytest.raises(TypeError):
        Fault("business.rule", "No.", extra={"record": object()})


def test_a_fault_reads_well_in_a_log_and_survives_pickling():
    fault = Fault("total.mismatch", "Off by 0.01.", pointer="/total", retry_after=5)
    assert str(fault) == "total.mismatch: Off by 0.01. (at /total)"
    copy = pickle.loads(pickle.dumps(fault))
    assert copy.as_dict() == fault.as_dict()
