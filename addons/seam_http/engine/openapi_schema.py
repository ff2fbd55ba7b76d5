"""Schemas of an OpenAPI description as contracts: JSON Schema 2020-12, in one piece.

OpenAPI 3.1 has JSON Schema itself; 3.0 and Swagger 2.0 have a dialect of draft 5 that
says ``nullable`` and ``example``. What a contract cannot check is left out, and said.
Sources: https://spec.openapis.org/oas/v3.0.3#schema-object,
https://spec.openapis.org/oas/v3.1.0#schema-object, https://swagger.io/specification/v2/
"""

import re
from typing import Any
from urllib.parse import unquote

from odoo.addons.seam.engine import contract, pointer

from .openapi_text import DescriptionError

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_DEFINITIONS = 400

_KNOWN_FORMATS = contract._FORMATS
_SINGLE = {"not", "additionalProperties", "items", "propertyNames", "contains", "if", "then",
           "else", "unevaluatedProperties", "unevaluatedItems"}  # fmt: skip
_MANY = {"allOf", "anyOf", "oneOf", "prefixItems"}
_NAMED = {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"}
_SCHEMAS = _SINGLE | _MANY | _NAMED
_PLAIN = {
    "type", "title", "description", "enum", "const", "default", "examples", "multipleOf",
    "maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum", "maxLength", "minLength",
    "maxItems", "minItems", "uniqueItems", "maxContains", "minContains", "maxProperties",
    "minProperties", "dependentRequired", "deprecated", "readOnly", "writeOnly",
    "contentEncoding", "contentMediaType",
}  # fmt: skip


class Bundler:
    """Makes contracts of the schemas of one description.

    :ivar notes: what was left out, as sentences; without repetition
    """

    def __init__(self, document: dict[str, Any]):
        self._document = document
        self.notes: list[str] = []

    def bundle(self, schema: Any, purpose: str, title: str = "") -> dict[str, Any]:
        """:param purpose: ``request`` or ``response``: which of the fields that are only
            read or only written are mandatory
        :raise DescriptionError: it cannot be made a contract
        """
        run = _Bundle(self, purpose)
        made = run.convert(schema)
        made = made if isinstance(made, dict) else {"not": {}} if made is False else {}
        made = {"$schema": DIALECT, **({"title": title} if title else {}), **made}
        while run.todo:
            name, target = run.todo.pop()
            run.definitions[name] = run.convert(target)
        if run.definitions:
            made["$defs"] = dict(sorted(run.definitions.items()))
        try:
            contract.check_schema(made, title or "The schema")
        except contract.ContractError as error:
            raise DescriptionError(str(error)) from None
        return made

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)

    def resolve(self, node: Any) -> Any:
        """:return: what a local ``$ref`` leads to, however many follow each other;
        None (with a note) where it leads out of the file or nowhere
        """
        seen = set()
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            reference = node["$ref"]
            if reference in seen:
                raise DescriptionError(f"The reference {reference} leads back to itself.")
            seen.add(reference)
            node = self.look_up(reference)
        return node

    def look_up(self, reference: str) -> Any:
        if not reference.startswith("#"):
            self.note(f"{reference[:100]} is in another file, which is not fetched.")
            return None
        node: Any = self._document
        for part in pointer.parts(unquote(reference[1:])):
            if isinstance(node, list) and part.isdigit() and int(part) < len(node):
                node = node[int(part)]
            elif isinstance(node, dict) and part in node:
                node = node[part]
            else:
                self.note(f"{reference[:100]} is not in the description.")
                return None
        return node


class _Bundle:
    def __init__(self, bundler: Bundler, purpose: str):
        self._bundler, self._purpose = bundler, purpose
        self._names: dict[str, str] = {}
        self.definitions: dict[str, Any] = {}
        self.todo: list[tuple[str, Any]] = []

    def convert(self, schema: Any) -> Any:
        if isinstance(schema, bool):
            return schema
        if not isinstance(schema, dict):
            return {}
        made: dict[str, Any] = {}
        if isinstance(schema.get("$ref"), str):
            made.update(self._reference(schema["$ref"]))
        for name, value in schema.items():
            self._keyword(made, name, value)
        self._bounds(made, schema)
        self._required(made, schema)
        return self._nullable(made, schema)

    def _reference(self, reference: str) -> dict[str, Any]:
        target = self._bundler.look_up(reference)
        if target is None:
            return {}
        if reference not in self._names:
            if len(self._names) >= MAX_DEFINITIONS:
                raise DescriptionError("The schema refers to too many others.")
            self._names[reference] = self._free_name(reference)
            self.todo.append((self._names[reference], target))
        return {"$ref": f"#/$defs/{self._names[reference]}"}

    def _free_name(self, reference: str) -> str:
        base = re.sub(r"[^A-Za-z0-9_.-]", "_", unquote(reference).rpartition("/")[2]) or "schema"
        name, number = base, 2
        while name in self._names.values():
            name, number = f"{base}_{number}", number + 1
        return name

    def _keyword(self, made, name, value):
        if name in _SCHEMAS:
            self._subschemas(made, name, value)
        elif name in ("format", "pattern", "example", "type"):
            own = {
                "format": self._format,
                "pattern": self._pattern,
                "example": self._example,
                "type": self._type,
            }
            own[name](made, value)
        elif name in ("exclusiveMaximum", "exclusiveMinimum") and isinstance(value, bool):
            return
        elif name in _PLAIN and value is not None:
            made[name] = value

    def _subschemas(self, made, name, value):
        if name in _SINGLE and isinstance(value, (dict, bool)):
            made[name] = self.convert(value)
        elif name == "items" and isinstance(value, list):
            made["prefixItems"] = [self.convert(item) for item in value]
        elif name in _MANY and isinstance(value, list) and value:
            made[name] = [self.convert(item) for item in value]
        elif name in _NAMED and isinstance(value, dict):
            made[name] = {key: self.convert(item) for key, item in value.items()}

    @staticmethod
    def _format(made, value):
        if value in _KNOWN_FORMATS:
            made["format"] = value

    @staticmethod
    def _example(made, value):
        made.setdefault("examples", [value])

    @staticmethod
    def _type(made, value):
        """``file`` and the like are not JSON's; they come as texts."""
        known = {"string", "number", "integer", "boolean", "object", "array", "null"}
        if isinstance(value, list):
            kept = [kind for kind in value if kind in known]
            if kept:
                made["type"] = kept
        elif value in known:
            made["type"] = value
        elif value == "file":
            made["type"] = "string"

    def _pattern(self, made, value):
        try:
            contract.compile_document({"type": "string", "pattern": value}, "pattern")
        except contract.ContractError:
            self._bundler.note(f"The pattern {str(value)[:60]} cannot be checked.")
        else:
            made["pattern"] = value

    @staticmethod
    def _bounds(made, schema):
        """Draft 5: ``exclusiveMinimum: true`` says something about ``minimum``."""
        for exclusive, inclusive in (
            ("exclusiveMinimum", "minimum"),
            ("exclusiveMaximum", "maximum"),
        ):
            if schema.get(exclusive) is True and inclusive in made:
                made[exclusive] = made.pop(inclusive)

    def _required(self, made, schema):
        """A field that is only read is not sent, one that is only written not answered."""
        required = schema.get("required")
        if not isinstance(required, list):
            return
        flag = "readOnly" if self._purpose == "request" else "writeOnly"
        properties = schema.get("properties") or {}
        kept = [
            name
            for name in dict.fromkeys(required)
            if isinstance(name, str) and not self._flagged(properties.get(name), flag)
        ]
        if kept:
            made["required"] = kept

    def _flagged(self, schema, flag):
        target = self._bundler.resolve(schema)
        return isinstance(target, dict) and target.get(flag) is True

    @staticmethod
    def _nullable(made, schema):
        if schema.get("nullable") is not True and schema.get("x-nullable") is not True:
            return made
        if "$ref" in made or any(name in made for name in _MANY):
            return {"anyOf": [made, {"type": "null"}]}
        if "enum" in made and None not in made["enum"]:
            made["enum"] = [*made["enum"], None]
        if isinstance(made.get("type"), str):
            made["type"] = [made["type"], "null"]
        elif isinstance(made.get("type"), list) and "null" not in made["type"]:
            made["type"] = [*made["type"], "null"]
        return made
