"""The connectors' one HTTP client.

It cannot be led to a forbidden address, follows no redirect, reads no more and
waits no longer than it was told, ignores proxies and ``.netrc`` of the
environment, and knows after a failure whether the request may have arrived.
"""

import contextlib
import copy
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, NoReturn
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from . import codec, redact
from .address import Allowed
from .connection import Adapter, Attempt, Guard, Resolver, system_resolver
from .fault import Fault

MAX_BYTES = 10 * 1024 * 1024
# Asking again has no further effect (RFC 9110 section 9.2.2).
IDEMPOTENT = {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"}

_CHUNK = 8192
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Response:
    """An answer, whatever its status. ``headers`` have lower-case names,
    ``body`` is decompressed, ``elapsed`` is in seconds."""

    status: int
    headers: dict[str, str]
    body: bytes
    elapsed: float

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait by the header Retry-After, in either of its forms
        (RFC 9110 section 10.2.3); None where it is missing or makes no sense."""
        return parse_retry_after(self.headers.get("retry-after", ""), time.time())

    def json(self) -> Any:
        """The body as ``codec.parse`` reads it, with its faults."""
        return codec.parse(self.body, self.headers.get("content-type", ""))


class Call(NamedTuple):
    """One request as it went out and what came of it: evidence.

    :ivar headers: without what proves something
    :ivar response: None where there was no whole answer
    :ivar seconds: until the answer, or until it was given up
    :ivar together: how many messages it carried
    """

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    response: Response | None
    fault: Fault | None
    seconds: float
    together: int = 1


class Client:
    """Requests to one base address.

    :param base_url: such as ``https://shop.example/wp-json/wc/v3``
    :param allowed: hosts for which plain http and any address is fine, and
        networks that may be connected to though they are not public
    :param timeout: seconds to connect, and to wait for each part of the answer;
        their sum bounds the whole request
    :param max_bytes: the largest answer, decompressed
    :param verify: check certificates; or the path of a CA bundle
    :param resolver: ``(host, port)`` to addresses; the system's by default
    :raise Fault: ``transport.forbidden`` or ``config.invalid`` for the address
    """

    def __init__(
        self,
        base_url: str,
        *,
        allowed: Iterable[str] = (),
        timeout: tuple[float, float] = (5, 30),
        max_bytes: int = MAX_BYTES,
        user_agent: str = "Seam/19",
        verify: bool | str = True,
        resolver: Resolver | None = None,
    ):
        self._allowed = Allowed(allowed)
        self._base = base_url.rstrip("/")
        self._origin = self._check_url(self._base)
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._user_agent = user_agent
        self._verify = verify
        self._guard = Guard(self._allowed, resolver or system_resolver)
        self._adapter = Adapter(self._guard)
        self.calls: list[Call] | None = None
        # Headers that prove something though their names do not say so, in lower case.
        self.secret_headers: frozenset[str] = frozenset()

    def recording(self) -> "Client":
        """This client, over the same connections, with its calls in a list ``calls``."""
        other = copy.copy(self)
        other.calls = []
        return other

    def limited(self, connect: float, read: float) -> "Client":
        """This client, over the same connections, with other timeouts (seconds)."""
        other = copy.copy(self)
        other._timeout = (connect, read)
        return other

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        data: bytes | str | Mapping[str, Any] | None = None,
        auth: Any = None,
    ) -> Response:
        """Send one request and read its answer; 4xx and 5xx are answers too.

        :param path: below the base address; or an absolute address of the same
            origin, as ``Link`` headers have it
        :param json: a document, Decimals included; or ``data``, sent as it is
        :param auth: (user, password), or what ``requests`` takes
        :raise Fault: ``transport.refused`` or ``transport.timeout`` where the
            request has not arrived or may be asked again, ``transport.ambiguous``
            where it may have had its effect, ``transport.forbidden``,
            ``transport.oversize``
        """
        prepared = self._prepare(method, path, params, headers, json, data, auth)
        attempt = Attempt(sum(self._timeout))
        started = time.monotonic()
        fault: Fault | None = None
        with attempt.watched(), self._guard.using(attempt):
            try:
                raw = self._send(prepared)
                with contextlib.closing(raw):
                    body = self._read(raw, prepared.method)
                attempt.check()
            except (requests.RequestException, HTTPError, OSError) as error:
                fault = self._fault(prepared.method, attempt, error)
            except _TooLarge:
                fault = self._oversize(prepared.method)
        seconds = time.monotonic() - started
        response = None if fault else _response(raw, body, seconds)
        if self.calls is not None:
            self.calls.append(_call(prepared, response, fault, seconds, self.secret_headers))
        if fault:
            # Outside the handler: the library's error, which quotes the address
            # with its query, must not travel along as the context.
            raise fault
        return response

    def preview(
        self, method, path, *, params=None, headers=None, json=None, data=None, auth=None
    ) -> Call:
        """What ``request`` would send, without sending it; see there."""
        prepared = self._prepare(method, path, params, headers, json, data, auth)
        return _call(prepared, None, None, 0.0, self.secret_headers)

    def close(self) -> None:
        """Close the kept connections."""
        self._adapter.close()

    def _prepare(self, method, path, params, headers, document, data, auth):
        sent = {
            "User-Agent": self._user_agent,
            "Accept-Encoding": "gzip, deflate",
            **(headers or {}),
        }
        if document is not None:
            data = codec.dump(document)
            given = {name.lower() for name in sent}
            if "content-type" not in given:
                sent["Content-Type"] = "application/json"
        url = self._url(path)
        try:
            request = requests.Request(
                method.upper(), url, sent, data=data, params=params, auth=auth
            )
            return request.prepare()
        except (requests.RequestException, ValueError):
            raise Fault(
                "config.invalid",
                f"The request to {self.host} cannot be made: its address or one of"
                " its headers is malformed.",
            ) from None

    def _send(self, prepared: requests.PreparedRequest) -> requests.Response:
        """Past ``requests.Session``, which would follow redirects, keep cookies,
        and read the body of a redirect without a limit."""
        return self._adapter.send(
            prepared,
            stream=True,
            timeout=self._timeout,
            verify=self._verify,
            proxies={},
        )

    def _read(self, raw: requests.Response, method: str) -> bytes:
        announced = raw.headers.get("content-length", "")
        length = int(announced) if announced.isdigit() else None
        if method == "HEAD":
            return b""
        if length is not None and length > self._max_bytes:
            raise _TooLarge
        body = bytearray()
        for chunk in raw.iter_content(_CHUNK):
            body += chunk
            if len(body) > self._max_bytes:
                raise _TooLarge
        # urllib3 1.26 takes a connection that ends early for the end of the body.
        if length is not None and raw.raw.tell() < length:
            raise requests.ConnectionError("The answer ended early.")
        return bytes(body)

    # --- addresses ---

    @property
    def host(self) -> str:
        return self._origin[1]

    def _url(self, path: str) -> str:
        if "://" not in path.partition("?")[0]:
            return f"{self._base}/{path.lstrip('/')}" if path else self._base
        if self._check_url(path) != self._origin:
            self._forbid(
                f"The request would leave {self.host} for another address, and the"
                " credentials with it."
            )
        return path

    def _check_url(self, url: str) -> tuple[str, str, int]:
        """Scheme, host and port, if one may talk to them."""
        try:
            parts = urlsplit(url)
            scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
        except ValueError:
            scheme, host, port, parts = "", "", None, None
        if scheme not in _PORTS or not host:
            raise Fault(
                "config.invalid",
                "The address is not a complete http or https address.",
                fix="Enter an address such as https://shop.example/api.",
            )
        if "@" in parts.netloc:
            raise Fault(
                "config.invalid",
                f"The address of {host} contains a user name or password.",
                fix="Enter credentials in their own fields, never in the address.",
            )
        if scheme == "http" and not self._allowed.host(host):
            self._forbid(
                f"{host} would be called without encryption (http).",
                "Use https, or list the host as an allowed address.",
            )
        return scheme, host, port or _PORTS[scheme]

    def _forbid(self, message: str, fix: str = "") -> NoReturn:
        raise Fault("transport.forbidden", message, fix=fix)

    # --- failures ---

    def _fault(self, method: str, attempt: "Attempt", error: Exception) -> Fault:
        late = attempt.expired or _is_timeout(error)
        if attempt.sent and method not in IDEMPOTENT:
            how = "did not answer in time" if late else "broke the connection"
            return Fault(
                "transport.ambiguous",
                f"{self.host} {how} after the request was sent: it may have taken effect.",
                fix="Look on the other side whether it did, before it is sent again.",
                subject=self.host,
            )
        if late:
            return Fault(
                "transport.timeout",
                f"{self.host} did not answer in time.",
                subject=self.host,
            )
        return Fault(
            "transport.refused",
            f"{self.host} {_why(error)}.",
            subject=self.host,
        )

    def _oversize(self, method: str) -> Fault:
        code = "transport.oversize" if method in IDEMPOTENT else "transport.ambiguous"
        return Fault(
            code,
            f"The answer of {self.host} is larger than {self._max_bytes} bytes and was not read.",
            fix="Ask for smaller pages, or look on the other side what it did.",
            subject=self.host,
        )


def _response(raw: requests.Response, body: bytes, seconds: float) -> Response:
    names = {name.lower(): value for name, value in raw.headers.items()}
    return Response(raw.status_code, names, body, seconds)


def _call(
    prepared: requests.PreparedRequest,
    response: Response | None,
    fault: Fault | None,
    seconds: float,
    hidden: Iterable[str],
) -> Call:
    body = prepared.body or b""
    return Call(
        prepared.method,
        redact.known(prepared.url),
        redact.headers(prepared.headers, hidden),
        body.encode() if isinstance(body, str) else body,
        response,
        fault,
        seconds,
    )


def parse_retry_after(value: str, now: float) -> float | None:
    """Seconds from ``now`` (since 1970) by a Retry-After header, at least 0;
    None if it is neither a number of seconds nor an HTTP date."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:12])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _is_timeout(error: Exception) -> bool:
    # While a body is read, requests hides the timeout in a ConnectionError.
    hidden = error.args[0] if error.args else None
    return isinstance(error, (requests.Timeout, TimeoutError)) or isinstance(
        hidden, ReadTimeoutError
    )


def _why(error: Exception) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "has no certificate that can be trusted, or TLS failed"
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return "sent an answer that cannot be decompressed"
    return "refused or broke the connection"


class _TooLarge(Exception):
    """The answer is over the limit."""
