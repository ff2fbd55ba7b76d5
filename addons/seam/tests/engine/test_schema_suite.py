"""The fast validator gives the verdict of the official JSON Schema test suite,
and that of ``jsonschema``, in every draft a contract may be written in."""

import jsonschema
import pytest
import suite
from engine import contract
from jsonschema_specifications import REGISTRY
from referencing import Registry, Resource
from referencing.jsonschema import specification_with

DRAFTS = {
    "draft2020-12": jsonschema.Draft202012Validator,
    "draft2019-09": jsonschema.Draft201909Validator,
    "draft7": jsonschema.Draft7Validator,
    "draft6": jsonschema.Draft6Validator,
    "draft4": jsonschema.Draft4Validator,
}

# Contracts are written in a published draft, not in a dialect of somebody's own:
# load_directory and compile_schema refuse these on purpose.
DIALECT = {
    ("vocabulary.json", "schema that uses custom metaschema with with no validation vocabulary"),
    ("vocabulary.json", "ignore unrecognized optional vocabulary"),
    ("optional/format-assertion.json", "schema that uses custom metaschema with format-assertion: false"),
    ("optional/format-assertion.json", "schema that uses custom metaschema with format-assertion: true"),
}  # fmt: skip

# A contract that says "date" means it: formats are asserted, as the specification
# allows on request, where the suite tests the default of taking notice only.
ANNOTATION = "is only an annotation by default"

PYTHON_RE = "jsonschema takes patterns for Python's, not ECMA 262's; ours keeps the suite"
DEPENDENCIES = "jsonschema ignores the old keyword where the suite keeps it working"
LEAP_SECOND = "jsonschema refuses second 60, which RFC 3339 allows"
EMAIL = "jsonschema is content with an @"
CONTENT = "jsonschema does not look into encoded texts, as draft 7 allows"
# Where the two differ, ours is right: it agrees with the suite in every one.
DIFFERENT = {
    ("optional/dependencies-compatibility.json", "boolean subschemas"): DEPENDENCIES,
    ("optional/dependencies-compatibility.json", "dependencies with escaped characters"): DEPENDENCIES,
    ("optional/dependencies-compatibility.json", "multiple dependents required"): DEPENDENCIES,
    ("optional/dependencies-compatibility.json", "schema dependencies with escaped characters"): DEPENDENCIES,
    ("optional/dependencies-compatibility.json", "single dependency"): DEPENDENCIES,
    ("optional/dependencies-compatibility.json", "single schema dependency"): DEPENDENCIES,
    ("optional/ecmascript-regex.json", r"ECMA 262 \D matches everything but ascii digits"): PYTHON_RE,
    ("optional/ecmascript-regex.json", r"ECMA 262 \S matches everything but whitespace"): PYTHON_RE,
    ("optional/ecmascript-regex.json", r"ECMA 262 \W matches everything but ascii letters"): PYTHON_RE,
    ("optional/ecmascript-regex.json", r"ECMA 262 \d matches ascii digits only"): PYTHON_RE,
    ("optional/ecmascript-regex.json", r"ECMA 262 \s matches whitespace"): PYTHON_RE,
    ("optional/ecmascript-regex.json", r"ECMA 262 \w matches ascii letters only"): PYTHON_RE,
    ("optional/ecmascript-regex.json", r"ECMA 262 regex escapes control codes with \c and lower letter"): PYTHON_RE,
    ("optional/ecmascript-regex.json", r"ECMA 262 regex escapes control codes with \c and upper letter"): PYTHON_RE,
    ("optional/ecmascript-regex.json", r"\d in pattern matches [0-9], not unicode digits"): PYTHON_RE,
    ("optional/ecmascript-regex.json", r"\d in patternProperties matches [0-9], not unicode digits"): PYTHON_RE,
    ("optional/ecmascript-regex.json", r"\w in patternProperties matches [A-Za-z0-9_], not unicode letters"): PYTHON_RE,
    ("optional/ecmascript-regex.json", r"\w in patterns matches [A-Za-z0-9_], not unicode letters"): PYTHON_RE,
    ("optional/ecmascript-regex.json", "pattern with non-ASCII digits"): PYTHON_RE,
    ("optional/ecmascript-regex.json", "patternProperties with non-ASCII digits"): PYTHON_RE,
    ("optional/ecmascript-regex.json", "patterns always use unicode semantics with pattern"): PYTHON_RE,
    ("optional/ecmascript-regex.json", "patterns always use unicode semantics with patternProperties"): PYTHON_RE,
    ("optional/format/ecmascript-regex.json", r"\a is not an ECMA 262 control escape"): PYTHON_RE,
    ("optional/content.json", "validation of binary string-encoding"): CONTENT,
    ("optional/content.json", "validation of binary-encoded media type documents"): CONTENT,
    ("optional/content.json", "validation of string-encoded content based on media type"): CONTENT,
    ("optional/format/date-time.json", "validation of date-time strings"): LEAP_SECOND,
    ("optional/format/time.json", "validation of time strings"): LEAP_SECOND,
    ("optional/format/email.json", "validation of e-mail addresses"): EMAIL,
}  # fmt: skip


def _verdict(check, data):
    try:
        return check(data)
    except Exception as error:
        return type(error).__name__


def _ours(schema, reference, remotes):
    if isinstance(schema, dict):
        schema = {"$schema": reference.META_SCHEMA.get("$schema"), **schema}
    return contract.compile_document(schema, "The case", lambda uri: remotes[uri])


def _theirs(schema, reference, remotes):
    def retrieve(uri):
        return Resource.from_contents(remotes[uri], _specification(uri, reference))

    registry = Registry(retrieve=retrieve).combine(REGISTRY)
    return reference(schema, registry=registry, format_checker=reference.FORMAT_CHECKER)


def _specification(uri, reference):
    """Of the draft whose folder a remote document is in, else of the one at hand."""
    owner = DRAFTS.get(uri.removeprefix(suite.REMOTE).partition("/")[0], reference)
    return specification_with(owner.META_SCHEMA["$schema"])


def _runs(root, draft):
    """Every test of a draft with both verdicts, the refused dialects left out."""
    reference = DRAFTS[draft]
    remotes = suite.remotes(root)
    for case in suite.cases(root, draft):
        if (case.file, case.description) in DIALECT:
            continue
        ours = _ours(case.schema, reference, remotes)
        theirs = _theirs(case.schema, reference, remotes)
        for test in case.tests:
            yield (
                case,
                test,
                _verdict(ours.is_valid, test["data"]),
                _verdict(theirs.is_valid, test["data"]),
            )


@pytest.mark.parametrize("draft", DRAFTS)
def test_our_verdict_is_the_suites(schema_suite, draft):
    wrong = [
        (case.file, case.description, test["description"], ours)
        for case, test, ours, _theirs in _runs(schema_suite, draft)
        if ours is not test["valid"] and ANNOTATION not in test["description"]
    ]
    assert not wrong


@pytest.mark.parametrize("draft", DRAFTS)
def test_our_verdict_is_that_of_jsonschema_but_for_the_listed(schema_suite, draft):
    unlisted = [
        (case.file, case.description, test["description"], ours, theirs)
        for case, test, ours, theirs in _runs(schema_suite, draft)
        if ours != theirs and (case.file, case.description) not in DIFFERENT
    ]
    assert not unlisted


def test_every_listed_difference_still_is_one(schema_suite):
    differing = {
        (case.file, case.description)
        for draft in DRAFTS
        for case, _test, ours, theirs in _runs(schema_suite, draft)
        if ours != theirs
    }
    assert differing == set(DIFFERENT)


def test_the_whole_suite_was_there(schema_suite):
    counts = {draft: sum(1 for _ in _runs(schema_suite, draft)) for draft in DRAFTS}
    assert counts["draft2020-12"] > 1800 and counts["draft7"] > 1400


def test_dialects_of_ones_own_are_refused(schema_suite):
    cases = [
        case
        for case in suite.cases(schema_suite, "draft2020-12")
        if (case.file, case.description) in DIALECT
    ]
    assert len(cases) == len(DIALECT)
    for case in cases:
        with pytest.raises(contract.ContractError, match="is not a draft of JSON Schema"):
            contract.compile_document(case.schema, "The case")
