"""What HubSpot is asked for. It calls HubSpot by the client it is given, and writes nothing.

Cursor: ``since`` (UTC) is how far the run has come. Besides:

``from``               while pages are read: where the run began
``newest``, ``newest_at``  the last change that was seen, and since when by our clock
``load``, ``began``    a first load by the list of all records, and when it began
``tied``, ``past``     many records changed in one moment: the number after which of them the
    search goes on; or that it goes on behind that moment
``swept``, ``sweep``, ``sweeping``    the list of what lies in the recycle bin
"""

from datetime import datetime, timedelta, timezone

from odoo.addons.seam.engine import codec
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.seam_connector import Page

from . import const, errors, fields, library, mapper
from .besides import Besides

TOPIC = "record"
EPOCH_YEAR = 1971
# Of the cursor, what stays while pages are read.
LASTING = ("swept", "newest", "newest_at")


class Asked:
    """One flow's questions to HubSpot.

    :param options: of the flow
    :param known: function of a list of numbers: set of those of which Odoo has the record
    """

    def __init__(self, client, kind, options, known=None, now=None):
        self.client, self.options, self.kind = client, options, kind
        self.properties = fields.wanted(kind, options)
        self.now = now or datetime.now(timezone.utc).replace(tzinfo=None)
        self.besides = Besides(self._ask, kind, options, self.now, known)
        self._owners = dict(options.get("hubspot_owners") or {})

    # -- pages -------------------------------------------------------------------------

    def page(self, cursor):
        """:return: Page"""
        if "sweep" in cursor:
            return self._sweep(cursor)
        if "load" in cursor or _time(cursor["since"]).year < EPOCH_YEAR:
            return self._load(cursor)
        return self._changed(cursor)

    def _changed(self, cursor):
        """What changed, by the time of the change and never by the number of a page: what
        changes while pages are read would push another one over to the page before. So a
        search is never asked for more than its first 200 results, of the 10,000 it has.
        """
        told = self._search(cursor)
        records = told.get("results") or []
        full = len(records) == const.SEARCH_PAGE
        following = self._following(cursor, records, full)
        more = full or "past" in following or "sweep" in following
        return Page(self._items(records), following, more, self._total(told))

    def _search(self, cursor, limit=None):
        since, modified = milliseconds(cursor["since"]), self.kind.modified
        operator = "GT" if cursor.get("past") else "GTE"
        if "tied" in cursor:
            filters = [
                _filter(modified, "EQ", since),
                _filter("hs_object_id", "GT", cursor["tied"]),
            ]
            sort = "hs_object_id"
        else:
            filters, sort = [_filter(modified, operator, since)], modified
        body = library.body(
            "PublicObjectSearchRequest",
            filter_groups=[{"filters": filters}],
            # The model says texts, and HubSpot takes property and direction.
            sorts=[{"propertyName": sort, "direction": "ASCENDING"}],
            properties=self.properties,
            limit=limit or const.SEARCH_PAGE,
        )
        return self._ask("POST", f"crm/v3/objects/{self.kind.type}/search", json=body)

    def _following(self, cursor, records, full):
        """:return: cursor of the next page; behind the last one, of the next run"""
        if "tied" not in cursor and not full:
            return self._after(cursor, records)
        kept = {name: cursor[name] for name in LASTING if name in cursor}
        kept["from"] = cursor.get("from", cursor["since"])
        if "tied" in cursor:
            tie = {"since": cursor["since"], **kept}
            return tie | ({"tied": records[-1]["id"]} if full else {"past": True})
        last = self._changed_at(records[-1])
        if last > _time(cursor["since"]):
            return {"since": _iso(last), **kept}
        return {"since": cursor["since"], "tied": "0", **kept}

    def _after(self, cursor, records):
        """The next run looks a little further back, for a search is behind by some seconds;
        and where nothing changed since, once only."""
        began = _time(cursor.get("from", cursor["since"]))
        since, newest = began, {}
        if records or "from" in cursor:
            last = self._changed_at(records[-1]) if records else _time(cursor["since"])
            newest = {"newest": _iso(last), "newest_at": _iso(self.now)}
            if cursor.get("newest") == newest["newest"]:
                newest["newest_at"] = cursor["newest_at"]
            overlap = timedelta(seconds=const.OVERLAP_SECONDS)
            is_told = self.now - _time(newest["newest_at"]) > overlap
            since = max(began, last if is_told else last - overlap)
        following = {"since": _iso(since), **newest}
        swept = _time(cursor["swept"]) if "swept" in cursor else began
        if self.now - swept < timedelta(seconds=const.SWEEP_SECONDS):
            return {**following, "swept": _iso(swept)}
        return {**following, "swept": _iso(swept), "sweep": "", "sweeping": _iso(self.now)}

    def _load(self, cursor):
        """All records by the list, which has no limit; changes meanwhile come with the search."""
        first = "load" not in cursor
        began = _iso(self.now) if first else cursor["began"]
        told = self._list(cursor.get("load"), archived=False)
        after = _next(told)
        items = self._items(told.get("results") or [], is_history=True)
        if after:
            following = {"since": cursor["since"], "load": after, "began": began}
        else:
            since = _time(began) - timedelta(seconds=const.OVERLAP_SECONDS)
            following = {"since": _iso(since), "swept": began}
        return Page(items, following, True, self._count(cursor) if first else None)

    def _count(self, cursor):
        return self._total(self._search(cursor, limit=1))

    def _sweep(self, cursor):
        """What was deleted while no webhook told of it: HubSpot keeps it for 90 days, in no
        order, so that the whole list is looked through once a day."""
        told = self._list(cursor["sweep"], archived=True)
        known = _time(cursor["swept"]) - timedelta(seconds=const.OVERLAP_SECONDS)
        records = [r for r in told.get("results") or [] if _archived_at(r, known) > known]
        following, after = dict(cursor), _next(told)
        if after:
            following["sweep"] = after
        else:
            del following["sweep"]
            following["swept"] = following.pop("sweeping")
        return Page(self._items(records), following, bool(after))

    def _list(self, after, archived):
        params = {
            "limit": const.PAGE,
            "archived": "true" if archived else "false",
            "properties": ",".join(self.properties),
            **({"after": after} if after else {}),
        }
        return self._ask("GET", f"crm/v3/objects/{self.kind.type}", params=params)

    # -- single records ----------------------------------------------------------------

    def fetch(self, wanted):
        """What events told of, whole.

        :param wanted: dict number → (time of the last event, set of numbers merged into it)
        :return: list of items of a Page
        """
        found = self._read(list(wanted), archived=False)
        lost = set(wanted) - self._covered(found)
        binned = self._read(sorted(lost), archived=True) if lost else []
        lost -= self._covered(binned)
        items = self._items([*found, *binned], {id_: m for id_, (_at, m) in wanted.items()})
        return items + [self._gone(id_, wanted[id_][0]) for id_ in sorted(lost)]

    def _covered(self, records):
        """Numbers of records, and of those that became a part of them."""
        ids = set()
        for record in records:
            merged = (record.get("properties") or {}).get(const.PROPERTY_MERGED) or ""
            ids |= {str(record["id"]), *merged.split(";")}
        return ids

    def _read(self, ids, archived):
        if not ids:
            return []
        body = library.body(
            "BatchReadInputSimplePublicObjectId",
            properties=self.properties,
            properties_with_history=[],
            inputs=[{"id": id_} for id_ in ids],
        )
        params = {"archived": "true" if archived else "false"}
        path = f"crm/v3/objects/{self.kind.type}/batch/read"
        return self._ask("POST", path, params=params, json=body).get("results") or []

    def _gone(self, id_, at):
        wire = {"object": self.kind.type, "id": id_, "gone": True, "at": at}
        return TOPIC, codec.dump(wire)

    # -- what other calls tell of records -----------------------------------------------

    def _items(self, records, merged=None, is_history=False):
        """
        :param is_history: of what was won long ago no quotation is to be made
        :return: list of (topic, body): wire records, see ``mapper.py``
        """
        alive = [record for record in records if not record.get("archived")]
        owners = self._owners_of(alive)
        besides = self.besides.of(alive, is_history)
        items = []
        for record in records:
            id_ = str(record["id"])
            wire = {"object": self.kind.type, "record": _kept(record), **besides.get(id_, {})}
            owner = owners.get((record.get("properties") or {}).get("hubspot_owner_id"))
            if owner:
                wire["owner"] = owner
            if (merged or {}).get(id_):
                wire["merged"] = sorted(merged[id_])
            items.append((TOPIC, codec.dump(wire)))
        return items

    def _owners_of(self, records):
        """:return: dict number → owner. One that is not known yet has all asked for."""
        ids = {(r.get("properties") or {}).get("hubspot_owner_id") for r in records}
        if ids - {None, ""} - self._owners.keys():
            self._owners |= owners(self.client)
        return self._owners

    # -- calls -------------------------------------------------------------------------

    def _ask(self, method, path, **kwargs):
        return ask(self.client, method, path, self.kind.type, **kwargs)

    def _total(self, told):
        total = told.get("total")
        return total if isinstance(total, int) else None

    def _changed_at(self, record):
        shown = (record.get("properties") or {}).get(self.kind.modified)
        place = f"/record/properties/{self.kind.modified}"
        return _time(mapper.moment(shown or record.get("updatedAt"), place))


def ask(client, method, path, about, **kwargs):
    """:return: what HubSpot answered, a dict
    :raise Fault: it was not reached, refused, or answered something else
    """
    response = client.request(method, path, **kwargs)
    fault = errors.of_question(response, about)
    # A batch without any result is an answer too: nothing of it is there.
    if response.status == 207:
        fault = errors.unanswered(response, about)
    if fault:
        raise fault
    told = response.json()
    if not isinstance(told, dict):
        raise Fault(
            "drift.contract",
            f"HubSpot's answer about {about} is not what it describes.",
            subject="answer",
        )
    return told


def owners(client):
    """:return: dict number → owner, all of HubSpot's, who left last"""
    found = {}
    for archived in ("true", "false"):
        after = None
        while True:
            params = {"limit": 500, "archived": archived, **({"after": after} if after else {})}
            told = ask(client, "GET", "crm/v3/owners", "owners", params=params)
            for owner in told.get("results") or []:
                kept = ("email", "firstName", "lastName")
                found[str(owner["id"])] = {name: owner[name] for name in kept if owner.get(name)}
            after = _next(told)
            if not after:
                break
    return found


def _filter(name, operator, value):
    return library.body("Filter", property_name=name, operator=operator, value=str(value))


def _kept(record):
    """What a document is made of: no more, so that the same state is the same message."""
    kept = ("id", "properties", "updatedAt", "archived", "archivedAt")
    return {name: record[name] for name in kept if name in record}


def _next(told):
    following = (told.get("paging") or {}).get("next") or {}
    return following.get("after")


def _archived_at(record, otherwise):
    value = record.get("archivedAt")
    return _time(mapper.moment(value, "/record/archivedAt")) if value else otherwise


def _time(text):
    """:return: naive datetime in UTC"""
    return datetime.fromisoformat(text.replace("Z", "")).replace(tzinfo=None)


def _iso(moment):
    return moment.isoformat(timespec="milliseconds")


def milliseconds(text):
    """:return: milliseconds since 1970 of a time in UTC"""
    moment = _time(text).replace(tzinfo=timezone.utc)
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000
