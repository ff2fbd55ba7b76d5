"""A fake of Salesforce, of our own making: its published REST interface over real HTTP.

It is no product of Salesforce's and was made from its public documentation alone. It knows
logging in (client credentials, JWT bearer), SOQL as far as the connector writes it, lists in
pages, records by id and by external id, describe, deletions and merges, query jobs of Bulk API
2.0 with locators, limits, and how it fails: expired sessions, locked rows, rules, limits,
answers that do not come. ``python fake_salesforce.py PORT`` serves it with a few records.
"""

import base64
import copy
import csv
import io
import json
import re
import secrets
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

DATA = re.compile(r"/services/data/v(\d+\.\d)/(.*)")
SELECT = re.compile(
    r"SELECT (?P<names>.+) FROM (?P<object>\w+)(?: WHERE (?P<where>.+?))?"
    r"(?: ORDER BY (?P<order>.+?))?(?: LIMIT (?P<limit>\d+))?"
)
SINCE = re.compile(r"SystemModstamp >= (\S+)")
AMONG = re.compile(r"(\w*Id) IN \((.+)\)")
PREFIXES = {
    "Account": "001",
    "Contact": "003",
    "Opportunity": "006",
    "User": "005",
    "OpportunityStage": "01J",
    "OpportunityLineItem": "00k",
    "Task": "00T",
    "Event": "00U",
    "ContactHistory": "017",
    "OpportunityContactRole": "00K",
}
RELATIONS = {
    "Owner": ("User", "OwnerId"),
    "LastModifiedBy": ("User", "LastModifiedById"),
    "CreatedBy": ("User", "CreatedById"),
    "Parent": ("Account", "ParentId"),
    "Account": ("Account", "AccountId"),
    "Contact": ("Contact", "ContactId"),
}
SYSTEM = {
    "Id": "id",
    "IsDeleted": "boolean",
    "SystemModstamp": "datetime",
    "LastModifiedDate": "datetime",
    "CreatedDate": "datetime",
    "LastModifiedById": "reference",
    "OwnerId": "reference",
}
ADDRESS = ("Street", "City", "PostalCode", "State", "Country")
FIELDS = {
    "Account": {
        "Name": "string",
        "Phone": "phone",
        "Website": "url",
        "Description": "textarea",
        "ParentId": "reference",
        "MasterRecordId": "reference",
        **{f"Billing{part}": "string" for part in ADDRESS},
        "IsPersonAccount": "boolean",
        "PersonContactId": "reference",
        "VAT__c": "string",
        "Inactive__c": "boolean",
        "Score__c": "double",
        "Seam_Id__c": "string",
    },
    "Contact": {
        "FirstName": "string",
        "LastName": "string",
        "Email": "email",
        "Phone": "phone",
        "Title": "string",
        "Description": "textarea",
        "AccountId": "reference",
        "MasterRecordId": "reference",
        **{f"Mailing{part}": "string" for part in ADDRESS},
        "IsPersonAccount": "boolean",
        "Newsletter__c": "boolean",
        "Number__c": "string",
        "HasOptedOutOfEmail": "boolean",
        "Seam_Id__c": "string",
    },
    "Opportunity": {
        "Name": "string",
        "StageName": "picklist",
        "Amount": "currency",
        "Probability": "percent",
        "CloseDate": "date",
        "Description": "textarea",
        "AccountId": "reference",
        "ContactId": "reference",
        "IsClosed": "boolean",
        "IsWon": "boolean",
        "Odoo_Orders__c": "textarea",
        "Seam_Id__c": "string",
    },
    "Task": {
        "Subject": "combobox",
        "Description": "textarea",
        "ActivityDate": "date",
        "Status": "picklist",
        "IsClosed": "boolean",
        "TaskSubtype": "picklist",
        "WhoId": "reference",
        "WhatId": "reference",
        "AccountId": "reference",
        "CompletedDateTime": "datetime",
        "IsRecurrence": "boolean",
        "CallDisposition": "string",
        "Seam_Id__c": "string",
    },
    "Event": {
        "Subject": "combobox",
        "Description": "textarea",
        "Location": "string",
        "ActivityDate": "date",
        "StartDateTime": "datetime",
        "EndDateTime": "datetime",
        "DurationInMinutes": "int",
        "IsAllDayEvent": "boolean",
        "IsChild": "boolean",
        "IsRecurrence": "boolean",
        "GroupEventType": "picklist",
        "WhoId": "reference",
        "WhatId": "reference",
        "AccountId": "reference",
        "Seam_Id__c": "string",
    },
    "OpportunityContactRole": {
        "OpportunityId": "reference",
        "ContactId": "reference",
        "Role": "picklist",
        "IsPrimary": "boolean",
    },
    "ContactHistory": {
        "ContactId": "reference",
        "Field": "picklist",
        "NewValue": "anyType",
        "CreatedById": "reference",
    },
    "User": {"Name": "string", "Email": "email", "IsActive": "boolean", "UserType": "picklist"},
    "OpportunityStage": {
        "ApiName": "string",
        "MasterLabel": "string",
        "IsActive": "boolean",
        "IsClosed": "boolean",
        "IsWon": "boolean",
        "SortOrder": "int",
    },
}
PERSON_FIELDS = (
    ("Account", "IsPersonAccount"),
    ("Account", "PersonContactId"),
    ("Contact", "IsPersonAccount"),
)
# Made of others.
NAMES = {"Contact": {"Name": "string"}}
REQUIRED = {
    "Account": ["Name"],
    "Contact": ["LastName"],
    "Opportunity": ["Name", "StageName", "CloseDate"],
    "Task": [],
    "Event": [],
    "OpportunityContactRole": ["OpportunityId", "ContactId"],
}
CREATE_ONLY = {"Task": {"TaskSubtype"}, "Opportunity": {"ContactId"}}
CREATE_ONLY["OpportunityContactRole"] = {"OpportunityId"}
DONE = "Completed"
LENGTHS = {"Subject": 255, "FirstName": 40, "LastName": 80, "Name": 255, "Title": 128, "Phone": 40}
LENGTHS_OF = {("Opportunity", "Name"): 120}
STAGES = (
    ("Prospecting", False, False),
    ("Proposal/Price Quote", False, False),
    ("Closed Won", True, True),
    ("Closed Lost", True, False),
)
READ_ONLY = {*SYSTEM, "MasterRecordId", "IsClosed", "IsWon", "CompletedDateTime"} - {"OwnerId"}


class Refusal(Exception):
    """An answer that is no success: (status, list of errors)."""

    def __init__(self, status, code, message, fields=(), **more):
        super().__init__(status, code, message)
        self.status = status
        self.errors = [{"message": message, "errorCode": code, "fields": list(fields), **more}]


class Answer:
    def __init__(self, content=None, status=200, headers=None, text=None):
        body = b"" if content is None else json.dumps(content).encode()
        self.body = text.encode() if text is not None else body
        self.status, self.headers = status, dict(headers or {})


class FakeSalesforce:
    """The records, and how it behaves.

    :ivar calls: list of (method, path) that were answered, those for tokens left out
    :ivar parts: list of (method, path) that were done as parts of another call
    :ivar tokens: forms with which tokens were asked for
    :ivar next_answers: Answer or Refusal in place of the next answers; ``"hang up"`` breaks
        the connection before the call takes effect, ``"lose"`` after it; a number sleeps
    :ivar tracked: fields of contacts of which the history is kept
    :ivar hidden: set of (object, field) that were removed, or that our user may not see, or
        that only organisations have that take person accounts
    :ivar polls: how often a job is asked for until it is done
    """

    def __init__(self, port=0, page=2000):
        self.page, self.polls, self.largest = page, 1, 10_000_000
        self.records = {name: {} for name in PREFIXES}
        self.calls, self.parts, self.tokens, self.next_answers = [], [], [], []
        self.lists, self.jobs = {}, {}
        self.used, self.allowed = 100, 100_000
        self.public_key = None
        self.client = ("client", "secret")
        self.session, self.sessions = "", 0
        self.duplicate_rule, self.tracked = False, set()
        self.hidden = set(PERSON_FIELDS)
        self.at = datetime(2026, 3, 1, 8, 0, 0, tzinfo=timezone.utc)
        self.numbers = 0
        self.lock = threading.RLock()
        self._furnish()
        handler = type("Handler", (Handler,), {"fake": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def _furnish(self):
        self.user = self.make(
            "User", Name="Olga Owner", Email="olga@fake-salesforce.example", IsActive=True
        )
        self.robot = self.make(
            "User", Name="Integration", Email="robot@fake-salesforce.example", IsActive=True
        )
        for number, (name, closed, won) in enumerate(STAGES):
            self.make(
                "OpportunityStage",
                ApiName=name,
                MasterLabel=name,
                IsActive=True,
                IsClosed=closed,
                IsWon=won,
                SortOrder=number,
            )

    # -- what people do there ----------------------------------------------------------

    def tick(self, seconds=60):
        self.at += timedelta(seconds=seconds)

    def stamp(self):
        return self.at.strftime("%Y-%m-%dT%H:%M:%S.000+0000")

    def make(self, name, by=None, **values):
        """:return: id of a new record"""
        self.numbers += 1
        id_ = f"{PREFIXES[name]}5g{self.numbers:010d}AAA"
        record = dict.fromkeys(FIELDS.get(name, {}))
        record.update(dict.fromkeys(SYSTEM))
        record.update(Id=id_, IsDeleted=False, OwnerId=values.get("OwnerId"))
        if name in REQUIRED:
            record["OwnerId"] = record["OwnerId"] or self.user
        self.records[name][id_] = record
        for key, kind in FIELDS.get(name, {}).items():
            if kind == "boolean":
                record[key] = False
        self.change(name, id_, by, **values)
        return id_

    def take_persons(self):
        """The organisation takes person accounts from now on."""
        self.hidden -= set(PERSON_FIELDS)

    def make_person(self, first, last, **values):
        """:return: (id of a person account, id of its contact)"""
        account = self.make("Account", Name=f"{first} {last}", IsPersonAccount=True)
        contact = self.make(
            "Contact",
            FirstName=first,
            LastName=last,
            AccountId=account,
            IsPersonAccount=True,
            **values,
        )
        self.change("Account", account, PersonContactId=contact)
        return account, contact

    def change(self, name, id_, by=None, **values):
        record = self.records[name][id_]
        if name == "Contact":
            self._track(record, values, by)
        record.update(values)
        if name == "Opportunity":
            stage = {label: (closed, won) for label, closed, won in STAGES}
            record["IsClosed"], record["IsWon"] = stage.get(record["StageName"], (False, False))
            if "ContactId" in values:
                self._give_role(id_, values["ContactId"])
        if name == "OpportunityContactRole":
            self._follow_roles(record)
        if name == "Task" and "Status" in values:
            record["IsClosed"] = values["Status"] == DONE
            record["CompletedDateTime"] = self.stamp() if record["IsClosed"] else None
        if name == "Event":
            self._set_hours(record)
        self._touch(record, by)

    def _give_role(self, deal, contact):
        """Somebody there says who the primary contact of an opportunity is."""
        roles = self.roles(deal)
        for role in roles:
            role["IsPrimary"] = role["ContactId"] == contact
        if contact and contact not in [role["ContactId"] for role in roles]:
            self.make(
                "OpportunityContactRole", OpportunityId=deal, ContactId=contact, IsPrimary=True
            )

    def roles(self, deal):
        rows = self.records["OpportunityContactRole"].values()
        return [row for row in rows if row["OpportunityId"] == deal]

    def _follow_roles(self, role):
        """An opportunity has one primary contact, and shows it."""
        others = [row for row in self.roles(role["OpportunityId"]) if row is not role]
        if role["IsPrimary"]:
            for other in others:
                other["IsPrimary"] = False
        primary = [row["ContactId"] for row in (role, *others) if row["IsPrimary"]]
        self.records["Opportunity"][role["OpportunityId"]]["ContactId"] = next(iter(primary), None)

    def _track(self, record, values, by):
        """That a record is made with a value is no change of it."""
        for field in self.tracked & values.keys():
            if record["SystemModstamp"] and record[field] != values[field]:
                row = {"ContactId": record["Id"], "Field": field, "NewValue": values[field]}
                self.make("ContactHistory", CreatedById=by or self.user, **row)

    def _set_hours(self, record):
        """Of all-day events the begin is midnight; what is not told of the length, stays."""
        start = record["StartDateTime"] or f"{record['ActivityDate']}T00:00:00Z"
        begin = datetime.fromisoformat(start[:19])
        minutes = record["DurationInMinutes"] or 1440
        if record["EndDateTime"] and not record["IsAllDayEvent"]:
            end = datetime.fromisoformat(record["EndDateTime"][:19])
            minutes = (end - begin).total_seconds() // 60
        record["DurationInMinutes"] = minutes
        record["ActivityDate"] = start[:10]
        for field, at in (
            ("StartDateTime", begin),
            ("EndDateTime", begin + timedelta(0, 60 * minutes)),
        ):
            record[field] = at.strftime("%Y-%m-%dT%H:%M:%S.000+0000")

    def _touch(self, record, by=None):
        record["SystemModstamp"] = record["LastModifiedDate"] = self.stamp()
        record["CreatedDate"] = record["CreatedDate"] or self.stamp()
        record["LastModifiedById"] = by or getattr(self, "user", None)

    def delete(self, name, id_):
        record = self.records[name][id_]
        record["IsDeleted"] = True
        self._touch(record)

    def merge(self, name, survivor, *others):
        for id_ in others:
            self.records[name][id_].update(IsDeleted=True, MasterRecordId=survivor)
            self._touch(self.records[name][id_])
        self._touch(self.records[name][survivor])

    def sell(self, deal, **values):
        """:return: id of a line of an opportunity"""
        self.numbers += 1
        id_ = f"00k5g{self.numbers:010d}AAA"
        line = {"ProductCode": None, "Product2Id": None, "Name": None, "Description": None}
        line |= {"UnitPrice": None, "Discount": None}
        self.records["OpportunityLineItem"][id_] = {**line, "Id": id_, "deal": deal, **values}
        return id_

    # -- calls -------------------------------------------------------------------------

    def answer(self, method, target, headers, body):
        """:return: Answer, or None to break the connection"""
        parts = urlsplit(target)
        if parts.path == "/services/oauth2/token":
            return self._token(parse_qs(body.decode()), headers)
        with self.lock:
            self.calls.append((method, unquote(parts.path)))
            wanted = self.next_answers.pop(0) if self.next_answers else None
        if isinstance(wanted, (int, float)):
            time.sleep(wanted)
        if wanted == "hang up":
            return None
        try:
            if isinstance(wanted, Refusal):
                raise wanted
            with self.lock:
                made = (
                    wanted if isinstance(wanted, Answer) else self._do(method, parts, headers, body)
                )
        except Refusal as refusal:
            made = Answer(refusal.errors, refusal.status)
        self.used += 1
        made.headers.setdefault("Sforce-Limit-Info", f"api-usage={self.used}/{self.allowed}")
        return None if wanted == "lose" else made

    def _do(self, method, parts, headers, body):
        if headers.get("authorization") != f"Bearer {self.session}" or not self.session:
            raise Refusal(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if self.used >= self.allowed:
            raise Refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        found = DATA.fullmatch(parts.path)
        if not found:
            raise Refusal(404, "NOT_FOUND", "The requested resource does not exist")
        way = [unquote(part) for part in found[2].strip("/").split("/")]
        params = {name: values[0] for name, values in parse_qs(parts.query).items()}
        content = json.loads(body) if body else {}
        if way[0] in ("query", "queryAll"):
            return self._query(way, params)
        if way[0] == "limits":
            daily = {"Max": self.allowed, "Remaining": self.allowed - self.used}
            return Answer({"DailyApiRequests": daily, "DataStorageMB": {"Max": 5, "Remaining": 5}})
        if way[:2] == ["jobs", "query"]:
            return self._job(method, way[2:], params, content)
        if way == ["composite"]:
            return self._composite(content)
        if way[0] == "sobjects" and way[1] in REQUIRED:
            return self._record(method, way[1], way[2:], params, headers, content)
        raise Refusal(404, "NOT_FOUND", "The requested resource does not exist")

    def _composite(self, content):
        """Each part by itself; what is wrong with the call itself is done for none."""
        asked = content["compositeRequest"]
        if len(asked) > 25:
            raise Refusal(400, "LIMIT_EXCEEDED", "Cannot have more than 25 subrequests")
        if len({part["referenceId"] for part in asked}) < len(asked):
            raise Refusal(400, "INVALID_REQUEST", "The fake takes no such composite")
        for part in asked:
            if {"Accept", "Authorization", "Content-Type"} & part.get("httpHeaders", {}).keys():
                raise Refusal(400, "INVALID_REQUEST", "Headers are inherited")
            if "@{" in json.dumps(part):
                raise Refusal(400, "INVALID_REQUEST", "Invalid reference specified")
        before = copy.deepcopy(self.records)
        told = [self._composite_part(part) for part in asked]
        if content["allOrNone"] and any(part["httpStatusCode"] >= 400 for part in told):
            self.records = before
            halted = Refusal(400, "PROCESSING_HALTED", "The transaction was rolled back").errors
            told = [
                part
                if part["httpStatusCode"] >= 400
                else {**part, "httpStatusCode": 400} | {"body": halted}
                for part in told
            ]
        return Answer({"compositeResponse": told})

    def _composite_part(self, part):
        self.parts.append((part["method"], unquote(part["url"])))
        found = DATA.fullmatch(urlsplit(part["url"]).path)
        way = [unquote(each) for each in found[2].split("/")]
        headers = {name.lower(): value for name, value in part.get("httpHeaders", {}).items()}
        try:
            made = self._record(
                part["method"], way[1], way[2:], {}, headers, part.get("body") or {}
            )
        except Refusal as refusal:
            made = Answer(refusal.errors, refusal.status)
        return {
            "body": json.loads(made.body) if made.body else None,
            "httpHeaders": {},
            "httpStatusCode": made.status,
            "referenceId": part["referenceId"],
        }

    def _token(self, form, headers):
        form = {name: values[0] for name, values in form.items()}
        self.tokens.append(form)
        try:
            self._prove(form, headers)
        except ValueError as error:
            return Answer({"error": "invalid_grant", "error_description": str(error)}, 400)
        self.sessions += 1
        self.session = f"00D5g!{secrets.token_hex(16)}"
        return Answer(
            {
                "access_token": self.session,
                "scope": "api",
                "instance_url": self.address,
                "id": f"{self.address}/id/00D5g0000000000EAA/{self.robot}",
                "token_type": "Bearer",
            }
        )

    def _prove(self, form, headers):
        """:raise ValueError: it is not proven"""
        if form.get("grant_type") == "client_credentials":
            given = headers.get("authorization", "").removeprefix("Basic ")
            user, _colon, secret = base64.b64decode(given).decode().partition(":")
            if (user or form.get("client_id"), secret or form.get("client_secret")) != self.client:
                raise ValueError("invalid client credentials")
        elif form.get("grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer":
            self._check_assertion(form.get("assertion", ""))
        else:
            raise ValueError("unsupported_grant_type")

    def _check_assertion(self, assertion):
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        signed, _dot, signature = assertion.rpartition(".")
        try:
            self.public_key.verify(
                _unpacked(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256()
            )
        except (InvalidSignature, AttributeError):
            raise ValueError("invalid assertion") from None
        claims = json.loads(_unpacked(signed.split(".")[1]))
        if claims["iss"] != self.client[0] or claims["aud"] != "https://test.salesforce.com":
            raise ValueError("audience is invalid")
        if not time.time() < claims["exp"] < time.time() + 300 or not claims["sub"]:
            raise ValueError("expired authorization code")

    # -- questions ---------------------------------------------------------------------

    def _query(self, way, params):
        if len(way) > 1:
            return self._more(way[1])
        rows = self._rows(params["q"], deleted=way[0] == "queryAll")
        return self._listed(rows, 0)

    def _more(self, locator):
        name, _dash, begin = locator.rpartition("-")
        if name not in self.lists:
            raise Refusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._listed(self.lists[name], int(begin), name)

    def _listed(self, rows, begin, name=None):
        end = begin + self.page
        answer = {"totalSize": len(rows), "done": end >= len(rows), "records": rows[begin:end]}
        if end < len(rows):
            name = name or f"01g{len(self.lists):012d}AAA"
            self.lists[name] = rows
            answer["nextRecordsUrl"] = f"/services/data/v62.0/query/{name}-{end}"
        return Answer(answer)

    def _rows(self, soql, deleted):
        text = re.sub(r"\(SELECT [^)]+ FROM OpportunityLineItems\)", "OpportunityLineItems", soql)
        found = SELECT.fullmatch(text)
        if not found or found["object"] not in FIELDS:
            raise Refusal(400, "MALFORMED_QUERY", f"unexpected token: '{soql[:60]}'")
        name = found["object"]
        names = found["names"].split(", ")
        for field in names:
            self._known(name, field)
        rows = [r for r in self.records[name].values() if deleted or not r["IsDeleted"]]
        rows = [row for row in rows if self._fits(row, found["where"] or "")]
        rows.sort(key=lambda row: (row["SystemModstamp"], row["Id"]))
        if (found["order"] or "").endswith("DESC"):
            rows.reverse()
        rows = rows[: int(found["limit"] or len(rows))]
        return [self._row(name, row, names) for row in rows]

    def _known(self, name, field):
        relation, _dot, last = field.rpartition(".")
        if field == "OpportunityLineItems" and name == "Opportunity":
            return
        if relation in RELATIONS and RELATIONS[relation][1] in {*FIELDS[name], *SYSTEM}:
            name, field = RELATIONS[relation][0], last
            if last == "Name":
                return
        if not self._has(name, field):
            raise Refusal(400, "INVALID_FIELD", f"No such column '{field}' on entity '{name}'.")

    def _has(self, name, field):
        there = field in {**FIELDS[name], **SYSTEM, **NAMES.get(name, {})}
        return there and (name, field) not in self.hidden

    def _fits(self, row, where):
        since, among = SINCE.search(where), AMONG.search(where)
        if since:
            return datetime.fromisoformat(since[1]) <= _moment(row["SystemModstamp"])
        deal = re.search(r"OpportunityId = '(\w+)'", where)
        if deal and row["OpportunityId"] != deal[1]:
            return False
        of = re.search(r"Field = '(\w+)'", where)
        if of and row["Field"] != of[1]:
            return False
        return not among or row[among[1]] in re.findall(r"'(\w+)'", among[2])

    def _row(self, name, row, names):
        url = f"/services/data/v62.0/sobjects/{name}/{row['Id']}"
        shown = {"attributes": {"type": name, "url": url}}
        for field in names:
            relation, _dot, last = field.rpartition(".")
            if field == "OpportunityLineItems":
                shown[field] = self._lines(row["Id"])
            elif relation:
                other, key = RELATIONS[relation]
                target = self.records[other].get(row.get(key))
                if target is None:
                    shown[relation] = None
                else:
                    shown.setdefault(relation, {"attributes": {"type": other}})
                    shown[relation][last] = _name(target) if last == "Name" else target[last]
            else:
                made = field in NAMES.get(name, ())
                shown[field] = _name(row) if made else row.get(field)
        return shown

    def _lines(self, deal):
        lines = [
            line for line in self.records["OpportunityLineItem"].values() if line["deal"] == deal
        ]
        if not lines:
            return None
        records = [{key: value for key, value in line.items() if key != "deal"} for line in lines]
        return {"totalSize": len(records), "done": True, "records": records}

    # -- jobs --------------------------------------------------------------------------

    def _job(self, method, way, params, content):
        if method == "POST":
            id_ = f"750{len(self.jobs):012d}AAA"
            if "(SELECT" in content["query"]:
                raise Refusal(400, "API_ERROR", "Nested queries are not supported")
            rows = self._rows(content["query"], deleted=content["operation"] == "queryAll")
            names = SELECT.fullmatch(content["query"])["names"].split(", ")
            self.jobs[id_] = {"rows": rows, "names": names, "asked": 0, "state": "InProgress"}
            return Answer(
                {"id": id_, **content, "state": "UploadComplete", "createdDate": self.stamp()}
            )
        job = self.jobs.get(way[0])
        if not job:
            raise Refusal(404, "NOT_FOUND", "The requested resource does not exist")
        if len(way) > 1:
            return self._results(job, params)
        job["asked"] += 1
        if job["state"] == "InProgress" and job["asked"] >= self.polls:
            job["state"] = "JobComplete"
        info = {"id": way[0], "state": job["state"], "createdDate": self.stamp()}
        return Answer({**info, "numberRecordsProcessed": len(job["rows"]), "retries": 0})

    def _results(self, job, params):
        begin = int(base64.b64decode(params.get("locator", "MA==")).decode())
        end = begin + int(params.get("maxRecords", 50_000))
        out = io.StringIO()
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(job["names"])
        for row in job["rows"][begin:end]:
            writer.writerow([_text(row, name) for name in job["names"]])
        more = end < len(job["rows"])
        headers = {
            "Sforce-Locator": base64.b64encode(str(end).encode()).decode() if more else "null",
            "Sforce-NumberOfRecords": len(job["rows"][begin:end]),
            "Content-Type": "text/csv; charset=UTF-8",
        }
        return Answer(text=out.getvalue(), headers=headers)

    # -- records -----------------------------------------------------------------------

    def _record(self, method, name, way, params, headers, content):
        if way == ["describe"]:
            return self._describe(name)
        record = self._of(name, way) if way else None
        if method == "GET":
            if not record:
                raise Refusal(404, "NOT_FOUND", "The requested resource does not exist")
            names = params["fields"].split(",") if "fields" in params else list(record)
            return Answer({field: record.get(field) for field in names})
        if method == "DELETE":
            if not record or record["IsDeleted"]:
                raise Refusal(404, "ENTITY_IS_DELETED", "entity is deleted")
            self.delete(name, record["Id"])
            return Answer(status=204)
        self._check(name, record, content)
        if record:
            return self._update(name, record, way, headers, content)
        if len(way) == 1 or (not way and method != "POST"):
            raise Refusal(404, "NOT_FOUND", "The requested resource does not exist")
        return self._create(name, way, content)

    def _of(self, name, way):
        """:return: the record of ``[id]`` or ``[external field, value]``, or None"""
        if len(way) == 1:
            return self.records[name].get(way[0])
        if way[0] not in FIELDS[name]:
            raise Refusal(404, "NOT_FOUND", "Provided external ID field does not exist")
        alive = (record for record in self.records[name].values() if not record["IsDeleted"])
        return next((record for record in alive if record[way[0]] == way[1]), None)

    def _update(self, name, record, way, headers, content):
        if record["IsDeleted"]:
            raise Refusal(404, "ENTITY_IS_DELETED", "entity is deleted")
        since = headers.get("if-unmodified-since")
        if since and parsedate_to_datetime(since) < _moment(record["LastModifiedDate"]):
            return Answer(status=412)
        self.change(name, record["Id"], self.robot, **content)
        if len(way) == 1:
            return Answer(status=204)
        return Answer({"id": record["Id"], "success": True, "errors": [], "created": False})

    def _create(self, name, way, content):
        missing = [field for field in REQUIRED[name] if not content.get(field)]
        if missing:
            raise Refusal(
                400,
                "REQUIRED_FIELD_MISSING",
                f"Required fields are missing: [{', '.join(missing)}]",
                missing,
            )
        if name == "Event" and not (
            content.get("StartDateTime")
            and (content.get("IsAllDayEvent") or content.get("EndDateTime"))
        ):
            raise Refusal(400, "REQUIRED_FIELD_MISSING", "When is it?", ["StartDateTime"])
        self._look_for_duplicates(name, content)
        id_ = self.make(name, self.robot, **content, **({way[0]: way[1]} if way else {}))
        return Answer({"id": id_, "success": True, "errors": [], "created": True}, 201)

    def _look_for_duplicates(self, name, content):
        mail = content.get("Email")
        same = [r for r in self.records[name].values() if mail and r.get("Email") == mail]
        if not self.duplicate_rule or not same:
            return
        matches = [{"record": {"Id": record["Id"]}, "matchConfidence": 100.0} for record in same]
        raise Refusal(
            400,
            "DUPLICATES_DETECTED",
            "Use one of these records?",
            duplicateResult={"allowSave": False, "matchResults": [{"matchRecords": matches}]},
        )

    def _check(self, name, record, content):
        for field, value in content.items():
            if not self._has(name, field):
                raise Refusal(
                    400, "INVALID_FIELD", f"No such column '{field}' on sobject of type {name}"
                )
            if field in READ_ONLY or (record and field in CREATE_ONLY.get(name, ())):
                raise Refusal(
                    400,
                    "INVALID_FIELD_FOR_INSERT_UPDATE",
                    f"Unable to create/update fields: {field}.",
                    [field],
                )
            self._check_value(name, field, value)

    def _check_value(self, name, field, value):
        longest = LENGTHS_OF.get((name, field), LENGTHS.get(field))
        if longest and isinstance(value, str) and len(value) > longest:
            raise Refusal(
                400,
                "STRING_TOO_LONG",
                f"{field}: data value too large: {value[:20]}... (max length={longest})",
                [field],
            )
        if field == "Email" and value and not re.fullmatch(r"[^@\s,;]+@[^@\s,;]+", value):
            raise Refusal(
                400, "INVALID_EMAIL_ADDRESS", f"Email: invalid email address: {value}", [field]
            )
        if field in REQUIRED[name] and value in (None, ""):
            raise Refusal(
                400, "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{field}]", [field]
            )

    def _describe(self, name):
        listed = [
            {
                "name": field,
                "label": field.removesuffix("__c").replace("_", " "),
                "type": kind,
                "custom": field.endswith("__c"),
                "updateable": field not in READ_ONLY,
                **_refers(field, kind),
            }
            for field, kind in {**SYSTEM, **NAMES.get(name, {}), **FIELDS[name]}.items()
            if (name, field) not in self.hidden
        ]
        return Answer({"name": name, "fields": listed})


def _refers(field, kind):
    """What a reference leads to; owners and what activities are about are of several kinds."""
    for relation, (of, key) in RELATIONS.items():
        if key == field and kind == "reference":
            return {"relationshipName": relation, "referenceTo": [of]}
    return {}


def _unpacked(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _moment(text):
    return datetime.fromisoformat(text[:19] + "+00:00")


def _name(record):
    if "LastName" in record:
        return " ".join(filter(None, (record["FirstName"], record["LastName"])))
    return record["Name"]


def _text(row, name):
    value = row
    for part in name.split("."):
        value = value and value.get(part)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return str(float(value))
    if isinstance(value, str) and value.endswith("+0000"):
        return value.replace("+0000", "Z")
    return "" if value is None else value


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # In one write: no answer waits for the other side's acknowledgement.
    wbufsize = -1

    def _serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        made = self.fake.answer(self.command, self.path, headers, body)
        if made is None:
            self.close_connection = True
            return
        self.send_response(made.status)
        made.headers.setdefault("Content-Type", "application/json;charset=UTF-8")
        for name, value in made.headers.items():
            self.send_header(name, str(value))
        self.send_header("Content-Length", str(len(made.body)))
        self.end_headers()
        self.wfile.write(made.body)
        self.wfile.flush()

    do_GET = do_POST = do_PATCH = do_DELETE = _serve

    def date_time_string(self, timestamp=None):
        """Its own clock."""
        return super().date_time_string(timestamp or self.fake.at.timestamp())

    def log_message(self, *_args):
        """Keep quiet."""


def _demo(fake):
    """A few records to look at."""
    fake.at = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(days=2)
    acme = fake.make(
        "Account",
        Name="Acme Tools Ltd",
        Phone="+44 20 7946 0000",
        Website="https://acme.example",
        BillingStreet="1 Foundry Lane\nUnit 4",
        BillingCity="Sheffield",
        BillingPostalCode="S1 2AB",
        BillingCountry="United Kingdom",
        VAT__c="GB123456789",
    )
    fake.tick()
    grace = fake.make(
        "Contact",
        FirstName="Grace",
        LastName="Hopper",
        Email="grace@acme.example",
        Phone="+44 20 7946 0001",
        Title="Buyer",
        AccountId=acme,
        Newsletter__c=True,
    )
    fake.tick()
    deal = fake.make(
        "Opportunity",
        Name="40 lathes",
        StageName="Proposal/Price Quote",
        Amount=48000,
        CloseDate="2027-01-31",
        AccountId=acme,
        ContactId=grace,
    )
    fake.sell(deal, ProductCode="LATHE", Name="Lathe", Quantity=40, UnitPrice=1200)


if __name__ == "__main__":
    served = FakeSalesforce(int(sys.argv[1]) if len(sys.argv) > 1 else 8499)
    _demo(served)
    sys.stdout.write(f"A fake of Salesforce, for tests only: {served.address}\n")
    sys.stdout.flush()
    served.thread.join()
