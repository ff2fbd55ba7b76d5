import hashlib
import time
from datetime import datetime, timezone

from odoo import models

from odoo.addons.seam.engine import codec, exchange, signature
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.seam_connector import Envelope, Page

from .. import const
from ..engine import calls, expression, paging, template


class SeamConnectorHttp(models.AbstractModel):
    """Any REST API, as an administrator has set it up; see ``seam.endpoint``."""

    _name = "seam.connector.http"
    _inherit = "seam.connector"
    _description = "Any REST API"

    # -- a partner calls -----------------------------------------------------------------

    def _hook(self):
        flow = self.env.context.get("seam_flow")
        return self.env["seam.system"]._hook_settings(flow) if flow else {}

    def _verify(self, headers, body, secrets):
        hook, known = self._hook(), secrets.get("webhook", [])
        if hook.get("proof") != "hmac":
            signature.verify_standard_webhook(headers, body, known)
            return
        given = headers.get(hook["header"], "").strip()
        if hook["prefix"] and not given.startswith(hook["prefix"]):
            raise signature.BadSignature("The signature does not begin as it was agreed.")
        signed = body
        if hook["stamp"]:
            stamp = headers.get(hook["stamp"], "").strip()
            signature._check_time(stamp, time.time(), signature.TOLERANCE)
            signed = stamp.encode() + b"." + body
        signature.verify_hmac(
            signed, given.removeprefix(hook["prefix"]), known, hook["digest"], hook["encoding"]
        )

    def _envelope(self, headers, body):
        hook = self._hook()
        topic = headers.get(hook.get("topic") or "", "")[:120]
        delivery = headers.get(hook.get("id") or "", "")[:120]
        if delivery:
            digest = hashlib.sha256(topic.encode() + b"\n" + body).hexdigest()
            return Envelope(f"{delivery}:{digest}", topic)
        return super()._envelope(headers, body)._replace(topic=topic)

    def _to_documents(self, flow, topic, wire):
        http = self._settings(flow)
        make = calls.record_document if flow.handler == const.HANDLER_IN else calls.document
        return [make(http, item, wire) for item in calls.items(http, topic, wire)]

    # -- pull ----------------------------------------------------------------------------

    def _list_pages(self, client, flow, cursor):
        http = self._settings(flow)
        settings, now = http["paging"], datetime.now(timezone.utc).replace(tzinfo=None)
        state = paging.begin(cursor, now)
        step = paging.step(settings, state)
        response = self._ask(client, http, step)
        if paging.beyond(settings, state, response.status):
            body, items = None, []
        else:
            body = exchange.require_success(response, client.host).json()
            items = self._items(http, body)
        asked = step.url or f"{http['base'].rstrip('/')}/{http['path'].lstrip('/')}"
        turn = paging.turn(settings, state, body, response.headers, items, asked)
        records = [self._detail(client, http, item) for item in items]
        bodies = [(const.PULLED, codec.dump(record)) for record in records]
        return Page(bodies, turn.cursor, turn.more, turn.total)

    def _ask(self, client, http, step):
        known = {"since": step.params.get(http["paging"].get("since_param"))}
        headers = {"Accept": "application/json", **template.headers(http["headers"], known)}
        if step.url:
            return client.request("GET", step.url, headers=headers)
        params = {**template.query(http["query"], known), **step.params}
        path = template.path(http["path"], known)
        return client.request("GET", path, params=params, headers=headers)

    def _items(self, http, body):
        text = http["items_at"] or "@"
        found = expression.evaluate(text, body, "Records")
        if isinstance(found, list):
            return found
        raise Fault(
            "mapping.failed",
            self.env._("The answer has no list at %s.", text),
            fix=self.env._(
                "Mend “Records are at” on the flow. If the partner leaves an empty list out, "
                "write %s.",
                f"{text} || `[]`",
            ),
            subject="items_at",
        )

    def _detail(self, client, http, item):
        """All of a record. One that is not there stops no other: it becomes a message of
        its own that cannot be mapped, and so an exception that says what is missing."""
        if not http["detail_path"]:
            return item
        known = item if isinstance(item, dict) else {"id": item}
        path = template.path(http["detail_path"], known)
        response = client.request("GET", path, headers={"Accept": "application/json"})
        if response.status in (404, 410):
            return {"seam_missing_at": path, "seam_listed": item}
        return exchange.require_success(response, client.host).json()

    # -- out -----------------------------------------------------------------------------

    def _to_request(self, flow, sending):
        return calls.request(self._settings(flow), sending)

    def _interpret(self, flow, sending, response):
        return calls.answer(self._settings(flow), sending, response, flow.host)

    def _look_up(self, client, flow, sending):
        http = self._settings(flow)
        if not http["look_up_path"]:
            raise NotImplementedError
        path = template.path(http["look_up_path"], calls.values(sending))
        response = client.request("GET", path, headers={"Accept": "application/json"})
        if response.status in (404, 410):
            return None
        exchange.require_success(response, flow.host)
        return calls.looked_up(http, response)

    # -- test ------------------------------------------------------------------------------

    def _probe(self, client, system):
        """Ask for the first list that is set up, or for the address itself."""
        endpoint = system.flow_ids.endpoint_id.filtered(
            lambda each: each.direction == "in" and each.path and "{" not in each.path
        )[:1]
        if not endpoint:
            return super()._probe(client, system)
        http = endpoint._as_options()["http"]
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        response = self._ask(client, http, paging.step(http["paging"], paging.begin({}, now)))
        exchange.require_success(response, client.host)
        return self.env._(
            "%(host)s was reached, and answered %(path)s with %(status)s after %(seconds)s s.",
            host=client.host,
            path=http["path"],
            status=response.status,
            seconds=f"{response.elapsed:.1f}",
        )

    def _settings(self, flow):
        """:raise Fault: ``config.invalid``; the flow is not set up"""
        try:
            return flow.options["http"]
        except KeyError:
            raise Fault(
                "config.invalid",
                f"The flow {flow.code} is not set up: its connection is empty.",
                fix="Fill in Connection on the flow.",
                subject=flow.code,
            ) from None
