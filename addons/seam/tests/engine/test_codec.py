"""Bytes become a document, or a sentence that says what is wrong and where."""

import json
from decimal import Decimal

import pytest
from engine import codec
from engine.fault import Fault
from hypothesis import given
from hypothesis import strategies as st


def refused(body, code="schema.malformed", content_type="application/json"):
    with pytest.raises(Fault) as caught:
        codec.parse(body, content_type)
    assert caught.value.code == code
    assert caught.value.kind == "permanent"
    assert caught.value.fix
    return caught.value


# --- what is read ---


def test_an_order_is_read_with_exact_prices():
    order = codec.parse(b'{"total": 19.90, "quantity": 2, "note": "caf\xc3\xa9"}')
    assert order == {"total": Decimal("19.90"), "quantity": 2, "note": "café"}
    assert str(order["total"]) == "19.90"
    assert type(order["quantity"]) is int


@pytest.mark.parametrize(
    "body, value",
    [
        (b"null", None),
        (b" true ", True),
        (b'"text"', "text"),
        (b"[]", []),
        (b"-0", 0),
        (b"1e308", Decimal("1e308")),
        (b"5e-324", Decimal("5e-324")),
        (b"9" * 400, int("9" * 400)),
        (b'"\\ud83d\\ude00"', "😀"),
        (b'{"a": {"a": 1}}', {"a": {"a": 1}}),
        (b'"\\\\u0000"', "\\u0000"),
        (b'"\\\\ud800"', "\\ud800"),
    ],
)
def test_whatever_is_json_is_read(body, value):
    assert codec.parse(body) == value


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf8"', "us-ascii"])
def test_a_charset_that_is_utf_8_is_fine(charset):
    assert codec.parse(b"[1]", f"application/json; charset={charset}") == [1]


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=2)
    | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])), inner)
    ),
    max_leaves=30,
)  # fmt: skip


@given(json_values)
def test_what_is_written_is_read_back_the_same(document):
    assert codec.parse(codec.dump(document)) == document


@given(json_values)
def test_the_strict_reader_agrees_with_pythons_own(document):
    body = json.dumps(document, default=float).encode()
    assert codec.parse(body) == json.loads(body, parse_float=Decimal)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_with_a_fault(body):
    try:
        document = codec.parse(body)
    except Fault as fault:
        assert fault.code.startswith("schema.")
    else:
        assert document == json.loads(body, parse_float=Decimal)


@given(st.text(alphabet='{}[]",:\\u0d8 1eE.-+NaIfinty\n', max_size=40))
def test_nearly_json_is_read_as_python_reads_it_or_refused(text):
    try:
        document = codec.parse(text.encode())
    except Fault:
        return
    assert document == json.loads(text, parse_float=Decimal)


# --- encoding ---


@pytest.mark.parametrize(
    "body, named",
    [
        (b'\xef\xbb\xbf{"a":1}', "byte order mark"),
        ('{"a":1}'.encode("utf-16"), "UTF-16"),
        ('{"a":1}'.encode("utf-16-le"), "UTF-16"),
        ('{"a":1}'.encode("utf-16-be"), "UTF-16"),
        ('{"a":1}'.encode("utf-32"), "UTF-32"),
        ('{"a":1}'.encode("utf-32-be"), "UTF-32"),
        ('{"a":1}'.encode("utf-32-le"), "UTF-32"),
    ],
)
def test_another_encoding_is_recognised_and_named(body, named):
    assert named in refused(body, "schema.encoding").message


def test_a_windows_text_is_refused_with_its_place():
    fault = refused(b'{"a": 1,\n "name": "caf\xe9"}', "schema.encoding")
    assert "byte 0xE9 in line 2, at byte 14 of the line" in fault.message
    assert "Windows-1252" in fault.fix


@pytest.mark.parametrize("charset", ["iso-8859-1", "utf-16", "klingon", "a\x00b", "base64"])
def test_an_announced_charset_other_than_utf_8_is_refused(charset):
    fault = refused(b"{}", "schema.encoding", f"application/json; charset={charset}")
    assert "Content-Type" in fault.message


@pytest.mark.parametrize("surrogate", [b'"\xed\xa0\x80"', b'"\xc0\x80"'])
def test_characters_smuggled_past_utf_8_are_refused(surrogate):
    refused(surrogate, "schema.encoding")


# --- syntax ---


@pytest.mark.parametrize("body", [b"", b"  \n"])
def test_an_empty_body_is_called_empty(body):
    assert refused(body).message == "The document is empty."


@pytest.mark.parametrize(
    "body, place",
    [
        (b'{"a": }', "line 1, column 7: a value is missing there"),
        (b'{"a": 1\n"b": 2}', "line 2, column 1: a comma or a closing bracket"),
        (b'{"a" 1}', "line 1, column 6: a colon is missing"),
        (b'{"a": 1} {"b": 2}', "line 1, column 10: there is something after the end"),
        (b'{"a": "open', "line 1, column 7: a text begins there and never ends"),
        (b"{'a': 1}", "line 1, column 2: a field name in double quotes"),
        (b'"tab\there"', "line 1, column 5: a raw control character"),
        (b'"\\x41"', "line 1, column 2: an escape after the backslash"),
        (b"<order/>", "line 1, column 1: a value is missing there"),
        (b"[1,2", "line 1, column 5: a comma or a closing bracket"),
        (b"[01]", "line 1, column 3: a comma or a closing bracket"),
        (b'"raw\x00nul"', "line 1, column 5: a raw control character"),
    ],
)
def test_a_syntax_error_says_line_column_and_what_is_wrong(body, place):
    assert place in refused(body).message


@pytest.mark.parametrize("body", [b"[1,]", b'{"a":1,}', b"[1 2]", b"+1", b".5", b"1.", b"0x1"])
def test_what_other_readers_let_pass_is_refused(body):
    refused(body)


# --- what two readers would see differently ---


def test_a_field_that_stands_twice_is_pointed_at():
    fault = refused(b'{"lines": [{"sku": "A"}, {"sku": "B", "qty": 1, "sku": "C"}]}')
    assert fault.pointer == "/lines/1/sku"
    assert "stands twice" in fault.message


def test_duplicates_are_found_however_they_are_written():
    assert refused(b'{"a": 1, "\\u0061": 2}').pointer == "/a"


def test_the_first_of_several_duplicates_is_named():
    body = b'{"x": {"b": 1, "b": 2}, "y": {"c": 1, "c": 2}}'
    assert refused(body).pointer == "/x/b"


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity"])
def test_what_is_not_a_number_is_pointed_at(literal):
    fault = refused(f'{{"lines": [{{"price": {literal}}}]}}'.encode())
    assert fault.pointer == "/lines/0/price"
    assert literal in fault.message


@pytest.mark.parametrize(
    "number",
    [
        "1e400",
        "-1e309",
        "1e999999999",
        "1e99999999999999999999",
        "1e-999999999",
        "1" * 401,
        "1" * 5000,
        "0." + "1" * 401,
        "-" + "9" * 100_000,
    ],
)
def test_a_number_too_huge_to_be_meant_is_refused_at_once(number):
    fault = refused(f'{{"total": {number}}}'.encode())
    assert fault.pointer == "/total"
    assert len(fault.message) < 150


# --- what cannot be stored ---


@pytest.mark.parametrize(
    "body, pointer",
    [
        (b'{"a": ["x", "\\u0000"]}', "/a/1"),
        (b'{"a": {"b\\u0000": 1}}', "/a/b\\u0000"),
        (b'{"emoji": "\\ud83d"}', "/emoji"),
        (b'{"emoji": "\\uDE00\\uD83D"}', "/emoji"),
        (b'{"\\ud800": 1}', "/\\ud800"),
        # A backslash of its own between the halves, or before the first.
        (b'{"a": "\\ud83d\\\\\\ude00"}', "/a"),
        (b'{"a": "\\\\ud83d\\ude00"}', "/a"),
        (b'{"a": "\\ud83d\\ud83d\\ude00"}', "/a"),
    ],
)
def test_nul_and_half_characters_are_pointed_at(body, pointer):
    fault = refused(body)
    assert fault.pointer == pointer
    # The fault itself must be storable.
    assert "\x00" not in fault.message
    fault.message.encode()


@given(st.text(alphabet=["\\", "u", "\ud83d", "\ude00", "\x00", "é", '"'], max_size=8))
def test_a_text_is_refused_exactly_when_it_could_not_be_stored(text):
    body = json.dumps({"text": text}).encode()
    storable = "\x00" not in (stored := json.loads(body)["text"])
    try:
        stored.encode()
    except UnicodeEncodeError:
        storable = False
    if storable:
        assert codec.parse(body) == {"text": stored}
    else:
        assert refused(body).pointer == "/text"


# --- depth ---


def nested(depth):
    return b"[" * depth + b"]" * depth


def test_depth_is_judged_before_anything_recurses():
    assert codec.parse(nested(100))
    refused(nested(101), "schema.too_deep")
    refused(nested(10_000), "schema.too_deep")
    refused(b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "schema.too_deep")
    refused(b"[" * 1_000_000, "schema.too_deep")


def test_the_limit_is_the_callers():
    assert codec.parse(nested(3), max_depth=3) == [[[]]]
    with pytest.raises(Fault, match="too_deep"):
        codec.parse(nested(4), max_depth=3)


def test_brackets_in_texts_are_not_depth():
    body = json.dumps({"note": "[" * 500, "quote": '\\"[{' * 300}).encode()
    assert codec.parse(body)["note"] == "[" * 500


def test_brackets_in_texts_cannot_hide_depth():
    closing = b'["]",' * 300 + b'"["' + b"]" * 300
    refused(closing, "schema.too_deep")
    escaped = b'["\\"]",' * 300 + b"1" + b"]" * 300
    refused(escaped, "schema.too_deep")
    backslashes = b'["\\\\",' * 300 + b"1" + b"]" * 300
    refused(backslashes, "schema.too_deep")


def test_many_siblings_are_not_deep():
    assert len(codec.parse(json.dumps([{"a": [1]}] * 5000).encode())) == 5000


def _depth(value):
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    return 0


texts_with_traps = st.text(alphabet='[]{}"\\a', max_size=6)


@given(
    st.recursive(
        texts_with_traps,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(texts_with_traps, inner, max_size=3)
        ),
        max_leaves=20,
    ),
    st.integers(1, 6),
)
def test_the_depth_found_is_the_depth_there_is(document, limit):
    body = json.dumps(document).encode()
    if _depth(document) <= limit:
        assert codec.parse(body, max_depth=limit) == document
    else:
        with pytest.raises(Fault, match="too_deep"):
            codec.parse(body, max_depth=limit)


# --- writing ---


def test_prices_are_written_with_the_digits_they_had():
    body = b'{"total":19.90,"weight":1E+2,"big":99280074525900.79,"f":0.1}'
    assert codec.dump(codec.parse(body)) == body
    assert codec.dump({"f": 0.1}) == b'{"f":0.1}'


@pytest.mark.parametrize(
    "value", [Decimal("NaN"), Decimal("-Infinity"), float("nan"), object(), {1, 2}, b"x"]
)
def test_what_json_cannot_carry_is_refused(value):
    with pytest.raises(Fault, match=r"mapping\.failed"):
        codec.dump([value])


def test_a_document_that_contains_itself_is_refused():
    document = []
    document.append(document)
    with pytest.raises(Fault, match=r"mapping\.failed"):
        codec.dump(document)


# --- batches ---

ITEMS = [b'{ "a" : 1.10 }', b'"caf\xc3\xa9 [,]"', b"[1, [2]]", b'{"a":1,"a":2}', b"NaN", b"1e999"]


@pytest.mark.parametrize("separator", [b",", b" ,\n\t", b", "])
def test_items_of_an_array_keep_their_exact_bytes(separator):
    assert codec.split_batch(b" [ " + separator.join(ITEMS) + b"\n] ") == ITEMS


def test_an_array_without_items_has_none():
    assert codec.split_batch(b" [ ] ") == []


@given(st.lists(json_values, max_size=5), st.booleans(), st.integers(0, 2))
def test_whatever_the_items_joined_they_come_apart(documents, ascii_only, spaces):
    items = [json.dumps(item, default=str, ensure_ascii=ascii_only).encode() for item in documents]
    gap = b" " * spaces
    assert codec.split_batch(b"[" + (gap + b"," + gap).join(items) + b"]") == items


@pytest.mark.parametrize("body", [b'{"a": 1}', b"1", b'"x"', b"null"])
def test_a_batch_that_is_no_array_is_refused(body):
    with pytest.raises(Fault, match="A batch must be a JSON array"):
        codec.split_batch(body)


@pytest.mark.parametrize(
    "body", [b"[1,]", b"[1 2]", b"[1", b"[,1]", b"[1] 2", b'[{"a":1]', b"[1,,2]", b'["a', b"["]
)
def test_a_broken_array_is_refused_as_a_whole(body):
    with pytest.raises(Fault, match=r"schema\.malformed: .*line 1, column"):
        codec.split_batch(body)


def test_one_deep_item_is_left_to_be_judged_alone():
    items = codec.split_batch(b"[1," + nested(200) + b"]")
    assert items == [b"1", nested(200)]
    with pytest.raises(Fault, match="too_deep"):
        codec.split_batch(b"[" + nested(10_000) + b"]")


@pytest.mark.parametrize("media", ["application/x-ndjson", "application/ndjson; charset=utf-8"])
def test_lines_are_items_even_broken_ones(media):
    body = b'{"a": 1}\r\n\n  {"b": \n"caf\xc3\xa9"\n\xff\n'
    assert codec.split_batch(body, media) == [b'{"a": 1}', b'{"b":', b'"caf\xc3\xa9"', b"\xff"]


def test_lines_in_another_encoding_are_refused():
    with pytest.raises(Fault, match="UTF-16"):
        codec.split_batch('{"a":1}\n'.encode("utf-16"), "application/x-ndjson")


# --- display ---


def test_a_payload_is_shown_as_it_was_written_but_readable():
    body = b'{"total":1.10,"name":"caf\\u00e9 \\/ x","empty":{},"none":[],"l":[1,{"a":null}]}'
    assert codec.pretty(body) == (
        '{\n  "total": 1.10,\n  "name": "café / x",\n  "empty": {},\n  "none": [],\n'
        '  "l": [\n    1,\n    {\n      "a": null\n    }\n  ]\n}'
    )


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "utf-32-le"])
def test_a_payload_in_another_encoding_is_shown_all_the_same(encoding):
    assert codec.pretty('{"a":1}'.encode(encoding)) == '{\n  "a": 1\n}'


def test_what_is_doubtful_is_still_shown():
    assert codec.pretty(b'{"a":1,"a":1e999}') == '{\n  "a": 1,\n  "a": 1e999\n}'
    assert codec.pretty(b'"\\ud800"') == '"\\ud800"'


@pytest.mark.parametrize(
    "body, text",
    [
        (b"", ""),
        (b"<a>\n</a>", "<a>\n</a>"),
        (b'{"a": ', '{"a": '),
        (b"caf\xe9", "caf\ufffd"),
        (b"a\x00b", "a\u2400b"),
        (b"\xef\xbb\xbf[]", "[]"),
        ("é{".encode("utf-16"), "é{"),
        ("é{".encode("utf-16") + b"x", "é{\ufffd"),
        (b"[" * 2000, "[" * 2000),
    ],
)
def test_anything_else_is_shown_as_text(body, text):
    assert codec.pretty(body) == text


@given(st.binary(max_size=100) | st.text(alphabet='[]{}",:\\ u0d8a1', max_size=40).map(str.encode))
def test_display_never_fails(body):
    shown = codec.pretty(body)
    assert "\x00" not in shown
    shown.encode()


@given(json_values)
def test_display_changes_no_value(document):
    body = json.dumps(document, default=str).encode()
    assert json.loads(codec.pretty(body)) == json.loads(body)
