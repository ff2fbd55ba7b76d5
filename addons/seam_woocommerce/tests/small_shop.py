"""The part of WooCommerce's REST API that changes things, in memory."""

import json
import re

from odoo.addons.seam.tests.engine.scripted import Server, answer, raw

API = "/wp-json/wc/v3"


class SmallShop:
    """``calls`` is what was asked: list of (method, path below the API, body).

    ``mishaps``  what goes wrong with the next calls: "lost" (done, but the answer never
    comes), "dead" (done, and PHP dies), or (status, code, message) of a refusal
    """

    def __init__(self):
        self.calls, self.headers, self.mishaps = [], [], []
        self.notes, self.refunds, self.products, self.variations = [], [], [], {}
        self.server = Server(self._answer)
        self.url = f"http://127.0.0.1:{self.server.port}"
        self.close = self.server.close

    def changes(self):
        return [call for call in self.calls if call[0] != "GET"]

    def _answer(self, connection, request):
        path = request.target.split("?")[0].removeprefix(API)
        body = json.loads(request.body) if request.body else None
        self.calls.append((request.method, path, body))
        self.headers.append(request.headers)
        mishap = self.mishaps.pop(0) if self.mishaps else None
        if isinstance(mishap, tuple):
            status, code, message = mishap
            content = {"code": code, "message": message, "data": {"status": status}}
            return _json(content, f"{status} No")(connection, request)
        content = self._do(request.method, path, body)
        if mishap == "lost":
            return raw(b"")(connection, request)
        if mishap == "dead":
            page = b"<p>There has been a critical error on this website.</p>"
            return answer("500 Internal Server Error", page)(connection, request)
        return _json(content)(connection, request)

    def _do(self, method, path, body):
        if path.endswith("/notes"):
            return self._keep(self.notes, method, body, {"note": ""})
        if path.endswith("/refunds"):
            return self._keep(self.refunds, method, body, {})
        found = re.fullmatch(r"/products/(\d+)/variations", path)
        if found:
            return self.variations[int(found[1])]
        if path == "/products":
            return self.products
        return {"id": int(path.rsplit("/", 1)[1]), **(body or {})}

    def _keep(self, kept, method, body, more):
        if method == "GET":
            # WordPress puts texts into paragraphs
            return [
                {**one, **({"note": f"<p>{one['note']}</p>\n"} if more else {})} for one in kept
            ]
        kept.append({"id": 900 + len(kept), **body})
        return kept[-1]


def _json(content, status="200 OK"):
    return answer(status, json.dumps(content).encode(), Content_Type="application/json")
