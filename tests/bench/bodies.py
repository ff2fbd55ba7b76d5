"""What the benchmark sends."""

import datetime
import json
import random

DECIMALS = 2


def dump(document):
    return json.dumps(document).encode()


def stock_levels(first, count):
    """Small documents of about 170 bytes, as a warehouse sends them."""
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    return [
        {
            "id": f"level-{number}",
            "sku": f"BENCH-{number % 400:04d}",
            "warehouse": "WH",
            "quantity": number % 977,
            "reserved": 0,
            "unit": "unit",
            "at": now,
            "source": "wms",
        }
        for number in range(first, first + count)
    ]


def shop_orders(first, count, products=400, customers=200, lines=5, seed=0):
    """WooCommerce orders of `lines` products each, about 4 kB; prices without tax.

    products, customers   how many of the benchmark's there are to draw from
    """
    draw = random.Random(f"{seed}/{first}")
    return [_shop_order(draw, first + n, products, customers, lines) for n in range(count)]


def price(product):
    """In cents."""
    return 500 + product * 25


def _shop_order(draw, number, products, customers, lines):
    customer = draw.randrange(customers)
    items = [
        _line(number * 10 + place, product, draw.randint(1, 3))
        for place, product in enumerate(draw.sample(range(products), lines))
    ]
    total = _amount(sum(round(float(item["total"]) * 100) for item in items))
    moment = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    address = {
        "first_name": "Customer",
        "last_name": f"Number {customer}",
        "company": "",
        "address_1": f"{customer + 1} Market Street",
        "address_2": "",
        "city": "San Francisco",
        "state": "CA",
        "postcode": "94103",
        "country": "US",
        "phone": "+14155550100",
    }
    return {
        "id": number,
        "parent_id": 0,
        "number": str(number),
        "order_key": f"wc_order_{number:012x}",
        "created_via": "checkout",
        "version": "9.3.3",
        "status": "processing",
        "currency": "USD",
        "date_created": moment,
        "date_created_gmt": moment,
        "date_modified": moment,
        "date_modified_gmt": moment,
        "discount_total": "0.00",
        "discount_tax": "0.00",
        "shipping_total": "0.00",
        "shipping_tax": "0.00",
        "cart_tax": "0.00",
        "total": total,
        "total_tax": "0.00",
        "prices_include_tax": False,
        "customer_id": 5000 + customer,
        "customer_ip_address": "203.0.113.7",
        "customer_user_agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)",
        "customer_note": "",
        "billing": {**address, "email": f"customer{customer}@bench.example"},
        "shipping": address,
        "payment_method": "bacs",
        "payment_method_title": "Direct bank transfer",
        "transaction_id": "",
        "date_paid": moment,
        "date_paid_gmt": moment,
        "date_completed": None,
        "date_completed_gmt": None,
        "cart_hash": "",
        "meta_data": [{"id": number, "key": "_download_permissions_granted", "value": "yes"}],
        "line_items": items,
        "tax_lines": [],
        "shipping_lines": [],
        "fee_lines": [],
        "coupon_lines": [],
        "refunds": [],
    }


def _line(id_, product, quantity):
    total = _amount(price(product) * quantity)
    return {
        "id": id_,
        "name": f"Benchmark product {product}",
        "product_id": 9000 + product,
        "variation_id": 0,
        "quantity": quantity,
        "tax_class": "",
        "subtotal": total,
        "subtotal_tax": "0.00",
        "total": total,
        "total_tax": "0.00",
        "taxes": [],
        "meta_data": [],
        "sku": f"BENCH-{product:04d}",
        "price": price(product) / 100,
    }


def _amount(cents):
    return f"{cents // 100}.{cents % 100:02d}"
