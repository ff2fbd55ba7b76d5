"""What other calls, or the clock, tell of HubSpot's records: links, lines, histories."""

from datetime import timezone

from . import activities, consents, const, library, mapper


class Besides:
    """Questions about records of one kind that were read.

    :param ask: function of method, path and arguments of a call: HubSpot's answer, a dict
    :param options: of the flow
    :param now: naive datetime in UTC
    :param known: function of a list of numbers: set of those of which Odoo has the record
    """

    def __init__(self, ask, kind, options, now, known=None):
        self._ask, self.kind, self.options, self.now = ask, kind, options, now
        self.known = known or (lambda numbers: set())

    def of(self, records, is_history=False):
        """
        :param is_history: whether deals that are won are history, and told without their lines
        :return: dict number → what other calls, or the clock, tell of a record
        """
        if self.kind is const.DEAL:
            return self._deals(records, is_history)
        if self.kind in const.ACTIVITIES:
            return self._activities(records)
        return self._objections(records) if self.kind is const.CONTACT else {}

    def _deals(self, records, is_history):
        """:return: dict number → what a deal is linked with"""
        ids = [str(record["id"]) for record in records]
        company = self._linked(ids, "companies", const.DEAL_TO_PRIMARY_COMPANY)
        contact = self._linked(ids, "contacts")
        closed_won = [
            str(record["id"])
            for record in records
            if (record.get("properties") or {}).get("hs_is_closed_won") == "true"
        ]
        lines = self._lines([] if is_history else closed_won)
        return {
            id_: {
                "company": _one(company.get(id_)),
                "contact": _one(contact.get(id_)),
                **({"history": True} if is_history and id_ in closed_won else {}),
                **({"lines": lines[id_]} if lines.get(id_) else {}),
            }
            for id_ in ids
        }

    def _activities(self, records):
        """What they are about: a deal is nearer than its people, and they than a company. Of
        what is not read into Odoo nothing is told."""
        about = {}
        for kind in (const.DEAL, const.CONTACT, const.COMPANY):
            open_ = [each for each in map(_id, records) if each not in about]
            if kind.type in self.options.get("hubspot_read", ()):
                for id_, numbers in self._linked(open_, kind.type).items():
                    if numbers:
                        about[id_] = {"type": kind.prefix, "id": _one(numbers)}
        known = self.known([each for each in map(_id, records) if each not in about])
        return {
            _id(record): {
                **({"over": True} if self._is_over(record) else {}),
                **(
                    {"about": about[_id(record)]}
                    if _id(record) in about
                    else {"free": _id(record) not in known}
                ),
            }
            for record in records
        }

    def _objections(self, records):
        """:return: dict number → what its objection to e-mail was, of those that ever had one"""
        name = consents.PROPERTY
        asked = [_id(r) for r in records if (r.get("properties") or {}).get(name)]
        found = {id_: {"optout": []} for id_ in asked}
        for start in range(0, len(asked), const.HISTORY_PAGE):
            body = library.body(
                "BatchReadInputSimplePublicObjectId",
                properties=[],
                properties_with_history=[name],
                inputs=[{"id": id_} for id_ in asked[start : start + const.HISTORY_PAGE]],
            )
            told = self._ask("POST", f"crm/v3/objects/{self.kind.type}/batch/read", json=body)
            for record in told.get("results") or []:
                history = (record.get("propertiesWithHistory") or {}).get(name) or []
                found[_id(record)] = {"optout": [_kept_entry(each) for each in history]}
        return found

    def _is_over(self, record):
        """Whether nobody closed it though its time has passed."""
        if self.kind is const.TASK:
            return False
        now = self.now.replace(tzinfo=timezone.utc)
        return activities.is_over(record.get("properties") or {}, mapper.moment_of, now)

    def _linked(self, ids, target, preferred=None):
        """:return: dict number → list of numbers, the preferred ones if there are any"""
        if not ids:
            return {}
        path = f"crm/v4/associations/{self.kind.type}/{target}/batch/read"
        told = self._ask("POST", path, json={"inputs": [{"id": id_} for id_ in ids]})
        linked = {}
        for result in told.get("results") or []:
            to = result.get("to") or []
            first = [each for each in to if preferred in _types(each)]
            linked[str(result["from"]["id"])] = [str(e["toObjectId"]) for e in first or to]
        return linked

    def _lines(self, ids):
        """:return: dict number of a deal → list of its line items"""
        linked = self._linked(ids, "line_items")
        numbers = sorted({number for each in linked.values() for number in each})
        found = {}
        for start in range(0, len(numbers), const.PAGE):
            body = library.body(
                "BatchReadInputSimplePublicObjectId",
                part="line_items",
                properties=list(const.LINE_PROPERTIES),
                properties_with_history=[],
                inputs=[{"id": number} for number in numbers[start : start + const.PAGE]],
            )
            told = self._ask("POST", "crm/v3/objects/line_items/batch/read", json=body)
            found |= {
                str(line["id"]): {
                    "id": str(line["id"]),
                    "properties": {
                        name: (line.get("properties") or {}).get(name)
                        for name in const.LINE_PROPERTIES
                    },
                }
                for line in told.get("results") or []
            }
        return {
            id_: [found[number] for number in sorted(each, key=_by_number) if number in found]
            for id_, each in linked.items()
        }


def _kept_entry(entry):
    kept = ("value", "timestamp", "sourceType", "sourceLabel")
    return {name: str(entry[name]) for name in kept if entry.get(name) is not None}


def _types(linked):
    return {each.get("typeId") for each in linked.get("associationTypes") or ()}


def _id(record):
    return str(record["id"])


def _one(ids):
    """HubSpot has no order among several: the oldest one, so that it is always the same."""
    return min(ids, key=_by_number) if ids else None


def _by_number(id_):
    return len(id_), id_
