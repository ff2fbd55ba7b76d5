"""The load generator: prepared requests over a number of connections, in a process of its own.

One thread, non-blocking sockets: it takes a few hundredths of a millisecond a request, the same for
every side that is measured. Odoo's workers serve one request a connection, so each request opens one,
whoever is measured; like a proxy it closes as soon as the answer's Content-Length is there (else the
worker waits 10 ms for more to read).
"""

import collections
import multiprocessing
import selectors
import socket
import time
from typing import NamedTuple

ANSWER_BYTES = 65536


class Load(NamedTuple):
    """What came of a load.

    seconds    from the first connection to the last answer
    latencies  seconds of each request, in the order of the answers
    statuses   {HTTP status: count}
    bodies     the answers' bodies, where they were asked for
    cpu        seconds of processor time the generator itself took
    started    time.monotonic() at the first connection
    """

    seconds: float
    latencies: list
    statuses: dict
    bodies: list
    cpu: float
    started: float


def post(path, body, headers=()):
    """One prepared request as bytes."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in dict(headers).items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def send(port, requests, connections=8, keep_bodies=False, patience=300):
    """Send every request once over `connections` connections; returns `Load`."""
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe(duplex=False)
    process = fork.Process(
        target=_child, args=(theirs, port, requests, connections, keep_bodies, patience)
    )
    process.start()
    theirs.close()
    try:
        result = ours.recv()
    except EOFError as error:
        raise RuntimeError("The load generator died.") from error
    finally:
        process.join()
    if isinstance(result, Exception):
        raise result
    return result


def _child(pipe, *arguments):
    try:
        pipe.send(_send(*arguments))
    except Exception as error:  # noqa: BLE001 - told to the parent
        pipe.send(RuntimeError(f"The load generator failed: {error!r}"))


def _send(port, requests, connections, keep_bodies, patience):
    waiting = collections.deque(requests)
    latencies, bodies, statuses = [], [], collections.Counter()
    cpu = time.process_time()
    started = time.monotonic()
    with selectors.DefaultSelector() as selector:
        for _ in range(min(connections, len(waiting))):
            _open(selector, port, waiting.popleft())
        while selector.get_map():
            if time.monotonic() - started > patience:
                raise TimeoutError(f"{len(waiting)} requests were not sent in {patience} s")
            for key, events in selector.select(1):
                answer = _go_on(selector, key, events)
                if answer is None:
                    continue
                latencies.append(time.monotonic() - key.data.started)
                statuses[int(answer[9:12])] += 1
                if keep_bodies:
                    bodies.append(answer.partition(b"\r\n\r\n")[2])
                if waiting:
                    _open(selector, port, waiting.popleft())
    return Load(
        time.monotonic() - started,
        latencies,
        dict(statuses),
        bodies,
        time.process_time() - cpu,
        started,
    )


class _Exchange:
    """One request on its way: what is still to send, and the answer so far."""

    def __init__(self, request):
        self.unsent, self.answer, self.started = memoryview(request), b"", time.monotonic()


def _open(selector, port, request):
    link = socket.socket()
    link.setblocking(False)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    link.connect_ex(("127.0.0.1", port))
    selector.register(link, selectors.EVENT_WRITE, _Exchange(request))


def _go_on(selector, key, events):
    """Send or read what is possible; returns the answer when it is complete."""
    exchange = key.data
    if events & selectors.EVENT_WRITE:
        exchange.unsent = exchange.unsent[key.fileobj.send(exchange.unsent) :]
        if not exchange.unsent:
            selector.modify(key.fileobj, selectors.EVENT_READ, exchange)
        return None
    part = key.fileobj.recv(ANSWER_BYTES)
    exchange.answer += part
    if part and not _complete(exchange.answer):
        return None
    selector.unregister(key.fileobj)
    key.fileobj.close()
    return exchange.answer


def _complete(answer):
    head, _blank, body = answer.partition(b"\r\n\r\n")
    _name, found, rest = head.lower().partition(b"content-length:")
    return bool(found) and len(body) >= int(rest.split(b"\r\n")[0])
