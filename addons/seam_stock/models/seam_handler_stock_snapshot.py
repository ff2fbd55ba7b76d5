from odoo import models

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.letter import Identity

from .seam_handler_stock import instant, moment
from .stock_lookup import StockLookup

CODE = "reconcile.difference"


class SeamHandlerStockSnapshot(models.AbstractModel):
    """Stock snapshots: what a warehouse says that it has. Never writes stock.

    The warehouse's last word is kept (``seam.stock.level``) and compared with Odoo
    (``seam.stock.comparison``). Each product that differs by more than is tolerated has
    one exception, with both numbers, until a later snapshot agrees.
    """

    _name = "seam.handler.stock.snapshot"
    _inherit = "seam.handler.stock"
    _description = "Stock snapshots"

    _contract = ("stock-snapshot", "1.0.0")
    _bound_model = "stock.warehouse"

    def _identify(self, document):
        """Of whole snapshots the newest counts; a part of one never replaces another."""
        name = document.get("warehouse") or "*"
        key = f"snapshot:{name}" if document["complete"] else f"snapshot:{name}:{document['id']}"
        return Identity(
            key=key,
            version=instant(document["at"]),
            label=self.env._("Snapshot %s", document["id"]),
            touches=(key,),
        )

    def _needs(self):
        return {
            "stock.quant": {
                "location_id": "many2one",
                "lot_id": "many2one",
                "quantity": "float",
                "reserved_quantity": "float",
            },
            "stock.warehouse": {"code": "char", "company_id": "many2one"},
        }

    def _apply(self, letters):
        flow = self._flow(letters)
        lines = [line for letter in letters for line in letter.document["lines"]]
        lookup = StockLookup(self.env, flow, lines)
        for letter in letters:
            try:
                self._apply_one(letter, lookup, flow)
            except Fault as fault:
                letter.refuse(fault)

    def _apply_one(self, letter, lookup, flow):
        document = letter.document
        warehouse = lookup.warehouse(document.get("warehouse"))
        at = moment(document["at"])
        levels, unknown = self._levels(document, lookup)
        Level = self.env["seam.stock.level"].sudo()
        if document["complete"]:
            Level._add_unlisted(levels, flow.system_id, warehouse, at)
        Level._keep(levels, flow.system_id, warehouse, at, letter.message_id)
        products = {product for product, _lot in levels}
        rows = self.env["seam.stock.comparison"]._of(warehouse, products)
        faults = self._differences(rows, warehouse, flow, at) | unknown
        subjects = {self._subject(warehouse, product.id) for product in products}
        self._keep_cases(flow, faults, subjects, self._sku_subject(warehouse, ""), document)
        letter.done(warehouse, note=self._note(document, faults))

    def _note(self, document, faults):
        return self.env._(
            "%(lines)s lines, %(differences)s differences.",
            lines=len(document["lines"]),
            differences=len(faults),
        )

    def _levels(self, document, lookup):
        """:return: dict (product, lot name) → quantities, and the faults of goods that
        Odoo does not know"""
        levels, unknown = {}, {}
        for position, line in enumerate(document["lines"]):
            pointer = f"/lines/{position}"
            try:
                product = lookup.product(line["sku"], pointer)
                told = {
                    name: lookup.quantity(line, product, pointer, name)
                    for name in ("on_hand", "reserved", "damaged")
                    if name in line
                }
            except Fault as fault:
                unknown |= self._unknown(document, line, lookup, fault)
                continue
            level = levels.setdefault((product, line.get("lot") or ""), {})
            for name, quantity in told.items():
                level[name] = level.get(name, 0) + quantity
        return levels, unknown

    def _unknown(self, document, line, lookup, fault):
        """Goods that cannot be compared are a difference too; all others are compared."""
        if not line["on_hand"]:
            return {}
        warehouse = lookup.warehouse(document.get("warehouse"))
        subject = self._sku_subject(warehouse, line["sku"])
        sentence = self.env._(
            "The warehouse has %(told)s of %(sku)s in %(warehouse)s; Odoo has 0. %(why)s",
            told=line["on_hand"],
            sku=line["sku"],
            warehouse=warehouse.display_name,
            why=fault.message,
        )
        return {
            subject: Fault(
                CODE, sentence, pointer=fault.pointer, fix=self._fix_unknown(), subject=subject
            )
        }

    def _fix_unknown(self):
        return self.env._(
            "Give the product this internal reference, or bind the code to it. The next snapshot "
            "that agrees closes this by itself."
        )

    # -- differences -------------------------------------------------------------------

    def _subject(self, warehouse, product_id):
        return f"stock:{warehouse.id}:{product_id}"

    def _sku_subject(self, warehouse, sku):
        return f"sku:{warehouse.id}:{sku}"

    def _differences(self, rows, warehouse, flow, at):
        """:return: dict subject → Fault, of what differs by more than is tolerated"""
        faults = {}
        for row in rows:
            if abs(row.unexplained) <= flow.stock_tolerance + 1e-6:
                continue
            subject = self._subject(warehouse, row.product_id.id)
            faults[subject] = Fault(CODE, self._sentence(row, at), fix=self._fix(), subject=subject)
        return faults

    def _sentence(self, row, at):
        return self.env._(
            "%(product)s in %(warehouse)s: Odoo has %(ours)s, the warehouse %(theirs)s (%(at)s "
            "UTC). On the way between them: %(out)s out, %(inward)s in.",
            product=row.product_id.sudo().display_name,
            warehouse=row.warehouse_id.sudo().display_name,
            ours=f"{row.odoo_quantity:g}",
            theirs=f"{row.wms_quantity:g}",
            at=at.strftime("%Y-%m-%d %H:%M"),
            out=f"{row.in_flight_out:g}",
            inward=f"{row.in_flight_in:g}",
        )

    def _fix(self):
        return self.env._(
            "Look for a confirmation or an adjustment that is held up. If there is none, have "
            "it counted: the warehouse sends an adjustment, or the stock is corrected in Odoo. "
            "The next snapshot that agrees closes this by itself."
        )

    def _keep_cases(self, flow, faults, subjects, unknown_prefix, document):
        """One open case for each difference; those that are over are closed."""
        Case = self.env["seam.exception"].sudo()
        conf = self.env["seam.flow"]._conf_by_id(flow.id)
        Case._keep_differences(
            conf,
            list(faults.values()),
            lambda subject: (
                subject in subjects or (document["complete"] and subject.startswith(unknown_prefix))
            ),
        )
