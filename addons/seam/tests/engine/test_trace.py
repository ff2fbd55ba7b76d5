"""A trace that came in goes on; a broken one is not believed."""

import re

import pytest
from engine import trace

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_the_callers_trace_goes_on():
    context = trace.from_headers({"traceparent": PARENT, "tracestate": "congo=t61rcWkgMzE"})
    assert context.trace_id == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert context.span_id == "00f067aa0ba902b7"
    assert context.traceparent() == PARENT
    assert context.headers() == {"traceparent": PARENT, "tracestate": "congo=t61rcWkgMzE"}


def test_our_own_step_has_its_own_span_in_the_same_trace():
    context = trace.from_headers({"traceparent": PARENT, "tracestate": "a=1"})
    child = context.child()
    assert child.trace_id == context.trace_id
    assert child.span_id != context.span_id
    assert (child.flags, child.state) == (context.flags, context.state)


def test_not_sampled_stays_not_sampled():
    context = trace.from_headers({"traceparent": PARENT[:-2] + "00"})
    assert context.child().traceparent().endswith("-00")


def test_a_future_version_is_read_as_far_as_we_know_it():
    future = "cc" + PARENT[2:]
    assert trace.from_headers({"traceparent": future}).trace_id == PARENT[3:35]
    assert trace.from_headers({"traceparent": future + "-what-is-new"}).trace_id == PARENT[3:35]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "garbage",
        "ff" + PARENT[2:],
        PARENT.upper(),
        PARENT + "-extra",
        PARENT + "-",
        PARENT[:-1],
        "cc" + PARENT[2:] + ".extra",
        "00-" + "0" * 32 + PARENT[35:],
        PARENT[:36] + "0" * 16 + "-01",
        PARENT.replace("4bf9", "4bg9"),
        "\u0660" * 55,
    ],
)
def test_an_invalid_parent_begins_a_new_trace_without_its_state(value):
    context = trace.from_headers({"traceparent": value, "tracestate": "a=1"})
    assert context.trace_id not in value
    assert context.state == ""
    assert "tracestate" not in context.headers()


def test_no_parent_begins_a_new_trace():
    one, two = trace.from_headers({}), trace.new()
    assert one.trace_id != two.trace_id
    for context in (one, two):
        assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", context.traceparent())
        assert trace.from_headers({"traceparent": context.traceparent()}) == context


def test_a_long_state_loses_whole_entries_large_ones_first():
    entries = [f"v{number}=" + "x" * 60 for number in range(10)]
    large = "big=" + "y" * 200
    context = trace.from_headers({"traceparent": PARENT, "tracestate": ",".join([large, *entries])})
    assert len(context.state) <= 512
    # Eight entries of 63 characters and the commas between them make 511.
    assert context.state.split(",") == entries[:8]


def test_a_state_that_would_break_a_header_is_dropped():
    for state in ("a=1\r\nX-Evil: 1", "a=é", "a=\x00"):
        assert trace.from_headers({"traceparent": PARENT, "tracestate": state}).state == ""
