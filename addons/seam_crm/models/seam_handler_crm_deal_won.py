from odoo import models
from odoo.fields import Command

from odoo.addons.seam.engine.fault import Fault

from . import judge
from .seam_handler_crm_deal import HISTORY

WON = judge.checksum("won")


class SeamHandlerCrmDealWon(models.AbstractModel):
    """A deal that is won becomes a quotation with its lines, once. What was won before we heard
    of it becomes none, whatever is changed of it later, until it is open again and won anew.
    """

    _inherit = "seam.handler.crm.deal"

    def _plans(self, flow, letters, records):
        plans = super()._plans(flow, letters, records)
        won = [plan for plan in plans if plan.letter.open and self._is_to_quote(plan)]
        if won:
            products = self._products(flow, won)
            for plan in won:
                try:
                    if not (self._customer(plan) or plan.record.partner_id):
                        raise self._no_customer(plan)
                    plan.extra["lines"] = self._quoted(plan, products)
                    plan.extra["pricelist"] = self._pricelist(flow, plan)
                except Fault as fault:
                    plan.letter.refuse(fault)
        return plans

    def _is_to_quote(self, plan):
        document = plan.letter.document
        if document.get("deleted") or document.get("status") != "won":
            return False
        if self._is_history(plan):
            return False
        return bool(document.get("lines")) and not plan.record.order_ids

    def _is_history(self, plan):
        """That is decided when it is agreed on for the first time."""
        if not plan.entries:
            return bool(plan.letter.document.get("history"))
        known, outcome = plan.entries.get(HISTORY), plan.entries.get("status")
        was_won = outcome is None or outcome.theirs == WON
        return was_won and known is not None and known.theirs == judge.checksum(True)

    def _agreed(self, plan, version):
        """That it is history is known as long as it stays won."""
        entries, document = super()._agreed(plan, version), plan.letter.document
        known = plan.entries.get(HISTORY)
        if "status" not in document or (known and version < known.version):
            return entries
        is_history = document["status"] == "won" and self._is_history(plan)
        if is_history or known:
            mark = judge.checksum(is_history)
            entries[HISTORY] = judge.agree(known, mark, mark, version)
        return entries

    def _products(self, flow, plans):
        """:return: dict code → list of the products that it may mean"""
        codes = {line["sku"] for plan in plans for line in plan.letter.document["lines"]}
        bound = self.env["seam.binding"]._find(flow.system_id.id, "product.product", codes)
        found = {code: [product] for code, product in bound.items()}
        rest = list(codes - found.keys())
        products = self.env["product.product"].search_fetch(
            [
                ("company_id", "in", (False, flow.company_id.id)),
                "|",
                ("default_code", "in", rest),
                ("barcode", "in", rest),
            ],
            ["default_code", "barcode"],
        )
        for product in products:
            for code in {product.default_code, product.barcode} & set(rest):
                found.setdefault(code, []).append(product)
        return found

    def _quoted(self, plan, products):
        """:return: list of values of order lines"""
        values = []
        for number, line in enumerate(plan.letter.document["lines"]):
            found = products.get(line["sku"], [])
            if len(found) != 1:
                raise self._unknown_product(line, number, found)
            values.append(
                {
                    "product_id": found[0].id,
                    "product_uom_qty": line["quantity"],
                    **({"name": line["name"]} if line.get("name") else {}),
                    **({"price_unit": line["price"]} if "price" in line else {}),
                    **({"discount": line["discount"]} if "discount" in line else {}),
                }
            )
        return values

    def _unknown_product(self, line, number, found):
        sentence = (
            self.env._(
                "%(count)s products have the code “%(code)s”.", count=len(found), code=line["sku"]
            )
            if found
            else self.env._("Odoo knows no product “%s”.", line["sku"])
        )
        return Fault(
            "master.ambiguous" if found else "master.unknown",
            sentence,
            pointer=f"/lines/{number}/sku",
            fix=self.env._("Choose the product that is meant, then all that waits goes on."),
            subject=f"product.product:{line['sku']}",
            extra={
                "missing": {
                    "model": "product.product",
                    "code": line["sku"],
                    "via": "binding",
                    "name": line.get("name"),
                }
            },
        )

    def _pricelist(self, flow, plan):
        """:return: ``product.pricelist`` in the deal's currency; empty for the company's own"""
        currency = plan.extra["currency"]
        pricelists = self.env["product.pricelist"]
        if currency == flow.company_id.currency_id:
            return pricelists
        found = pricelists.search(
            [
                ("currency_id", "=", currency.id),
                ("company_id", "in", (False, flow.company_id.id)),
            ],
            limit=1,
        )
        if found:
            return found
        raise Fault(
            "master.unknown",
            self.env._("No pricelist is in %s.", currency.name),
            pointer="/fields/currency",
            fix=self.env._("Make a pricelist in this currency, then retry."),
            subject=f"product.pricelist:{currency.name}",
        )

    def _end(self, plan):
        super()._end(plan)
        if not plan.extra.get("lines"):
            return
        lead = plan.record
        values = {
            "opportunity_id": lead.id,
            "partner_id": lead.partner_id.id,
            "company_id": lead.company_id.id,
            "origin": lead.name,
            "order_line": [Command.create(line) for line in plan.extra["lines"]],
        }
        if lead.user_id:
            values["user_id"] = lead.user_id.id
        if plan.extra["pricelist"]:
            values["pricelist_id"] = plan.extra["pricelist"].id
        order = self.env["sale.order"].create(values)
        plan.notes.append(self.env._("Won: quotation %s.", order.name))
