import hashlib
import logging
from datetime import datetime, time, timezone
from email.utils import format_datetime

from odoo import SUPERUSER_ID, http
from odoo.exceptions import UserError
from odoo.http import request

from .. import log
from ..const import BATCH_ITEMS
from ..engine import cloudevent, codec, redact, trace
from ..engine.fault import Fault
from ..engine.secret import SecretError
from ..engine.signature import BadSignature
from ..models.own_cursor import same_cursor_env
from ..models.seam_message_intake import Arrival
from .problem import answer, problem

_logger = logging.getLogger(__name__)

JSON_TYPES = {"application/json", *codec.NDJSON_TYPES}
OPTIONS = {
    "type": "http",
    "auth": "none",
    "csrf": False,
    "save_session": False,
    # A route that asks for no user is served by the read replica unless it says this.
    "readonly": False,
}


class Refused(Exception):
    """The call is answered with a problem; nothing of it is kept but that it came."""

    def __init__(self, status, detail, headers=None):
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers


class Intake(http.Controller):
    """Where partners hand in messages: check, store, answer. Nothing is applied here."""

    @http.route("/seam/v1/<string:system>/<string:flow>", methods=["POST"], **OPTIONS)
    def receive(self, system, flow):
        try:
            call = Call(system, flow)
            greeting = call.greeting()
            if greeting is not None:
                return request.make_response(greeting)
            call.admit()
        except Refused as refused:
            return self._refuse(refused, system, flow)
        (receipt,) = call.store([call.arrival(call.body, call.content_type)])
        return self._answer(call, receipt)

    @http.route("/seam/v1/<string:system>/<string:flow>/batch", methods=["POST"], **OPTIONS)
    def receive_batch(self, system, flow):
        try:
            call = Call(system, flow, batch=True)
            call.admit()
            receipts = call.store(call.arrivals())
        except Refused as refused:
            return self._refuse(refused, system, flow)
        except Fault as fault:
            # no batch at all: kept as one message, for people to see
            (receipt,) = call.store([call.unreadable(call.body, call.content_type, fault)])
            return self._answer(call, receipt)
        return answer(
            [self._result(receipt) for receipt in receipts],
            status=207 if any(self._status(r) >= 400 for r in receipts) else 202,
            headers=call.answer_headers(),
        )

    def _refuse(self, refused, system, flow):
        _logger.warning(
            "Call of %s for %r/%r refused with %s: %s",
            request.httprequest.remote_addr,
            system[:64],
            flow[:64],
            refused.status,
            refused.detail,
        )
        self._note(refused, system, flow)
        return problem(refused.status, refused.detail, headers=refused.headers)

    def _note(self, refused, system, flow):
        """Count it where people look; whatever comes of that, the caller has his answer."""
        if not request.db:
            return
        try:
            env = request.env(user=SUPERUSER_ID)
            env.cr.rollback()
            conf = env["seam.flow"]._conf(system, flow)
            if conf and conf.direction == "in":
                address = request.httprequest.remote_addr
                env["seam.refusal"]._note(conf.id, refused.status, refused.detail, address)
        except Exception:
            _logger.exception("A refused call of %r/%r was not counted", system[:64], flow[:64])

    def _answer(self, call, receipt):
        headers = call.answer_headers()
        status = self._status(receipt)
        if status == 409:
            return problem(
                409,
                "This idempotency key was used before with another body. Send a "
                "changed document under a new key.",
                headers=headers,
                id=receipt.uuid,
            )
        if status == 422:
            return problem(
                422,
                f"{receipt.fault.message} The message is kept under its id.",
                headers=headers,
                id=receipt.uuid,
                errors=self._errors(receipt.fault),
            )
        return answer(self._result(receipt), status=status, headers=headers)

    @staticmethod
    def _status(receipt):
        if receipt.status == "conflict":
            return 409
        # A bug on our side is ours: the partner's message is accepted and kept.
        refused = receipt.fault and receipt.fault.kind != "bug"
        # What was refused is refused again, as long as nobody mended it here.
        if refused and receipt.state == "failed":
            return 422
        return 200 if receipt.status == "duplicate" else 202

    def _result(self, receipt):
        """One line of an answer: of a single message, or of an item of a batch."""
        result = {
            "id": receipt.uuid,
            "state": receipt.state,
            "trace_id": receipt.trace_id,
        }
        status = self._status(receipt)
        if receipt.status == "duplicate":
            result["duplicate"] = True
        if status == 409:
            result["error"] = "This idempotency key was used with another body."
        if status == 422:
            result["errors"] = self._errors(receipt.fault)
        return {"status": status, **result} if status >= 400 else result

    @staticmethod
    def _errors(fault):
        return fault.errors or [
            {"pointer": fault.pointer, "code": fault.code, "message": fault.message}
        ]


class Call:
    """One call of a partner, checked step by step on the raw bytes."""

    def __init__(self, system, flow, batch=False):
        """:raise Refused: the address is unknown or closed, or the body too large"""
        if not request.db:
            # A page that is not found would tell a partner to give up.
            raise Refused(
                503,
                "The database cannot be reached at the moment. Try again later.",
                {"Retry-After": "10"},
            )
        self.env = request.env(user=SUPERUSER_ID)
        self.http = request.httprequest
        self.conf = self.env["seam.flow"]._conf(system, flow)
        if not self.conf or self.conf.direction != "in":
            raise Refused(404, f"There is no flow {flow} of a system {system} here.")
        if not self.conf.is_open():
            raise Refused(
                503,
                "This connection is not active at the moment. Try again later.",
                {"Retry-After": "3600"},
            )
        limit = self.conf.max_bytes * (BATCH_ITEMS if batch else 1)
        self.limit = min(limit, 64 * 1024 * 1024)
        self.headers = {name.lower(): value for name, value in self.http.headers}
        self.content_type = self.http.content_type or ""
        self.body = self._read()
        self.trace = trace.from_headers(self.headers)
        self.connector = self.env[self.conf.connector].with_context(seam_flow=self.conf.id)

    def _read(self):
        too_large = Refused(
            413,
            f"The body is larger than {self.limit} bytes. Send smaller documents, or "
            "ask to have the limit raised.",
        )
        if (self.http.content_length or 0) > self.limit:
            raise too_large
        # A form is read by the web framework before we see it.
        body = (
            self.http.get_data()
            or "&".join(f"{name}={value}" for name, value in self.http.form.items()).encode()
        )
        if len(body) > self.limit:
            raise too_large
        return body

    def greeting(self):
        return self.connector._greeting(self.headers, self.body)

    def admit(self):
        """:raise Refused: the sender is not proven, too fast, or sends no JSON"""
        try:
            self.env["seam.system"]._authenticate_call(self.conf, self.headers, self.body)
        except BadSignature as error:
            raise Refused(401, error.reason, {"WWW-Authenticate": 'Bearer realm="seam"'}) from error
        except (SecretError, UserError) as error:
            _logger.error("Secrets of system %s cannot be read: %s", self.conf.system_code, error)
            raise Refused(
                503,
                "Signatures cannot be checked at the moment. Try again later.",
                {"Retry-After": "600"},
            ) from error
        wait = self.env["seam.rate"]._take(self.conf.system_id, self.conf.rate_limit)
        if wait:
            raise Refused(
                429,
                f"More than {self.conf.rate_limit} calls a minute. Try again in "
                f"{wait} seconds, or send batches.",
                {"Retry-After": str(wait)},
            )
        kind = self.content_type.split(";")[0].strip().lower()
        if kind not in JSON_TYPES and not kind.endswith("+json"):
            raise Refused(
                415,
                f"Content type {kind or 'missing'} is not understood. Send application/json.",
            )

    def arrival(self, body, content_type, number=None):
        """One message as it came; an envelope that cannot be read is its fault.

        :param number: place in a batch; its items share one idempotency key
        """
        try:
            return self._arrival(body, content_type, number)
        except Fault as fault:
            return self.unreadable(body, content_type, fault)

    def unreadable(self, body, content_type, fault):
        digest = hashlib.sha256(body).hexdigest()
        return self._as_arrival(f"unreadable:{digest}", "", body, content_type, fault)

    def _arrival(self, body, content_type, number):
        headers = self.headers
        event = cloudevent.unwrap(headers, body, content_type)
        if event:
            body, content_type = event.data, event.content_type or "application/json"
        envelope = self.connector._envelope(headers, body)
        key = envelope.key
        if event:
            key = _bounded(f"ce:{event.source.replace('|', '%7C')}|{event.id}")
        elif number is not None and not key.startswith("sha256:"):
            key = f"{key}#{number}"
        topic = event.type if event else envelope.topic
        return self._as_arrival(key, topic, body, content_type)

    def _as_arrival(self, key, topic, body, content_type, fault=None):
        return Arrival(
            key=key,
            topic=topic,
            body=body,
            content_type=content_type,
            headers=redact.headers(self.headers),
            trace_id=self.trace.trace_id,
            traceparent=self.trace.traceparent(),
            fault=fault,
        )

    def arrivals(self):
        """:raise Refused: too many items; Fault: not a list of items at all"""
        items = codec.split_batch(self.body, self.content_type)
        if len(items) > BATCH_ITEMS:
            raise Refused(413, f"A batch has {BATCH_ITEMS} items at most; this one {len(items)}.")
        for item in items:
            if len(item) > self.conf.max_bytes:
                raise Refused(413, f"An item is larger than {self.conf.max_bytes} bytes.")
        item_type = (
            "application/cloudevents+json"
            if "cloudevents-batch" in self.content_type
            else "application/json"
        )
        return [self.arrival(item, item_type, number) for number, item in enumerate(items)]

    def answer_headers(self):
        """The trace, and when the contract ends (RFC 8594)."""
        headers = dict(self.trace.headers())
        if self.conf.contract_sunset:
            sunset = datetime.combine(self.conf.contract_sunset, time.max, timezone.utc)
            headers["Sunset"] = format_datetime(sunset, usegmt=True)
        return headers

    def store(self, arrivals):
        if not arrivals:
            return []
        where = {"system": self.conf.system_code, "flow": self.conf.code}
        with log.bound(trace_id=self.trace.trace_id, **where):
            receipts = self.env["seam.message"]._receive(
                self.conf, arrivals, transaction=same_cursor_env
            )
            _logger.info(
                "Received %s for %s/%s",
                receipts[0].uuid if len(receipts) == 1 else f"{len(receipts)} messages",
                *where.values(),
                extra={"message_id": receipts[0].uuid} if len(receipts) == 1 else None,
            )
        return receipts


def _bounded(key, size=500):
    """A key of at most ``size`` characters, different for different keys."""
    if len(key) <= size:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"{key[: size - len(digest) - 1]}~{digest}"
