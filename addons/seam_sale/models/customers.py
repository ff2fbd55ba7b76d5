"""Customers and addresses of a batch of orders: found, or created together.

Nobody's master data is changed: an address that differs becomes an address of its
own under the customer.
"""

from odoo.addons.seam.engine.fault import Fault

from .addresses import Addresses, full_name


def customer_codes(document):
    """:return: codes under which a binding may know the customer, best first"""
    customer = document["customer"]
    mail = email_of(document)
    codes = [customer.get("id"), mail and f"email:{mail}"]
    return [code for code in codes if code]


def email_of(document):
    mail = document["customer"].get("email") or document["billing"].get("email") or ""
    return mail.strip().lower()


class Customers(Addresses):
    """Answers who ordered, for each document of a batch.

    First ``check`` each document, which may refuse it; then ``create_missing`` for
    those that are left; then ``of`` tells the partners.
    """

    def __init__(self, env, lookup, documents):
        self.env = env
        self.lookup = lookup
        self.system_id = lookup.system_id
        self.companies = lookup.companies
        self._load_bound(documents)
        self._load_by_email(documents)
        self._load_companies(documents)
        self._found = {}
        self._new = {}

    # -- find --------------------------------------------------------------------------

    def _load_bound(self, documents):
        codes = {code for document in documents for code in customer_codes(document)}
        Binding = self.env["seam.binding"]
        self._bound = Binding._find(self.system_id, "res.partner", codes) if codes else {}

    def _load_by_email(self, documents):
        mails = {
            email_of(document)
            for document in documents
            if not any(code in self._bound for code in customer_codes(document))
        }
        self._by_email = {}
        mails.discard("")
        if not mails:
            return
        found = self.env["res.partner"].search_fetch(
            [
                ("email_normalized", "in", list(mails)),
                ("company_id", "in", list(self.companies)),
                ("type", "=", "contact"),
            ],
            ["email_normalized", "parent_id", "commercial_partner_id"],
        )
        for partner in found:
            self._by_email.setdefault(partner.email_normalized, []).append(partner)

    def _load_companies(self, documents):
        numbers = {document["customer"].get("vat") for document in documents} - {None, ""}
        self._by_vat = {}
        if numbers:
            for partner in self.env["res.partner"].search_fetch(
                [
                    ("vat", "in", list(numbers)),
                    ("is_company", "=", True),
                    ("parent_id", "=", False),
                    ("company_id", "in", list(self.companies)),
                ],
                ["vat"],
            ):
                self._by_vat.setdefault(partner.vat, partner)

    def check(self, document):
        """Find the customer, or plan a new one.

        :raise Fault: more than one would fit, or he belongs to another company
        """
        codes = customer_codes(document)
        for code in codes:
            if code in self._bound:
                return self._own(self._bound[code], code)
        return self._one_by_email(document, codes)

    def _own(self, partner, code):
        if partner.sudo().company_id.id not in self.companies:
            raise Fault(
                "company.mismatch",
                self.env._("Customer %s belongs to another company than this order.", code),
                pointer="/customer",
                fix=self.env._(
                    "Share the customer among the companies, or bind the shop's id to "
                    "a customer of %s.",
                    self.lookup.company.sudo().name,
                ),
                subject=f"res.partner:{code}",
            )
        return partner

    def _one_by_email(self, document, codes):
        found = self._by_email.get(email_of(document), [])
        if len({partner.commercial_partner_id.id for partner in found}) > 1:
            raise Fault(
                "master.ambiguous",
                self.env._(
                    "%(count)s customers have the e-mail address %(mail)s.",
                    count=len(found),
                    mail=email_of(document),
                ),
                pointer="/customer/email",
                fix=self.env._("Choose the customer who is meant, or merge the contacts."),
                subject=f"res.partner:{codes[0]}",
                extra={
                    "missing": {
                        "model": "res.partner",
                        "code": codes[0],
                        "via": "binding",
                        "name": full_name(document["billing"]),
                    }
                },
            )
        return min(found, key=lambda partner: (bool(partner.parent_id), partner.id), default=None)

    # -- create ------------------------------------------------------------------------

    def create_missing(self, documents, given=None):
        """Make sure that each document has a customer and its two addresses.

        :param given: dict document's id → customer, where he is known already
        """
        self._found, self._new = {}, {}
        for document in documents:
            partner = (given or {}).get(document["id"]) or self.check(document)
            if partner:
                self._found[document["id"]] = partner
            else:
                self._plan(document)
        self._create_companies()
        self._create_persons()
        self._remember(documents)
        self._create_addresses(documents)

    def _plan(self, document):
        """Orders of the same new customer in one batch share him."""
        key = next(iter(customer_codes(document)), f"order:{document['id']}")
        self._new.setdefault(key, []).append(document)

    def _create_companies(self):
        """Companies of new customers who name one; by VAT number it may be known."""
        self._parents = dict(self._by_vat)
        wanted = {}
        for documents in self._new.values():
            key = self._company_key(documents[0])
            if key and key not in self._parents:
                wanted.setdefault(key, documents[0])
        created = self._create([self._company_values(document) for document in wanted.values()])
        self._parents.update(zip(wanted, created, strict=True))

    def _company_key(self, document):
        name = document["billing"].get("company")
        return name and (document["customer"].get("vat") or name)

    def _company_values(self, document):
        return {
            **self._address_values(document["billing"]),
            "name": document["billing"]["company"],
            "is_company": True,
            "vat": document["customer"].get("vat") or False,
            "company_id": False,
        }

    def _create_persons(self):
        created = self._create(
            [self._person_values(documents[0]) for documents in self._new.values()]
        )
        for documents, partner in zip(self._new.values(), created, strict=True):
            for document in documents:
                self._found[document["id"]] = partner

    def _person_values(self, document):
        billing = document["billing"]
        parent = self._parents.get(self._company_key(document))
        mail = email_of(document)
        values = {
            "name": full_name(billing)
            or billing.get("company")
            or mail
            or self._nameless(document),
            "email": mail or False,
            "phone": billing.get("phone") or False,
            "company_id": False,
        }
        if parent:
            return {**values, "parent_id": parent.id, "type": "contact"}
        return {
            **values,
            **self._address_values(billing),
            "vat": document["customer"].get("vat") or False,
        }

    def _nameless(self, document):
        return self.env._("Customer of order %s", document["number"])

    def _remember(self, documents):
        """Bind new customers, and those found by e-mail, to the shop's codes.

        The binding is UNIQUE: of two workers who create the same customer at once
        the database makes one begin again, and find him.
        """
        bind = {
            code: self._found[document["id"]]
            for document in documents
            for code in customer_codes(document)
            if code not in self._bound
        }
        if bind:
            self.env.flush_all()
            self.env["seam.binding"]._bind(self.system_id, bind)
            self._bound.update(bind)

    def of(self, document):
        """:return: (customer, invoice address, delivery address)"""
        key = document["id"]
        return (
            self._found[key],
            self._addresses[key, "invoice"],
            self._addresses[key, "delivery"],
        )
