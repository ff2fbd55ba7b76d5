"""A user of Odoo's web client: asks what the client asks for, and reads the server's own clock and counter.

The client reads a page by one or a few JSON-RPC calls, whose fields it takes from the view. Odoo logs for each call
how many queries it made, and how long it took in all.
"""

import re
from typing import NamedTuple

import requests
from lxml import etree

from tests.bench.measure import check, wait_for

# What the widgets of activities read besides their field.
ACTIVITY_FIELDS = (
    "activity_exception_decoration",
    "activity_exception_icon",
    "activity_state",
    "activity_summary",
    "activity_type_icon",
    "activity_type_id",
)
ACTIVITY_WIDGETS = ("kanban_activity", "list_activity")
COUNT_LIMIT = 10001
PAGE = 80
KANBAN_PAGE = 40
# … "POST /web/dataset/call_kw/seam.exception/web_read HTTP/1.1" 200 - 12 0.010 0.023
LOGGED = re.compile(
    r'"POST (?P<path>[^\s#]*)\S* HTTP/1.1" 200 - (?P<queries>\d+) (?P<sql>\S+) (?P<rest>\S+)'
)


class Cost(NamedTuple):
    """What a page cost the server, all of its calls together."""

    ms: float
    queries: int

    def __add__(self, other):
        return Cost(self.ms + other.ms, self.queries + other.queries)


class WebClient:
    """One user, logged in at `server`."""

    def __init__(self, server, database, login, password):
        self.server = server
        self.log = server.log_path.open(errors="replace")
        self.session = requests.Session()
        self.views = {}
        self.uid = self.call(
            "/web/session/authenticate", db=database, login=login, password=password
        )["uid"]

    def close(self):
        self.session.close()
        self.log.close()

    # -- pages --------------------------------------------------------------------------

    def list(self, model, domain):
        """Open a list; returns (Cost, ids of the records on its first page)."""
        arguments = {
            "domain": domain,
            "specification": self._specification(model, "list"),
            "limit": PAGE,
            "offset": 0,
            "order": "",
            "count_limit": COUNT_LIMIT,
        }
        (cost, answer) = self._timed(model, "web_search_read", **arguments)
        return cost, [record["id"] for record in answer["records"]]

    def kanban(self, model, domain, group_by, progress, measure):
        """Open a kanban; returns (Cost, number of cards on it)."""
        bars, _answer = self._timed(
            model,
            "read_progress_bar",
            domain=domain,
            group_by=group_by,
            progress_bar={"field": progress, "colors": {"2": "danger", "1": "warning"}},
        )
        cost, answer = self._timed(
            model,
            "web_read_group",
            domain=domain,
            groupby=[group_by],
            aggregates=[f"{measure}:sum"],
            auto_unfold=True,
            unfold_read_specification=self._specification(model, "kanban"),
            unfold_read_default_limit=KANBAN_PAGE,
            context={"read_group_expand": True},
        )
        cards = sum(len(group.get("__records", ())) for group in answer["groups"])
        return bars + cost, cards

    def form(self, model, record):
        """Open a form with what people wrote below it; returns (Cost, its values)."""
        cost, (values,) = self._timed(
            model, "web_read", [record], specification=self._specification(model, "form")
        )
        for path, parameters in (
            ("/mail/data", self._thread_data(model, record)),
            (
                "/mail/thread/messages",
                {"thread_model": model, "thread_id": record, "fetch_params": {"limit": 30}},
            ),
        ):
            self.call(path, **parameters)
            cost += self._cost(path)
        return cost, values

    def _thread_data(self, model, record):
        wanted = ["activities", "attachments", "contact_fields", "followers", "scheduledMessages"]
        thread = {
            "thread_model": model,
            "thread_id": record,
            "request_list": wanted,
            "access_params": {},
        }
        return {"fetch_params": [["mail.thread", thread]], "context": {}}

    # -- calls --------------------------------------------------------------------------

    def method(self, model, name, *arguments, **named):
        """Call a method as the client does; returns (Cost, its answer)."""
        return self._timed(model, name, *arguments, **named)

    def _timed(self, model, method, *arguments, **named):
        path = f"/web/dataset/call_kw/{model}/{method}"
        answer = self.call(path, model=model, method=method, args=list(arguments), kwargs=named)
        return self._cost(path), answer

    def call(self, path, **parameters):
        answer = self.session.post(
            self.server.url + path,
            json={"jsonrpc": "2.0", "method": "call", "params": parameters},
            timeout=120,
        ).json()
        check("error" not in answer, f"{path}: {answer.get('error', {}).get('data')}")
        return answer["result"]

    def _cost(self, path):
        """What the log says of the last call."""
        found = []

        def look():
            for line in self.log:
                logged = LOGGED.search(line)
                if logged and logged["path"] == path:
                    found.append(logged)
            return found

        wait_for(look, 5, f"the log's line of {path}", 0.001)
        logged = found[-1]
        ms = (float(logged["sql"]) + float(logged["rest"])) * 1000
        return Cost(ms, int(logged["queries"]))

    # -- what a view reads --------------------------------------------------------------

    def _specification(self, model, kind):
        """The `specification` of web_read that the client makes of a view."""
        key = model, kind
        if key not in self.views:
            _cost, answer = self._timed(
                model, "get_views", views=[[False, kind]], options={"load_filters": False}
            )
            fields = {name: each["fields"] for name, each in answer["models"].items()}
            arch = etree.fromstring(answer["views"][kind]["arch"])
            self.views[key] = _specification(arch, model, fields)
        return self.views[key]


def _specification(node, model, fields):
    found = {}
    for field in _own_fields(node):
        name = field.get("name")
        known = fields[model].get(name)
        if not known:
            continue
        found[name] = _one(field, known, fields)
        if field.get("widget") in ACTIVITY_WIDGETS:
            found.update({each: {} for each in ACTIVITY_FIELDS if each in fields[model]})
    return found


def _one(field, known, fields):
    invisible = field.get("invisible") in ("1", "True") or field.get("column_invisible") == "1"
    if known["type"] == "many2one":
        return {"fields": {} if invisible else {"display_name": {}}}
    rows = [] if invisible else field.xpath("./list | ./kanban")
    if known["type"] in ("one2many", "many2many") and rows:
        return {"fields": _specification(rows[0], known["relation"], fields), "limit": 40}
    return {}


def _own_fields(node):
    """Fields of this view, and not those of the views within its fields."""
    for child in node:
        if child.tag == "field":
            yield child
        elif isinstance(child.tag, str):
            yield from _own_fields(child)
