"""The interface that the customer's ERP calls: documents by POST, and what became of them by GET.

    POST /api/<what>          with Idempotency-Key: 201 {"id", "modified"}; 200 with the same for the same again
    GET  /api/<what>/<key>    200 {"id", "modified"}, or 404

<what> is companies, contacts or deals. Calls are signed by Standard Webhooks. A document with an id changes that
record: 404 where there is none, 410 where it was deleted or merged into another. One without makes a new one.
"""

import json

from simulators import standard_webhook
from simulators.local import Refused
from simulators.office import words
from simulators.warehouse.api import ROOT, Answer, lost, stopped


def answer(books, faults, secret, method, path, headers, content):
    """What the CRM answers to a call.

    headers   by lower-case name
    """
    instead = stopped(faults)
    if instead:
        return instead
    try:
        result = _route(books, secret, method, path, headers, content)
    except Refused as refused:
        return Answer(refused.status, {"error": str(refused)})
    return (method == "POST" and lost(faults)) or result


def _route(books, secret, method, path, headers, content):
    wrong = standard_webhook.wrong(headers, content, secret)
    if wrong:
        raise Refused(401, wrong)
    name, _, key = path.removeprefix(ROOT).partition("/")
    if not path.startswith(ROOT) or name not in words.KINDS:
        raise Refused(404, f"There is no {path}.")
    if method == "GET":
        found = books.look_up(words.KINDS[name], key)
        if not found:
            raise Refused(404, f"Nothing came under {key}.")
        return Answer(200, found)
    if key:
        raise Refused(405, "Documents are sent to the address of their kind.")
    return _take(books, words.KINDS[name], headers.get("idempotency-key"), content)


def _take(books, kind, key, content):
    if not key:
        raise Refused(400, "Idempotency-Key is needed.")
    try:
        document = json.loads(content)
    except ValueError:
        raise Refused(400, "This is not JSON.") from None
    if not isinstance(document, dict) or not (document.get("id") or document.get("odoo_id")):
        raise Refused(422, "A document needs an id, or one of Odoo.")
    if "id" not in document and not document.get("fields", {}).get("name"):
        raise Refused(422, "What is new needs a name.")
    new, result = books.take(kind, key, content, document)
    return Answer(201 if new else 200, result)
