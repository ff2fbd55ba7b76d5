from odoo import http

from .caller import calling_system
from .intake import OPTIONS, Refused
from .problem import answer, problem

# What people wrote for their colleagues stays in the house.
HUMAN = {
    "discarded": "The receiver put it aside for good.",
    "replaced": "The receiver corrected it; see replaced_by.",
}


class Status(http.Controller):
    """Where partners ask what became of a message."""

    @http.route("/seam/v1/messages/<string:uuid>", methods=["GET"], **OPTIONS)
    def status(self, uuid):
        try:
            message = self._find(calling_system(), uuid)
        except Refused as refused:
            return problem(refused.status, refused.detail, headers=refused.headers)
        return answer(describe(message), headers={"Cache-Control": "no-store"})

    def _find(self, system, uuid):
        """Another system's message looks like one that does not exist."""
        message = system.env["seam.message"].search(
            [("uuid", "=", uuid), ("system_id", "=", system.id)], limit=1
        )
        if not message:
            raise Refused(404, "There is no message of yours with this id.")
        return message


def describe(message):
    """What the partner is told about his message: no names of people, no traceback."""
    is_bug = _is_bug(message)
    return {
        "id": message.uuid,
        "flow": message.flow_id.code,
        "state": message.state,
        "reason": _reason(message, is_bug),
        "document": message.ordering_key or None,
        "label": message.label or None,
        "trace_id": message.trace_id or None,
        "received_at": _moment(message.received_at),
        "settled_at": _moment(message.settled_at),
        "next_try_at": _moment(message.next_try_at),
        "fault": None if is_bug else message.fault_code or None,
        "errors": message.errors or [],
        "record": message.record_name or None,
        "replaces": message.replaces_id.uuid or None,
        "replaced_by": message.replaced_by_id.uuid or None,
        "parts": message.child_ids.mapped("uuid"),
        "timeline": [
            {
                "at": _moment(event.at),
                "what": event.name,
                "state": event.state or None,
                "fault": event.code or None,
            }
            for event in message.event_ids
        ],
    }


def _is_bug(message):
    return (message.fault_code or "").startswith(("bug.", "worker."))


def _reason(message, is_bug):
    if message.state in HUMAN:
        return HUMAN[message.state]
    if is_bug:
        return "A fault on the receiver's side; its support looks at it."
    if message.state == "failed":
        return message.fault_message or None
    if any(event.user_id for event in message.event_ids[-1:]):
        return None
    return message.state_reason or None


def _moment(value):
    return value and value.isoformat(timespec="milliseconds") + "Z" or None
