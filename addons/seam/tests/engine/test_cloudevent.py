"""CloudEvents come out of their envelope, in both modes, or say what they lack."""

import base64
import json

import pytest
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent as Official
from engine import cloudevent, codec
from engine.fault import Fault

ATTRIBUTES = {
    "specversion": "1.0",
    "id": "A234-1234",
    "source": "/shops/1",
    "type": "com.example.order.created",
    "subject": "order/1",
    "time": "2018-04-05T17:31:00Z",
}
HEADERS = {f"ce-{name}": value for name, value in ATTRIBUTES.items()}


def unwrap_structured(envelope, content_type=cloudevent.STRUCTURED):
    body = envelope if isinstance(envelope, bytes) else json.dumps(envelope).encode()
    return cloudevent.unwrap({}, body, content_type)


def refused(words, call):
    with pytest.raises(Fault) as caught:
        call()
    assert caught.value.code == "schema.malformed"
    assert words in caught.value.message
    assert caught.value.fix
    return caught.value


def test_an_ordinary_request_is_no_event():
    assert cloudevent.unwrap({"x-wc-webhook-id": "1"}, b"{}", "application/json") is None


# --- binary mode ---


def test_in_binary_mode_the_document_is_the_exact_body():
    body = b'{ "total" : 1.10 }'
    event = cloudevent.unwrap({**HEADERS, "ce-tenant": "t1"}, body, "application/json")
    assert event == cloudevent.CloudEvent(
        id="A234-1234",
        source="/shops/1",
        type="com.example.order.created",
        subject="order/1",
        time="2018-04-05T17:31:00Z",
        data=body,
        content_type="application/json",
        extensions={"tenant": "t1"},
    )


def test_subject_and_time_may_be_absent():
    headers = {n: v for n, v in HEADERS.items() if n not in ("ce-subject", "ce-time")}
    event = cloudevent.unwrap(headers, b"", "")
    assert (event.subject, event.time, event.data) == ("", "", b"")


@pytest.mark.parametrize(
    "sent, read",
    [
        ("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"),
        ("100%25", "100%"),
        ("a%2xb", "a%2xb"),
        ('"quoted%20text"', "quoted text"),
    ],
)
def test_headers_are_percent_decoded(sent, read):
    event = cloudevent.unwrap({**HEADERS, "ce-subject": sent}, b"", "")
    assert event.subject == read


def test_a_header_that_decodes_to_no_text_is_refused():
    headers = {**HEADERS, "ce-subject": "%FF"}
    refused("ce-subject", lambda: cloudevent.unwrap(headers, b"", ""))


@pytest.mark.parametrize("name", ["id", "source", "type", "specversion"])
def test_a_missing_attribute_is_named(name):
    headers = {**HEADERS, f"ce-{name}": ""}
    fault = refused(f"lacks {name}", lambda: cloudevent.unwrap(headers, b"", ""))
    assert fault.pointer == f"/{name}"
    del headers[f"ce-{name}"]
    refused(f"lacks {name}", lambda: cloudevent.unwrap(headers, b"", ""))


def test_another_version_is_refused():
    headers = {**HEADERS, "ce-specversion": "0.3"}
    refused("specversion is 0.3", lambda: cloudevent.unwrap(headers, b"", ""))


# --- structured mode ---


def test_in_structured_mode_the_document_is_written_anew_with_its_digits():
    body = json.dumps(ATTRIBUTES).encode()[:-1] + b', "data": { "total" : 1.10 }}'
    event = unwrap_structured(body)
    assert event.data == b'{"total":1.10}'
    assert event.content_type == "application/json"
    assert (event.id, event.extensions) == ("A234-1234", {})


@pytest.mark.parametrize(
    "members, data",
    [
        ({"data": [1, None]}, b"[1,null]"),
        ({"data": None}, b"null"),
        ({"data": "text"}, b'"text"'),
        ({"data": "<a/>", "datacontenttype": "text/xml"}, b"<a/>"),
        ({"data": {"a": 1}, "datacontenttype": "application/vnd.x+json"}, b'{"a":1}'),
        ({"data": "x", "datacontenttype": "application/json; charset=utf-8"}, b'"x"'),
        ({"data_base64": base64.b64encode(b"\xff\x00").decode()}, b"\xff\x00"),
        ({}, b""),
    ],
)
def test_the_data_of_an_envelope(members, data):
    assert unwrap_structured({**ATTRIBUTES, **members}).data == data


def test_the_content_type_is_the_datas_own():
    event = unwrap_structured(
        {**ATTRIBUTES, "data": "<a/>", "datacontenttype": "text/xml"},
        "application/cloudevents+json; charset=utf-8",
    )
    assert event.content_type == "text/xml"


def test_extensions_may_be_numbers_and_booleans_and_null_is_absent():
    event = unwrap_structured({**ATTRIBUTES, "sampled": True, "rank": 7, "gone": None})
    assert event.extensions == {"sampled": "true", "rank": "7"}


@pytest.mark.parametrize(
    "members, words",
    [
        ({"id": None}, "lacks id"),
        ({"id": ""}, "lacks id"),
        ({"source": ["x"]}, "the attribute source is not a text"),
        ({"rank": 1.5}, "the attribute rank is not a text"),
        ({"data": 1, "data_base64": "AA=="}, "both data and data_base64"),
        ({"data_base64": "@@"}, "data_base64 is not base64"),
        ({"data_base64": 5}, "data_base64 is not base64"),
        ({"Bad-Name": "x"}, "'Bad-Name'"),
    ],
)
def test_a_malformed_envelope_says_what_is_wrong(members, words):
    refused(words, lambda: unwrap_structured({**ATTRIBUTES, **members}))


@pytest.mark.parametrize("envelope", [b"[]", b'"x"', b"null"])
def test_an_envelope_is_an_object(envelope):
    refused("not a JSON object", lambda: unwrap_structured(envelope))


def test_an_envelope_is_read_as_strictly_as_any_document():
    body = json.dumps(ATTRIBUTES).encode()[:-1] + b', "id": "other"}'
    assert refused("stands twice", lambda: unwrap_structured(body)).pointer == "/id"


# --- batches ---


def test_a_batch_is_recognised_and_comes_apart():
    media = "application/cloudevents-batch+json; charset=utf-8"
    assert cloudevent.is_batch(media) and not cloudevent.is_batch(cloudevent.STRUCTURED)
    refused("it is a batch", lambda: cloudevent.unwrap({}, b"[]", media))
    body = json.dumps([{**ATTRIBUTES, "id": "1"}, {**ATTRIBUTES, "id": "2"}]).encode()
    events = [unwrap_structured(item) for item in codec.split_batch(body, media)]
    assert [event.id for event in events] == ["1", "2"]


# --- the official library is the other side ---


@pytest.mark.parametrize("send", [to_binary_event, to_structured_event])
@pytest.mark.parametrize("data", [{"total": 1, "name": "café €"}, b"\x00\xff", None])
def test_what_the_official_library_sends_is_understood(send, data):
    kind = "application/octet-stream" if isinstance(data, bytes) else "application/json"
    official = Official(
        attributes={
            "id": "1",
            "source": "/shops/1",
            "type": "order",
            "subject": 'Bestellung "Öl" 100%',
            "datacontenttype": kind,
            "tenant": "t1",
        },
        data=data,
    )
    message = send(official)
    headers = {name.lower(): value for name, value in message.headers.items()}
    event = cloudevent.unwrap(headers, message.body, headers.get("content-type", ""))
    assert (event.id, event.type) == ("1", "order")
    assert event.subject == 'Bestellung "Öl" 100%'
    assert event.extensions == {"tenant": "t1"}
    assert event.content_type == kind
    if isinstance(data, bytes):
        assert event.data == data
    elif data:
        assert codec.parse(event.data) == data
