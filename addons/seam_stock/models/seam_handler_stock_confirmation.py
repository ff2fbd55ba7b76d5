from typing import Any, NamedTuple

from odoo import models

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.letter import Identity

from .stock_lookup import StockLookup
from .stock_shelf import Shelf

# Nobody is notified by e-mail of what a program does, and lines of tracking are not written.
QUIET = {
    "mail_notrack": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
}


class Part(NamedTuple):
    """A quantity of one lot that a line confirms for one move.

    :ivar quantity: in the product's own unit
    :ivar lot: ``stock.lot``, empty where there is none, or none yet
    :ivar line: the document's line
    """

    move: Any
    quantity: float
    lot: Any
    line: dict
    pointer: str


class Plan(NamedTuple):
    """What a confirmation is to do, before anything is written.

    :ivar places: list parallel to ``parts``: lists of Taken, None where goods come
        from nowhere that Odoo counts
    :ivar missing: dict product → (asked for, handled), of what is short
    :ivar notes: list of sentences
    """

    letter: Any
    picking: Any
    parts: list
    places: list
    missing: dict
    notes: list


class SeamHandlerStockConfirmation(models.AbstractModel):
    """What a warehouse did: shipments and receipts share this.

    A document is an event with the warehouse's own id: it counts once. All that may be
    wrong is found before anything is written. A difference is an exception that names
    both numbers; stock is never moved to look right. How a plan is carried out is in
    ``seam_handler_stock_confirmation_write.py``.
    """

    _name = "seam.handler.stock.confirmation"
    _inherit = "seam.handler.stock"
    _description = "Confirmations of a warehouse"

    _bound_model = "stock.picking"
    # the handler of what is confirmed; where the document names it, and when it was done
    _out = None
    _reference = None
    _moment = None

    def _needs(self):
        return {
            "stock.picking": {
                "backorder_id": "many2one",
                "carrier_tracking_ref": "char",
                "company_id": "many2one",
                "move_ids": "one2many",
                "state": "selection",
            },
            "stock.move": {
                "location_dest_id": "many2one",
                "location_id": "many2one",
                "product_id": "many2one",
                "product_qty": "float",
                "product_uom": "many2one",
                "product_uom_qty": "float",
                "state": "selection",
            },
            "stock.move.line": {
                "location_dest_id": "many2one",
                "location_id": "many2one",
                "lot_id": "many2one",
                "package_id": "many2one",
                "picked": "boolean",
                "product_uom_id": "many2one",
                "quantity": "float",
                "result_package_id": "many2one",
            },
            "stock.lot": {"name": "char", "product_id": "many2one"},
            "stock.quant": {
                "location_id": "many2one",
                "lot_id": "many2one",
                "quantity": "float",
                "reserved_quantity": "float",
            },
        }

    def _identity(self, document, label):
        reference = document[self._reference]
        skus = {line["sku"] for line in document["lines"]}
        return Identity(
            key=f"{self._contract[0].removeprefix('stock-')}:{document['id']}",
            label=label,
            touches=(reference, *sorted(skus)),
        )

    def _impact(self, document):
        return self._impact_of(document[self._reference])

    # -- apply -------------------------------------------------------------------------

    def _apply(self, letters):
        flow = self._flow(letters)
        handler = self.with_context(**QUIET)
        lines = [line for letter in letters for line in letter.document["lines"]]
        lookup = StockLookup(handler.env, flow, lines)
        handler._drop_repeated(letters)
        waiting = [letter for letter in letters if letter.open]
        while waiting:
            batch, waiting = handler._first_of_each(waiting)
            handler._apply_round(batch, flow, lookup)
        handler._acknowledge(letters, flow)

    def _first_of_each(self, letters):
        """Confirmations of one transfer follow each other: the second is about the
        backorder of the first.

        :return: the first letter of each transfer, and the other letters
        """
        first = {}
        for letter in letters:
            first.setdefault(letter.document[self._reference], letter)
        batch = list(first.values())
        return batch, [letter for letter in letters if letter not in batch]

    def _apply_round(self, letters, flow, lookup):
        references = {letter.document[self._reference] for letter in letters}
        transfers = self.env["stock.picking"]._seam_of(lookup.company, references)
        lots = self._known_lots(letters, lookup)
        plans = []
        for letter in letters:
            pickings = transfers.get(letter.document[self._reference])
            try:
                plan = self._plan(letter, pickings, lookup, lots, flow)
            except Fault as fault:
                letter.refuse(fault)
            else:
                plans += [plan] if plan else []
        plans = self._find_places(plans)
        self._carry_out(plans, flow)

    def _acknowledge(self, letters, flow):
        """Whoever ships an order has it: nothing of the request is waited for any more."""
        keys = {x.document[self._reference] for x in letters if x.outcome == "done"}
        if keys:
            self.env["seam.message"].sudo()._confirm_sent(
                flow.system_id.id,
                keys,
                handler=self._out,
                note=self.env._("Confirmed by what the warehouse did."),
            )

    # -- understand --------------------------------------------------------------------

    def _plan(self, letter, pickings, lookup, lots, flow):
        """:return: Plan, or None when the letter has its outcome"""
        document = letter.document
        if not pickings:
            raise self._unknown_reference(letter)
        correlation = pickings[:1].seam_correlation
        letter.identity = letter.identity._replace(correlation=correlation)
        picking = pickings.filtered(lambda p: p.state not in ("done", "cancel"))[:1]
        picking = picking.with_prefetch(pickings._prefetch_ids)
        if not picking:
            if document["lines"]:
                raise self._too_late(letter, pickings)
            letter.done(pickings[-1:], note=self.env._("It is closed here too."))
            return None
        notes = []
        parts, surplus = self._match(letter, pickings, picking, lookup, lots, notes)
        self._require_within(letter, picking, surplus, flow)
        return Plan(letter, picking, parts, [], self._missing(letter, picking, parts), notes)

    def _unknown_reference(self, letter):
        reference = letter.document[self._reference]
        return Fault(
            "master.unknown",
            self.env._("No transfer has the reference %s.", reference),
            pointer=f"/{self._reference}",
            fix=self.env._("Ask the warehouse which order it means, or discard the message."),
            subject=f"transfer:{reference}",
        )

    def _known_lots(self, letters, lookup):
        """:return: dict (product, name) → ``stock.lot``"""
        names = {
            line["lot"]
            for letter in letters
            for line in letter.document["lines"]
            if line.get("lot")
        }
        if not names:
            return {}
        found = self.env["stock.lot"].search(
            [
                ("name", "in", list(names)),
                ("company_id", "in", [False, *lookup.company.ids]),
            ],
            order="company_id",
        )
        return {(lot.product_id, lot.name): lot for lot in found}

    def _match(self, letter, pickings, picking, lookup, lots, notes):
        """Which line is about which move.

        :return: list of Part, and dict product → how many more than were asked for
        """
        by_line = picking.move_ids._seam_by_line()
        rest = {move: move.product_qty for moves in by_line.values() for move in moves}
        parts, surplus = [], {}
        for position, line in enumerate(letter.document["lines"]):
            pointer = f"/lines/{position}"
            moves = self._moves_of(line, pointer, letter, pickings, by_line, lookup)
            product = moves.product_id
            quantity = lookup.quantity(line, product, pointer)
            lot = self._lot(line, product, lots, pointer, notes)
            for move in moves:
                here = min(quantity, rest[move])
                if product.uom_id.compare(here, 0) > 0:
                    parts.append(Part(move, here, lot, line, pointer))
                    rest[move] -= here
                    quantity -= here
            if product.uom_id.compare(quantity, 0) > 0:
                parts.append(Part(moves[-1:], quantity, lot, line, pointer))
                surplus[product] = surplus.get(product, 0) + quantity
        return parts, surplus

    def _moves_of(self, line, pointer, letter, pickings, by_line, lookup):
        """:return: ``stock.move`` records of one product that a line is about"""
        if line.get("line"):
            moves = by_line.get(line["line"])
            if not moves:
                raise self._unknown_line(line, pointer, letter, pickings)
            if moves.product_id not in lookup.find(line["sku"]):
                raise self._substitute(line, pointer, letter, moves.product_id)
            return moves
        product = lookup.product(line["sku"], pointer)
        moves = self.env["stock.move"].concat(*by_line.values())
        moves = moves.filtered(lambda move: move.product_id == product)
        if not moves:
            raise self._unknown_line(line, pointer, letter, pickings)
        return moves

    def _unknown_line(self, line, pointer, letter, pickings):
        """A line that was never asked for, or of which all is done."""
        key = line.get("line")
        done = pickings.move_ids.filtered(
            lambda move: (
                move.state == "done"
                and (move.seam_line == key if key else line["sku"] == move.product_id.default_code)
            )
        )
        if done:
            sentence = self.env._(
                "%(label)s has %(told)s more of %(sku)s; in Odoo all %(ours)s of it are done.",
                label=letter.identity.label,
                told=line["quantity"],
                sku=line["sku"],
                ours=f"{sum(done.mapped('quantity')):g}",
            )
        else:
            sentence = self.env._(
                "%(label)s has %(told)s of %(sku)s on a line that was not asked for: %(ours)s in "
                "Odoo.",
                label=letter.identity.label,
                told=line["quantity"],
                sku=line["sku"],
                ours=0,
            )
        return Fault(
            "order.conflict" if done else "business.rule",
            sentence,
            pointer=pointer,
            fix=self.env._(
                "Clear up with the warehouse what was handled. If the goods did move, add them "
                "to the transfer by hand; then discard this message or have it corrected."
            ),
            subject=f"transfer:{letter.document[self._reference]}",
        )

    def _substitute(self, line, pointer, letter, product):
        return Fault(
            "business.rule",
            self.env._(
                "%(label)s has %(told)s of %(sku)s in place of %(ours)s. Substitutes are not "
                "accepted.",
                label=letter.identity.label,
                told=line["quantity"],
                sku=line["sku"],
                ours=product.default_code or product.display_name,
            ),
            pointer=f"{pointer}/sku",
            fix=self.env._(
                "If it is the same product under another code, bind the code to the product and "
                "retry. If other goods did leave, change the order and the transfer to them, "
                "then retry; or have them brought back, and discard this message."
            ),
            subject=f"substitute:{product.id}:{line['sku']}",
        )

    # -- lots --------------------------------------------------------------------------

    def _lot(self, line, product, lots, pointer, notes):
        """:return: ``stock.lot``, empty where there is none, or none yet"""
        name, none = line.get("lot"), self.env["stock.lot"]
        if product.tracking == "none":
            if name:
                notes.append(
                    self.env._(
                        "Lot %(lot)s is not kept: %(product)s is not traced in Odoo.",
                        lot=name,
                        product=product.display_name,
                    )
                )
            return none
        if not name:
            raise Fault(
                "business.rule",
                self.env._(
                    "%s needs a lot or serial number, and the warehouse tells none.",
                    product.display_name,
                ),
                pointer=pointer,
                fix=self.env._("Ask the warehouse for it, and edit the message."),
                subject=f"lot:{product.id}",
            )
        if product.tracking == "serial" and line["quantity"] != 1:
            raise Fault(
                "business.rule",
                self.env._(
                    "Serial number %(lot)s of %(product)s stands for %(told)s pieces: it can "
                    "only be 1.",
                    lot=name,
                    product=product.display_name,
                    told=line["quantity"],
                ),
                pointer=f"{pointer}/quantity",
                fix=self.env._("Ask the warehouse for one line for each serial number."),
                subject=f"lot:{product.id}:{name}",
            )
        return lots.get((product, name), none)

    # -- how many ----------------------------------------------------------------------

    def _require_within(self, letter, picking, surplus, flow):
        """:raise Fault: more than was asked for, and more than is tolerated"""
        for product, more in surplus.items():
            moves = picking.move_ids.filtered(
                lambda m, product=product: (
                    m.product_id == product and m.state not in ("done", "cancel")
                )
            )
            asked = sum(moves.mapped("product_qty"))
            if product.uom_id.compare(more, self._tolerated(asked, flow)) > 0:
                raise self._too_many(letter, product, asked, asked + more)

    def _tolerated(self, asked, flow):
        return 0

    def _too_many(self, letter, product, asked, told):
        return Fault(
            "business.rule",
            self.env._(
                "%(label)s has %(told)s of %(product)s; %(asked)s were asked for.",
                label=letter.identity.label,
                told=f"{told:g}",
                product=product.default_code or product.display_name,
                asked=f"{asked:g}",
            ),
            pointer="/lines",
            fix=self._fix_too_many(),
            subject=f"transfer:{letter.document[self._reference]}",
        )

    def _missing(self, letter, picking, parts):
        """:return: dict product → (asked for, handled), of what falls short"""
        asked, handled = {}, {}
        for move in picking.move_ids:
            if move.state not in ("done", "cancel"):
                asked[move.product_id] = asked.get(move.product_id, 0) + move.product_qty
        for part in parts:
            product = part.move.product_id
            handled[product] = handled.get(product, 0) + part.quantity
        return {
            product: (quantity, handled.get(product, 0))
            for product, quantity in asked.items()
            if product.uom_id.compare(handled.get(product, 0), quantity) < 0
        }

    def _too_late(self, letter, pickings):
        """It was done by hand, or cancelled, before the warehouse confirmed it."""
        last = pickings[-1:]
        told = ", ".join(
            f"{line['quantity']} {line['sku']}" for line in letter.document["lines"][:5]
        )
        moves = pickings.move_ids.filtered(lambda move: move.state == "done")
        ours = ", ".join(
            f"{move.quantity:g} {move.product_id.default_code or move.product_id.display_name}"
            for move in moves[:5]
        )
        values = {
            "label": letter.identity.label,
            "told": told,
            "transfer": last.name,
            "ours": ours or "0",
        }
        cancelled = last.state == "cancel"
        return Fault(
            "order.conflict",
            self._sentence_cancelled(values) if cancelled else self._sentence_done(values),
            pointer=f"/{self._reference}",
            fix=self._fix_cancelled() if cancelled else self._fix_done(),
            subject=f"transfer:{letter.document[self._reference]}",
        )

    def _sentence_done(self, values):
        return self.env._(
            "%(label)s has %(told)s, but %(transfer)s is done in Odoo already: %(ours)s.", **values
        )

    def _sentence_cancelled(self, values):
        return self.env._(
            "%(label)s has %(told)s, but %(transfer)s is cancelled in Odoo. Done before: %(ours)s.",
            **values,
        )

    def _fix_done(self):
        return self.env._(
            "If somebody entered in Odoo what the warehouse now confirms, discard this message. "
            "If it did this besides, make a transfer for it by hand, then discard."
        )

    # -- where from --------------------------------------------------------------------

    def _find_places(self, plans):
        """Find the goods of all plans where Odoo has them; refuse what is not there.

        :return: the plans that can be carried out, with their places
        """
        counted = self.env["stock.move"].concat(
            *[part.move for plan in plans for part in plan.parts]
        )
        counted = counted.filtered(lambda move: not move._should_bypass_reservation())
        shelf = Shelf(self.env, counted.product_id, counted.location_id, counted.move_line_ids)
        return [placed for plan in plans if (placed := self._placed(plan, shelf, counted))]

    def _placed(self, plan, shelf, counted):
        places = []
        for part in plan.parts:
            if part.move not in counted:
                places.append(None)
                continue
            taken = part.move._seam_take(shelf, part.lot, part.quantity)
            if taken is None:
                plan.letter.refuse(self._not_there(plan, part, shelf))
                return None
            places.append(taken)
        return plan._replace(places=places)

    def _not_there(self, plan, part, shelf):
        move, product = part.move, part.move.product_id
        count = shelf.count(product, move.location_id, part.lot, move.restrict_partner_id)
        values = {
            "label": plan.letter.identity.label,
            "told": f"{part.quantity:g}",
            "product": product.default_code or product.display_name,
            "lot": part.lot.name,
            "place": move.location_id.display_name,
            "ours": f"{count:g}",
        }
        if part.lot:
            sentence = self.env._(
                "%(label)s has %(told)s of %(product)s, lot %(lot)s; Odoo has %(ours)s of that lot "
                "in %(place)s.",
                **values,
            )
        else:
            sentence = self.env._(
                "%(label)s has %(told)s of %(product)s; Odoo has %(ours)s in %(place)s.", **values
            )
        return Fault(
            "business.rule",
            sentence,
            pointer=part.pointer,
            fix=self.env._(
                "Look for a receipt or an adjustment that has not come through, and settle it "
                "first. Or count, and correct the stock in Odoo. Then retry."
            ),
            subject=f"stock:{product.id}:{part.lot.id or ''}",
        )
