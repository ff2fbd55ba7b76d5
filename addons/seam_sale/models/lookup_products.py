"""Which products and units the lines of a batch of orders mean."""

from odoo.addons.seam.engine.fault import Fault


def product_codes(line):
    """:return: codes under which a binding may know the line's product, best first

    A shop's id of a product is marked with #, since a SKU may be a number too.
    """
    product = line.get("product") or {}
    if line["kind"] == "shipping":
        return [f"shipping:{product['id']}"] if product.get("id") else []
    codes = [product.get("sku"), product.get("id") and f"#{product['id']}"]
    return [code for code in codes if code]


class ProductLookup:
    """Loads once, answers from memory. What cannot be answered is a Fault.

    :param env: of the service user
    :param flow: ``seam.flow``, as superuser
    :param documents: list of sale-order documents that are to be understood
    """

    def __init__(self, env, flow, documents):
        self.env = env
        self.flow = flow
        self.system_id = flow.system_id.id
        self.company = env["res.company"].browse(flow.company_id.id)
        self.companies = {False, *self.company.sudo().parent_ids.ids}
        self.documents = documents
        self._load_products()
        self._load_units()

    def _lines(self):
        return (line for document in self.documents for line in document["lines"])

    def _meanings(self, model, codes):
        """:return: dict code → record, by the value maps of the system"""
        if not codes:
            return {}
        return self.env["seam.value.map"]._translate(self.system_id, model, codes)

    def _unknown(self, sentence, fix, pointer, model, code, name, via, faultcode="master.unknown"):
        return Fault(
            faultcode,
            sentence,
            pointer=pointer,
            fix=fix,
            subject=f"{model}:{code}",
            extra={"missing": {"model": model, "code": code, "via": via, "name": name}},
        )

    # -- products --------------------------------------------------------------------

    def _load_products(self):
        codes = {code for line in self._lines() for code in product_codes(line)}
        Binding = self.env["seam.binding"]
        self._bound = Binding._find(self.system_id, "product.product", codes) if codes else {}
        self._by_code, self._by_barcode = {}, {}
        skus, barcodes = set(), set()
        for line in self._lines():
            product = line.get("product") or {}
            if line["kind"] != "shipping" and not self._bound_product(line):
                skus.add(product.get("sku"))
                barcodes.update((product.get("sku"), product.get("barcode")))
        self._search_products(skus - {None}, barcodes - {None})
        self._prefetch(self._bound.values())

    def _prefetch(self, products):
        """Read what is needed of all products at once, seen by anybody or not."""
        ids = {product.id for product in products}
        ids.update(p.id for found in self._by_code.values() for p in found)
        ids.update(p.id for found in self._by_barcode.values() for p in found)
        self._all = self.env["product.product"].sudo().browse(sorted(ids))
        self._all.fetch(["company_id", "uom_id", "type", "active"])

    def _search_products(self, skus, barcodes):
        if not barcodes:
            return
        found = (
            self.env["product.product"]
            .sudo()
            .search_fetch(
                ["|", ("default_code", "in", list(skus)), ("barcode", "in", list(barcodes))],
                ["default_code", "barcode", "company_id"],
            )
        )
        for product in found:
            if product.default_code in skus:
                self._by_code.setdefault(product.default_code, []).append(product)
            if product.barcode in barcodes:
                self._by_barcode.setdefault(product.barcode, []).append(product)

    def _bound_product(self, line):
        return next(
            (self._bound[code] for code in product_codes(line) if code in self._bound), None
        )

    def product(self, line, pointer):
        """:return: ``product.product`` of a line, in the service user's environment"""
        product = self._bound_product(line)
        if not product and line["kind"] == "product":
            product = self._product_by_code(line, pointer)
        elif not product:
            product = (
                self.flow.sale_shipping_product_id
                if line["kind"] == "shipping"
                else self.flow.sale_fee_product_id
            )
            if not product:
                raise self._unknown_service(line, pointer)
        self._check_company(product, line, pointer)
        return self.env["product.product"].browse(product.id)

    def _product_by_code(self, line, pointer):
        given = line["product"]
        sku = given.get("sku")
        for found in (
            self._by_code.get(sku, []),
            self._by_barcode.get(given.get("barcode"), []),
            self._by_barcode.get(sku, []),
        ):
            ours = [p for p in found if p.company_id.id in self.companies]
            if len(ours) == 1:
                return ours[0]
            if ours:
                raise self._ambiguous_product(line, pointer, len(ours))
            if found:
                return found[0]
        raise self._unknown_product(line, pointer)

    def _unknown_product(self, line, pointer):
        code = next(iter(product_codes(line)), None)
        if not code:
            return Fault(
                "master.unknown",
                self.env._("Line “%s” has neither a SKU nor an id.", line["name"]),
                pointer=pointer,
                fix=self.env._("Give the product a SKU in the shop, then send it again."),
                subject=f"product:{line['name']}",
            )
        return self._unknown(
            self.env._("Product %(code)s (%(name)s) is unknown.", code=code, name=line["name"]),
            self.env._(
                "Choose the product that is meant, or give a product this internal "
                "reference and retry."
            ),
            pointer,
            "product.product",
            code,
            line["name"],
            "binding",
        )

    def _unknown_service(self, line, pointer):
        code = next(iter(product_codes(line)), line["kind"])
        return self._unknown(
            self.env._("No product stands for “%s”.", line["name"]),
            self.env._("Choose it here for this method, or on the flow for all."),
            pointer,
            "product.product",
            code,
            line["name"],
            "binding",
        )

    def _ambiguous_product(self, line, pointer, count):
        code = product_codes(line)[0]
        return self._unknown(
            self.env._("%(count)s products have the reference %(code)s.", count=count, code=code),
            self.env._("Choose the one that is meant; the shop's code is bound to it then."),
            pointer,
            "product.product",
            code,
            line["name"],
            "binding",
            "master.ambiguous",
        )

    def _check_company(self, product, line, pointer):
        owner = product.sudo().company_id
        if owner.id in self.companies:
            return
        raise Fault(
            "company.mismatch",
            self.env._(
                "Product %(code)s (%(name)s) belongs to another company than this order.",
                code=next(iter(product_codes(line)), ""),
                name=line["name"],
            ),
            pointer=pointer,
            fix=self.env._(
                "Share the product among the companies, or bind the code to a product of %s.",
                self.company.sudo().name,
            ),
            subject=f"product:{next(iter(product_codes(line)), line['name'])}",
        )

    # -- units -------------------------------------------------------------------------

    def _load_units(self):
        codes = {line["unit"] for line in self._lines() if line.get("unit")}
        self._units = self._meanings("uom.uom", codes)

    def unit(self, line, product, pointer):
        """:return: ``uom.uom``; without a code the product's own"""
        own, code = product.uom_id, line.get("unit")
        if not code or code == own.name:
            return own
        unit = self._units.get(code)
        if not unit:
            raise self._unknown(
                self.env._("Unit %s is unknown.", code),
                self.env._("Choose the unit that is meant."),
                f"{pointer}/unit",
                "uom.uom",
                code,
                line["name"],
                "value_map",
            )
        if not unit._has_common_reference(own):
            raise Fault(
                "business.rule",
                self.env._(
                    "%(product)s is counted in %(own)s, which cannot be converted from %(unit)s.",
                    product=line["name"],
                    own=own.name,
                    unit=unit.name,
                ),
                pointer=f"{pointer}/unit",
                fix=self.env._("Correct the product's unit, or the value map of the system."),
                subject=f"uom:{code}:{own.name}",
            )
        return unit
