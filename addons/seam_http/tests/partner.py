"""A small partner with a REST API: clients that are listed, added, changed and removed."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

KEY = "meadow-key"
DESCRIPTION = (Path(__file__).parent / "descriptions" / "clients.yaml").read_text()


def client(number, name, **values):
    return {
        "id": f"c-{number}",
        "display_name": name,
        "mail": f"{name.split()[0].lower()}@meadow.example",
        "telephone": "+49 30 1234",
        "address": {"town": "Berlin", "postal_code": "10115", "country_code": "DE"},
        "updated_at": f"2026-01-{number % 28 + 1:02}T12:00:00Z",
        "removed": False,
        **values,
    }


class Partner:
    """:ivar clients: dict id → client
    :ivar paging: how lists are handed out: page, offset, cursor, next_url, link or none
    :ivar asked: list of (method, path, query, body) that were let in
    :ivar status: the status of the next answers, None: as it should be
    """

    def __init__(self, *clients, paging="page"):
        self.clients = {each["id"]: each for each in clients}
        self.paging, self.asked, self.status, self.next_id = paging, [], None, 2000
        partner = self

        class Handler(_Handler):
            owner = partner

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}/v2"

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def list(self, query):
        """:return: (body, headers)"""
        since = query.get("updated_since", "")
        found = [each for each in self.clients.values() if each["updated_at"] >= since]
        size = int(query.get("per_page", 2))
        start = {
            "page": lambda: (int(query.get("page", 1)) - 1) * size,
            "offset": lambda: int(query.get("offset", 0)),
            "none": lambda: 0,
        }.get(self.paging, lambda: int(query.get("at", 0)))()
        size = len(found) if self.paging == "none" else size
        items, more = found[start : start + size], start + size < len(found)
        body, headers = {"clients": items, "total": len(found)}, {}
        if more and self.paging == "cursor":
            body["next"] = str(start + size)
        elif more and self.paging == "next_url":
            body["next"] = f"/v2/clients?per_page={size}&at={start + size}"
        elif more and self.paging == "link":
            headers["Link"] = (
                f'<{self.address}/clients?per_page={size}&at={start + size}>; rel="next"'
            )
        return body, headers

    def add(self, document):
        self.next_id += 1
        added = {**client(self.next_id, "New"), **document, "id": f"c-{self.next_id}"}
        self.clients[added["id"]] = added
        return added


class _Handler(BaseHTTPRequestHandler):
    owner = None
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args):
        pass

    def _handle(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"null")
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if self.headers.get("X-Api-Key") != KEY:
            return self._answer(401, {"message": "Who are you?"})
        self.owner.asked.append((self.command, parts.path, query, body))
        if self.owner.status:
            return self._answer(self.owner.status, {"error": {"message": "The town is unknown."}})
        return self._route(parts.path, query, body)

    def _route(self, path, query, body):
        id_ = path.removeprefix("/v2/clients").strip("/")
        if path.startswith("/v2/clients") and not id_:
            if self.command == "GET":
                return self._answer(200, *self.owner.list(query))
            return self._answer(201, self.owner.add(body))
        if id_ not in self.owner.clients:
            return self._answer(404, {"message": "There is no such thing."})
        if self.command == "GET":
            return self._answer(200, {**self.owner.clients[id_], "detail": True})
        if self.command == "PUT":
            self.owner.clients[id_].update(body)
        if self.command == "DELETE":
            del self.owner.clients[id_]
            return self._answer(204, None)
        return self._answer(200, self.owner.clients[id_])

    do_GET = do_POST = do_PUT = do_DELETE = _handle

    def _answer(self, status, body, headers=None):
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
