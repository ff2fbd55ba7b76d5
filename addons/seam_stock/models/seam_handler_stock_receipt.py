from odoo import fields, models

from odoo.addons.seam.engine.fault import Fault


class SeamHandlerStockReceipt(models.AbstractModel):
    """Receipt confirmations: goods came that a warehouse was told of."""

    _name = "seam.handler.stock.receipt"
    _inherit = "seam.handler.stock.confirmation"
    _description = "Receipt confirmations"

    _contract = ("stock-receipt", "1.0.0")
    _out = "seam.handler.stock.receipt.notice"
    _reference = "receipt"
    _moment = "received"
    _creates = ("stock.lot",)

    def _identify(self, document):
        name = document.get("number") or document["id"]
        return self._identity(document, self.env._("Receipt %s", name))

    def _tolerated(self, asked, flow):
        return asked * flow.stock_over_percent / 100

    def _fix_too_many(self):
        return self.env._(
            "Choose one: raise the quantity of the purchase order and retry; raise the tolerance "
            "on the flow and retry; or have the surplus sent back, and edit the message."
        )

    def _fix_cancelled(self):
        return self.env._(
            "The goods came although the receipt was cancelled. Choose one: have them sent back; "
            "or make a receipt by hand for what you keep. Then discard this message."
        )

    def _plan(self, letter, pickings, lookup, lots, flow):
        plan = super()._plan(letter, pickings, lookup, lots, flow)
        if plan:
            self._require_place_for_damaged(plan, flow)
            self._require_new_serials(plan)
        return plan

    def _require_place_for_damaged(self, plan, flow):
        for part in plan.parts:
            if part.line.get("condition") == "damaged" and not flow.stock_damage_location_id:
                raise Fault(
                    "business.rule",
                    self.env._(
                        "%(label)s has %(told)s damaged of %(product)s, and the flow names no "
                        "place for damaged goods.",
                        label=plan.letter.identity.label,
                        told=f"{part.quantity:g}",
                        product=part.move.product_id.display_name,
                    ),
                    pointer=f"{part.pointer}/condition",
                    fix=self.env._("Choose on the flow where damaged goods go, then retry."),
                    subject="damaged",
                )

    def _require_new_serials(self, plan):
        """A serial number that is in stock cannot come a second time."""
        seen = set()
        for part in plan.parts:
            if part.move.product_id.tracking != "serial":
                continue
            key = part.move.product_id, part.line["lot"]
            stock = part.lot.quant_ids.filtered(
                lambda q: q.location_id.usage == "internal" and q.quantity > 0
            )
            if stock or key in seen:
                raise Fault(
                    "business.rule",
                    self.env._(
                        "Serial number %(lot)s of %(product)s came again: Odoo has %(ours)s in "
                        "%(place)s.",
                        lot=part.line["lot"],
                        product=part.move.product_id.display_name,
                        ours="1",
                        place=stock[:1].location_id.display_name or plan.picking.name,
                    ),
                    pointer=f"{part.pointer}/lot",
                    fix=self.env._(
                        "Ask the warehouse whether it read the number right, and edit the message."
                    ),
                    subject=f"lot:{part.move.product_id.id}:{part.line['lot']}",
                )
            seen.add(key)

    # -- writing -----------------------------------------------------------------------

    def _destination(self, part, flow):
        if part.line.get("condition") == "damaged":
            return flow.stock_damage_location_id
        place = part.move.location_dest_id
        return place._get_putaway_strategy(part.move.product_id, part.quantity)

    def _make_lots(self, plans):
        values = {}
        for plan in plans:
            for part in plan.parts:
                product, name = part.move.product_id, part.line.get("lot")
                if product.tracking != "none" and not part.lot:
                    values.setdefault((product, name), self._lot_values(plan, part))
        lots = self.env["stock.lot"].create(list(values.values()))
        self._expire(plans)
        return dict(zip(values, lots, strict=True))

    def _lot_values(self, plan, part):
        product, company = part.move.product_id, plan.picking.company_id
        values = {"name": part.line["lot"], "product_id": product.id}
        if product.company_id:
            values["company_id"] = company.id
        if self._keeps_expiry(product) and part.line.get("expiry"):
            values["expiration_date"] = fields.Datetime.to_datetime(part.line["expiry"])
        return values

    def _keeps_expiry(self, product):
        """Where the app that keeps expiry dates is installed, and the product has one."""
        return "use_expiration_date" in product._fields and product.use_expiration_date

    def _expire(self, plans):
        """A lot that is known gets its date if it has none; another date is told."""
        for plan in plans:
            for part in plan.parts:
                day = part.line.get("expiry")
                if not day or not part.lot or not self._keeps_expiry(part.move.product_id):
                    continue
                if not part.lot.expiration_date:
                    part.lot.expiration_date = fields.Datetime.to_datetime(day)
                elif part.lot.expiration_date.date().isoformat() != day:
                    plan.notes.append(
                        self.env._(
                            "Lot %(lot)s expires on %(told)s there, on %(ours)s in Odoo.",
                            lot=part.lot.name,
                            told=day,
                            ours=part.lot.expiration_date.date().isoformat(),
                        )
                    )

    def _package_values(self, told):
        return {"name": told["id"]}
