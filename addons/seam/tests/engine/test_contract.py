"""Contracts are loaded whole or not at all, and say in plain words what is wrong."""

import hashlib
import json

import pytest
import suite
from engine import codec, contract
from engine.contract import ContractError, Violation

ORDER = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Order",
    "description": "What a shop sells.",
    "type": "object",
    "required": ["number", "line_items"],
    "additionalProperties": False,
    "properties": {
        "number": {"type": "string", "minLength": 1, "maxLength": 10},
        "date": {"type": "string", "format": "date-time"},
        "email": {"type": "string", "format": "email"},
        "status": {"enum": ["paid", "open", None]},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "line_items": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["sku", "quantity"],
                "properties": {
                    "sku": {"type": "string"},
                    "quantity": {"type": "number", "exclusiveMinimum": 0},
                    "price": {"type": "number", "multipleOf": 0.01},
                },
            },
        },
        "payment": {
            "oneOf": [
                {
                    "type": "object",
                    "required": ["kind", "iban"],
                    "properties": {"kind": {"const": "bank"}, "iban": {"type": "string"}},
                },
                {
                    "type": "object",
                    "required": ["kind", "last4"],
                    "properties": {
                        "kind": {"const": "card"},
                        "last4": {"type": "string", "maxLength": 4},
                    },
                },
            ]
        },
    },
}
GOOD = {"number": "1", "line_items": [{"sku": "A", "quantity": 1}]}


def violations(schema, document):
    """As in production: schema as text, document through the codec."""
    body = json.dumps(document).encode()
    return contract.compile_schema(json.dumps(schema)).violations(codec.parse(body))


def only(schema, document):
    (violation,) = violations(schema, document)
    return violation


# --- what a violation tells ---


def test_a_good_order_has_no_violations():
    assert violations(ORDER, GOOD) == []
    assert contract.compile_schema(json.dumps(ORDER)).is_valid(GOOD)


def test_the_sentence_names_the_place_the_rule_and_the_value():
    order = {"number": "1", "line_items": [{"sku": "A", "quantity": "two"}]}
    assert only(ORDER, order) == Violation(
        "/line_items/0/quantity",
        "type",
        "line_items/0/quantity must be a number, but is the text 'two'.",
    )


def test_a_missing_field_points_at_the_object_that_lacks_it():
    order = {"number": "1", "line_items": [{"quantity": 1}]}
    assert only(ORDER, order) == Violation(
        "/line_items/0", "required", "line_items/0 lacks the field 'sku'."
    )
    assert violations(ORDER, {})[0] == Violation(
        "", "required", "The document lacks the field 'line_items'."
    )


def test_every_error_is_told_in_the_order_of_the_document():
    order = {
        "number": 7,
        "line_items": [{"sku": "A", "quantity": 0} for _ in range(11)],
        "status": "lost",
        "extra": 1,
    }
    found = violations(ORDER, order)
    lines = [v.pointer for v in found if v.pointer.startswith("/line_items")]
    assert lines == [f"/line_items/{index}/quantity" for index in range(11)]
    assert [v.pointer for v in found if "line" not in v.pointer] == ["", "/number", "/status"]
    assert found == violations(ORDER, order)


def test_pointers_are_escaped_as_rfc_6901_asks():
    schema = {"additionalProperties": {"type": "number"}}
    assert only(schema, {"a/b~c": "x"}).pointer == "/a~1b~0c"


def test_more_than_a_hundred_errors_are_counted_not_listed():
    schema = {"items": {"type": "number"}}
    found = violations(schema, ["x"] * 250)
    assert len(found) == 101
    assert found[-1] == Violation("", "more", "There are 150 more errors like these.")
    assert len(violations(schema, ["x"] * 100)) == 100


def test_long_values_are_cut():
    message = only({"type": "number"}, "x" * 5000).message
    assert len(message) < 140
    assert "x" * 77 + "..." in message


def test_prices_are_judged_as_decimals_not_as_floats():
    cents = {"multipleOf": 0.01}
    for price in ("19.99", "0.07", "1.1", "33.33", "4.35", "1e2", "0.29", "1.15"):
        assert contract.compile_schema(json.dumps(cents)).is_valid(codec.parse(price.encode()))
    assert only(cents, 0.005).message == (
        "The document must be a multiple of 0.01, but is the number 0.005."
    )


def test_numbers_beyond_64_bits_keep_their_value():
    limit = {"type": "integer", "maximum": 10**20}
    assert violations(limit, 10**20) == []
    assert only(limit, 10**20 + 1).code == "maximum"


SENTENCES = [
    ({"type": ["number", "null"]}, True, "must be a number or empty (null), but is true"),
    ({"type": "string"}, None, "must be a text, but is empty (null)"),
    ({"type": "integer"}, 1.5, "must be a whole number, but is the number 1.5"),
    ({"type": "object"}, [], "must be an object, but is an empty list"),
    ({"type": "array"}, {"a": 1}, "must be a list, but is an object"),
    ({"type": "boolean"}, "", "must be true or false, but is an empty text"),
    ({"enum": ["a", 1, None]}, "b", "must be one of 'a', 1, empty (null), but is the text 'b'"),
    ({"const": "x"}, [1], "must be 'x', but is a list of 1"),
    ({"format": "date"}, "31.1.", "must be a date such as 2025-01-31, but is the text '31.1.'"),
    ({"format": "iri"}, " ", "must be in the format iri, but is the text ' '"),
    ({"pattern": "^[A-Z]+$"}, "eur", "must match the pattern ^[A-Z]+$, but is the text 'eur'"),
    ({"minimum": 1}, 0, "must be at least 1, but is the number 0"),
    ({"maximum": 1}, 2, "must be at most 1, but is the number 2"),
    ({"exclusiveMinimum": 0}, -1, "must be more than 0, but is the number -1"),
    ({"exclusiveMaximum": 5}, 5, "must be less than 5, but is the number 5"),
    ({"minLength": 1}, "", "must have at least 1 character, but has 0"),
    ({"maxLength": 2}, "abc", "must have at most 2 characters, but has 3"),
    ({"minItems": 2}, [1], "must have at least 2 items, but has 1"),
    ({"maxItems": 1}, [1, 2], "must have at most 1 item, but has 2"),
    ({"minProperties": 1}, {}, "must have at least 1 field, but has 0"),
    ({"maxProperties": 1}, {"a": 1, "b": 2}, "must have at most 1 field, but has 2"),
    ({"uniqueItems": True}, [1, 1], "must not have the same item twice"),
    ({"contains": {"const": 1}}, [2], "lacks an item that the contract asks for"),
    ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, "lacks the field 'b'"),
    (
        {"properties": {"b": True}, "additionalProperties": False},
        {"a": 1},
        "has the field 'a', which the contract does not know",
    ),
    (
        {"unevaluatedProperties": False},
        {"a": 1, "b": 2},
        "has the fields 'a', 'b', which the contract does not know",
    ),
    ({"unevaluatedItems": False}, [5], "has 1 item that the contract does not know"),
    ({"additionalProperties": False}, {"a": 1}, "must have no fields"),
    (
        {"contains": {"const": 1}, "maxContains": 1},
        [1, 1],
        "has too many of the items that the contract limits",
    ),
    (
        {"contains": {"const": 1}, "minContains": 2},
        [1],
        "has too few of the items that the contract asks for",
    ),
    (
        {"propertyNames": {"maxLength": 1}},
        {"ab": 1},
        "has a field whose name must have at most 1 character, but has 2",
    ),
    ({"not": {"type": "string"}}, "x", "must not be what it is, the text 'x'"),
    (
        {"oneOf": [{"type": "integer"}, {"minimum": 1}]},
        3,
        "fits more than one of the allowed forms, and must fit exactly one",
    ),
    (
        {"anyOf": [{"type": "number"}, {"type": "string", "maxLength": 2}]},
        "two",
        "fits none of the 2 allowed forms; the nearest fails because"
        " it must have at most 2 characters, but has 3",
    ),
    (False, 1, "must not be there"),
]


@pytest.mark.parametrize("schema, value, predicate", SENTENCES)
def test_each_rule_has_its_sentence(schema, value, predicate):
    schema = {"properties": {"field": schema}}
    assert only(schema, {"field": value}).message == f"field {predicate}."


def test_no_rule_of_the_draft_is_without_words(schema_suite):
    """Whatever fails in the official suite is told in a sentence of its own."""
    for case in suite.cases(schema_suite, "draft2020-12"):
        remotes = suite.remotes(schema_suite) if "http://localhost" in str(case.schema) else {}
        try:
            validator = contract.compile_document(case.schema, "The case", remotes.get)
        except ContractError:
            continue
        for test in case.tests:
            for violation in validator.violations(test["data"]):
                assert "breaks the rule" not in violation.message


def test_of_several_forms_the_one_that_was_meant_is_explained():
    order = {**GOOD, "payment": {"kind": "card", "last4": "12345"}}
    violation = only(ORDER, order)
    assert violation.pointer == "/payment"
    assert violation.message == (
        "payment fits none of the 2 allowed forms; the nearest fails because"
        " last4 must have at most 4 characters, but has 5."
    )


# --- compiling ---


def test_the_same_text_is_compiled_once():
    text = json.dumps({"title": "once"})
    assert contract.compile_schema(text) is contract.compile_schema("".join([text]))


@pytest.mark.parametrize(
    "reference", ["https://example.com/a.json", "http://localhost:1/a", "file:///etc/passwd"]
)
def test_nothing_is_ever_fetched(reference):
    with pytest.raises(ContractError, match="is not in the file; copy it into its"):
        contract.compile_schema(json.dumps({"$ref": reference}))


def test_references_inside_the_file_and_to_the_draft_are_fine():
    inside = {"$ref": "#/$defs/a", "$defs": {"a": {"type": "number"}}}
    assert only(inside, "x").code == "type"
    to_draft = {"$ref": "https://json-schema.org/draft/2020-12/schema"}
    assert contract.compile_schema(json.dumps(to_draft)).is_valid({"type": "number"})


@pytest.mark.parametrize(
    "text, reason",
    [
        ("", "empty"),
        ("{", "not valid JSON"),
        ('{"type": "number", "type": "string"}', "stands twice"),
        ('{"$schema": "https://example.com/mine"}', "is not a draft"),
        ('{"type": "numbr"}', "cannot be compiled"),
        ('{"$ref": "#/$defs/missing"}', "cannot be compiled"),
        ('{"pattern": "("}', "cannot be compiled"),
    ],
)
def test_what_is_no_schema_is_refused_in_one_line(text, reason):
    with pytest.raises(ContractError, match=reason) as caught:
        contract.compile_schema(text)
    assert "\n" not in str(caught.value)


def test_an_older_draft_is_followed_where_it_is_named():
    old = {"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {}}
    tuples = {**old, "items": [{"type": "number"}], "additionalItems": False}
    assert violations(tuples, [1]) == []
    assert only(tuples, [1, 2]).message == "The document must have at most 1 items, but has 2."


# --- loading ---


def write(folder, name, version, schema):
    file = folder / name / f"{version}.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(schema if isinstance(schema, str) else json.dumps(schema))
    return file


def test_contracts_are_loaded_by_name_and_version(tmp_path):
    for version in ("1.10.0", "1.9.0", "2"):
        write(tmp_path, "sale.order", version, ORDER)
    write(tmp_path, "crm", "1", {"type": "object"})
    loaded = contract.load_directory(tmp_path)
    assert [(c.name, c.version) for c in loaded] == [
        ("crm", "1"),
        ("sale.order", "1.9.0"),
        ("sale.order", "1.10.0"),
        ("sale.order", "2"),
    ]
    assert (loaded[0].title, loaded[0].description) == ("crm", "")
    assert (loaded[1].title, loaded[1].description) == ("Order", "What a shop sells.")
    assert loaded[1].schema == ORDER


def test_a_contracts_hash_is_that_of_its_bytes(tmp_path):
    file = write(tmp_path, "crm", "1", '{"type":\r\n "object", "title": "Lösung"}')
    (loaded,) = contract.load_directory(tmp_path)
    assert loaded.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert loaded.text.encode() == file.read_bytes()


def test_no_contracts_are_no_error(tmp_path):
    assert contract.load_directory(tmp_path) == []


@pytest.mark.parametrize(
    "schema, place",
    [
        ({"properties": {"a": {"type": "numbr"}}}, "at /properties/a/type: 'numbr' is not"),
        ({"properties": {"a/b": {"minimum": "1"}}}, "at /properties/a~1b/minimum: '1' is not"),
        ({"properties": {"d": {"format": "datetime"}}}, "at /properties/d/format: the format"),
        ({"$ref": "https://example.com/x"}, "refers to https://example.com/x"),
        ({"$schema": "http://json-schema.org/draft-03/schema#"}, "at /\\$schema"),
        ("[]", "a contract is a JSON object"),
        ("{", "not valid JSON: line 1"),
        ("true", "a contract is a JSON object"),
    ],
)
def test_a_broken_contract_is_named_with_file_and_place(tmp_path, schema, place):
    file = write(tmp_path, "crm", "1", schema)
    with pytest.raises(ContractError, match=place) as caught:
        contract.load_directory(tmp_path)
    assert str(caught.value).startswith(str(file))


@pytest.mark.parametrize("name, version", [("Crm", "1"), ("crm", "v1"), ("crm", "1.0.0.0")])
def test_a_file_with_another_name_is_not_overlooked(tmp_path, name, version):
    write(tmp_path, name, version, {})
    with pytest.raises(ContractError, match="<name>/<version>.json"):
        contract.load_directory(tmp_path)


def test_a_field_called_format_is_no_format(tmp_path):
    schema = {
        "properties": {"format": {"type": "string"}},
        "default": {"format": "A4"},
        "examples": [{"format": "A4"}],
    }
    write(tmp_path, "print", "1", schema)
    assert contract.load_directory(tmp_path)[0].schema == schema
