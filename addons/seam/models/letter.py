from typing import Any, NamedTuple

from ..engine.exchange import Answer
from ..engine.fault import Fault
from ..engine.http import Response


class Identity(NamedTuple):
    """Which document this is, as the handler reads it from the document.

    :ivar key: the partner's id of the document; messages of one key keep their order
    :ivar version: of two states of a document the higher one is newer; None: unknown
    :ivar correlation: id of the business transaction that it is a part of
    :ivar label: what people call it, e.g. "Order 727"
    :ivar touches: codes of records that many documents change, e.g. the SKUs whose
        stock an order reserves: two workers do not take documents that meet there
    """

    key: str | None = None
    version: int | None = None
    correlation: str | None = None
    label: str | None = None
    touches: tuple[str, ...] = ()


class Letter:
    """A message in a handler's hands: the document, and the outcome it is given.

    A handler gives each letter exactly one outcome by calling ``done``,
    ``supersede``, ``skip`` or ``refuse``. ``refuse`` is for what it sees before it
    has written anything for this letter; after that it raises, and the engine
    rolls back and finds out which letter it was.

    :ivar message_id: database id of the ``seam.message``
    :ivar topic: the partner's name of the event, e.g. ``order.updated``
    :ivar document: dict, valid under the handler's document contract
    :ivar identity: Identity
    :ivar binding: ``seam.binding`` of ``handler._bound_model`` for ``identity.key``,
        empty when the document is new here
    :ivar sending, request: of a message out of Odoo, what is sent and how
    :ivar together: see ``seam.connector._together``
    :ivar unsure: whether an earlier try may have taken effect at the partner
    :ivar external_id: the partner's id of the record, as his answer tells it
    :ivar content: what his answer brought that the handler is to keep
    """

    __slots__ = (
        "binding",
        "body",
        "content_type",
        "confirm",
        "content",
        "correlation",
        "crashes",
        "document",
        "external_id",
        "fault",
        "identity",
        "memory",
        "message_id",
        "note",
        "outcome",
        "parent_id",
        "position",
        "received_at",
        "record",
        "request",
        "res_id",
        "res_model",
        "sending",
        "together",
        "topic",
        "trace_id",
        "traceparent",
        "tries",
        "unsure",
        "uuid",
    )

    def __init__(self, **values: Any):
        for slot in self.__slots__:
            setattr(self, slot, values.get(slot))

    def reset(self):
        self.outcome = self.record = self.fault = self.note = self.memory = None

    @property
    def open(self):
        return self.outcome is None

    def done(self, record=None, note="", memory=None):
        """Applied.

        :param record: what the user wants to open
        :param note: one sentence
        :param memory: JSON-serialisable; kept in ``binding.data`` for the next letter
            of this document. None keeps what is there.
        """
        self.outcome, self.record, self.note = "done", record, note
        self.memory = memory

    def supersede(self, note):
        """Not applied because something newer, or the same, already is."""
        self.outcome, self.note = "superseded", note

    def sent(self, confirm_by, note=""):
        """The partner has it, and is to confirm it by then (naive UTC)."""
        self.outcome, self.confirm, self.note = "sent", confirm_by, note

    def refuse(self, fault: Fault):
        """Not applied because of ``fault``: a person or a later try is needed."""
        self.outcome, self.fault = "failed", fault


class Exchange(NamedTuple):
    """What came of sending one letter.

    :ivar answer: exchange.Answer of a look-up or of a call without a whole answer; or None
    :ivar response: http.Response that is to be interpreted, or None
    :ivar calls: list of http.Call, look-ups included
    :ivar counted: whether its call stands for itself; of letters that went together in one
        call only the first
    :ivar went_well: whether a call for several went well, whatever it said of this one
    """

    conf: Any
    claim: int
    letter: Any
    answer: Answer | None
    response: Response | None
    calls: list
    counted: bool = True
    went_well: bool = False
