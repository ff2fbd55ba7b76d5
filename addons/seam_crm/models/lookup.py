"""Records that the documents of a batch name, found together: no query in a loop."""

from odoo.addons.seam.engine.fault import Fault

from .const import CUSTOMER, MODELS
from .values import ACTIVITIES, RECORDS, addresses, to_odoo
from .words import label, options


class Lookup:
    """Values of documents as Odoo keeps them.

    :param lines: ``Line`` of the document's fields
    :param documents: those of the batch
    """

    def __init__(self, env, flow, lines, documents):
        self.env = env
        self.flow = flow
        self.system_id = flow.system_id.id
        self.lines = lines
        self.records = env[MODELS[env[flow.handler]._document]]
        told = {kind: self._told(documents, kind) for kind in (*RECORDS, "language")}
        self._load_countries(told["country"])
        self._load_users(told["user"])
        self._load_bound("partner", told["partner"])
        self._load_languages(told["language"])
        self._states, self._gone = {}, {}
        self._stages = self._mapped("crm.stage", told["stage"])
        self._kinds = self._mapped("mail.activity.type", told["activity"])

    def _told(self, documents, kind):
        names = [line.name for line in self.lines if line.kind == kind]
        values = (value_of(document, name) for document in documents for name in names)
        return [value for value in values if value not in (None, "", MISSING)]

    def _mapped(self, model, codes):
        codes = {str(code) for code in codes}
        return self.env["seam.value.map"]._translate(self.system_id, model, codes) if codes else {}

    def _load_countries(self, told):
        self._countries = self._mapped("res.country", told)
        codes = {str(code).strip() for code in told} - self._countries.keys()
        if not codes:
            return
        found = self.env["res.country"].with_context(lang="en_US")
        found = found.search_fetch([], ["code", "name"])
        by_word = {country.name.lower(): country for country in found}
        by_word.update((country.code.lower(), country) for country in found if country.code)
        self._countries.update(
            (code, by_word[code.lower()]) for code in codes if code.lower() in by_word
        )

    def _load_users(self, told):
        ids = {value["id"] for value in told if value.get("id")}
        self._users = self.env["seam.binding"]._find(self.system_id, "res.users", ids)
        mails = {mail for value in told for mail in addresses(value.get("email"))}
        self._users_by_mail = {}
        if not mails:
            return
        users = self.env["res.users"].sudo()
        users = users.search_fetch(
            [
                ("share", "=", False),
                ("company_ids", "in", self.flow.company_id.ids),
                "|",
                ("login", "in", list(mails)),
                ("email_normalized", "in", list(mails)),
            ],
            ["login", "email_normalized"],
        )
        for user in users.with_env(self.env):
            for mail in {user.sudo().login.lower(), user.sudo().email_normalized} & mails:
                self._users_by_mail.setdefault(mail, []).append(user)

    def _load_bound(self, _kind, told):
        """An ID that was merged away means the record that stays; one whose record was deleted
        in Odoo is that record's own case."""
        ids = {value["id"] for value in told}
        bindings = self.env["seam.binding"]
        self._partners = bindings._find(self.system_id, "res.partner", ids)
        merged = self.env["seam.crm.merged"].sudo()
        merged = merged._of(self.system_id, "res.partner", ids - self._partners.keys())
        into = {id_: row.into_id for id_, row in merged.items()}
        found = bindings._find(self.system_id, "res.partner", into.values())
        self._partners.update((id_, found[key]) for id_, key in into.items() if key in found)
        unknown = ids - self._partners.keys()
        self._deleted = bindings._by_key(self.system_id, "res.partner", unknown).keys()
        self._put_away = self._not_made(unknown - self._deleted)

    def _not_made(self, ids):
        """:return: set of those that the CRM had put away before Odoo knew of them"""
        if not ids:
            return set()
        self.env.cr.execute(
            """
            SELECT DISTINCT m.ordering_key FROM seam_message m
             WHERE m.flow_id IN (SELECT id FROM seam_flow
                                  WHERE system_id = %s AND handler = ANY(%s))
               AND m.ordering_key = ANY(%s) AND m.state = 'done'
            """,
            [self.system_id, ["seam.handler.crm.company", "seam.handler.crm.contact"], list(ids)],
        )
        return {row[0] for row in self.env.cr.fetchall()}

    def _load_languages(self, told):
        self._languages = {}
        if told:
            for code, _name in self.env["res.lang"].get_installed():
                self._languages.setdefault(code.split("_")[0].lower(), code)
                self._languages[code.lower()] = code

    # -- values ------------------------------------------------------------------------

    def values(self, document, country=None):
        """
        :param country: of the record, where the document tells none
        :return: dict Line → value in Odoo, of the fields that the document tells
        :raise Fault: one of them names something unknown
        """
        told = {line: value_of(document, line.name) for line in self.lines}
        values = {}
        for line, value in told.items():
            if value is not MISSING and line.kind != "state":
                values[line] = self.value(line, value)
                country = values[line] if line.kind == "country" else country
        for line, value in told.items():
            if value is not MISSING and line.kind == "state":
                values[line] = self._state(value, country)
        return {line: value for line, value in values.items() if value is not MISSING}

    def value(self, line, value):
        """:raise Fault: it names something unknown"""
        find = getattr(self, f"_{line.kind}", None)
        try:
            return find(line, value) if find else to_odoo(line.kind, value)
        except (ValueError, TypeError):
            raise self._misfit(line, value) from None

    def deleted_partner(self, document, values):
        """:return: name of a company that was deleted in Odoo, to be noted; or None"""
        for line in self.lines:
            if line.kind == "partner" and line not in values:
                told = value_of(document, line.name) or {}
                return told.get("name") or told.get("id")
        return None

    def unknown_state(self, document, values):
        """:return: a province that Odoo has no record of, to be noted; or None"""
        for line in self.lines:
            if line.kind == "state" and line not in values:
                return value_of(document, line.name) or None
        return None

    def _country(self, line, value):
        if value in (None, ""):
            return self.env["res.country"]
        country = self._countries.get(str(value).strip())
        if country:
            return country
        raise self._unknown("res.country", line, value, "value_map")

    def _state(self, value, country):
        """:return: MISSING for a province that Odoo has no record of. It is noted on the
        record: nobody is kept waiting for a list of provinces."""
        State = self.env["res.country.state"]
        if value in (None, ""):
            return State
        if not country:
            return MISSING
        if country.id not in self._states:
            found = State.search_fetch([("country_id", "=", country.id)], ["code", "name"])
            self._states[country.id] = {
                word.lower(): state for state in found for word in (state.name, state.code)
            }
        return self._states[country.id].get(str(value).strip().lower(), MISSING)

    def _user(self, line, value):
        if value is None:
            return self.env["res.users"]
        if value.get("id") in self._users:
            return self._users[value["id"]]
        for mail in addresses(value.get("email")):
            found = self._users_by_mail.get(mail, [])
            if len(found) == 1:
                return found[0]
        if self.flow.crm_unknown_owner == "none":
            return self.env["res.users"]
        code = value.get("id") or value.get("email")
        raise self._unknown("res.users", line, code, "binding", value.get("name"))

    def _partner(self, line, value):
        if value is None:
            return self.env["res.partner"]
        if value["id"] in self._partners:
            return self._partners[value["id"]]
        if value["id"] in self._deleted:
            return MISSING
        names = {"label": self._label(line), "name": value.get("name") or value["id"]}
        put_away = value["id"] in self._put_away
        raise not_come(
            self.env._("%(label)s %(name)s is archived or deleted there, and not in Odoo.", **names)
            if put_away
            else self.env._("%(label)s %(name)s did not come to Odoo yet.", **names),
            value.get("place") or pointer_of(line.name),
            self.env._("Have it brought back there, or taken from this one: then it goes on.")
            if put_away
            else self.env._("It is tried again. Look whether that record is held up itself."),
            f"res.partner:{value['id']}",
        )

    def _stage(self, line, value):
        if value in (None, ""):
            return self.env["crm.stage"]
        if str(value) in self._stages:
            return self._stages[str(value)]
        raise self._unknown("crm.stage", line, value, "value_map")

    def _activity(self, line, value):
        if value in (None, ""):
            return self.env["mail.activity.type"]
        if str(value) in self._kinds:
            return self._kinds[str(value)]
        known = self.env.ref(ACTIVITIES.get(str(value), ""), raise_if_not_found=False)
        if known:
            return known
        raise self._unknown("mail.activity.type", line, value, "value_map")

    def _language(self, line, value):
        if not value:
            return False
        code = str(value).replace("-", "_").lower()
        found = self._languages.get(code) or self._languages.get(code.split("_")[0])
        if found:
            return found
        raise Fault(
            "master.unknown",
            self.env._("The language %s is not active in Odoo.", value),
            pointer=pointer_of(line.name),
            fix=self.env._("Activate it in the settings, then retry."),
            subject=f"res.lang:{value}",
        )

    def _choice(self, line, value):
        """A value of a selection, by its key or by what people read."""
        if value in (None, ""):
            return False
        names = options(line, self.records)
        word = str(value).strip().lower()
        known = {name.lower(): key for key, name in names.items()}
        known.update((key.lower(), key) for key in names)
        if word not in known:
            raise self._misfit(line, value)
        return known[word]

    def _is_gone(self, model, code):
        """Looked up once for a batch, and only where something is unknown."""
        if (model, code) not in self._gone:
            gone = self.env["seam.value.map"]._gone(self.system_id, model, [code])
            self._gone[model, code] = bool(gone)
        return self._gone[model, code]

    def _label(self, line):
        return label(line, self.records)

    def _misfit(self, line, value):
        return Fault(
            "mapping.failed",
            self.env._(
                "%(label)s cannot be “%(value)s” in Odoo.",
                label=self._label(line),
                value=str(value)[:100],
            ),
            pointer=pointer_of(line.name),
            fix=self.env._(
                "Have it corrected at the partner; or change the field, or its conversion, under "
                "Configuration / CRM fields. Then retry."
            ),
            subject=f"{line.odoo}:{value}"[:200],
        )

    def _unknown(self, model, line, code, via, name=None):
        code, gone = str(code), via == "value_map" and self._is_gone(model, str(code))
        sentence = (
            self.env._(
                "%(label)s: what “%(code)s” meant was removed in Odoo.",
                label=self._label(line),
                code=name or code,
            )
            if gone
            else self.env._(
                "%(label)s: Odoo does not know “%(code)s”.",
                label=self._label(line),
                code=name or code,
            )
        )
        return Fault(
            "master.unknown",
            sentence,
            pointer=pointer_of(line.name),
            fix=self.env._("Choose what it means; all that waits for it then goes on."),
            subject=f"{model}:{code}",
            extra={"missing": {"model": model, "code": code, "via": via, "name": name}},
        )


def made_there(model, id_):
    """:return: what waits for a record of Odoo to be in the CRM waits for"""
    return f"odoo/{model}:{id_}"


def not_come(sentence, pointer, fix, record):
    """:param record: model and the CRM's id of what did not come, with a colon; or ``made_there``
    :return: Fault of what waits for it, see ``seam.message._crm_come``
    """
    error = {"pointer": pointer, "code": "order.predecessor", "message": sentence}
    return Fault(
        "order.predecessor",
        sentence,
        pointer=pointer,
        fix=fix,
        subject=record,
        errors=[{**error, "waits_for": record}],
    )


class _Missing:
    """A field that the document does not tell."""

    def __bool__(self):
        return False


MISSING = _Missing()


def value_of(document, name):
    """:return: what the document says of a field, MISSING where it says nothing"""
    if name == "archived":
        if document.get("deleted"):
            return True
        return document.get("archived", MISSING)
    if name == CUSTOMER:
        return _customer(document)
    if name.startswith("custom."):
        return (document.get("custom") or {}).get(name[7:], MISSING)
    return (document.get("fields") or {}).get(name, MISSING)


def _customer(document):
    """:return: who buys: the person, else the company, and its ``place``. What says of one of
    them only that it is empty does not tell; nor does what is put away, where it tells of none
    """
    told = document.get("fields") or {}
    if document.get("deleted"):
        return MISSING
    for name in ("contact", "company"):
        if told.get(name):
            return {**told[name], "place": f"/fields/{name}"}
    is_told = "contact" in told and "company" in told and not document.get("archived")
    return None if is_told else MISSING


def pointer_of(name, document=None):
    """:param document: that tells it, where one field may stand at several places"""
    if name == "archived":
        return "/archived"
    if name == CUSTOMER:
        return (_customer(document or {}) or {}).get("place", "/fields/company")
    if name.startswith("custom."):
        return f"/custom/{name[7:]}"
    return f"/fields/{name}"
