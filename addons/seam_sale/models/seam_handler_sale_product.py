from odoo import models

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.letter import Identity


class SeamHandlerSaleProduct(models.AbstractModel):
    """What a shop calls its products, so that it can be told of them.

    A product of the shop is bound to the one in Odoo that has its SKU. Nothing of the
    product is changed.
    """

    _name = "seam.handler.sale.product"
    _inherit = "seam.handler"
    _description = "Products of a shop (bind only)"

    _contract = ("sale-product", "1.0.0")
    _bound_model = "product.product"

    def _needs(self):
        return {"product.product": {"barcode": "char", "default_code": "char"}}

    def _identify(self, document):
        return Identity(key=f"#{document['id']}", label=document.get("sku") or document.get("name"))

    def _apply(self, letters):
        message = self.env["seam.message"].sudo().browse(letters[0].message_id)
        flow = message.flow_id
        known = self._known(flow, letters)
        found = {}
        for letter in letters:
            try:
                product = self._product(letter, known)
            except Fault as fault:
                letter.refuse(fault)
                continue
            if product:
                found[letter.identity.key] = product
                letter.done(product, memory=self._memory(letter.document))
            else:
                letter.done(note=self.env._("Not bound: it has no SKU in the shop."))
        self.env["seam.binding"]._bind(flow.system_id.id, found)
        # also where it comes from this shop: its count is ours to tell
        products = self.env["product.product"].concat(*found.values())
        self.env["seam.handler.stock.level"]._emit(products, "level", answer=True)

    def _memory(self, document):
        return {name: document[name] for name in ("id", "parent_id", "sku") if name in document}

    def _known(self, flow, letters):
        """:return: (dict binding's code → product, dict code → list of products)"""
        skus = {letter.document["sku"] for letter in letters if letter.document.get("sku")}
        barcodes = {x.document["barcode"] for x in letters if x.document.get("barcode")}
        keys = {letter.identity.key for letter in letters}
        bound = self.env["seam.binding"]._find(flow.system_id.id, "product.product", keys | skus)
        by_code = {}
        for product in self.env["product.product"].search_fetch(
            [
                "|",
                ("default_code", "in", list(skus)),
                ("barcode", "in", list(barcodes)),
                ("company_id", "in", [False, flow.company_id.id]),
            ],
            ["default_code", "barcode"],
        ):
            for code in {product.default_code, product.barcode} - {False}:
                by_code.setdefault(code, []).append(product)
        return bound, by_code

    def _product(self, letter, known):
        """:return: the product, or None: it cannot be told of
        :raise Fault: unknown, or more than one would fit
        """
        bound, by_code = known
        document, key = letter.document, letter.identity.key
        sku = document.get("sku")
        if key in bound or sku in bound:
            return bound.get(key) or bound[sku]
        if not sku:
            return None
        found = by_code.get(sku) or by_code.get(document.get("barcode")) or []
        if len(found) == 1:
            return found[0]
        name = document.get("name") or sku
        raise Fault(
            "master.ambiguous" if found else "master.unknown",
            self.env._("%(count)s products have the SKU %(sku)s.", count=len(found), sku=sku)
            if found
            else self.env._("Product %(sku)s (%(name)s) is unknown.", sku=sku, name=name),
            pointer="/sku",
            fix=self.env._(
                "Choose the product that is meant, or give a product this internal "
                "reference and retry. Discard it if Odoo is not to have it."
            ),
            subject=f"product.product:{sku}",
            extra={
                "missing": {
                    "model": "product.product",
                    "code": sku,
                    "via": "binding",
                    "name": name,
                }
            },
        )
