from decimal import Decimal

from odoo import models

from odoo.addons.seam.engine.fault import Fault

from . import money


class SeamHandlerSaleTotal(models.AbstractModel):
    """Prove that an order costs here what it costs in the shop, to the cent."""

    _inherit = "seam.handler.sale.order"

    def _check_total(self, plan, company):
        """Compute the order as Odoo will, before it is written.

        :raise Fault: ``total.mismatch``; nothing is ever adjusted to make it fit
        """
        Tax = self.env["account.tax"]
        lines = self._base_lines(plan)
        Tax._add_tax_details_in_base_lines(lines, company)
        Tax._round_base_lines_tax_details(lines, company)
        computed = Tax._get_tax_totals_summary(
            base_lines=lines, currency=plan.currency, company=company
        )
        difference = self._difference(plan, computed["total_amount_currency"])
        if difference:
            raise self._mismatch(plan, company, difference, computed)

    def _base_lines(self, plan):
        return [
            self.env["account.tax"]._prepare_base_line_for_taxes_computation(
                {},
                tax_ids=line["tax_ids"],
                quantity=line["product_uom_qty"],
                price_unit=line["price_unit"],
                discount=line["discount"],
                currency_id=plan.currency,
                product_id=self.env["product.product"].browse(line["product_id"]),
            )
            for line in plan.lines
            if not line.get("display_type")
        ]

    def _difference(self, plan, total):
        """:return: Odoo's total less the shop's, as an exact Decimal"""
        cent = Decimal(1).scaleb(-plan.currency.decimal_places)
        return Decimal(str(total)).quantize(cent) - money.amount(plan.document["totals"]["total"])

    def _mismatch(self, plan, company, difference, computed):
        document = plan.document
        total = money.amount(document["totals"]["total"])
        return Fault(
            "total.mismatch",
            self.env._(
                "%(order)s costs %(shop)s %(currency)s in the shop and %(odoo)s here: "
                "%(difference)s. %(where)s",
                order=plan.letter.identity.label,
                shop=f"{total:f}",
                odoo=f"{total + difference:f}",
                currency=plan.currency.name,
                difference=f"{difference:+f}",
                where=self._where(plan, company, computed),
            ),
            pointer="/totals/total",
            fix=self._mismatch_fix(plan, company),
            subject=f"order:{document['id']}",
        )

    def _where(self, plan, company, computed):
        """Say which lines differ, or else the taxes, or that the shop's own sum does."""
        places = []
        for number, (line, base) in enumerate(
            zip(plan.document["lines"], self._base_lines(plan), strict=True), 1
        ):
            shop = money.amount(line["total"]) + sum(
                money.amount(tax["total"]) for tax in line.get("taxes", ())
            )
            here = self._alone(base, company)
            if here != shop:
                places.append(
                    self.env._(
                        "line %(number)s (%(name)s): %(shop)s there, %(here)s here",
                        number=number,
                        name=line["name"][:60],
                        shop=f"{shop:f}",
                        here=f"{here:f}",
                    )
                )
        if places:
            return self.env._("Look at %s.", "; ".join(places[:5]))
        summed = money.document_sum(plan.document)
        if summed != money.amount(plan.document["totals"]["total"]):
            return self.env._("The shop's own lines add up to %s.", f"{summed:f}")
        return self.env._(
            "Each line agrees; the tax on all of them is %s here.",
            f"{computed['tax_amount_currency']:.2f}",
        )

    def _alone(self, base_line, company):
        """:return: a line's amount with tax when it is rounded by itself, Decimal"""
        Tax = self.env["account.tax"]
        Tax._add_tax_details_in_base_line(base_line, company)
        Tax._round_base_lines_tax_details([base_line], company)
        digits = base_line["currency_id"].decimal_places
        total = base_line["tax_details"]["total_included_currency"]
        return Decimal(str(total)).quantize(Decimal(1).scaleb(-digits))

    def _mismatch_fix(self, plan, company):
        alone = sum(self._alone(base, company) for base in self._base_lines(plan))
        if company.tax_calculation_rounding_method == "round_globally" and alone == money.amount(
            plan.document["totals"]["total"]
        ):
            return self.env._(
                "The shop rounds the tax of each line, Odoo the sum of it. Set Round per "
                "Line in the accounting settings, or round at subtotal in the shop."
            )
        return self.env._(
            "Compare tax rates and prices of shop and Odoo; correct the order in the "
            "shop, or the mapping of its taxes, and retry."
        )
