import json

from odoo import api, models
from odoo.fields import Command
from odoo.tools import file_open

CATALOGUE = "seam_demo/data/catalogue.json"


class SeamDemoCompany(models.AbstractModel):
    """Makes the demo company out of the catalogue that the demo shop sells from.

    It fits into the main company of any database: what is there is used, what is
    missing is made.
    """

    _name = "seam.demo.company"
    _description = "Demo company"

    @api.model
    def _make(self):
        """Called by the addon's data file, at its installation alone."""
        with file_open(CATALOGUE) as file:
            catalogue = json.load(file)
        company = self.env.ref("base.main_company")
        self = self.with_company(company)
        self._settle(company, catalogue["company"])
        taxes = {tax["class"]: self._tax(company, tax) for tax in catalogue["taxes"]}
        warehouses = self._warehouses(company, catalogue["warehouses"])
        products = self._products(catalogue["products"], taxes)
        self._stock(products, warehouses)
        self._customers(catalogue["customers"])

    def _settle(self, company, wishes):
        if company.name in ("My Company", "YourCompany"):
            company.name = wishes["name"]
        if not company.country_id:
            company.country_id = self.env.ref("base." + wishes["country"].lower())
        # As WooCommerce does unless it is told otherwise; else totals differ by a cent.
        company.tax_calculation_rounding_method = "round_per_line"
        # The customers are made up, and their telephone numbers may be somebody's.
        company.stock_text_confirmation = False

    # -- taxes -----------------------------------------------------------------------

    def _tax(self, company, wishes):
        """:return: the company's sales tax of that rate on top of prices"""
        Tax = self.env["account.tax"]
        found = Tax.search(
            [
                *Tax._check_company_domain(company),
                ("type_tax_use", "=", "sale"),
                ("amount_type", "=", "percent"),
                ("amount", "=", wishes["percent"]),
            ]
        ).filtered(lambda tax: not tax.price_include)[:1]
        return self._named(
            f"tax_{wishes['rate_id']}", found or Tax.create(self._tax_values(company, wishes))
        )

    def _tax_values(self, company, wishes):
        country = company.account_fiscal_country_id or company.country_id
        return {
            "name": wishes["label"],
            "amount": wishes["percent"],
            "amount_type": "percent",
            "type_tax_use": "sale",
            "price_include_override": "tax_excluded",
            "company_id": company.id,
            "country_id": country.id,
            "tax_group_id": self._tax_group(company, country).id,
        }

    def _tax_group(self, company, country):
        Group = self.env["account.tax.group"]
        domain = [*Group._check_company_domain(company), ("country_id", "in", (country.id, False))]
        return Group.search(domain, limit=1) or Group.create(
            {"name": "Sales tax", "company_id": company.id, "country_id": country.id}
        )

    # -- goods -----------------------------------------------------------------------

    def _warehouses(self, company, wishes):
        """:return: dict key → warehouse; an unused one of the company is taken first"""
        Warehouse = self.env["stock.warehouse"]
        first = Warehouse.search([("company_id", "=", company.id)], limit=1)
        used = first and self.env["stock.move"].search_count(
            [("warehouse_id", "=", first.id)], limit=1
        )
        warehouses = {}
        for number, wish in enumerate(wishes):
            values = {"name": wish["name"], "code": wish["code"]}
            if not number and first and not used:
                first.write(values)
                warehouse = first
            else:
                warehouse = Warehouse.create({**values, "company_id": company.id})
            warehouses[wish["key"]] = self._named(f"warehouse_{wish['key']}", warehouse)
        return warehouses

    def _products(self, wishes, taxes):
        """:return: list of (``product.product``, what the catalogue says of it)"""
        templates = self.env["product.template"].create(
            [self._template_values(wish, taxes) for wish in wishes]
        )
        made = []
        for wish, template in zip(wishes, templates, strict=True):
            self._named(f"template_{_key(wish['sku'])}", template)
            for product in template.product_variant_ids:
                variant = self._variant(wish, product)
                product.default_code = variant["sku"]
                product.weight = float(wish.get("weight") or 0)
                self._named(f"product_{_key(variant['sku'])}", product)
                made.append((product, wish))
        return made

    def _template_values(self, wish, taxes):
        goods = wish["type"] == "goods"
        return {
            "name": wish["name"],
            "type": "consu" if goods else "service",
            "is_storable": goods,
            "list_price": float(wish["price"]),
            "standard_price": float(wish["cost"]),
            "weight": float(wish.get("weight") or 0),
            "taxes_id": [Command.set(taxes[wish["tax_class"]].ids)],
            "invoice_policy": "delivery" if goods else "order",
            "attribute_line_ids": self._attribute_lines(wish),
        }

    def _attribute_lines(self, wish):
        if "variants" not in wish:
            return []
        Attribute, name = self.env["product.attribute"], wish["attribute"]
        attribute = Attribute.search([("name", "=", name)], limit=1) or Attribute.create(
            {"name": name, "create_variant": "always"}
        )
        values = self.env["product.attribute.value"]
        for variant in wish["variants"]:
            values |= attribute.value_ids.filtered(
                lambda value, name=variant["value"]: value.name == name
            )[:1] or values.create({"name": variant["value"], "attribute_id": attribute.id})
        return [
            Command.create({"attribute_id": attribute.id, "value_ids": [Command.set(values.ids)]})
        ]

    def _variant(self, wish, product):
        """:return: what the catalogue says of one variant"""
        if "variants" not in wish:
            return wish
        value = product.product_template_attribute_value_ids.name
        return next(variant for variant in wish["variants"] if variant["value"] == value)

    def _stock(self, products, warehouses):
        """Count what lies in the warehouses, as a warehouse clerk would."""
        quants = self.env["stock.quant"].with_context(inventory_mode=True)
        quants.create(
            [
                {
                    "product_id": product.id,
                    "location_id": warehouses[key].lot_stock_id.id,
                    "inventory_quantity": quantity,
                }
                for product, wish in products
                for key, quantity in wish.get("stock", {}).items()
            ]
        ).action_apply_inventory()

    # -- customers -------------------------------------------------------------------

    def _customers(self, wishes):
        countries = self.env["res.country"].search([]).grouped("code")
        for wish in wishes:
            address = self._address(wish, countries)
            person = {"name": f"{wish['first_name']} {wish['last_name']}", "email": wish["email"]}
            if wish["company"]:
                values = {
                    **address,
                    "name": wish["company"],
                    "is_company": True,
                    "vat": wish["vat"] or False,
                    "child_ids": [Command.create(person)],
                }
            else:
                values = {**address, **person}
            self._named(f"customer_{wish['id']}", self.env["res.partner"].create(values))

    def _address(self, wish, countries):
        country = countries[wish["country"]]
        return {
            "street": wish["address_1"],
            "city": wish["city"],
            "zip": wish["postcode"],
            "country_id": country.id,
            "state_id": country.state_ids.filtered(lambda s: s.code == wish["state"])[:1].id,
            "phone": wish["phone"] or False,
        }

    # -- names -----------------------------------------------------------------------

    def _named(self, name, record):
        """Give a record its external id. :return: the record"""
        self.env["ir.model.data"]._update_xmlids(
            [{"xml_id": f"seam_demo.{name}", "record": record, "noupdate": True}]
        )
        return record


def _key(sku):
    return sku.lower().replace("-", "_")
