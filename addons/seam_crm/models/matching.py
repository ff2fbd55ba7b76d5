"""Which of Odoo's records a new company or contact of a CRM may be.

Only one clear case is bound by itself: one record of the same kind has exactly the
e-mail address, nothing else speaks for another, and it is nobody else's. All others
are shown to a person side by side.
"""

import re
from collections import defaultdict

from odoo.addons.seam.engine.fault import Fault

from .values import addresses, comparable

# inboxes that many people read: they say which company, and not which person
SHARED = frozenset(
    "accounting accounts admin billing bookkeeping buchhaltung contact contacto einkauf "
    "facturation hello help hr info invoice invoices jobs kontakt mail marketing noreply "
    "no-reply office orders postmaster purchase purchasing rechnung reception sales "
    "service shop support team vendas ventas verkauf vertrieb webmaster".split()
)

# Of a phone number, whatever stands before it.
LAST_DIGITS = 7
# Each has an index of its own on res.partner, whose expression it repeats.
ALIKE = {
    "email": "p.email_normalized = ANY(%s)",
    "phone": "p.phone_sanitized = ANY(%s)",
    "vat": "upper(regexp_replace(p.vat, '[^0-9A-Za-z]', '', 'g')) = ANY(%s)",
    "name": "(lower(p.name) = ANY(%s) AND lower(p.zip) = ANY(%s))",
}


def is_shared(mail):
    return mail.partition("@")[0].partition("+")[0] in SHARED


def rough_keys(told, is_company):
    """What documents that may be one share, before anything is looked up: rather too much
    than too little.

    :param told: dict document's field → value
    :return: set of pairs of what is compared and its value
    """
    keys = {("mail", mail) for mail in addresses(_text(told, "email"))}
    name, zip_ = (" ".join(_text(told, each).lower().split()) for each in ("name", "zip"))
    if name and zip_:
        keys.add(("name", f"{name} {zip_}"))
    digits = re.sub(r"\D", "", _text(told, "phone"))[-LAST_DIGITS:]
    if is_company and len(digits) == LAST_DIGITS:
        keys.add(("phone", digits))
    if is_company and (vat := comparable("code", _text(told, "vat"))):
        keys.add(("vat", min(tax_ids(vat, None), key=len)))
    return keys


def tax_ids(vat, country_code):
    """:return: how a tax ID may be written: with its country before it, and without"""
    if vat[:2].isalpha():
        return {vat, vat[2:]} - {""}
    return {vat, f"{country_code}{vat}"} if country_code else {vat}


def _text(told, name):
    return str(told.get(name) or "")


class Matches:
    """Answers for each new document of a batch which records it may be.

    :param is_company: whether the documents are companies
    :param told: dict document id → dict Line → value
    """

    def __init__(self, env, flow, is_company, told):
        self.env = env
        self.flow = flow
        self.is_company = is_company
        self._keys = {id_: set(self._keys_of(values)) for id_, values in told.items()}
        self._planned = {}
        self._found = self._search()
        self._taken = self._bound(
            {partner.id for found in self._found.values() for partner in found}
        )

    def _keys_of(self, values):
        """:return: pairs of what is compared and its value"""
        named = {line.name: (line, value) for line, value in values.items()}

        def plain(name):
            line, value = named.get(name, (None, None))
            return comparable(line.kind, value, self._country_code(named)) if line else None

        for mail in addresses(plain("email")):
            if self.is_company or not is_shared(mail):
                yield "email", mail
        phone = plain("phone")
        if phone and phone.startswith("+"):
            yield "phone", phone
        if self.is_company and (vat := plain("vat")):
            yield from (("vat", each) for each in tax_ids(vat, self._country_code(named)))
        name, zip_ = plain("name"), plain("zip")
        if name and zip_:
            yield "name", (name.lower(), zip_.lower())

    def _country_code(self, named):
        _line, country = named.get("country", (None, None))
        return (country and country.code) or self.flow.company_id.country_id.code

    def _search(self):
        """:return: dict key → partners that have it, of those the service user may see"""
        keys = set().union(*self._keys.values()) if self._keys else set()
        if not keys:
            return {}
        self.env.flush_all()
        self.env.cr.execute(*self._query(keys))
        partners = self.env["res.partner"].search_fetch(
            [("id", "in", [row[0] for row in self.env.cr.fetchall()])],
            ["name", "email_normalized", "phone_sanitized", "vat", "zip", "parent_id"],
        )
        found = defaultdict(list)
        for partner in partners:
            for key in self._keys_of_partner(partner):
                found[key].append(partner)
        return found

    def _query(self, keys):
        """:return: (query, parameters); of each sort of key that there is, by its own index"""
        by_sort = defaultdict(list)
        for sort, value in keys:
            by_sort[sort].append(value)
        alike, params = [], []
        for sort, values in by_sort.items():
            alike.append(ALIKE[sort])
            params.extend(zip(*values, strict=True) if sort == "name" else [values])
        query = f"""
            SELECT id FROM res_partner p
             WHERE p.active AND COALESCE(p.is_company, false) = %s AND p.type = 'contact'
               AND (p.company_id IS NULL OR p.company_id = %s)
               AND ({" OR ".join(alike)})
             ORDER BY p.id LIMIT 5000
            """
        return query, [self.is_company, self.flow.company_id.id, *map(list, params)]

    def _keys_of_partner(self, partner):
        return [
            ("email", partner.email_normalized),
            ("phone", partner.phone_sanitized),
            ("vat", comparable("code", partner.vat)),
            ("name", ((partner.name or "").lower(), (partner.zip or "").lower())),
        ]

    def _bound(self, ids):
        """:return: set of the partners that the system knows by an id of its own"""
        bindings = self.env["seam.binding"].sudo()
        found = bindings.search_fetch(
            [
                ("system_id", "=", self.flow.system_id.id),
                ("res_model", "=", "res.partner"),
                ("res_id", "in", list(ids)),
            ],
            ["res_id"],
        )
        return set(found.mapped("res_id"))

    def of(self, document):
        """:return: the partner to bind, or None when a new one is to be made
        :raise Fault: a person must look, or another document of the batch goes first
        """
        reasons = self._reasons(document["id"])
        for key in self._keys[document["id"]]:
            other = self._planned.setdefault(key, document["id"])
            if other != document["id"] and not self._is_common(key):
                # they are applied one by one then, and the second finds the first
                raise Fault(
                    "order.predecessor",
                    self.env._("Another record that looks the same comes first."),
                    subject=f"res.partner:{other}",
                )
        if not reasons:
            return None
        by_mail = [partner for partner, why in reasons.items() if "email" in why]
        if len(reasons) == 1 and by_mail and by_mail[0].id not in self._taken:
            return by_mail[0]
        raise self._duplicate(document, reasons)

    def _is_common(self, key):
        """A switchboard's number says nothing about a person."""
        return key[0] == "phone" and not self.is_company

    def _reasons(self, id_):
        """:return: dict partner → list of what it shares with the document"""
        reasons = {}
        for key in sorted(self._keys[id_], key=str):
            found = self._found.get(key, [])
            if self._is_common(key) and len(found) > 1:
                continue
            for partner in found:
                reasons.setdefault(partner, []).append(key[0])
        return reasons

    def _way_out(self, taken, count):
        if taken:
            return self.env._(
                "The partner has another record for the same contact. Have them merged there, "
                "or make a new contact if they are two."
            )
        if count == 1:
            return self.env._(
                "Look at them side by side. Choose the one in Odoo if it is the same, else make "
                "a new contact."
            )
        return self.env._(
            "Look at them side by side. Choose the one that is meant, merge those that are "
            "one, or make a new contact."
        )

    def _duplicate(self, document, reasons):
        words = {
            "email": self.env._("e-mail"),
            "phone": self.env._("phone"),
            "vat": self.env._("tax ID"),
            "name": self.env._("name and postcode"),
        }
        shown = list(reasons.items())[:5]
        name = (document.get("fields") or {}).get("name") or document["id"]
        taken = [partner for partner in reasons if partner.id in self._taken]
        return Fault(
            "master.ambiguous",
            self.env._(
                "%(name)s may be in Odoo already: %(found)s.",
                name=name[:100],
                found="; ".join(
                    f"{partner.display_name} ({', '.join(words[x] for x in why)})"
                    for partner, why in shown
                ),
            ),
            pointer="/fields",
            fix=self._way_out(taken, len(reasons)),
            subject=f"res.partner:{document['id']}",
            extra={
                "candidates": [partner.id for partner in reasons][:50],
                "missing": {
                    "model": "res.partner",
                    "code": document["id"],
                    "via": "binding",
                    "name": name[:200],
                },
            },
        )
