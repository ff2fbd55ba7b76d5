"""Lines of a mapping that can be guessed, because both sides have the same word."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

MAX_PATHS = 400

# What partners call it → what it is called here, without case and separators.
SYNONYMS = {
    "emailaddress": "email",
    "mail": "email",
    "fullname": "name",
    "title": "name",
    "displayname": "name",
    "companyname": "name",
    "phonenumber": "phone",
    "telephone": "phone",
    "tel": "phone",
    "postcode": "zip",
    "postalcode": "zip",
    "zipcode": "zip",
    "town": "city",
    "street1": "street",
    "addressline1": "street",
    "line1": "street",
    "addressline2": "street2",
    "line2": "street2",
    "countrycode": "country",
    "vatnumber": "vat",
    "taxid": "vat",
    "url": "website",
    "homepage": "website",
    "sku": "defaultcode",
    "ean": "barcode",
    "price": "listprice",
    "notes": "comment",
    "note": "comment",
    "language": "lang",
    "iscompany": "iscompany",
    "number": "ref",
    "reference": "ref",
}


class Target(NamedTuple):
    """:ivar type: of Odoo's field, or of JSON Schema; "" when it is not known
    :ivar may_be_empty: an empty value is told too, and not left out
    """

    path: str
    label: str = ""
    type: str = ""
    required: bool = False
    may_be_empty: bool = False


def source_paths(sample: Any, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """:return: (JMESPath, value) of every single value, lists by their first item"""
    if depth > 6:
        return
    if isinstance(sample, dict):
        for name, value in sample.items():
            quoted = name if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) else f'"{name}"'
            path = f"{prefix}.{quoted}" if prefix else quoted
            yield path, value
            if isinstance(value, dict):
                yield from source_paths(value, path, depth + 1)


def lines(targets: Iterable[Target], sample: Any, taken: Iterable[str]) -> list[dict[str, Any]]:
    """:param taken: targets that have a line already
    :return: values of new lines
    """
    known: dict[str, tuple[str, Any]] = {}
    for path, value in list(source_paths(sample))[:MAX_PATHS]:
        known.setdefault(_word(path), (path, value))
        known.setdefault(_word(path.rpartition(".")[2]), (path, value))
    taken, found = set(taken), []
    for target in targets:
        if target.path in taken or target.path.endswith("[]") or "[]." in target.path:
            continue
        match = next((known[word] for word in _words(target) if word in known), None)
        if match and not isinstance(match[1], (dict, list)):
            found.append(_line(target, *match))
    return found


def _line(target, source, value):
    line = {"target": target.path, "source": source, "kind": kind_for(target.type, value)}
    if target.required:
        line["missing"] = "fault"
    elif target.may_be_empty:
        line["missing"] = "null"
    if target.type == "many2one":
        line["reference"] = "name" if source.endswith("name") else "value_map"
    return line


def kind_for(type_: str, value: Any) -> str:
    """:return: the conversion that a target of this type needs for such a value"""
    if type_ in ("date", "datetime"):
        return type_
    if type_ in ("float", "monetary", "number"):
        return "number"
    if type_ == "integer":
        return "integer"
    if type_ == "boolean":
        return "boolean"
    textual = type_ in ("char", "text", "string", "many2one", "selection")
    return "text" if textual and value is not None and not isinstance(value, str) else "as_is"


def _words(target: Target) -> Iterator[str]:
    word = _word(target.path)
    last = _word(target.path.rpartition(".")[2])
    for each in dict.fromkeys((word, last)):
        yield each
        if each.endswith("id") and target.type == "many2one":
            yield each[:-2]
        for theirs, ours in SYNONYMS.items():
            if ours == each or (target.type == "many2one" and f"{ours}id" == each):
                yield theirs
            if theirs == each:
                yield ours


def _word(path: str) -> str:
    return re.sub(r"[^a-z0-9]", "", path.lower())
