"""What the shop sells, to whom: the file that addon seam_demo makes its products and customers from."""

import json
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

PATH = Path(__file__).resolve().parent.parent / "addons" / "seam_demo" / "data" / "catalogue.json"


class Product(NamedTuple):
    """Something with a SKU of its own: a simple product, or one variation of a variable one.

    `price` is text with two decimals, as in the catalogue; `tax_class` is "" for the standard rate.
    """

    id: int
    sku: str
    name: str
    price: str
    kind: str = "goods"
    tax_class: str = ""
    variation_id: int = 0
    attribute: str = ""
    value: str = ""


class Catalogue:
    """The catalogue file, with its products taken apart into what one can order."""

    def __init__(self, path=PATH):
        self.data: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
        self.customers: list[dict] = self.data["customers"]

    @property
    def records(self):
        """What is listed, as it stands in the file: what is so new that the ERP does not
        know it is sold before it is listed."""
        return self.data["products"]

    @cached_property
    def products(self):
        return [each for record in self.data["products"] for each in _variations(record)]

    @cached_property
    def unknown_products(self):
        """In the shop, and not in the ERP."""
        return [each for record in self.data["unknown_products"] for each in _variations(record)]

    @property
    def goods(self):
        return [product for product in self.products if product.kind == "goods"]

    @property
    def services(self):
        return [product for product in self.products if product.kind == "service"]


def _variations(record):
    common = {
        "id": record["id"],
        "name": record["name"],
        "price": record["price"],
        "kind": record["type"],
        "tax_class": record["tax_class"],
    }
    if "variants" not in record:
        return [Product(sku=record["sku"], **common)]
    return [
        Product(
            sku=variant["sku"],
            variation_id=variant["id"],
            attribute=record["attribute"],
            value=variant["value"],
            **common,
        )
        for variant in record["variants"]
    ]
