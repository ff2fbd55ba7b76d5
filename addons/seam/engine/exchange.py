"""One call to a partner as data: what is sent, what is asked, what is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .fault import Fault
from .http import IDEMPOTENT, Response

# Gateways that gave up waiting: what is behind them may have acted.
_UNKNOWN = {502, 504}
_PASSING = {408, 425, 429}
# A system that answers so has not begun: it cannot do it, or not now.
_NOT_BEGUN = {501, 503, 505}


class Sending(NamedTuple):
    """A document on its way out.

    :ivar key: idempotency key: the same at every try of one message
    :ivar topic: what the handler calls the event, "" when there is none
    :ivar document: dict, valid under the handler's contract
    :ivar external_id: the partner's id of the record, None when it is not known
    :ivar correlation: id of the business transaction that it is a part of
    :ivar traceparent: W3C trace context of this try
    :ivar seen: version of the record that the partner told last, if nothing was sent to him
        since: what he changed after it would be written over unseen. None: not known
    """

    key: str
    topic: str
    document: dict
    external_id: str | None = None
    correlation: str | None = None
    traceparent: str = ""
    seen: int | None = None


@dataclass(frozen=True)
class Request:
    """What is asked of the partner, without credentials: those the client adds.

    :ivar path: below the system's address
    :ivar json: a document; or ``data``, sent as it is
    """

    method: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    data: bytes | None = None


class Answer(NamedTuple):
    """What an answer means for the message.

    :ivar accepted: whether the partner has it now
    :ivar fault: why not; its kind decides what is next: *transient* is tried again,
        *ambiguous* is looked up first, all else needs a person
    :ivar external_id: the partner's id of the record, if the answer tells it
    :ivar note: one sentence for the message's history
    :ivar confirmed: nothing further is to be waited for, also where the flow
        expects a confirmation
    :ivar content: what the answer brought that the handler is to keep, such as a label;
        in the domain's own words, not the vendor's. None: nothing
    """

    accepted: bool
    fault: Fault | None = None
    external_id: str | None = None
    note: str = ""
    confirmed: bool = False
    content: Any = None


def accepted(
    external_id: str | None = None,
    note: str = "",
    confirmed: bool = False,
    content: Any = None,
) -> Answer:
    return Answer(True, None, external_id, note, confirmed, content)


def refused(fault: Fault) -> Answer:
    return Answer(False, fault)


def interpret(response: Response, host: str) -> Answer:
    """What a status means where the vendor's page says nothing else.

    2xx is accepted; 401 and 403 are about the credentials; 408, 425, 429 and 5xx
    pass, with the time that the partner asks for; of 502 and 504 nobody knows
    whether the system behind them acted; anything else is refused.

    :param host: named in the fault
    """
    status = response.status
    if 200 <= status < 300:
        return accepted()
    if status in (401, 403):
        return refused(
            Fault(
                "auth.failed",
                f"{host} refused the credentials ({status}).",
                fix="Enter the credentials of the system anew, and look at the rights they give.",
                subject=host,
            )
        )
    if status in _UNKNOWN:
        return refused(
            Fault(
                "transport.ambiguous",
                f"A gateway before {host} gave up waiting ({status}): it may have taken effect.",
                subject=host,
                retry_after=response.retry_after,
            )
        )
    if status in _PASSING or status >= 500:
        return refused(
            Fault(
                "transport.unavailable",
                f"{host} is unavailable ({status}).",
                subject=host,
                retry_after=response.retry_after,
            )
        )
    return refused(
        Fault(
            "transport.rejected",
            f"{host} refused the document ({status}).",
            fix="Read what it answered below, mend the record, and send it again.",
            subject=f"{host}:{status}",
        )
    )


def may_have_acted(method: str, status: int) -> bool:
    """Whether a system that failed may have done before what it was asked for.

    An error of its own (500) may come after the effect: what would have a second one is
    looked up before it is sent again.
    """
    return status >= 500 and status not in _NOT_BEGUN and method.upper() not in IDEMPOTENT


def require_success(response: Response, host: str) -> Response:
    """The answer to a question, if its status is 2xx.

    :raise Fault: as ``interpret`` says; a question has no effect, so that none is
        ambiguous
    """
    fault = interpret(response, host).fault
    if fault is None:
        return response
    if fault.kind == "ambiguous":
        raise Fault(
            "transport.unavailable",
            f"{host} is unavailable ({response.status}).",
            subject=host,
            retry_after=response.retry_after,
        )
    raise fault
