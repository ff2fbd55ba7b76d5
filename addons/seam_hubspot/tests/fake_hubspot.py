"""A fake of HubSpot, for tests and for looking at pages: it is not HubSpot, and none of it
comes from HubSpot.

A real HTTP server that speaks what HubSpot publishes of its CRM API version 3 (objects,
searches with their cut at 10,000, batches with 207, merges, the recycle bin), associations
version 4, owners, pipelines, properties, tokens, limits, and webhooks signed by version 3. It
misbehaves when it is told to. Only the standard library is used::

    python fake_hubspot.py 8399 pat-fake
"""

import base64
import hashlib
import hmac
import json
import re
import socket
import sys
import threading
import time
import urllib.request
import uuid
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

ACTIVITIES = {"tasks": "0-27", "calls": "0-48", "meetings": "0-47"}
TYPES = ("companies", "contacts", "deals", "line_items", *ACTIVITIES)
WORDS = {
    "companies": "company",
    "contacts": "contact",
    "deals": "deal",
    "line_items": "line_item",
    "tasks": "task",
    "calls": "call",
    "meetings": "meeting",
}
# type of an association → what it is with
LINKED = {
    3: "contacts",
    5: "companies",
    14: "companies",
    **dict.fromkeys((216, 206, 212), "deals"),
    **dict.fromkeys((204, 194, 200), "contacts"),
    **dict.fromkeys((192, 182, 188), "companies"),
}
MODIFIED = {"contacts": "lastmodifieddate"}
MAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")
KNOWN = {
    "companies": "name domain website phone address address2 city zip state country description "
    "hubspot_owner_id hs_parent_company_id",
    "contacts": "firstname lastname email phone website address city zip state country jobtitle "
    "hubspot_owner_id associatedcompanyid",
    "deals": "dealname dealstage pipeline amount closedate description hubspot_owner_id "
    "deal_currency_code",
    "line_items": "name hs_sku hs_product_id quantity price discount hs_discount_percentage",
    "tasks": "hs_timestamp hs_task_subject hs_task_body hs_task_status hs_task_type "
    "hs_task_priority hubspot_owner_id",
    "calls": "hs_timestamp hs_call_title hs_call_body hs_call_status hubspot_owner_id",
    "meetings": "hs_timestamp hs_meeting_title hs_meeting_body hs_meeting_outcome "
    "hs_meeting_start_time hs_meeting_end_time hs_internal_meeting_notes hubspot_owner_id",
}
OPTIONS = {
    "hs_task_status": ("NOT_STARTED", "IN_PROGRESS", "WAITING", "DEFERRED", "COMPLETED"),
    "hs_task_type": ("TODO", "CALL", "EMAIL"),
    "hs_meeting_outcome": ("SCHEDULED", "COMPLETED", "RESCHEDULED", "NO_SHOW", "CANCELED"),
}
READ_ONLY = (
    "hs_object_id createdate hs_merged_object_ids hs_is_closed hs_is_closed_won "
    "hs_task_completion_date hs_email_optout"
).split()
STAGES = {
    "appointmentscheduled": ("Appointment scheduled", "false", "0.2"),
    "contractsent": ("Contract sent", "false", "0.9"),
    "closedwon": ("Closed won", "true", "1.0"),
    "closedlost": ("Closed lost", "true", "0.0"),
}


class Refusal(Exception):
    """What HubSpot would answer in place of a result."""

    def __init__(self, status, category, message, **more):
        super().__init__(message)
        self.status = status
        self.content = {
            "status": "error",
            "message": message,
            "correlationId": str(uuid.uuid4()),
            "category": category,
            **more,
        }


class FakeHubspot:
    """
    :ivar calls: list of (method, path, body) that were asked
    :ivar mishaps: what goes wrong with the next calls: ``lost`` (done, but the answer never
        comes), ``dead`` (500, nothing done), ``burst`` and ``daily`` (429), or None
    :ivar events: what webhooks are still to tell, oldest first
    :ivar window: how many results a search has at most
    :ivar hidden: ids that searches do not find yet: their index is behind
    :ivar unread: ids that HubSpot cannot read at the moment: it says so in a batch of many
    :ivar merges_anew: whether a merge makes a new record
    :ivar currency: that of the account, or None where it says none
    :ivar site: where its people see it
    """

    def __init__(self, token="pat-fake", port=0, window=10_000):
        self.tokens, self.refresh, self.client = {token}, "refresh-fake", ("app", "secret")
        self.calls, self.mishaps, self.events, self.hidden = [], [], [], set()
        self.unread = set()
        self.window, self.merges_anew, self.daily, self.left = window, True, 250_000, 250_000
        # whether a batch is done in part, and of which records its answer says nothing
        self.multi_status, self.mute = True, set()
        self.currency, self.site = None, "app.hubspot.com"
        self.user, self.app_id, self.lock = "userId:5", 9, threading.RLock()
        self.objects = {type_: {} for type_ in TYPES}
        self.links, self.survivors = {}, {}
        self.unsubscribed, self.scopes = {}, {"communication_preferences.write"}
        self.owners = {"41": ("carla@example.com", "Carla", "Reyes")}
        self.properties = {type_: self._described(type_) for type_ in TYPES}
        self.number, self.clock = 100, int(time.time() * 1000)
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self):
                self.raw_requestline = self.rfile.readline(65537)
                if not self.raw_requestline or not self.parse_request():
                    self.close_connection = True
                    return
                length = int(self.headers.get("content-length") or 0)
                fake._serve(self, self.rfile.read(length))

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    @staticmethod
    def _described(type_):
        modified = MODIFIED.get(type_, "hs_lastmodifieddate")
        kinds = {"amount": "number", "closedate": "datetime", modified: "datetime"}
        return {
            name: {
                "name": name,
                "label": name.replace("_", " ").capitalize(),
                "type": kinds.get(name, "string"),
                "fieldType": "text",
                "groupName": f"{WORDS[type_]}information",
                "hubspotDefined": True,
                "modificationMetadata": {"readOnlyValue": name in (*READ_ONLY, modified)},
            }
            for name in (*KNOWN[type_].split(), *READ_ONLY, modified)
        }

    # -- its own people ----------------------------------------------------------------

    def tick(self, milliseconds=1):
        self.clock = max(self.clock + milliseconds, int(time.time() * 1000))
        return self.clock

    def make(self, type_, at=None, **values):
        """Somebody makes a record at HubSpot. :return: its number"""
        with self.lock:
            record = self._create(type_, values, "CRM_UI")
            if at:
                record["modified"] = at
            return record["id"]

    def edit(self, type_, number, **values):
        with self.lock:
            self._change(self._record(type_, number), type_, values, "CRM_UI")

    def archive(self, type_, number, privacy=False):
        with self.lock:
            self._archive(type_, number)
            if privacy:
                del self.objects[type_][number]
                self._tell(type_, "privacyDeletion", objectId=int(number))

    def unsubscribe(self, mail, objects=True, source="EMAIL_RECIPIENT"):
        """Who has this address follows the link in an e-mail, or a link back."""
        with self.lock:
            for record in self.objects["contacts"].values():
                if record["properties"].get("email") == mail:
                    self.tick()
                    self._set(record, {"hs_email_optout": str(objects).lower()}, source)
                    record["modified"] = self.clock
                    value = record["properties"]["hs_email_optout"]
                    self._tell_property("contacts", record, "hs_email_optout", value, source)

    def restore(self, type_, number):
        with self.lock:
            record = self.objects[type_][number]
            record.update(archived=False, archivedAt=None, modified=self.tick())
            self._tell(type_, "restore", objectId=int(number))

    def link(self, type_, number, target, to, type_id=0):
        with self.lock:
            self._link(type_, number, target, to, type_id)

    def values(self, type_, number):
        """:return: dict of the properties of a record, or of what it was merged into"""
        return dict(self._record(type_, number)["properties"])

    def add_property(self, type_, name, kind="string", label=None):
        described = {"name": name, "label": label or name, "type": kind, "hubspotDefined": False}
        self.properties[type_][name] = {**described, "modificationMetadata": {}}

    def remove_property(self, type_, name):
        del self.properties[type_][name]

    # -- webhooks ----------------------------------------------------------------------

    def _tell(self, type_, what, source="CRM_UI", **values):
        if type_ == "line_items":
            return
        integration = source == "INTEGRATION"
        word = "object" if type_ in ACTIVITIES else WORDS[type_]
        if type_ in ACTIVITIES and "fromObjectId" not in values:
            values["objectTypeId"] = ACTIVITIES[type_]
        self.events.append(
            {
                "eventId": len(self.events) + 1,
                "subscriptionId": 7,
                "portalId": 33,
                "appId": self.app_id,
                "occurredAt": self.clock,
                "subscriptionType": f"{word}.{what}",
                "attemptNumber": 0,
                "changeSource": source,
                "sourceId": str(self.app_id) if integration else self.user,
                **values,
            }
        )

    def call(self, address, secret, count=100):
        """:return: (body, headers) of the next call of a webhook, or None"""
        with self.lock:
            told, self.events = self.events[:count], self.events[count:]
        if not told:
            return None
        body, stamp = json.dumps(told).encode(), str(int(time.time() * 1000))
        source = b"POST" + address.encode() + body + stamp.encode()
        made = hmac.new(secret.encode(), source, hashlib.sha256).digest()
        return body, {
            "Content-Type": "application/json",
            "X-HubSpot-Signature-v3": base64.b64encode(made).decode(),
            "X-HubSpot-Request-Timestamp": stamp,
        }

    def deliver(self, address, secret):
        """Call Odoo until all is told. :return: list of its statuses"""
        statuses = []
        while made := self.call(address, secret):
            body, headers = made
            request = urllib.request.Request(address, body, headers)
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                statuses.append(answer.status)
        return statuses

    # -- HTTP --------------------------------------------------------------------------

    def _serve(self, handler, body):
        split = urlsplit(handler.path)
        path = split.path.strip("/")
        query = {name: values[-1] for name, values in parse_qs(split.query).items()}
        with self.lock:
            mishap = self.mishaps.pop(0) if self.mishaps else None
            status, content = self._answer(handler, path, query, body, mishap)
            self.left -= 1
        if mishap == "lost":
            handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True
            return
        data = b"" if content is None else json.dumps(content).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json;charset=utf-8")
        handler.send_header("Content-Length", str(len(data)))
        handler.send_header("X-HubSpot-RateLimit-Daily", str(self.daily))
        handler.send_header("X-HubSpot-RateLimit-Daily-Remaining", str(max(0, self.left)))
        handler.send_header("X-HubSpot-RateLimit-Interval-Milliseconds", "10000")
        handler.end_headers()
        handler.wfile.write(data)

    def _answer(self, handler, path, query, body, mishap):
        try:
            if path == "oauth/v1/token":
                return 200, self._grant(dict(parse_qsl(body.decode())))
            self._admit(handler, mishap)
            document = json.loads(body) if body else None
            self.calls.append((handler.command, path, document))
            return self._do(handler.command, path.split("/"), query, document)
        except Refusal as refusal:
            return refusal.status, refusal.content

    def _admit(self, handler, mishap):
        token = handler.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            raise Refusal(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.")
        if mishap == "dead":
            raise Refusal(500, "INTERNAL_ERROR", "internal error")
        if mishap == "burst":
            raise Refusal(
                429,
                "RATE_LIMITS",
                "You have reached your ten_secondly_rolling limit.",
                errorType="RATE_LIMIT",
                policyName="TEN_SECONDLY_ROLLING",
            )
        if mishap == "daily" or self.left <= 0:
            raise Refusal(
                429,
                "RATE_LIMITS",
                "You have reached your daily limit.",
                errorType="RATE_LIMIT",
                policyName="DAILY",
            )

    def _grant(self, form):
        known = (form.get("client_id"), form.get("client_secret")) == self.client
        if form.get("grant_type") != "refresh_token" or form.get("refresh_token") != self.refresh:
            raise Refusal(400, "BAD_REFRESH_TOKEN", "missing or invalid refresh token")
        if not known:
            raise Refusal(400, "BAD_CLIENT_ID", "missing or unknown client id")
        token = f"access-{uuid.uuid4()}"
        self.tokens.add(token)
        return {
            "token_type": "bearer",
            "access_token": token,
            "refresh_token": self.refresh,
            "expires_in": 1800,
        }

    def _do(self, method, parts, query, body):
        match parts:
            case ["account-info", "v3", "details"]:
                known = {"companyCurrency": self.currency} if self.currency else {}
                known |= {"uiDomain": self.site} if self.site is not None else {}
                return 200, {"portalId": 33, "timeZone": "Europe/Berlin", **known}
            case ["crm", "v3", "owners"]:
                return 200, {"results": self._owners() if query["archived"] == "false" else []}
            case ["crm", "v3", "pipelines", "deals"]:
                return 200, {"results": [self._pipeline()]}
            case ["crm", "v3", "properties", type_, *rest]:
                return self._property(method, type_, rest, body)
            case ["crm", "v4", "associations", type_, target, "batch", "read"]:
                return self._associations(type_, target, body)
            case ["crm", "v4", "objects", type_, number, "associations", target, *to]:
                return self._linking(method, type_, number, target, to, body)
            case ["communication-preferences", "v4", "statuses", mail, "unsubscribe-all"]:
                return self._unsubscribed(method, unquote(mail), query)
            case ["crm", "v3", "objects", type_, *rest] if type_ in TYPES:
                return self._object(method, type_, rest, query, body)
        raise Refusal(404, "OBJECT_NOT_FOUND", f"No such place: /{'/'.join(parts)}")

    def _linking(self, method, type_, number, target, to, body):
        number = self._record(type_, number)["id"]
        if not to:
            return 200, {"results": self._linked(type_, number, target)}
        self._record(target, to[0])
        if method == "DELETE":
            self._unlink(type_, number, target, to[0])
            return 204, None
        self._link(type_, number, target, to[0], body[0]["associationTypeId"])
        return 200, {"fromObjectId": number, "toObjectId": to[0]}

    def _unsubscribed(self, method, mail, query):
        if query.get("channel") != "EMAIL":
            raise Refusal(400, "VALIDATION_ERROR", "channel must be EMAIL")
        scope = f"communication_preferences.{'read' if method == 'GET' else 'write'}"
        if scope not in self.scopes:
            raise Refusal(
                403,
                "MISSING_SCOPES",
                "This app hasn't been granted all required scopes to make this call.",
                errors=[
                    {
                        "message": "One or more of the following scopes are required.",
                        "context": {"requiredGranularScopes": [scope]},
                    }
                ],
            )
        if method == "POST" and mail not in self.unsubscribed:
            self.unsubscribed[mail] = self.tick()
            self.unsubscribe(mail, source="INTEGRATION")
        told = {"channel": "EMAIL", "status": "UNSUBSCRIBED", "subscriberIdString": mail}
        at = self.unsubscribed.get(mail)
        found = [{**told, "wideStatusType": "PORTAL_WIDE", "timestamp": _iso(at)}] if at else []
        return 200, {"status": "COMPLETE", "results": found}

    def _object(self, method, type_, rest, query, body):
        match method, rest:
            case "GET", []:
                return 200, self._list(type_, query)
            case "POST", []:
                record = self._create(type_, body["properties"], "INTEGRATION")
                for each in body.get("associations") or ():
                    id_ = each["types"][0]["associationTypeId"]
                    self._link(type_, record["id"], LINKED[id_], each["to"]["id"], id_)
                return 201, self._shown(type_, record)
            case "POST", ["search"]:
                return 200, self._search(type_, body)
            case "POST", ["merge"]:
                return 200, self._shown(type_, self._merge(type_, body))
            case "POST", ["batch", "read"]:
                return self._batch_read(type_, query, body)
            case "POST", ["batch", "upsert"]:
                return self._upsert(type_, body)
            case "POST", ["batch", "update"]:
                return self._batch_update(type_, body)
            case _, [number]:
                return self._single(method, type_, number, query, body)
        raise Refusal(405, "METHOD_NOT_ALLOWED", f"HTTP {method} is not allowed")

    def _single(self, method, type_, number, query, body):
        if method == "GET":
            record = self._by(type_, number, query.get("idProperty"))
            return 200, self._shown(type_, record) | _history(
                record, query.get("propertiesWithHistory", "").split(",")
            )
        if method == "PATCH":
            record = self._record(type_, number)
            self._change(record, type_, body["properties"], "INTEGRATION")
            return 200, self._shown(type_, record)
        if method == "DELETE":
            self._archive(type_, number)
            return 204, None
        raise Refusal(405, "METHOD_NOT_ALLOWED", f"HTTP {method} is not allowed")

    # -- records -----------------------------------------------------------------------

    def _record(self, type_, number):
        number = str(number)
        while (type_, number) in self.survivors:
            number = self.survivors[type_, number]
        record = self.objects[type_].get(number)
        if not record or record["archived"]:
            raise Refusal(
                404, "OBJECT_NOT_FOUND", "Object not found.  objectId are usually numeric."
            )
        return record

    def _by(self, type_, number, name):
        if not name:
            return self._record(type_, number)
        for record in self.objects[type_].values():
            if record["properties"].get(name) == number and not record["archived"]:
                return record
        raise Refusal(404, "OBJECT_NOT_FOUND", "Object not found")

    def _check(self, type_, values, own=None):
        bad = [
            {
                "isValid": False,
                "error": "PROPERTY_DOESNT_EXIST",
                "name": name,
                "message": f'Property "{name}" does not exist',
            }
            for name in values
            if name not in self.properties[type_]
        ]
        bad += [
            {
                "isValid": False,
                "error": "READ_ONLY_VALUE",
                "name": name,
                "message": f'"{name}" is a read only property; its value cannot be set.',
            }
            for name in values
            if name in READ_ONLY
        ]
        mail = values.get("email")
        if mail and not MAIL.fullmatch(mail):
            bad.append(
                {
                    "isValid": False,
                    "error": "INVALID_EMAIL",
                    "name": "email",
                    "message": f"Email address {mail} is invalid",
                }
            )
        stage = values.get("dealstage")
        if stage and stage not in STAGES:
            bad.append(
                {
                    "isValid": False,
                    "error": "INVALID_OPTION",
                    "name": "dealstage",
                    "message": f"{stage} was not one of the allowed options",
                }
            )
        bad += [
            {
                "isValid": False,
                "error": "INVALID_OPTION",
                "name": name,
                "message": f"{values[name]} was not one of the allowed options",
            }
            for name, allowed in OPTIONS.items()
            if values.get(name) and values[name] not in allowed
        ]
        if type_ in ACTIVITIES and not {**(own or {}).get("properties", {}), **values}.get(
            "hs_timestamp"
        ):
            bad.append(
                {
                    "isValid": False,
                    "error": "REQUIRED_FIELD",
                    "name": "hs_timestamp",
                    "message": "hs_timestamp must be set",
                }
            )
        if bad:
            message = f"Property values were not valid: {json.dumps(bad)}"
            raise Refusal(400, "VALIDATION_ERROR", message)
        for record in self.objects[type_].values():
            if record is own or record["archived"]:
                continue
            if mail and record["properties"].get("email") == mail:
                message = f"Contact already exists. Existing ID: {record['id']}"
                raise Refusal(409, "CONFLICT", message)
            key = values.get("seam_odoo_id")
            if key and record["properties"].get("seam_odoo_id") == key:
                message = f"seam_odoo_id: {record['id']} already has that value."
                raise Refusal(400, "VALIDATION_ERROR", message)

    def _create(self, type_, values, source):
        self._check(type_, values)
        self.number += 1
        now = self.tick()
        record = {
            "id": str(self.number),
            "properties": {},
            "history": {},
            "created": now,
            "modified": now,
            "archived": False,
            "archivedAt": None,
        }
        self.objects[type_][record["id"]] = record
        self._set(record, values, source)
        self._tell(type_, "creation", source, objectId=self.number, changeFlag="CREATED")
        for name, value in values.items():
            self._tell_property(type_, record, name, value, source)
        return record

    def _set(self, record, values, source):
        kept = {name: str(value) for name, value in values.items() if value not in (None, "")}
        for name in values.keys() - kept.keys():
            record["properties"].pop(name, None)
        for name in values:
            if kept.get(name) != record["properties"].get(name) or name not in kept:
                entry = {
                    "value": kept.get(name, ""),
                    "timestamp": _iso(self.clock),
                    "sourceType": source,
                }
                record["history"].setdefault(name, []).insert(0, entry)
        record["properties"].update(kept)
        if kept.get("hs_task_status") == "COMPLETED":
            record["properties"]["hs_task_completion_date"] = _iso(self.clock)

    def _change(self, record, type_, values, source):
        self._check(type_, values, record)
        self.tick()
        changed = {
            name: value
            for name, value in values.items()
            if str(value or "") != record["properties"].get(name, "")
        }
        self._set(record, values, source)
        if changed:
            record["modified"] = self.tick()
        for name, value in changed.items():
            self._tell_property(type_, record, name, value, source)

    def _tell_property(self, type_, record, name, value, source):
        self._tell(
            type_,
            "propertyChange",
            source,
            objectId=int(record["id"]),
            propertyName=name,
            propertyValue=value,
        )

    def _archive(self, type_, number):
        record = self._record(type_, number)
        record.update(archived=True, archivedAt=self.tick())
        self._tell(type_, "deletion", objectId=int(record["id"]), changeFlag="DELETED")

    def _merge(self, type_, body):
        primary = self._record(type_, body["primaryObjectId"])
        other = self._record(type_, body["objectIdToMerge"])
        if primary is other:
            raise Refusal(400, "VALIDATION_ERROR", "Cannot merge an object with itself.")
        values = {**other["properties"], **primary["properties"]}
        merged = {primary["id"], other["id"]} if self.merges_anew else {other["id"]}
        for record in (primary, other):
            merged |= set((record["properties"].get("hs_merged_object_ids") or "").split(";"))
        values["hs_merged_object_ids"] = ";".join(sorted(merged - {""}))
        into = primary
        if self.merges_anew:
            del self.objects[type_][primary["id"]]
            self.number += 1
            into = {**primary, "id": str(self.number), "properties": {}}
            self.objects[type_][into["id"]] = into
            self.survivors[type_, primary["id"]] = into["id"]
        del self.objects[type_][other["id"]]
        self.survivors[type_, other["id"]] = into["id"]
        into["properties"], into["modified"] = values, self.tick()
        self._tell(
            type_,
            "merge",
            objectId=int(primary["id"]),
            primaryObjectId=int(primary["id"]),
            mergedObjectIds=[int(other["id"])],
            newObjectId=int(into["id"]) if self.merges_anew else None,
            numberOfPropertiesMoved=1,
        )
        return into

    def _link(self, type_, number, target, to, type_id):
        kept = self.links.setdefault((type_, str(number), target), {})
        if type_id in (5, 14):
            for types in kept.values():
                types.discard(type_id)
        kept.setdefault(str(to), set()).add(type_id)
        if (type_, target) == ("companies", "companies"):
            self.objects[type_][str(number)]["properties"]["hs_parent_company_id"] = str(to)
        self._note_links(type_, number, "CRM_UI")
        if type_ in ACTIVITIES:
            ends = {"companies": "0-2", "contacts": "0-1", "deals": "0-3"}
            self._tell(
                type_,
                "associationChange",
                fromObjectTypeId=ACTIVITIES[type_],
                toObjectTypeId=ends[target],
                fromObjectId=int(number),
                toObjectId=int(to),
                associationRemoved=False,
            )
            return
        self._tell_link(type_, number, target, to, is_removed=False)

    def _unlink(self, type_, number, target, to):
        if not self.links.get((type_, str(number), target), {}).pop(str(to), None):
            return
        self._note_links(type_, number, "INTEGRATION")
        self._tell_link(type_, number, target, to, is_removed=True)

    def _tell_link(self, type_, number, target, to, is_removed):
        self._tell(
            type_,
            "associationChange",
            associationType=f"{WORDS[type_]}_to_{WORDS[target]}".upper(),
            fromObjectId=int(number),
            toObjectId=int(to),
            associationRemoved=is_removed,
        )

    def _note_links(self, type_, number, source):
        """What HubSpot counts itself of a deal's links is told by its properties, too."""
        record = self.objects[type_][str(number)]
        record["modified"] = self.tick()
        if type_ != "deals":
            return
        companies = self.links.get((type_, str(number), "companies"), {})
        primary = next((to for to, types in companies.items() if 5 in types), "")
        count = len(self.links.get((type_, str(number), "contacts"), {}))
        values = {"hs_primary_associated_company": primary, "num_associated_contacts": count}
        known = record["properties"]
        news = {name: v for name, v in values.items() if str(v) != known.get(name, "")}
        self._set(record, news, source)

    # -- answers -----------------------------------------------------------------------

    def _shown(self, type_, record, names=None):
        values = {
            **record["properties"],
            "hs_object_id": record["id"],
            "createdate": _iso(record["created"]),
            MODIFIED.get(type_, "hs_lastmodifieddate"): _iso(record["modified"]),
        }
        if type_ == "deals":
            stage = STAGES.get(values.get("dealstage"), ("", "false", "0"))
            values["hs_is_closed"] = stage[1]
            values["hs_is_closed_won"] = "true" if stage[2] == "1.0" else "false"
        if names is not None:
            always = ("hs_object_id", "createdate", MODIFIED.get(type_, "hs_lastmodifieddate"))
            # a property that it does not have is not shown, without a word
            known = (name for name in names if name in self.properties[type_])
            values = {name: values.get(name) for name in (*known, *always)}
        shown = {
            "id": record["id"],
            "properties": values,
            "createdAt": _iso(record["created"]),
            "updatedAt": _iso(record["modified"]),
            "archived": record["archived"],
        }
        return shown | ({"archivedAt": _iso(record["archivedAt"])} if record["archived"] else {})

    def _list(self, type_, query):
        limit, archived = int(query.get("limit", 10)), query.get("archived") == "true"
        if limit > 100:
            raise Refusal(400, "VALIDATION_ERROR", "limit must be at most 100")
        after = int(query.get("after") or 0)
        names = [name for name in query.get("properties", "").split(",") if name]
        found = [
            record
            for record in sorted(self.objects[type_].values(), key=lambda r: int(r["id"]))
            if record["archived"] == archived and int(record["id"]) > after
        ]
        told = {"results": [self._shown(type_, record, names) for record in found[:limit]]}
        if len(found) > limit:
            told["paging"] = {"next": {"after": found[limit - 1]["id"], "link": "…"}}
        return told

    def _search(self, type_, body):
        limit, after = int(body.get("limit", 10)), int(body.get("after") or 0)
        if limit > 200 or len(body.get("sorts") or ()) > 1:
            raise Refusal(400, "VALIDATION_ERROR", "There was a problem with the request.")
        if after + limit > self.window:
            raise Refusal(400, "VALIDATION_ERROR", "Paging beyond 10,000 results is not allowed.")
        groups = body.get("filterGroups") or [{"filters": []}]
        shown = [
            self._shown(type_, record)
            for record in self.objects[type_].values()
            if not record["archived"] and record["id"] not in self.hidden
        ]
        found = [
            each
            for each in shown
            if any(all(_fits(each, f) for f in group["filters"]) for group in groups)
        ]
        for sort in body.get("sorts") or ():
            name, down = sort["propertyName"], sort.get("direction") == "DESCENDING"
            found.sort(key=lambda each: _number(each["properties"].get(name)), reverse=down)
        page = found[after : after + limit]
        names = body.get("properties") or []
        told = {
            "total": len(found),
            "results": [
                self._shown(type_, self.objects[type_][each["id"]], names) for each in page
            ],
        }
        if len(found) > after + limit:
            told["paging"] = {"next": {"after": str(after + limit), "link": "…"}}
        return told

    def _batch_read(self, type_, query, body):
        if len(body["inputs"]) > 100:
            raise Refusal(400, "VALIDATION_ERROR", "Batch size is larger than 100")
        histories = body.get("propertiesWithHistory") or []
        if histories and len(body["inputs"]) > 50:
            message = (
                "The maximum number of inputs supported in a batch request for property histories "
                "is 50. Please reduce the number of items and try again"
            )
            raise Refusal(400, "VALIDATION_ERROR", message)
        archived, found, lost = query.get("archived") == "true", {}, []
        unread = [each["id"] for each in body["inputs"] if each["id"] in self.unread]
        for each in body["inputs"]:
            number = each["id"]
            if number in unread:
                continue
            while (type_, number) in self.survivors:
                number = self.survivors[type_, number]
            record = self.objects[type_].get(number)
            if record and record["archived"] == archived:
                shown = self._shown(type_, record, body.get("properties"))
                found[number] = shown | _history(record, histories)
            else:
                lost.append(each["id"])
        told = {"status": "COMPLETE", "results": list(found.values())}
        gone = "Could not get some objects, they may be deleted or not exist."
        errors = [
            {"status": "error", "category": category, "message": text, "context": {"ids": ids}}
            for category, text, ids in (
                ("OBJECT_NOT_FOUND", gone, lost),
                ("INTERNAL_ERROR", "internal error", unread),
            )
            if ids
        ]
        return (
            (207, {**told, "numErrors": len(errors), "errors": errors}) if errors else (200, told)
        )

    def _batch_update(self, type_, body):
        self._check_batch(body)
        results, errors = [], []
        for each in body["inputs"]:
            try:
                record = self._record(type_, each["id"])
                self._change(record, type_, each["properties"], "INTEGRATION")
                results.append(self._shown(type_, record))
            except Refusal as refusal:
                errors.append(self._error_of(refusal, each))
        return self._batch_answer(results, errors)

    def _check_batch(self, body):
        if len(body["inputs"]) > 100:
            raise Refusal(400, "VALIDATION_ERROR", "Batch size is larger than 100")
        if len({each["id"] for each in body["inputs"]}) < len(body["inputs"]):
            raise Refusal(400, "VALIDATION_ERROR", "Duplicate IDs found in batch input")

    def _error_of(self, refusal, each):
        """Which one it is about is told if it has a trace; without any the whole is refused."""
        if not self.multi_status or not each.get("objectWriteTraceId"):
            raise refusal
        return {**refusal.content, "context": {"objectWriteTraceId": [each["objectWriteTraceId"]]}}

    def _batch_answer(self, results, errors):
        told = {"status": "COMPLETE", "results": results}
        if self.mute:
            told["results"] = [each for each in results if each["id"] not in self.mute]
        if errors:
            return 207, {**told, "numErrors": len(errors), "errors": errors}
        return 200, told

    def _upsert(self, type_, body):
        self._check_batch(body)
        results, errors = [], []
        for each in body["inputs"]:
            name = each["idProperty"]
            if not self.properties[type_].get(name, {}).get("hasUniqueValue"):
                raise Refusal(400, "VALIDATION_ERROR", f"{name} is not a unique property")
            known = [
                record
                for record in self.objects[type_].values()
                if record["properties"].get(name) == each["id"] and not record["archived"]
            ]
            values = {**each["properties"], name: each["id"]}
            try:
                if known:
                    self._change(known[0], type_, values, "INTEGRATION")
                else:
                    known = [self._create(type_, values, "INTEGRATION")]
                trace = each.get("objectWriteTraceId")
                shown = {**self._shown(type_, known[0]), "new": True}
                results.append(shown | ({"objectWriteTraceId": trace} if trace else {}))
            except Refusal as refusal:
                errors.append(self._error_of(refusal, each))
        return self._batch_answer(results, errors)

    def _associations(self, type_, target, body):
        results, errors = [], []
        for each in body["inputs"]:
            linked = self.links.get((type_, each["id"], target))
            if not linked:
                errors.append(
                    {
                        "status": "error",
                        "category": "OBJECT_NOT_FOUND",
                        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
                        "message": f"No {target} is associated with {each['id']}.",
                        "context": {"fromObjectId": [each["id"]]},
                    }
                )
                continue
            to = self._linked(type_, each["id"], target)
            results.append({"from": {"id": each["id"]}, "to": to})
        told = {"status": "COMPLETE", "results": results}
        return (207, {**told, "errors": errors}) if errors else (200, told)

    def _linked(self, type_, number, target):
        return [
            {
                "toObjectId": int(self._record(target, to)["id"]),
                "associationTypes": [
                    {"category": "HUBSPOT_DEFINED", "typeId": type_id, "label": None}
                    for type_id in sorted(types)
                ],
            }
            for to, types in self.links.get((type_, str(number), target), {}).items()
        ]

    def _owners(self):
        return [
            {"id": number, "email": mail, "firstName": first, "lastName": last, "archived": False}
            for number, (mail, first, last) in self.owners.items()
        ]

    def _pipeline(self):
        return {
            "id": "default",
            "label": "Sales pipeline",
            "displayOrder": 0,
            "archived": False,
            "stages": [
                {
                    "id": id_,
                    "label": label,
                    "displayOrder": order,
                    "archived": False,
                    "metadata": {"isClosed": closed, "probability": probability},
                }
                for order, (id_, (label, closed, probability)) in enumerate(STAGES.items())
            ],
        }

    def _property(self, method, type_, rest, body):
        known = self.properties[type_]
        if method == "POST":
            if body["name"] in known:
                raise Refusal(409, "CONFLICT", f"A property named '{body['name']}' already exists.")
            known[body["name"]] = {**body, "hubspotDefined": False, "modificationMetadata": {}}
            return 201, known[body["name"]]
        if not rest:
            return 200, {"results": list(known.values())}
        if rest[0] not in known:
            raise Refusal(404, "OBJECT_NOT_FOUND", f"Property {rest[0]} does not exist.")
        return 200, known[rest[0]]


def _history(record, names):
    if not names:
        return {}
    found = record["history"]
    histories = {name: found[name] for name in names if name in found}
    return {"propertiesWithHistory": histories}


def _fits(shown, condition):
    value = _number(shown["properties"].get(condition["propertyName"]))
    wanted = _number(condition["value"])
    operator = condition["operator"]
    return {
        "EQ": value == wanted,
        "GT": value > wanted,
        "GTE": value >= wanted,
        "LT": value < wanted,
        "LTE": value <= wanted,
    }[operator]


def _number(value):
    """What HubSpot compares: numbers, and moments as milliseconds since 1970."""
    text = str(value or "")
    if text.lstrip("-").isdigit():
        return int(text)
    try:
        return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000 + 0.5)
    except ValueError:
        return 0


def _iso(milliseconds):
    moment = datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


if __name__ == "__main__":
    served = FakeHubspot(token=sys.argv[2], port=int(sys.argv[1]))
    served.server.serve_forever()
