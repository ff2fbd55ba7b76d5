import json
import os
import stat
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.tests import TransactionCase
from odoo.tools import file_open

from odoo.addons.seam import settings
from odoo.addons.seam_demo import secret_file


class TestDemo(TransactionCase):
    """The company has what its shop sells, and shares the shop's secrets."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop = cls.env.ref("seam_demo.system_shop")
        with file_open("seam_demo/data/catalogue.json") as file:
            cls.catalogue = json.load(file)

    def skus(self):
        for product in self.catalogue["products"]:
            for variant in product.get("variants", [product]):
                yield variant["sku"], product

    def test_everything_that_is_sold_is_a_product(self):
        for sku, wish in self.skus():
            product = self.env["product.product"].search([("default_code", "=", sku)])
            self.assertEqual(len(product), 1, sku)
            self.assertEqual(f"{product.lst_price:.2f}", wish["price"])
            self.assertEqual(product.is_storable, wish["type"] == "goods")
            self.assertEqual(product.weight, float(wish.get("weight") or 0))

    def test_what_is_new_in_the_shop_is_unknown_here(self):
        new = [product["sku"] for product in self.catalogue["unknown_products"]]
        self.assertFalse(self.env["product.product"].search([("default_code", "in", new)]))

    def test_goods_lie_in_both_warehouses(self):
        for key in ("north", "south"):
            warehouse = self.env.ref(f"seam_demo.warehouse_{key}")
            for sku, wish in self.skus():
                if wish["type"] == "goods":
                    product = self.env.ref(
                        "seam_demo.product_" + sku.lower().replace("-", "_")
                    ).with_context(warehouse_id=warehouse.id)
                    self.assertGreater(product.qty_available, 0, f"{sku} in {key}")

    def test_customers_are_found_by_their_address(self):
        for wish in self.catalogue["customers"]:
            partner = self.env["res.partner"].search([("email", "=", wish["email"])])
            self.assertEqual(len(partner), 1, wish["email"])
            self.assertEqual(partner.commercial_partner_id.vat or "", wish["vat"])
            self.assertEqual(partner.commercial_partner_id.country_id.code, wish["country"])

    def test_the_shops_tax_codes_have_a_meaning(self):
        for wish in self.catalogue["taxes"]:
            code = str(wish["rate_id"])
            meant = self.env["seam.value.map"]._translate(self.shop.id, "account.tax", [code])
            self.assertEqual(meant[code].amount, wish["percent"])

    def test_the_service_users_can_do_little(self):
        for name in ("user_service", "user_warehouse"):
            user = self.env.ref(f"seam_demo.{name}")
            self.assertFalse(user._is_system())
            self.assertFalse(user.has_group("seam.group_seam_viewer"))
        self.assertFalse(user.has_group("sales_team.group_sale_salesman"))

    def test_secrets_are_made_once_and_shared(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "shop.secret"
            with patch.object(settings, "get", self.given(demo_secret_file=path)):
                self.env["seam.demo"]._follow_settings()
                first = self.shop.credential_ids
                self.env["seam.demo"]._follow_settings()
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
            secrets = secret_file.ensure(path)
        self.assertEqual(self.shop.credential_ids, first)
        held = {credential.purpose: credential._plain() for credential in first}
        self.assertEqual(
            held,
            {
                "webhook": secrets["webhook_secret"],
                "woocommerce_key": secrets["consumer_key"],
                "woocommerce_secret": secrets["consumer_secret"],
            },
        )

    def test_the_shops_address_follows_the_settings(self):
        with patch.object(settings, "get", self.given(shop_url="http://127.0.0.1:9")):
            self.env["seam.demo"]._follow_settings()
        self.assertEqual(self.shop.base_url, "http://127.0.0.1:9")
        pulls = self.env["seam.pull"].search([("system_id", "=", self.shop.id)])
        self.assertEqual(set(pulls.mapped("flow_id.code")), {"orders", "refunds", "products"})

    def test_the_warehouse_waits_until_there_is_one(self):
        warehouse = self.env.ref("seam_demo.system_warehouse")
        self.assertEqual(warehouse.state, "draft")
        self.env["seam.demo"]._follow_settings()
        self.assertEqual(warehouse.state, "draft")
        with tempfile.TemporaryDirectory() as folder:
            wishes = {"demo_secret_file": Path(folder) / "secret", "wms_url": "http://127.0.0.1:9"}
            with patch.object(settings, "get", self.given(**wishes)):
                self.env["seam.demo"]._follow_settings()
                secrets = secret_file.ensure(wishes["demo_secret_file"])
                self.assertEqual(warehouse.base_url, "http://127.0.0.1:9/api")
                self.assertEqual(warehouse.state, "active")
                warehouse.state = "disabled"
                self.env["seam.demo"]._follow_settings()
        self.assertEqual(warehouse.state, "disabled")
        self.assertEqual(warehouse.credential_ids._plain(), secrets["warehouse_secret"])

    def test_the_warehouse_learns_of_all_goods_at_once(self):
        flow = self.env.ref("seam_demo.flow_warehouse_products")
        with tempfile.TemporaryDirectory() as folder:
            wishes = {"demo_secret_file": Path(folder) / "secret", "wms_url": "http://127.0.0.1:9"}
            with patch.object(settings, "get", self.given(**wishes)):
                self.env["seam.demo"]._follow_settings()
        self.env.cr.precommit.run()
        told = self.env["seam.message"].search([("flow_id", "=", flow.id)])
        goods = {sku for sku, wish in self.skus() if wish["type"] == "goods"}
        products = self.env["product.product"].browse(told.mapped("res_id"))
        self.assertLessEqual(goods, set(products.mapped("default_code")))

    def test_a_secret_file_from_before_the_warehouse_is_enough(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "secret"
            kept = secret_file.ensure(path)
            del kept["warehouse_secret"]
            path.write_text(json.dumps(kept))
            first = secret_file.ensure(path)["warehouse_secret"]
            self.assertEqual(secret_file.ensure(path)["warehouse_secret"], first)
            self.assertTrue(first.startswith("whsec_"))

    def given(self, **values):
        """Settings as they are, with these laid over."""
        real = settings.get
        return lambda name: str(values[name]) if name in values else real(name)
