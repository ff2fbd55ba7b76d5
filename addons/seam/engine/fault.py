"""Faults: everything that can go wrong at a seam, as data.

The closed table ``CODES`` says for each stable code what kind of fault it is,
and the kind alone decides what happens next:

* ``transient``: try again by the flow's retry policy;
* ``permanent``: a person must look at it, at once;
* ``ambiguous``: it may have happened; find out before anything is sent again;
* ``bug``: for the support queue, no ERP user can mend it.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class Cause(NamedTuple):
    """What is known of a code before anything has happened."""

    kind: str
    title: str


class Violation(NamedTuple):
    """One breach of a contract.

    ``pointer`` is an RFC 6901 JSON Pointer into the document ('' is the whole),
    ``code`` the JSON Schema keyword that failed, ``message`` a plain sentence.
    """

    pointer: str
    code: str
    message: str


KINDS = ("transient", "permanent", "ambiguous", "bug")

CODES: dict[str, Cause] = {
    "schema.invalid": Cause("permanent", "The document breaks its contract"),
    "schema.malformed": Cause("permanent", "The document cannot be read"),
    "schema.encoding": Cause("permanent", "The document is not in UTF-8"),
    "schema.too_deep": Cause("permanent", "The document is nested too deeply"),
    "mapping.failed": Cause("permanent", "The document could not be translated"),
    "master.unknown": Cause("permanent", "A record the document names is unknown"),
    "master.ambiguous": Cause("permanent", "It is unclear which record is meant"),
    "business.rule": Cause("permanent", "A business rule forbids it"),
    "total.mismatch": Cause("permanent", "The totals do not agree"),
    "order.stale": Cause("permanent", "A newer version was applied already"),
    "order.predecessor": Cause("transient", "An earlier message must go first"),
    "order.conflict": Cause("permanent", "It comes too late for what has happened"),
    "owner.conflict": Cause("permanent", "Two systems say different things about it"),
    "company.mismatch": Cause("permanent", "A record belongs to another company"),
    "reconcile.difference": Cause("permanent", "The two sides do not agree"),
    "drift.contract": Cause("permanent", "The other system changed its documents"),
    "drift.erp": Cause("permanent", "A field the flow needs changed in the ERP"),
    "drift.field": Cause("permanent", "The other system lacks a field that is mapped"),
    "config.invalid": Cause("permanent", "A setting is missing or wrong"),
    "access.denied": Cause("permanent", "The service user lacks a right"),
    "auth.failed": Cause("permanent", "The credentials were refused"),
    "transport.timeout": Cause("transient", "The other system did not answer in time"),
    "transport.refused": Cause("transient", "The other system cannot be reached"),
    "transport.unavailable": Cause("transient", "The other system is unavailable"),
    "transport.ambiguous": Cause("ambiguous", "It is unknown whether it arrived"),
    "transport.rejected": Cause("permanent", "The other system refused the document"),
    "transport.forbidden": Cause("permanent", "The address is not allowed"),
    "transport.oversize": Cause("permanent", "The other system's answer is too large"),
    "db.conflict": Cause("transient", "Another transaction got in between"),
    "worker.killed": Cause("bug", "The worker died while working on it"),
    "retry.exhausted": Cause("permanent", "Every retry failed"),
    "confirm.overdue": Cause("ambiguous", "The confirmation is overdue"),
    "expected.missing": Cause("permanent", "What was to come by now did not come"),
    "reported.trouble": Cause("permanent", "The other side reports trouble"),
    "flow.failing": Cause("permanent", "Nothing arrives at the other system"),
    "bug.handler": Cause("bug", "An error in the program"),
}


class Fault(Exception):
    """One thing that went wrong, with what each reader needs of it.

    :param code: a key of ``CODES``; any other raises ValueError
    :param message: a plain sentence for the ERP user, without secrets
    :param pointer: RFC 6901 JSON Pointer to the place in the document, or ''
    :param fix: what to do about it, a sentence, or ''
    :param subject: normalised subject by which equal causes are grouped, such
        as ``sku:BAR3``; '' groups by code alone
    :param retry_after: seconds the other side asked to wait, or None
    :param errors: ``Violation`` tuples or equal dicts; kept as dicts
    :param extra: what a way out needs to know, JSON-serialisable, such as
        ``{"missing": {"kind": "product", "system_code": "BAR3"}}``;
        TypeError if it cannot be serialised
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        pointer: str = "",
        fix: str = "",
        subject: str = "",
        retry_after: float | None = None,
        errors: Iterable[Violation | Mapping[str, str]] = (),
        extra: Mapping[str, Any] | None = None,
    ):
        if code not in CODES:
            raise ValueError(f"{code!r} is not a fault code; see CODES in {__name__}.")
        super().__init__(code, message)
        self.code = code
        self.kind, self.title = CODES[code]
        self.message = message
        self.pointer = pointer
        self.fix = fix
        self.subject = subject
        self.retry_after = retry_after
        self.errors = [_as_dict(error) for error in errors]
        self.extra = dict(extra or {})
        json.dumps(self.extra)

    def __str__(self) -> str:
        place = f" (at {self.pointer})" if self.pointer else ""
        return f"{self.code}: {self.message}{place}"

    def as_dict(self) -> dict[str, Any]:
        """Everything but the traceback, JSON-serialisable."""
        return {
            "code": self.code,
            "kind": self.kind,
            "title": self.title,
            "message": self.message,
            "pointer": self.pointer,
            "fix": self.fix,
            "subject": self.subject,
            "retry_after": self.retry_after,
            "errors": self.errors,
            "extra": self.extra,
        }


def _as_dict(error: Violation | Mapping[str, str]) -> dict[str, str]:
    return error._asdict() if isinstance(error, Violation) else dict(error)
