import hashlib
import json
import logging
import threading
import time
import uuid
from datetime import datetime
from typing import Any, NamedTuple

from odoo import SUPERUSER_ID, api, fields, models

from ..engine import codec, contract, trace
from ..engine.exchange import Sending
from ..engine.fault import Fault
from .gate import Gate, Held
from .own_cursor import CONFLICTS, own_env, persist
from .seam_question import REST_SECONDS

_logger = logging.getLogger(__name__)

# Of the time that somebody waits, this much is for reaching the partner.
CONNECT_SHARE = 1 / 3
# These are about how the flow is set up, not about what was asked.
_ADMINISTRATORS = (
    "auth.failed",
    "bug.handler",
    "config.invalid",
    "mapping.failed",
    "schema.encoding",
    "schema.invalid",
    "schema.malformed",
    "schema.too_deep",
    "transport.forbidden",
)


class Told(NamedTuple):
    """What a partner answered to a question.

    :ivar content: dict of plain JSON values, in the domain's own words
    :ivar at: naive UTC datetime of the answer
    """

    content: Any
    at: datetime


class SeamFlowAsk(models.Model):
    """Questions without effect to a partner, while somebody waits for the answer.

    They go past the outbox: what is late is of no use. Address rules, credentials,
    circuit, rate and contracts are those of every call, and each is kept as evidence
    (``seam.question``) in a transaction of its own.
    """

    _inherit = "seam.flow"

    def _ask(self, document, answer, topic="", alike="", seconds=3.0, fresh=300):
        """Ask the partner, unless he told it a moment ago.

        No row may be locked by the caller: it waits up to ``seconds``.

        :param document: dict, under the contract of the flow's handler. What differs
            without another answer, such as a number, should not be in it.
        :param answer: name of the contract of the answer
        :param alike: what questions have in common whose answers may stand for each
            other when he cannot be asked; see ``_told_earlier``
        :param seconds: how long it may take in all: waiting, token, connection, answer
        :param fresh: seconds for which an answer to the same question is good
        :return: Told
        :raise Fault: it was not answered; never ambiguous, since a question has no effect
        """
        self.ensure_one()
        begun = time.monotonic()
        conf = self._conf_by_id(self.id)
        body = codec.dump(document)
        key = _key(topic, body)
        told = self._told_just_now(key, fresh)
        if told:
            return told
        self._may_ask(conf)
        question = {"key": key, "alike": alike, "document": body, "content": None, "fault": None}
        sending, request = self._to_question(conf, codec.parse(body), topic)
        talk = None
        try:
            talk = self._talk(conf, sending, request, begun + seconds)
            response = self._let_out(conf, talk)
            question["content"] = self._understood(conf, sending, response, answer)
        except Fault as fault:
            question["fault"] = _without_doubt(fault)
        self._note_question(conf, question, talk.last_call() if talk else None)
        if question["fault"]:
            raise question["fault"]
        return Told(question["content"], fields.Datetime.now())

    def _recall(self, document, topic="", fresh=300):
        """:return: Told by the partner to this question so lately, without asking; or None"""
        self.ensure_one()
        try:
            return self._told_just_now(_key(topic, codec.dump(document)), fresh)
        except Fault:
            return None

    def _told_earlier(self, alike, limit=20):
        """:return: list of Told to questions that are alike, the newest first"""
        self.ensure_one()
        with own_env(self.env) as env:
            rows = env["seam.question"]._answered(self.id, alike, limit)
        return [Told(content, at) for at, content in rows]

    def _told_just_now(self, key, fresh):
        """:return: Told, or None when it is to be asked
        :raise Fault: it failed a moment ago, in a way that a moment does not mend
        """
        # Others may have asked since this transaction began: another one sees it.
        with own_env(self.env) as env:
            last = env["seam.question"]._newest(self.id, key)
        if not last:
            return None
        age, at, content, fault = last
        if fault:
            if fault.kind == "transient" and age < REST_SECONDS:
                raise fault
            return None
        return Told(content, at) if age < fresh else None

    def _may_ask(self, conf):
        """:raise Fault: the flow or its system is not active"""
        if conf.state == "active" and conf.system_state == "active" and conf.system_active:
            return
        raise Fault(
            "config.invalid",
            self.env._("%s is not asked at the moment.", self.sudo().system_id.name),
            fix=self.env._("Have an administrator of Integrations activate the flow."),
            subject=f"flow:{conf.id}",
        )

    def _to_question(self, conf, document, topic):
        """:return: (Sending, Request) as the sender makes them"""
        Message = self.env["seam.message"]
        Message._check(conf.document_validator(), document, Message._fix_record())
        sending = Sending(
            key=str(uuid.uuid4()),
            topic=topic,
            document=document,
            traceparent=trace.new().traceparent(),
        )
        request = self.env[conf.connector]._to_request(conf, sending)
        if request is None:
            raise Fault(
                "business.rule",
                self.env._("%s cannot be asked this.", self.sudo().system_id.name),
                subject="unasked",
            )
        Message._check_request(conf, request)
        return sending, request

    def _talk(self, conf, sending, request, deadline):
        """:return: _Talk that has not begun
        :raise Fault: the system's settings forbid it
        """
        client = self.env["seam.system"].browse(conf.system_id)._client().recording()
        return _Talk(client, self.env["seam.message"]._call_of(request, sending), deadline)

    def _let_out(self, conf, talk):
        """Make the call when the circuit and the rate let it out, and tell them of it.

        :return: http.Response
        :raise Fault: there was no whole answer in time
        """
        gate = Gate(self.env, conf.system_id, conf.call_rate, patience=talk.left() / 2)
        try:
            return gate.call(talk.answer, conf.host)
        except Held as held:
            raise Fault(
                "transport.unavailable",
                self.env._(
                    "%s is not called at the moment, since it failed or is at its limit.",
                    conf.host,
                ),
                subject=conf.host,
                retry_after=held.seconds,
            ) from None

    def _understood(self, conf, sending, response, name):
        """:return: the content of an answer, under its contract
        :raise Fault: it is none
        """
        Message = self.env["seam.message"]
        try:
            answer = self.env[conf.connector]._interpret(conf, sending, response)
        except Fault:
            raise
        except Exception as error:
            _logger.exception("An answer of %s could not be read", conf.host)
            raise Message._as_fault(error) from None
        if not answer.accepted:
            raise answer.fault
        found = self.env["seam.contract"].sudo().search([("name", "=", name)])
        body = codec.dump(answer.content)
        Message._check(
            contract.compile_schema(found.current_version_id.text),
            codec.parse(body),
            self.env._("The connector or the partner has to be looked at."),
        )
        return json.loads(body)

    # -- what is left of it ----------------------------------------------------------------

    def _note_question(self, conf, question, call):
        """Keep the evidence, and have administrators know what they have to mend."""
        try:
            persist(
                self.env,
                lambda env: env["seam.flow"].browse(self.id)._note_once(conf, question, call),
                user=SUPERUSER_ID,
                read_committed=True,
            )
        except CONFLICTS:
            _logger.warning("A question of %s could not be kept", conf.code)

    @api.model
    def _note_once(self, conf, question, call):
        self.env["seam.question"]._keep(conf.id, question, call)
        fault = question["fault"]
        if fault and fault.code in _ADMINISTRATORS:
            self.env["seam.exception"]._open(conf, [_case(self.env, conf, fault)])
        elif not fault:
            self._close_question_cases()

    def _close_question_cases(self):
        cases = self.env["seam.exception"].search(
            [
                ("flow_id", "=", self.id),
                ("code", "=", "flow.failing"),
                ("pointer", "=", "/question"),
                ("state", "=", "open"),
            ]
        )
        if cases:
            cases._resolve(self.env._("The partner answers again."))


class _Talk(threading.Thread):
    """One call, which may outlive whoever waits for it: a token has its own timeouts.

    :param deadline: ``time.monotonic()`` of the last moment that somebody waits
    """

    def __init__(self, client, call, deadline):
        super().__init__(name="seam-ask", daemon=True)
        self.client, self.call, self.deadline = client, call, deadline
        self.response = self.error = None

    def left(self):
        return max(self.deadline - time.monotonic(), 0.1)

    def answer(self):
        """:return: http.Response
        :raise Fault: there is no whole one in time
        """
        left, host = self.left(), self.client.host
        self.client = self.client.limited(left * CONNECT_SHARE, left * (1 - CONNECT_SHARE))
        self.start()
        self.join(left)
        if self.is_alive():
            raise Fault("transport.timeout", f"{host} did not answer in time.", subject=host)
        if self.error:
            raise self.error
        return self.response

    def run(self):
        try:
            self.response = self.client.request(**self.call)
        except Fault as fault:
            self.error = fault
        except Exception as error:
            _logger.exception("A question to %s failed", self.client.host)
            self.error = Fault("bug.handler", f"Seam could not ask: {type(error).__name__}.")
        finally:
            self.client.close()

    def last_call(self):
        return self.client.calls[-1] if self.client.calls else None


def _key(topic, body):
    return hashlib.sha256(topic.encode() + b"\n" + body).hexdigest()


def _without_doubt(fault):
    """A question may be asked again: that it is unknown whether it arrived means nothing."""
    if fault.kind != "ambiguous":
        return fault
    return Fault(
        "transport.timeout",
        fault.message.partition(" after the request was sent")[0].rstrip(".") + ".",
        subject=fault.subject,
        retry_after=fault.retry_after,
    )


def _case(env, conf, fault):
    return Fault(
        "flow.failing",
        env._("%(host)s cannot be asked. %(why)s", host=conf.host, why=fault.message),
        fix=fault.fix,
        pointer="/question",
        subject=f"question:{fault.code}",
    )
