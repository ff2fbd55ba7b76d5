"""What the codes of a batch of orders mean here, read in a handful of queries."""

from decimal import Decimal

from odoo.addons.seam.engine.fault import Fault

from .lookup_products import ProductLookup


def state_names(place):
    """:return: how Odoo may write a state: NW, or as ISO 3166-2 does DE-NW"""
    state, country = place.get("state"), place.get("country")
    if not state:
        return []
    return [state, state.removeprefix(f"{country}-"), f"{country}-{state}"]


class Lookup(ProductLookup):
    """All of it: products and units, taxes, countries, currencies, ways to pay."""

    def __init__(self, env, flow, documents):
        super().__init__(env, flow, documents)
        self._load_taxes()
        self._load_countries()
        self._load_currencies()
        self._load_payments()

    # -- taxes -------------------------------------------------------------------------

    def _load_taxes(self):
        codes = {tax["code"] for line in self._lines() for tax in line.get("taxes", ())}
        self._taxes = self._meanings("account.tax", codes)
        self._rates = {}
        if codes - set(self._taxes):
            Tax = self.env["account.tax"]
            for tax in Tax.search(
                [
                    *Tax._check_company_domain(self.company),
                    ("type_tax_use", "=", "sale"),
                    ("amount_type", "=", "percent"),
                ]
            ):
                key = (Decimal(str(tax.amount)).normalize(), tax.price_include)
                self._rates.setdefault(key, []).append(tax)

    def tax(self, document, code, pointer):
        """The tax that a shop's code means.

        By the value map; else the one sale tax of the company with exactly the rate
        that the shop names and the shop's way of pricing (tax included or not), if
        there is exactly one. Rates are never deduced from amounts.
        """
        if code in self._taxes:
            return self._own_tax(self._taxes[code], code, pointer)
        told = next((tax for tax in document.get("taxes", ()) if tax["code"] == code), {})
        found = []
        if told.get("rate"):
            key = (Decimal(told["rate"]).normalize(), document["prices_include_tax"])
            found = self._rates.get(key, [])
        if len(found) == 1:
            return found[0]
        name = " ".join(filter(None, (told.get("name"), told.get("rate") and f"{told['rate']} %")))
        raise self._unknown(
            self.env._("Tax %(code)s (%(name)s) is unknown.", code=code, name=name or "-"),
            self.env._("Choose the tax that the shop's rate means."),
            pointer,
            "account.tax",
            code,
            name,
            "value_map",
            "master.ambiguous" if found else "master.unknown",
        )

    def _own_tax(self, tax, code, pointer):
        if tax.sudo().company_id.id in self.companies:
            return tax
        raise Fault(
            "company.mismatch",
            self.env._("Tax code %s is mapped to a tax of another company.", code),
            pointer=pointer,
            fix=self.env._("Correct the value map of the system."),
            subject=f"account.tax:{code}",
        )

    # -- countries ---------------------------------------------------------------------

    def _load_countries(self):
        places = [
            document[role]
            for document in self.documents
            for role in ("billing", "shipping")
            if document.get(role)
        ]
        codes = {place["country"] for place in places if place.get("country")}
        states = {name for place in places for name in state_names(place)}
        Country = self.env["res.country"]
        self._countries = {
            country.code: country
            for country in Country.search_fetch([("code", "in", list(codes))], ["code"])
        }
        self._countries |= self._meanings("res.country", codes - set(self._countries))
        self._states = {}
        if states:
            names = list(states)
            for state in self.env["res.country.state"].search_fetch(
                ["|", ("code", "in", names), ("name", "in", names)],
                ["code", "name", "country_id"],
            ):
                self._states[state.country_id.id, state.name] = state
                self._states[state.country_id.id, state.code] = state

    def country(self, place, pointer):
        """:return: ``res.country``, empty where none is given"""
        code = place.get("country")
        if not code:
            return self.env["res.country"]
        if code in self._countries:
            return self._countries[code]
        raise self._unknown(
            self.env._("Country %s is unknown.", code),
            self.env._("Choose the country that is meant."),
            f"{pointer}/country",
            "res.country",
            code,
            place.get("city", ""),
            "value_map",
        )

    def state(self, place, country):
        """:return: ``res.country.state`` or None; a text that is no state is kept
        with the city"""
        found = (self._states.get((country.id, name)) for name in state_names(place))
        return next(filter(None, found), None)

    # -- currencies and payments ---------------------------------------------------------

    def _load_currencies(self):
        codes = {document["currency"] for document in self.documents}
        Currency = self.env["res.currency"].with_context(active_test=False)
        found = Currency.search_fetch([("name", "in", list(codes))], ["name", "active"])
        self._currencies = {
            currency.name: self.env["res.currency"].browse(currency.id) for currency in found
        }
        self._currencies |= self._meanings("res.currency", codes - set(self._currencies))
        self._pricelists = {}
        foreign = [c.id for c in self._currencies.values() if c != self.company.currency_id]
        if foreign:
            Pricelist = self.env["product.pricelist"]
            for pricelist in Pricelist.search(
                [
                    *Pricelist._check_company_domain(self.company),
                    ("currency_id", "in", foreign),
                ]
            ):
                self._pricelists.setdefault(pricelist.currency_id.id, pricelist)

    def currency(self, document):
        code = document["currency"]
        currency = self._currencies.get(code)
        if not currency:
            raise self._unknown(
                self.env._("Currency %s is unknown.", code),
                self.env._("Choose the currency that is meant."),
                "/currency",
                "res.currency",
                code,
                code,
                "value_map",
            )
        if not currency.active:
            raise Fault(
                "config.invalid",
                self.env._("Currency %s is not active.", code),
                pointer="/currency",
                fix=self.env._("Activate it in Accounting ‣ Configuration, then retry."),
                subject=f"res.currency:{code}",
            )
        return currency

    def pricelist(self, currency):
        """The pricelist that gives an order its currency; prices come from the shop.

        :return: ``product.pricelist``, empty in the company's own currency
        """
        preferred = self.flow.sale_pricelist_id
        if preferred and preferred.currency_id == currency:
            return self.env["product.pricelist"].browse(preferred.id)
        if currency == self.company.currency_id:
            return self.env["product.pricelist"]
        if currency.id in self._pricelists:
            return self._pricelists[currency.id]
        raise Fault(
            "config.invalid",
            self.env._("Odoo needs a pricelist in %s for an order in it.", currency.name),
            pointer="/currency",
            fix=self.env._("Create a pricelist in this currency (it may be empty), then retry."),
            subject=f"product.pricelist:{currency.name}",
        )

    def _load_payments(self):
        methods = {document.get("payment", {}).get("method") for document in self.documents}
        self._payments = self._meanings("account.payment.method.line", methods - {None})

    def payment_method(self, document):
        """:return: the ``account.payment.method.line`` that the shop's way to pay is
        mapped to, or None: without a meaning here it is kept as a text"""
        line = self._payments.get(document.get("payment", {}).get("method"))
        return line if line and line.sudo().company_id.id in self.companies else None
