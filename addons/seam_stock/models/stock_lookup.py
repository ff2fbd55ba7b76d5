"""What the codes of a batch of warehouse documents mean here, in a handful of queries."""

from decimal import Decimal

from odoo.addons.seam.engine.fault import Fault


class StockLookup:
    """Products, units and warehouses. Loads once, answers from memory.

    :param env: of the service user
    :param flow: ``seam.flow``, readable
    :param lines: list of all lines of the documents (dicts with ``sku`` and ``unit``)
    """

    def __init__(self, env, flow, lines):
        self.env = env
        self.flow = flow
        self.system_id = flow.system_id.id
        self.company = env["res.company"].browse(flow.company_id.id)
        self._companies = {False, *self.company.sudo().parent_ids.ids}
        self._load_products({line["sku"] for line in lines})
        self._load_units({line["unit"] for line in lines if line.get("unit")})
        self._warehouses = {}

    # -- products ----------------------------------------------------------------------

    def _load_products(self, skus):
        self._bound = self.env["seam.binding"]._find(self.system_id, "product.product", skus)
        codes = list(skus - set(self._bound))
        self._by_code = {}
        if not codes:
            return
        Product = self.env["product.product"].with_context(active_test=False)
        for product in Product.search_fetch(
            [
                "|",
                "|",
                ("default_code", "in", codes),
                ("barcode", "in", codes),
                ("product_uom_ids.barcode", "in", codes),
            ],
            ["default_code", "barcode", "company_id", "active"],
        ):
            if product.sudo().company_id.id in self._companies:
                names = {product.default_code, product.barcode}
                names.update(product.product_uom_ids.mapped("barcode"))
                for name in names & set(codes):
                    self._by_code.setdefault(name, []).append(product)

    def find(self, sku):
        """:return: list of the products that a warehouse may mean by this"""
        if sku in self._bound:
            return [self.env["product.product"].browse(self._bound[sku].id)]
        found = self._by_code.get(sku, [])
        exact = [p for p in found if p.default_code == sku and p.active]
        return exact or [p for p in found if p.active] or found

    def product(self, sku, pointer):
        """:return: ``product.product``
        :raise Fault: none, or more than one"""
        found = self.find(sku)
        if len(found) == 1:
            return found[0]
        code = "master.ambiguous" if found else "master.unknown"
        sentence = (
            self.env._("%(count)s products have the reference %(sku)s.", count=len(found), sku=sku)
            if found
            else self.env._("Product %s of the warehouse is unknown.", sku)
        )
        missing = {"model": "product.product", "code": sku, "via": "binding", "name": sku}
        raise Fault(
            code,
            sentence,
            pointer=f"{pointer}/sku",
            fix=self.env._("Choose the product that is meant."),
            subject=f"product.product:{sku}",
            extra={"missing": missing},
        )

    # -- units -------------------------------------------------------------------------

    def _load_units(self, codes):
        self._units = {}
        if not codes:
            return
        # quantities are kept in the product's own unit: another may be archived
        Unit = self.env["uom.uom"].with_context(active_test=False)
        for lang in (None, self.env.user.lang):
            for unit in Unit.with_context(lang=lang).search_fetch(
                [("name", "in", list(codes))], ["name"], order="active desc, id"
            ):
                self._units.setdefault(unit.name, Unit.browse(unit.id))
        Map = self.env["seam.value.map"]
        self._units.update(Map._translate(self.system_id, "uom.uom", codes))

    def unit(self, line, product, pointer):
        """:return: ``uom.uom`` of a line; without a code the product's own"""
        own, code = product.uom_id, line.get("unit")
        if not code:
            return own
        unit = self._units.get(code)
        if not unit:
            missing = {"model": "uom.uom", "code": code, "via": "value_map", "name": code}
            raise Fault(
                "master.unknown",
                self.env._("Unit %s of the warehouse is unknown.", code),
                pointer=f"{pointer}/unit",
                fix=self.env._("Choose the unit that is meant."),
                subject=f"uom.uom:{code}",
                extra={"missing": missing},
            )
        if not unit._has_common_reference(own):
            raise Fault(
                "business.rule",
                self.env._(
                    "%(product)s is counted in %(own)s, which cannot be converted from %(unit)s.",
                    product=product.display_name,
                    own=own.name,
                    unit=unit.name,
                ),
                pointer=f"{pointer}/unit",
                fix=self.env._("Correct the product's unit, or the value map of the system."),
                subject=f"uom.uom:{code}:{own.name}",
            )
        return unit

    def quantity(self, line, product, pointer, name="quantity"):
        """A quantity in the product's own unit, or a fault where it would be rounded.

        :return: float, a whole number of the smallest quantity that Odoo keeps
        """
        unit = self.unit(line, product, pointer)
        told = line[name]
        exact = unit._compute_quantity(float(told), product.uom_id, round=False)
        if unit == product.uom_id:
            exact = float(Decimal(str(told)))
        kept = product.uom_id.round(exact, rounding_method="HALF-UP")
        # binary noise of the conversion is far below this, a lost part far above
        if abs(kept - exact) > 1e-6 * max(1, abs(exact)):
            raise Fault(
                "business.rule",
                self.env._(
                    "%(told)s %(unit)s of %(product)s are %(exact)s %(own)s: Odoo would keep "
                    "%(kept)s.",
                    told=told,
                    unit=unit.name,
                    product=product.display_name,
                    exact=f"{exact:.6g}",
                    own=product.uom_id.name,
                    kept=f"{kept:g}",
                ),
                pointer=f"{pointer}/{name}",
                fix=self.env._(
                    "Ask the warehouse for a quantity that can be counted, or raise the decimals "
                    "of “Product Unit”, then retry."
                ),
                subject=f"rounding:{product.id}",
            )
        return kept

    # -- warehouses --------------------------------------------------------------------

    def warehouse(self, code):
        """:return: ``stock.warehouse`` of the flow; without a code its only one
        :raise Fault: unknown, or not the flow's"""
        if code not in self._warehouses:
            self._warehouses[code] = self._find_warehouse(code)
        return self._warehouses[code]

    def _find_warehouse(self, code):
        served = self.flow._served_warehouses()
        Warehouse = self.env["stock.warehouse"]
        if not code:
            if len(served) == 1:
                return Warehouse.browse(served.id)
            raise Fault(
                "config.invalid",
                self.env._("The document names no warehouse, and the flow is for %s.", len(served)),
                fix=self.env._("Choose one warehouse on the flow, then retry."),
                subject="warehouse",
            )
        mapped = self.env["seam.value.map"]._translate(self.system_id, "stock.warehouse", [code])
        found = mapped.get(code) or served.filtered(lambda w: w.code == code)
        if not found:
            missing = {"model": "stock.warehouse", "code": code, "via": "value_map", "name": code}
            raise Fault(
                "master.unknown",
                self.env._("Warehouse %s is unknown.", code),
                pointer="/warehouse",
                fix=self.env._("Choose the warehouse that is meant."),
                subject=f"stock.warehouse:{code}",
                extra={"missing": missing},
            )
        if found not in served:
            raise Fault(
                "company.mismatch",
                self.env._("Warehouse %s is not one of those that this flow is for.", code),
                pointer="/warehouse",
                fix=self.env._("Add it on the flow, or correct the value map of the system."),
                subject=f"stock.warehouse:{code}",
            )
        return Warehouse.browse(found.id)
