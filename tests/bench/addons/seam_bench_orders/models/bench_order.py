from datetime import datetime

from odoo import api, models
from odoo.fields import Command

# What Seam's handler keeps quiet, the rivals keep quiet too: the features are the same.
QUIET = {
    "mail_notrack": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
    "seam_keep_date": True,
}
ADDRESS = {"street": "address_1", "street2": "address_2", "city": "city", "zip": "postcode"}


class BenchOrder(models.AbstractModel):
    """A WooCommerce order becomes a confirmed sales order, one at a time, in plain Odoo code.

    It writes the same content as Seam: customer, addresses, lines with taxes, shipping, fees, notes.
    """

    _name = "bench.order"
    _description = "Benchmark: order by order"

    @api.model
    def _as_service(self):
        """As the same user whose rights Seam applies the shop's orders with."""
        user = self.env["seam.system"].search([("code", "=", "shop")]).user_id
        return self.with_user(user).with_company(user.company_id)

    @api.model
    def process(self, data):
        """The job of rival 1. :return: id of the order"""
        return self._make(data).id

    @api.model
    def _make(self, data):
        order = self._create([self._values(data)])
        order.action_confirm()
        return order

    def _create(self, values):
        return self.env["sale.order"].with_context(**QUIET).create(values)

    def _values(self, data):
        partner = self._partner(data["billing"])
        invoice = self._address(partner, data["billing"], "invoice")
        delivery = self._address(partner, data["shipping"], "delivery")
        return {
            "partner_id": partner.id,
            "partner_invoice_id": invoice.id,
            "partner_shipping_id": delivery.id,
            "client_order_ref": data["number"],
            "origin": f"bench {data['number']}",
            "reference": data["transaction_id"] or False,
            "date_order": datetime.fromisoformat(data["date_created_gmt"]),
            "user_id": partner.user_id.id,
            "order_line": [Command.create(line) for line in self._lines(data)],
        }

    # -- who ----------------------------------------------------------------------------

    def _partner(self, billing):
        Partner = self.env["res.partner"]
        email = billing["email"].strip().lower()
        return Partner.search(
            [("email_normalized", "=", email), ("type", "=", "contact")], limit=1
        ) or Partner.with_context(**QUIET).create(
            {"name": self._name_of(billing), "email": email, **self._place(billing)}
        )

    def _address(self, partner, data, kind):
        """The partner himself, or an address below him: known, or made."""
        place, name = self._place(data), self._name_of(data)
        for known in partner | partner.child_ids:
            same = all((known[field] or False) == place[field] for field in ADDRESS)
            if same and known.name == name:
                return known
        return (
            self.env["res.partner"]
            .with_context(**QUIET)
            .create({**place, "name": name, "type": kind, "parent_id": partner.id})
        )

    def _name_of(self, data):
        return f"{data['first_name']} {data['last_name']}"

    def _place(self, data):
        country = self.env["res.country"].search([("code", "=", data["country"])])
        state = self.env["res.country.state"].search(
            [("code", "=", data["state"]), ("country_id", "=", country.id)]
        )
        return {
            **{field: data[key] or False for field, key in ADDRESS.items()},
            "country_id": country.id,
            "state_id": state.id,
        }

    # -- what ---------------------------------------------------------------------------

    def _lines(self, data):
        rates = {tax["rate_id"]: tax["rate_percent"] for tax in data["tax_lines"]}
        for item in data["line_items"]:
            product = self.env["product.product"].search([("default_code", "=", item["sku"])])
            yield self._line(item, product, rates, item["name"], item["quantity"])
        shipping = self.env.ref("seam_sale.product_shipping")
        for item in data["shipping_lines"]:
            yield self._line(item, shipping, rates, item["method_title"])
        fee = self.env.ref("seam_sale.product_fee")
        for item in data["fee_lines"]:
            yield self._line(item, fee, rates, item["name"])
        for coupon in data["coupon_lines"]:
            yield self._note(f"Coupon {coupon['code']}: {coupon['discount']}")
        if data["customer_note"]:
            yield self._note(f"Customer's note: {data['customer_note']}")

    def _line(self, item, product, rates, name, quantity=1):
        taxes = self.env["account.tax"]
        for tax in item["taxes"]:
            taxes += taxes.search(
                [("type_tax_use", "=", "sale"), ("amount", "=", rates[tax["id"]])], limit=1
            )
        return {
            "product_id": product.id,
            "name": name,
            "product_uom_qty": quantity,
            "price_unit": float(item["total"]) / quantity,
            "tax_ids": [Command.set(taxes.ids)],
        }

    def _note(self, text):
        return {"display_type": "line_note", "name": text}
