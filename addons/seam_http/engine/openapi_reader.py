"""What an OpenAPI description offers: operations with their parameters and schemas.

OpenAPI 3.0 and 3.1, and Swagger 2.0. What it says is a suggestion: every finding can be
changed afterwards, since descriptions are often not quite what a partner does.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from .openapi_schema import Bundler
from .openapi_text import DescriptionError, load

__all__ = ["Api", "DescriptionError", "Operation", "Parameter", "read"]

METHODS = ("get", "post", "put", "patch", "delete")
MAX_OPERATIONS = 3000
MAX_ERRORS = 20

_JSON = re.compile(r"^(application|text)/([a-z0-9.+-]+\+)?json\b|^\*/\*$", re.IGNORECASE)


@dataclass(frozen=True)
class Parameter:
    """:ivar where: ``path``, ``query`` or ``header``"""

    name: str
    where: str
    required: bool
    description: str
    schema: dict[str, Any]
    example: Any = None


@dataclass
class Operation:
    """One call that the partner offers, or (``webhook``) one that he makes.

    :ivar request_schema: as the description has it, references included; None: no body
    :ivar response_schema: of the first answer of 2xx that has JSON
    :ivar response_headers: names in lower case
    """

    id: str
    method: str
    path: str
    summary: str = ""
    tags: tuple[str, ...] = ()
    webhook: bool = False
    deprecated: bool = False
    parameters: tuple[Parameter, ...] = ()
    request_schema: Any = None
    request_example: Any = None
    response_schema: Any = None
    response_example: Any = None
    response_headers: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    security: tuple[str, ...] = ()


@dataclass
class Api:
    """:ivar servers: absolute addresses
    :ivar security: dict name → scheme, as the description has it
    :ivar notes: what could not be read or was left out, as sentences
    """

    title: str
    version: str
    servers: list[str]
    operations: list[Operation]
    security: dict[str, Any]
    bundler: Bundler
    notes: list[str] = field(default_factory=list)


def read(text: str) -> Api:
    """:raise DescriptionError: it is not an OpenAPI description that can be used"""
    document = load(text)
    if not isinstance(document, dict):
        raise DescriptionError("This is not an OpenAPI description: it is no object.")
    old = str(document.get("swagger", "")).startswith("2")
    if not old and not re.match(r"3\.[01](\.|$)", str(document.get("openapi", ""))):
        version = document.get("openapi") or document.get("swagger")
        raise DescriptionError(
            f"Version {version} of OpenAPI is not supported: 3.0, 3.1 and Swagger 2.0 are."
            if version
            else "This is not an OpenAPI description: neither “openapi” nor “swagger” is in it."
        )
    bundler = Bundler(document)
    reader = (_Swagger if old else _OpenApi)(document, bundler)
    info = _object(document.get("info"))
    operations = list(reader.operations())
    if not operations:
        bundler.note("The description offers no operations.")
    return Api(
        title=str(info.get("title") or "")[:200],
        version=str(info.get("version") or "")[:60],
        servers=reader.servers(),
        operations=operations,
        security=reader.security(),
        bundler=bundler,
        notes=bundler.notes,
    )


class _OpenApi:
    """OpenAPI 3.x."""

    def __init__(self, document: dict[str, Any], bundler: Bundler):
        self.document, self.bundler = document, bundler

    def servers(self) -> list[str]:
        found = []
        for server in _list(self.document.get("servers")):
            url = str(_object(server).get("url") or "")
            for name, variable in _object(_object(server).get("variables")).items():
                url = url.replace(f"{{{name}}}", str(_object(variable).get("default", "")))
            if re.match(r"https?://", url):
                found.append(url.rstrip("/"))
        return found

    def security(self) -> dict[str, Any]:
        schemes = _object(_object(self.document.get("components")).get("securitySchemes"))
        resolved = {name: self.bundler.resolve(scheme) for name, scheme in schemes.items()}
        return {name: scheme for name, scheme in resolved.items() if isinstance(scheme, dict)}

    def operations(self) -> Iterator[Operation]:
        count = 0
        for path, item in self._items():
            for method in METHODS:
                given = _object(item).get(method)
                if not isinstance(given, dict):
                    continue
                count += 1
                if count > MAX_OPERATIONS:
                    raise DescriptionError(f"It offers more than {MAX_OPERATIONS} operations.")
                try:
                    yield self._operation(path, method, item, given)
                except DescriptionError as error:
                    self.bundler.note(f"{method.upper()} {path}: {error}")
        for name, item in _object(self.document.get("webhooks")).items():
            target = _object(self.bundler.resolve(item))
            given = _object(target.get("post"))
            if given:
                made = self._operation(str(name), "post", target, given)
                made.webhook = True
                yield made

    def _items(self) -> Iterator[tuple[str, Any]]:
        for path, item in _object(self.document.get("paths")).items():
            if str(path).startswith("/"):
                yield str(path), self.bundler.resolve(item)

    def _operation(self, path, method, item, given) -> Operation:
        body, body_example = self._request(given)
        status, answer = self._answer(given)
        schema, example = self._content(answer)
        return Operation(
            id=str(given.get("operationId") or f"{method} {path}")[:200],
            method=method.upper(),
            path=path,
            summary=str(given.get("summary") or given.get("description") or "")[:300],
            tags=tuple(str(tag)[:60] for tag in _list(given.get("tags"))[:10]),
            deprecated=given.get("deprecated") is True,
            parameters=tuple(self._parameters(item, given)),
            request_schema=body,
            request_example=body_example,
            response_schema=schema,
            response_example=example,
            response_headers=tuple(
                str(name).lower() for name in _object(_object(answer).get("headers"))
            ),
            statuses=tuple(
                str(code) for code in _object(given.get("responses")) if str(code)[:1] == "2"
            ),
            security=tuple(self._required_security(given)),
        )

    def _required_security(self, given):
        wanted = given.get("security", self.document.get("security"))
        for option in _list(wanted):
            yield from map(str, _object(option))

    def _parameters(self, item, given) -> Iterator[Parameter]:
        found = {}
        for each in [*_list(_object(item).get("parameters")), *_list(given.get("parameters"))]:
            target = self.bundler.resolve(each)
            if isinstance(target, dict) and target.get("in") in ("path", "query", "header"):
                found[target["in"], str(target.get("name"))] = target
        for (where, name), target in found.items():
            schema = _object(self.bundler.resolve(self._parameter_schema(target)))
            yield Parameter(
                name=name,
                where=where,
                required=target.get("required") is True,
                description=str(target.get("description") or "")[:300],
                schema=schema,
                example=target.get("example", schema.get("default")),
            )

    def _parameter_schema(self, target):
        return target.get("schema") or {}

    def _request(self, given):
        return self._content(self.bundler.resolve(given.get("requestBody")))

    def _answer(self, given):
        """:return: (status, answer) of the first success, the one with JSON before others"""
        answers = [
            (str(code), self.bundler.resolve(answer))
            for code, answer in _object(given.get("responses")).items()
            if str(code)[:1] == "2" or str(code) == "default"
        ]
        answers.sort(key=lambda pair: (pair[0] == "default", pair[0]))
        for code, answer in answers:
            if self._content(answer)[0] is not None:
                return code, answer
        return answers[0] if answers else ("", None)

    def _content(self, holder) -> tuple[Any, Any]:
        """:return: (schema, example) of the JSON in a request body or an answer"""
        for media, content in _object(_object(holder).get("content")).items():
            if _JSON.match(str(media)) and isinstance(content, dict):
                schema = content.get("schema")
                return (schema if schema is not None else {}), self._example(content)
        return None, None

    def _example(self, content):
        if "example" in content:
            return content["example"]
        for each in _object(content.get("examples")).values():
            target = self.bundler.resolve(each)
            if isinstance(target, dict) and "value" in target:
                return target["value"]
        return None


class _Swagger(_OpenApi):
    """Swagger 2.0."""

    def servers(self):
        host = str(self.document.get("host") or "")
        schemes = [str(each) for each in _list(self.document.get("schemes"))] or ["https"]
        base = str(self.document.get("basePath") or "")
        best = "https" if "https" in schemes else schemes[0]
        return [urljoin(f"{best}://{host}", base).rstrip("/")] if host else []

    def security(self):
        found = _object(self.document.get("securityDefinitions"))
        return {name: scheme for name, scheme in found.items() if isinstance(scheme, dict)}

    def _parameter_schema(self, target):
        return {
            name: target[name]
            for name in ("type", "format", "enum", "default", "items", "maximum", "minimum")
            if name in target
        }

    def _request(self, given):
        for each in _list(given.get("parameters")):
            target = self.bundler.resolve(each)
            if isinstance(target, dict) and target.get("in") == "body":
                return target.get("schema") or {}, None
        return None, None

    def _content(self, holder):
        answer = _object(holder)
        if "schema" not in answer:
            return None, None
        examples = _object(answer.get("examples"))
        example = next((each for media, each in examples.items() if _JSON.match(str(media))), None)
        return answer["schema"], example


def _object(value: Any) -> dict:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list:
    return value if isinstance(value, list) else []
