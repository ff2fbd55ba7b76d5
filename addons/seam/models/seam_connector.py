import hashlib
from typing import NamedTuple

from odoo import models

from ..engine import exchange, signature
from ..engine.fault import Fault


class Envelope(NamedTuple):
    """What the headers say about a message.

    :ivar key: idempotency key; the same key with the same bytes is the same message
    :ivar topic: the partner's name of the event, "" when there is none
    """

    key: str
    topic: str = ""


class Page(NamedTuple):
    """One page of a pull.

    :ivar items: list of ``(topic, body bytes)``, the oldest change first
    :ivar cursor: JSON-serialisable; where the next page begins
    :ivar more: False when the partner has no further page now
    :ivar total: how many items the partner says there are, or None
    """

    items: list
    cursor: dict
    more: bool
    total: int | None = None


class SeamConnector(models.AbstractModel):
    """Vendor code: how a partner signs, words and numbers. Writes no business record.

    A vendor overrides at most the methods below. What it does not override and
    is called for raises, so that nothing is skipped in silence.
    """

    _name = "seam.connector"
    _description = "Connector"

    # What the vendor is: a value of seam.system.kind. One that may be anything is "other".
    _kind = "other"

    # Groups that a service user of its usual flows needs: external ids.
    _service_groups = ()

    # Where the vendor takes many requests in one call: so many messages in one, at most.
    _batch_most = 1

    def _verify(self, headers, body, secrets):
        """Prove who sent this, on the raw bytes.

        :param headers: dict with lower-case names
        :param secrets: dict purpose → list of secrets in clear; ``bearer`` is not in it
        :raise signature.BadSignature: it is not proven
        """
        raise NotImplementedError

    def _greeting(self, headers, body):
        """:return: the text to answer a vendor's set-up call with, or None.

        Such a call proves nothing and carries nothing: it is answered and not kept.
        """
        return None

    def _envelope(self, headers, body):
        """:return: Envelope. The default knows the general headers."""
        key = headers.get("idempotency-key") or headers.get("webhook-id")
        if key and len(key) > 255:
            raise Fault(
                "schema.malformed",
                self.env._("The idempotency key is longer than 255 characters."),
            )
        return Envelope(key or "sha256:" + hashlib.sha256(body).hexdigest())

    def _to_documents(self, flow, topic, wire):
        """Translate what came, as a pure function.

        :param flow: FlowConf
        :param wire: the parsed body
        :return: list of documents (dicts)
        :raise Fault: ``mapping.failed`` with a pointer into ``wire``
        """
        raise NotImplementedError

    def _list_pages(self, client, flow, cursor):
        """Fetch one page of what changed since ``cursor``.

        :param client: SystemClient with the system's address, limits and credentials
        :param flow: FlowConf
        :param cursor: dict of an earlier Page, empty at the first call
        :return: Page
        """
        raise NotImplementedError

    def _erasing_text(self, system):
        """Hook: how a person is erased at the vendor's.

        :return: a sentence for the privacy officer, or ""
        """
        return ""

    def _probe(self, client, system):
        """Call the system once, without effect, for the test of its connection.

        The default asks for its address: any answer but a refusal or a failure shows
        that it was reached.

        :param client: SystemClient
        :param system: ``seam.system``
        :return: a sentence for the administrator
        :raise Fault: it was not reached, or refused the credentials
        """
        response = client.request("GET", "")
        if response.status in (401, 403) or response.status >= 500:
            exchange.require_success(response, client.host)
        return self.env._(
            "%(host)s was reached, and answered %(status)s after %(seconds)s s. It did not "
            "refuse the credentials.",
            host=client.host,
            status=response.status,
            seconds=f"{response.elapsed:.1f}",
        )

    def _to_request(self, flow, sending):
        """Translate what is sent, as a pure function.

        :param flow: FlowConf
        :param sending: exchange.Sending
        :return: exchange.Request, the same at every try; None where the partner has no
            word for it, and nothing is sent
        :raise Fault: ``mapping.failed`` with a pointer into the document
        """
        raise NotImplementedError

    def _interpret(self, flow, sending, response):
        """What the partner's answer means, as a pure function.

        :param response: http.Response, whatever its status
        :return: exchange.Answer
        """
        return exchange.interpret(response, flow.host)

    def _look_up(self, client, flow, sending):
        """Find out whether a request took effect whose answer was lost.

        Runs beside other calls: it uses ``client`` and no record or cursor.

        :param client: SystemClient
        :return: exchange.Answer that the lost one would have been, or None when the
            partner has nothing of it and it is to be sent again
        :raise NotImplementedError: the partner cannot be asked; the same request is
            sent again under the same key
        """
        raise NotImplementedError

    def _together(self, flow, sending, request):
        """Which messages of a flow may travel in one call, where ``_batch_most`` is over 1.

        :param request: exchange.Request of ``_to_request``
        :return: hashable: those with the same one may go together; None: it goes alone
        """
        return None

    def _to_batch(self, flow, parts):
        """Put requests that go together into one, as a pure function.

        :param parts: list of (exchange.Sending, exchange.Request), two or more
        :return: exchange.Request
        """
        raise NotImplementedError

    def _from_batch(self, flow, parts, response):
        """Take apart the answer to ``_to_batch``, as a pure function.

        :param response: http.Response with a status of 2xx
        :return: list, parallel to ``parts``, of http.Response, each as if the part had been
            called alone, for ``_interpret``; or None where nothing is said of it
        """
        raise NotImplementedError


class SeamConnectorApi(models.AbstractModel):
    """Partners who call our API, or sign webhooks by Standard Webhooks.

    They send documents in Seam's own form: nothing is translated.
    """

    _name = "seam.connector.api"
    _inherit = "seam.connector"
    _description = "API and webhooks"

    def _verify(self, headers, body, secrets):
        signature.verify_standard_webhook(headers, body, secrets.get("webhook", []))

    def _to_documents(self, flow, topic, wire):
        return wire if isinstance(wire, list) else [wire]

    def _to_request(self, flow, sending):
        headers = {"X-Seam-Topic": sending.topic} if sending.topic else {}
        return exchange.Request(
            "POST", flow.options["path"], headers=headers, json=sending.document
        )

    def _interpret(self, flow, sending, response):
        answer = super()._interpret(flow, sending, response)
        if not answer.accepted:
            return _with_words(answer, response)
        return answer._replace(external_id=_given_id(response), content=_given(response) or {})

    def _look_up(self, client, flow, sending):
        if not flow.options["look_up"]:
            raise NotImplementedError
        path = f"{flow.options['path'].rstrip('/')}/{sending.key}"
        response = client.request("GET", path)
        if response.status == 404:
            return None
        exchange.require_success(response, flow.host)
        return exchange.accepted(_given_id(response), content=_given(response) or {})


# Where partners say why not; the first by RFC 9457.
_WORDS = ("detail", "error", "message", "title")
MOST_WORDS = 300


def _with_words(answer, response):
    """A refusal with what the partner says of it."""
    given = _given(response) or {}
    said = next((given[name] for name in _WORDS if isinstance(given.get(name), str)), "").strip()
    if said and answer.fault.code == "transport.rejected":
        answer.fault.message = f"{answer.fault.message.rstrip('.')}: {said[:MOST_WORDS]}"
    return answer


def _given(response):
    """:return: the document that a partner answered, or None"""
    try:
        content = response.json()
    except Fault:
        return None
    return content if isinstance(content, dict) else None


def _given_id(response):
    """:return: what a partner calls the document by ``{"id": …}``, or None"""
    given = (_given(response) or {}).get("id")
    return str(given)[:255] if isinstance(given, (str, int)) and given != "" else None
