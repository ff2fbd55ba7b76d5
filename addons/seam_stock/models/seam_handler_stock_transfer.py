import hashlib
import json

from odoo import models
from odoo.tools import html2plaintext

from odoo.addons.seam.engine.fault import Fault

from .seam_handler_stock import number, without_empty, written

# After these the warehouse does not have it any more.
DROPPED = ("rejected", "cancelled")


class SeamHandlerStockTransfer(models.AbstractModel):
    """Transfers that a warehouse is asked to carry out: what delivery requests and
    receipt notices share. Which are told when is in ``stock_picking_tell.py``.
    """

    _name = "seam.handler.stock.transfer"
    _inherit = "seam.handler.stock"
    _description = "Requests to a warehouse"

    _direction = "out"
    _sources = ("stock.picking",)
    # which type of operation of a warehouse is meant where the flow names none
    _type_field = None

    def _needs(self):
        return {
            "stock.picking": {
                "carrier_id": "many2one",
                "move_ids": "one2many",
                "note": "html",
                "origin": "char",
                "partner_id": "many2one",
                "picking_type_id": "many2one",
                "priority": "selection",
                "scheduled_date": "datetime",
                "state": "selection",
            },
            "stock.move": {
                "product_id": "many2one",
                "product_uom": "many2one",
                "product_uom_qty": "float",
                "state": "selection",
            },
        }

    # -- who is told -------------------------------------------------------------------

    def _concerns(self, flow, records):
        return flow._tells(records, self._type_field)

    def _ordering_key(self, record):
        return record.seam_reference or super()._ordering_key(record)

    def _correlation(self, records):
        return {picking.id: self._thread(picking) for picking in records}

    def _thread(self, picking):
        """A delivery is a part of its sale, wherever that began."""
        return picking.seam_correlation

    def _tell(self, pickings, answer=True):
        """Emit for those of which the warehouse must learn something new.

        :param answer: False where the warehouse itself told us what changed
        """
        due = self._due(pickings)
        if not due:
            return
        due._seam_start()
        self._give_correlation(due.filtered(lambda p: not p.seam_correlation))
        topics = {}
        for picking, content in zip(due, self._contents(due), strict=True):
            checksum = self._digest(content)
            if checksum == picking.seam_checksum:
                continue
            topic = self._topic(picking)
            picking._seam_told(checksum)
            topics.setdefault(topic, []).append(picking.id)
        for topic, ids in topics.items():
            self._emit(due.browse(ids), topic, answer=answer)

    def _due(self, pickings):
        """:return: those that a warehouse has, or is to have now"""
        due = pickings.browse()
        for flow_id, _system in self.env["seam.flow"]._outgoing(self._name):
            flow = self.env["seam.flow"].sudo().browse(flow_id)
            told = self._concerns(flow, pickings)
            due |= told.filtered(lambda picking, flow=flow: self._is_due(flow, picking))
        return due

    def _is_due(self, flow, picking):
        if picking.state == "done" or picking.seam_hold:
            return False
        if picking.seam_revision:
            return picking.state != "cancel" or picking.seam_status not in DROPPED
        return self._is_released(flow, picking)

    def _is_released(self, flow, picking):
        return picking.state in ("waiting", "confirmed", "assigned")

    def _topic(self, picking):
        if picking.state == "cancel":
            return "cancel"
        return "change" if picking.seam_revision else "request"

    def _digest(self, content):
        if isinstance(content, Fault):
            content = content.as_dict()
        text = json.dumps(content, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def _give_correlation(self, pickings):
        for picking in pickings:
            picking.seam_correlation = f"{self._type_field}/{picking.seam_reference}"

    # -- documents ---------------------------------------------------------------------

    def _build(self, records, topic):
        asked = self._asked_before(records)
        current = self._current(records)
        contents = self._contents(current)
        codes = self._codes("stock.warehouse")
        return [
            self._document(picking, content, picking.seam_reference in asked, codes)
            for picking, content in zip(current, contents, strict=True)
        ]

    def _current(self, records):
        """What is to be done under a reference now: a part of it may be done since,
        and its rest be a backorder.

        :return: list parallel to ``records``
        """
        references = [picking.seam_reference for picking in records if picking.seam_reference]
        family = {}
        for company, pickings in records.grouped("company_id").items():
            for reference, found in pickings._seam_of(company, references).items():
                alive = found.filtered(lambda p: p.state not in ("done", "cancel"))
                family[company, reference] = alive[:1] or found[-1:]
        return [family.get((p.company_id, p.seam_reference), p) for p in records]

    def _document(self, picking, content, asked, codes):
        """:return: dict, Fault, or None: there is nothing to ask for, or to take back"""
        warehouse = picking.picking_type_id.warehouse_id
        cancelled = picking.state == "cancel"
        if picking.state == "done" or picking.seam_hold or (cancelled and not asked):
            return None
        if isinstance(content, Fault):
            return content
        known = asked and picking.seam_status not in DROPPED
        return {
            "id": picking.seam_reference,
            "action": "cancel" if cancelled else "change" if known else "request",
            "revision": picking.seam_revision,
            "number": picking.name,
            "modified": written(picking.seam_told_at),
            "warehouse": codes.get(warehouse.id) or warehouse.code,
            **content,
        }

    def _asked_before(self, records):
        """Which references the warehouse has had, or will have before this message.

        A state that was never sent is replaced by this one: it does not count.

        :return: set of references
        """
        self.env.cr.execute(
            """
            SELECT DISTINCT m.ordering_key
              FROM seam_message m JOIN seam_flow f ON f.id = m.flow_id
             WHERE m.ordering_key = ANY(%s) AND f.handler = %s AND m.direction = 'out'
               AND (m.state IN ('sent', 'done') OR m.unsure
                    OR (f.carries = 'event' AND m.state IN ('pending', 'waiting', 'failed')))
            """,
            [[p.seam_reference for p in records if p.seam_reference], self._name],
        )
        return {row[0] for row in self.env.cr.fetchall()}

    def _contents(self, pickings):
        """:return: list of dicts or Faults: all that a change would be a change of"""
        codes = {model: self._codes(model) for model in ("uom.uom", "delivery.carrier")}
        return [
            self._content_or_fault(picking.with_context(lang="en_US"), codes)
            for picking in pickings
        ]

    def _content_or_fault(self, picking, codes):
        if picking.state == "cancel":
            return {}
        try:
            return without_empty(self._content(picking, codes), answers=("partial",))
        except Fault as fault:
            return fault

    def _content(self, picking, codes):
        """What the document says besides its head.

        :param codes: dict model → dict record id → what the partner calls it
        :return: dict
        """
        return {
            "origin": picking.origin,
            "carrier": self._carrier(picking.carrier_id, codes["delivery.carrier"]),
            "lines": self._lines(picking, codes["uom.uom"]),
            "note": html2plaintext(picking.note or "").strip(),
        }

    def _carrier(self, carrier, codes):
        if not carrier:
            return None
        return {"code": codes.get(carrier.id) or carrier.name, "name": carrier.name}

    def _lines(self, picking, codes):
        lines = []
        for key, moves in picking.move_ids._seam_by_line().items():
            quantity = sum(moves.mapped("product_uom_qty"))
            if quantity > 0:
                lines.append(self._line(key, moves, quantity, codes))
        if not lines:
            raise Fault(
                "business.rule",
                self.env._("%s has no goods to handle.", picking.name),
                fix=self.env._("Add a line, or cancel the transfer."),
                subject=f"stock.picking:{picking.id}",
            )
        return lines

    def _line(self, key, moves, quantity, codes):
        product, unit = moves.product_id, moves[:1].product_uom
        if not product.default_code:
            raise Fault(
                "master.unknown",
                self.env._(
                    "%(product)s of %(transfer)s has no internal reference.",
                    product=product.display_name,
                    transfer=moves.picking_id.name,
                ),
                fix=self.env._(
                    "Give the product an internal reference, have the warehouse learn of it, "
                    "then retry."
                ),
                subject=f"product.product:{product.id}",
            )
        return without_empty(
            {
                "id": key,
                "product_id": str(product.id),
                "sku": product.default_code,
                "barcode": product.barcode,
                "name": product.name,
                "quantity": number(quantity),
                "unit": codes.get(unit.id) or unit.name,
                "lots": self._lots(moves, unit),
            }
        )

    def _lots(self, moves, unit):
        """:return: list of the lots that must be handled, empty where any will do"""
        return []

    def _sum_lots(self, lines, unit):
        """:return: list of lots with what is reserved, or announced, of each"""
        quantities = {}
        for line in lines:
            name = line.lot_id.name or line.lot_name
            if name:
                quantity = line.product_uom_id._compute_quantity(line.quantity, unit, round=False)
                quantities[name] = quantities.get(name, 0) + quantity
        return [
            {"lot": name, "quantity": number(quantity)}
            for name, quantity in sorted(quantities.items())
            if quantity > 0
        ]
