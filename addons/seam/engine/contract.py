"""Contracts as code: JSON Schemas kept in files, checked when they are loaded,
compiled once, and able to say in plain words what is wrong with a document.

Source: https://json-schema.org/draft/2020-12 (and the older drafts, for a
contract that names one in ``$schema``). ``format`` is asserted. No remote
``$ref`` is ever fetched: a contract must be complete in its own file.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs

from . import codec, pointer
from .fault import Fault, Violation
from .wording import keyword, sentence

MAX_VIOLATIONS = 100

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")
_VERSION = re.compile(r"\d+(\.\d+){0,2}")
_DEFAULT_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_FORMATS = {
    "date-time", "date", "time", "duration", "email", "idn-email", "hostname",
    "idn-hostname", "ipv4", "ipv6", "uri", "uri-reference", "iri",
    "iri-reference", "uuid", "uri-template", "json-pointer",
    "relative-json-pointer", "regex",
}  # fmt: skip

_DATA = {"const", "enum", "default", "examples"}


class ContractError(ValueError):
    """A contract that cannot be used; the text says which, where and why."""


@dataclass(frozen=True)
class ContractFile:
    """One version of one contract, as its file has it.

    ``sha256`` is of the file's bytes, hex: two files are the same contract
    exactly when it is the same.
    """

    name: str
    version: str
    text: str
    sha256: str
    schema: dict[str, Any]
    title: str
    description: str


class Validator:
    """A compiled contract. Cheap to call, safe to share, not picklable."""

    def __init__(self, compiled: jsonschema_rs.Validator):
        self._compiled = compiled

    def is_valid(self, data: Any) -> bool:
        """Whether ``data`` (as ``codec.parse`` returns it) keeps the contract."""
        return self._compiled.is_valid(data)

    def violations(self, data: Any) -> list[Violation]:
        """Every breach, in the order of the document, at most
        ``MAX_VIOLATIONS`` and then one that says how many more there are."""
        if self._compiled.is_valid(data):
            return []
        errors = sorted(self._compiled.iter_errors(data), key=_position)
        found = [_violation(error) for error in errors[:MAX_VIOLATIONS]]
        more = len(errors) - len(found)
        if more:
            found.append(Violation("", "more", f"There are {more} more errors like these."))
        return found


@lru_cache(maxsize=256)
def compile_schema(text: str) -> Validator:
    """The validator of a JSON Schema, compiled once per process and text.

    :param text: the schema as JSON; without ``$schema`` it is draft 2020-12
    :raise ContractError: not JSON, not a schema, or a ``$ref`` out of the file
    """
    return compile_document(_read(text), "The contract")


def compile_document(
    schema: Any,
    subject: str,
    retrieve: Callable[[str], Any] | None = None,
) -> Validator:
    """The validator of a parsed schema; ``subject`` begins an error's text.

    ``retrieve(uri)`` may return referenced documents; without it they are
    refused, as everywhere outside the tests.
    """
    make = _validator_class(schema, subject)
    try:
        compiled = make(
            schema,
            validate_formats=True,
            ignore_unknown_formats=True,
            retriever=retrieve or _refuse_remote,
        )
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        raise ContractError(f"{subject} cannot be compiled: {_first_line(error)}") from error
    return Validator(compiled)


def load_directory(path: str | Path) -> list[ContractFile]:
    """The contracts under ``path``, read from ``<name>/<version>.json``.

    Each is checked against its meta-schema, for formats that nobody would
    check, and by compiling it. Sorted by name and version (as numbers).

    :raise ContractError: with the file, and the pointer inside it
    """
    files = sorted(Path(path).glob("*/*.json"), key=_file_order)
    return [load_file(file) for file in files]


def load_file(file: Path) -> ContractFile:
    """One contract from ``<name>/<version>.json``; errors as above."""
    name, version = file.parent.name, file.stem
    if not _NAME.fullmatch(name) or not _VERSION.fullmatch(version):
        raise ContractError(
            f"{file}: a contract's file is <name>/<version>.json with a name in"
            " lower case and a version such as 1 or 1.0.0."
        )
    body = file.read_bytes()
    schema = _read(body, str(file))
    check_schema(schema, str(file))
    return ContractFile(
        name=name,
        version=version,
        text=body.decode(),
        sha256=hashlib.sha256(body).hexdigest(),
        schema=schema,
        title=schema.get("title", name),
        description=schema.get("description", ""),
    )


def check_schema(schema: Any, subject: str) -> None:
    """Refuse what is not a sound contract; ``subject`` begins the error.

    :raise ContractError: breach of the meta-schema, a format that no validator
        knows (it would silently never be checked), or a ``$ref`` out of the file
    """
    if not isinstance(schema, dict):
        raise ContractError(f"{subject}: a contract is a JSON object.")
    _validator_class(schema, subject)
    meta = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    for error in meta(meta.META_SCHEMA).iter_errors(schema):
        place = pointer.join(error.absolute_path) or "the root"
        raise ContractError(f"{subject}, at {place}: {error.message[:300]}")
    for place, name in _formats(schema):
        if name not in _FORMATS:
            raise ContractError(
                f"{subject}, at {place}: the format {name!r} is not one that JSON"
                " Schema knows, so it would never be checked."
            )
    compile_document(schema, subject)


def _read(source: str | bytes, subject: str = "The contract") -> Any:
    """Strictly parsed first; then with floats, as the validators want them."""
    body = source.encode() if isinstance(source, str) else source
    try:
        codec.parse(body)
    except Fault as fault:
        raise ContractError(f"{subject}: {fault.message}") from fault
    return json.loads(body)


def _validator_class(schema: Any, subject: str) -> type[jsonschema_rs.Validator]:
    named = schema.get("$schema") if isinstance(schema, dict) else None
    try:
        return _DRAFTS[(named or _DEFAULT_DRAFT).rstrip("#")]
    except (KeyError, AttributeError):
        raise ContractError(
            f"{subject}, at /$schema: {named!r} is not a draft of JSON Schema."
        ) from None


_DRAFTS = {
    _DEFAULT_DRAFT: jsonschema_rs.Draft202012Validator,
    "https://json-schema.org/draft/2019-09/schema": (jsonschema_rs.Draft201909Validator),
    "http://json-schema.org/draft-07/schema": jsonschema_rs.Draft7Validator,
    "http://json-schema.org/draft-06/schema": jsonschema_rs.Draft6Validator,
    "http://json-schema.org/draft-04/schema": jsonschema_rs.Draft4Validator,
}


def _refuse_remote(uri: str) -> None:
    raise ValueError(f"it refers to {uri}, which is not in the file; copy it into its $defs.")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _formats(schema: Any) -> Iterable[tuple[str, str]]:
    """Every ``format`` keyword with its place. A property of that name has a
    schema, not a text; below the keywords of ``_DATA`` there is no schema."""
    for path, value in pointer.walk(schema):
        is_keyword = path[-1:] == ("format",) and isinstance(value, str)
        if is_keyword and _DATA.isdisjoint(path):
            yield pointer.join(path), value


def _file_order(file: Path) -> tuple[str, list[int], str]:
    numbers = [int(part) for part in re.findall(r"\d+", file.stem)]
    return file.parent.name, numbers, file.stem


def _position(error: jsonschema_rs.ValidationError) -> tuple:
    """By place in the document (indexes as numbers), then by the schema's."""
    place = [
        (0, part, "") if isinstance(part, int) else (1, 0, part) for part in error.instance_path
    ]
    return place, [str(part) for part in error.schema_path], error.message


def _violation(error: jsonschema_rs.ValidationError) -> Violation:
    return Violation(pointer.join(error.instance_path), keyword(error), sentence(error))
