"""A WooCommerce order as the shop computes and words it. Pure: the same number gives the same order.

Shape: WooCommerce REST API v3, "Order properties"
(https://woocommerce.github.io/woocommerce-rest-api-docs/#order-properties). Amounts are worked out as
WooCommerce does with its default settings: tax is rounded for each line, to two decimals, half up,
and half down where prices include tax (`WC_TAX_ROUNDING_MODE`); totals are sums of rounded lines.
"""

import datetime
import hashlib
import random
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
FIRST_ID = 10_000
FIRST_MOMENT = datetime.datetime(2026, 1, 5, 9, tzinfo=datetime.timezone.utc)
FREE_SHIPPING_FROM = Decimal(150)
COD_FEE = Decimal("3.50")
PAYMENTS = [
    ("stripe", "Credit card"),
    ("stripe", "Credit card"),
    ("paypal", "PayPal"),
    ("bacs", "Direct bank transfer"),
    ("cod", "Cash on delivery"),
]


class OrderBuilder:
    """Makes the orders of one shop.

    catalogue           catalogue.Catalogue
    seed                shops with other seeds have other orders
    currency            ISO code; prices are the catalogue's whatever it is
    prices_include_tax  the shop's setting "Yes, I will enter prices inclusive of tax"
    utc_offset          hours; `date_created` is the shop's local time, `date_created_gmt` is not
    url                 the shop's address
    """

    def __init__(
        self,
        catalogue,
        seed=0,
        currency="USD",
        prices_include_tax=False,
        utc_offset=-5,
        url="http://127.0.0.1:8070",
    ):
        self.catalogue = catalogue
        self.seed = seed
        self.currency = currency
        self.prices_include_tax = prices_include_tax
        self.offset = datetime.timedelta(hours=utc_offset)
        self.url = url
        self.taxes = {tax["class"]: tax for tax in catalogue.data["taxes"]}

    def build(self, n, products=None, customers=None, lines=None, status="processing", when=None):
        """The order number `n` as a dict.

        products   list of catalogue.Product to choose from (default: everything that is sold)
        customers  list of customers as in the catalogue (default: all)
        lines      how many lines; 1 to 4 when not given
        status     pending, on-hold, processing or completed
        when       aware datetime of the order; without it, 90 s after that of order n - 1
        """
        chance = random.Random(f"{self.seed}:{n}")
        when = (when or FIRST_MOMENT + n * datetime.timedelta(seconds=90)).replace(microsecond=0)
        customer = chance.choice(customers or self.catalogue.customers)
        taxed = customer["country"] == self.catalogue.data["company"]["country"]
        coupon = chance.choice(self.catalogue.data["coupons"]) if chance.random() < 0.15 else None
        chosen = self._choose(chance, products or self.catalogue.products, lines)
        payment = chance.choice(PAYMENTS)
        ids = iter(range(100_000 + n * 100, 100_100 + n * 100))
        items = [
            self._line(next(ids), product, quantity, coupon, taxed) for product, quantity in chosen
        ]
        order = {
            "id": FIRST_ID + n,
            "parent_id": 0,
            "status": status,
            "currency": self.currency,
            "version": "9.4.2",
            "prices_include_tax": self.prices_include_tax,
            **self._dates(when, status, payment[0]),
            "customer_id": 0 if chance.random() < 0.1 else customer["id"],
            "order_key": "wc_order_" + hashlib.sha256(f"{self.seed}:{n}".encode()).hexdigest()[:13],
            "billing": _billing(customer),
            "shipping": _shipping(self._recipient(chance, customer)),
            "payment_method": payment[0],
            "payment_method_title": payment[1],
            "transaction_id": f"ch_{n:08d}" if payment[0] == "stripe" else "",
            "customer_ip_address": f"192.0.2.{n % 250 + 1}",
            "customer_user_agent": "Mozilla/5.0",
            "created_via": "checkout",
            "customer_note": "Please ring twice." if chance.random() < 0.1 else "",
            "cart_hash": hashlib.sha256(repr(chosen).encode()).hexdigest()[:32],
            "number": str(FIRST_ID + n),
            "meta_data": _vat_number(customer, n),
            "line_items": items,
            "shipping_lines": [self._shipping_line(next(ids), chance, items, taxed)],
            "fee_lines": [self._fee(next(ids), taxed)] if payment[0] == "cod" else [],
            "coupon_lines": [_coupon_line(next(ids), coupon)] if coupon else [],
            "refunds": [],
            "payment_url": f"{self.url}/checkout/order-pay/{FIRST_ID + n}/",
            "is_editable": status in ("pending", "on-hold"),
            "needs_payment": status == "pending",
            "needs_processing": True,
            "currency_symbol": "$",
            "_links": self._links(FIRST_ID + n),
        }
        self.add_up(order)
        return order

    def line(self, number, product, quantity, taxed=True):
        """One line item, e.g. to add to an order; then call `add_up`."""
        return self._line(number, product, quantity, None, taxed)

    def add_up(self, order):
        """Write the totals that follow from the lines, in place."""
        items, shipping, fees = order["line_items"], order["shipping_lines"], order["fee_lines"]
        cart_tax = _sum(items + fees, "total_tax")
        shipping_tax = _sum(shipping, "total_tax")
        discount = _sum(items, "subtotal") - _sum(items, "total")
        discount_tax = _sum(items, "subtotal_tax") - _sum(items, "total_tax")
        order |= {
            "discount_total": _money(discount),
            "discount_tax": _money(discount_tax),
            "shipping_total": _money(_sum(shipping, "total")),
            "shipping_tax": _money(shipping_tax),
            "cart_tax": _money(cart_tax),
            "total": _money(
                _sum(items + fees, "total") + _sum(shipping, "total") + cart_tax + shipping_tax
            ),
            "total_tax": _money(cart_tax + shipping_tax),
            "tax_lines": self._tax_lines(order),
        }
        for coupon in order["coupon_lines"]:
            coupon |= {"discount": _money(discount), "discount_tax": _money(discount_tax)}

    def stamp(self, order, when, field="date_modified"):
        """Set one of the order's dates in both of its forms, in place."""
        order[field] = _local(when + self.offset)
        order[f"{field}_gmt"] = _local(when)

    # -- parts of an order ---------------------------------------------------------

    def _choose(self, chance, products, lines):
        count = min(lines or chance.choice((1, 1, 2, 2, 3, 4)), len(products))
        return [
            (product, chance.choice((1, 1, 1, 2, 3))) for product in chance.sample(products, count)
        ]

    def _recipient(self, chance, customer):
        """Some orders are presents: they go to somebody else in the same country."""
        near = [each for each in self.catalogue.customers if each["country"] == customer["country"]]
        return chance.choice(near) if chance.random() < 0.15 else customer

    def _line(self, number, product, quantity, coupon, taxed):
        gross = Decimal(product.price) * quantity
        off = _round(gross * coupon["percent"] / 100) if coupon else Decimal(0)
        subtotal, subtotal_tax = self._split(gross, product.tax_class, taxed)
        total, total_tax = self._split(gross - off, product.tax_class, taxed)
        rate = self.taxes[product.tax_class]["rate_id"]
        variation = [{"id": number * 10, "key": product.attribute.lower(), "value": product.value}]
        title = f"{product.name} - {product.value}" if product.value else product.name
        return {
            "id": number,
            "name": title,
            "product_id": product.id,
            "variation_id": product.variation_id,
            "quantity": quantity,
            "tax_class": product.tax_class,
            "subtotal": _money(subtotal),
            "subtotal_tax": _money(subtotal_tax),
            "total": _money(total),
            "total_tax": _money(total_tax),
            "taxes": [{"id": rate, "total": _plain(total_tax), "subtotal": _plain(subtotal_tax)}]
            if taxed
            else [],
            "meta_data": variation if product.value else [],
            "sku": product.sku,
            "price": _number(total / quantity),
            "image": {"id": "", "src": ""},
            "parent_name": product.name if product.value else None,
        }

    def _shipping_line(self, number, chance, items, taxed):
        flat, express, free = self.catalogue.data["shipping"]
        method = free if _sum(items, "total") >= FREE_SHIPPING_FROM else flat
        if chance.random() < 0.2:
            method = express
        total, tax = self._split(Decimal(method["price"]), "", taxed)
        return {
            "id": number,
            "method_title": method["method_title"],
            "method_id": method["method_id"],
            "instance_id": method["instance_id"],
            "total": _money(total),
            "total_tax": _money(tax),
            "taxes": self._taxes(total, tax, taxed),
            "tax_status": "taxable",
            "meta_data": [],
        }

    def _fee(self, number, taxed):
        total, tax = self._split(COD_FEE, "", taxed)
        return {
            "id": number,
            "name": "Cash on delivery",
            "tax_class": "",
            "tax_status": "taxable",
            "amount": _plain(total),
            "total": _money(total),
            "total_tax": _money(tax),
            "taxes": self._taxes(total, tax, taxed),
            "meta_data": [],
        }

    def _taxes(self, total, tax, taxed):
        if not taxed or not total:
            return []
        return [{"id": self.taxes[""]["rate_id"], "total": _plain(tax), "subtotal": ""}]

    def _split(self, amount, tax_class, taxed):
        """A price as entered → (without tax, tax), both rounded.

        Abroad, a shop whose prices include tax takes its own tax off.
        """
        rate = Decimal(self.taxes[tax_class]["percent"]) / 100
        if not self.prices_include_tax:
            return amount, _round(amount * rate) if taxed else Decimal(0)
        if not taxed:
            return _round(amount / (1 + rate)), Decimal(0)
        tax = _round(amount - amount / (1 + rate), ROUND_HALF_DOWN)
        return amount - tax, tax

    def _tax_lines(self, order):
        lines = []
        for tax in self.catalogue.data["taxes"]:
            cart = _tax_of(order["line_items"] + order["fee_lines"], tax["rate_id"])
            shipping = _tax_of(order["shipping_lines"], tax["rate_id"])
            if cart is None and shipping is None:
                continue
            lines.append(
                {
                    "id": 900_000_000 + (order["id"] - FIRST_ID) * 10 + tax["rate_id"],
                    "rate_code": tax["rate_code"],
                    "rate_id": tax["rate_id"],
                    "label": tax["label"],
                    "compound": False,
                    "tax_total": _money(cart or 0),
                    "shipping_tax_total": _money(shipping or 0),
                    "rate_percent": tax["percent"],
                    "meta_data": [],
                }
            )
        return lines

    def _dates(self, when, status, method):
        paid = when if status in ("processing", "completed") and method != "cod" else None
        done = when if status == "completed" else None
        dates = {}
        for name, moment in (
            ("created", when),
            ("modified", when),
            ("paid", paid),
            ("completed", done),
        ):
            dates[f"date_{name}"] = moment and _local(moment + self.offset)
            dates[f"date_{name}_gmt"] = moment and _local(moment)
        return dates

    def _links(self, number):
        address = f"{self.url}/wp-json/wc/v3/orders"
        return {"self": [{"href": f"{address}/{number}"}], "collection": [{"href": address}]}


def _billing(customer):
    names = ("first_name", "last_name", "company", "address_1", "address_2", "city", "state")
    names += ("postcode", "country", "email", "phone")
    return {name: customer[name] for name in names}


def _shipping(customer):
    address = _billing(customer)
    del address["email"]
    return address


def _vat_number(customer, n):
    """Where the usual VAT plugins of shops keep it."""
    if not customer["vat"]:
        return []
    return [{"id": 50_000 + n, "key": "_billing_vat_number", "value": customer["vat"]}]


def _coupon_line(number, coupon):
    return {
        "id": number,
        "code": coupon["code"],
        "discount": "0.00",
        "discount_tax": "0.00",
        "meta_data": [],
        "discount_type": "percent",
        "nominal_amount": coupon["percent"],
        "free_shipping": False,
    }


# -- numbers -----------------------------------------------------------------------


def _round(amount, rounding=ROUND_HALF_UP):
    return amount.quantize(CENT, rounding)


def _money(amount):
    return f"{amount:.2f}"


def _plain(amount):
    """Without trailing zeros, as WooCommerce writes the amounts it does not format: 0.9."""
    text = f"{amount:.2f}"
    return text.rstrip("0").rstrip(".")


def _number(amount):
    """The one amount that WooCommerce sends as a number."""
    return int(amount) if amount == int(amount) else float(amount)


def _sum(lines, field):
    return sum((Decimal(line[field]) for line in lines), Decimal(0))


def _tax_of(lines, rate_id):
    amounts = [
        Decimal(tax["total"]) for line in lines for tax in line["taxes"] if tax["id"] == rate_id
    ]
    return sum(amounts) if amounts else None


def _local(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S")
