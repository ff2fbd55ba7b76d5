from odoo import models

from .seam_handler_stock import moment

SHORT = {"hold": "seam_short_hold", "request": "seam_short_request", "cancel": "cancel_backorder"}


class SeamHandlerStockConfirmationWrite(models.AbstractModel):
    """Carry out the plans of a round together: few writes for many transfers."""

    _inherit = "seam.handler.stock.confirmation"

    def _carry_out(self, plans, flow):
        references = [plan.picking.seam_reference for plan in plans]
        handler = self.with_context(seam_confirmed=references)
        finals = {plan.letter.message_id: self._is_final(plan) for plan in plans}
        moving = [plan for plan in plans if plan.parts]
        handler._fill(moving, flow)
        for key, group in handler._by_policy(moving, flow).items():
            pickings = handler.env["stock.picking"].concat(*[plan.picking for plan in group])
            handler._validate(pickings, key)
        for plan in plans:
            if not plan.parts:
                handler._close_empty(plan, flow)
            handler._tell_outcome(plan, flow, finals[plan.letter.message_id])

    def _is_final(self, plan):
        """What comes after the last confirmation was only late: the rest stays closed."""
        return plan.letter.document["final"] or plan.picking.seam_hold

    def _by_policy(self, plans, flow):
        """:return: dict context key of what becomes of the rest ("": it stays) → plans"""
        groups = {}
        for plan in plans:
            key = SHORT[flow.stock_short] if self._is_final(plan) else ""
            groups.setdefault(key, []).append(plan)
        return groups

    def _validate(self, pickings, key):
        """Odoo makes the backorders; what was reserved for them is reserved again."""
        context = {key: True} if key else {}
        pickings.with_context(**context)._action_done()
        rest = self.env["stock.picking"].search(
            [("backorder_id", "in", pickings.ids), ("state", "not in", ("done", "cancel"))]
        )
        moves = rest.move_ids.filtered(
            lambda move: move.state in ("confirmed", "partially_available")
        )
        moves._action_assign()

    def _close_empty(self, plan, flow):
        """Nothing at all was handled, and nothing will be."""
        picking = plan.picking.with_env(self.env)
        if flow.stock_short == "cancel":
            picking.action_cancel()
        elif flow.stock_short == "request":
            picking.with_context(seam_confirmed=())._seam_request_anew()
        else:
            picking.seam_hold = True

    # -- what the warehouse did --------------------------------------------------------

    def _fill(self, plans, flow):
        """Put exactly what was confirmed in place of what was reserved."""
        parts = [part for plan in plans for part in plan.parts]
        lots = self._make_lots(plans)
        packages = self._make_packages(plans)
        wanted = [
            self._move_line(plan, part, taken, lots, packages, flow)
            for plan in plans
            for part, places in zip(plan.parts, plan.places, strict=True)
            for taken in places or [None]
        ]
        moves = self.env["stock.move"].concat(*[part.move for part in parts])
        new = self._keep_as_reserved(moves.move_line_ids, wanted)
        self._count_exactly(parts)
        self.env["stock.move.line"].create(new)
        for plan in plans:
            plan.picking.write(self._picking_values(plan))

    def _keep_as_reserved(self, lines, wanted):
        """What left just as it was reserved keeps its line: that spares Odoo most work.
        All other lines are removed, and their reservation with them.

        :return: the wanted lines that are to be made
        """
        reserved = {}
        for line in lines:
            reserved.setdefault(self._sameness(line), []).append(line)
        kept, new = {}, []
        for values in wanted:
            same = reserved.get(self._sameness_of(values))
            if same:
                line, package = same.pop(), values["result_package_id"]
                kept[package] = kept.get(package, lines.browse()) | line
            else:
                new.append(values)
        lines.browse().concat(*[x for same in reserved.values() for x in same]).unlink()
        for package, found in kept.items():
            found.write({"picked": True, **({"result_package_id": package} if package else {})})
        return new

    def _sameness(self, line):
        return (
            line.move_id.id,
            line.location_id.id,
            line.location_dest_id.id,
            line.lot_id.id,
            line.package_id.id,
            line.owner_id.id,
            round(line.quantity_product_uom, 6),
            line.result_package_id.id,
        )

    def _sameness_of(self, values):
        """The warehouse packs what was not packed before."""
        return (
            values["move_id"],
            values["location_id"],
            values["location_dest_id"],
            values["lot_id"],
            values.get("package_id", False),
            values.get("owner_id", False),
            round(values["quantity"], 6),
            False,
        )

    def _count_exactly(self, parts):
        """Of a dozen that was asked for 7 pieces may come: count it in pieces then, so
        that nothing is rounded away."""
        done = {}
        for part in parts:
            done[part.move] = done.get(part.move, 0) + part.quantity
        for move, quantity in done.items():
            own, unit = move.product_id.uom_id, move.product_uom
            exact = own._compute_quantity(quantity, unit, round=False)
            if unit != own and abs(unit.round(exact) - exact) > 1e-6:
                move.with_context(do_not_unreserve=True).write(
                    {"product_uom_qty": move.product_qty, "product_uom": own.id}
                )

    def _move_line(self, plan, part, taken, lots, packages, flow):
        move = part.move
        values = {
            "move_id": move.id,
            "picking_id": plan.picking.id,
            "product_id": move.product_id.id,
            "product_uom_id": move.product_id.uom_id.id,
            "quantity": taken.quantity if taken else part.quantity,
            "location_id": (taken.location if taken else move.location_id).id,
            "location_dest_id": self._destination(part, flow).id,
            "lot_id": (part.lot or self._new_lot(part, lots)).id,
            "result_package_id": self._package(plan, part, packages).id,
            "picked": True,
        }
        if taken:
            values |= {"package_id": taken.package.id, "owner_id": taken.owner.id}
        return values

    def _destination(self, part, flow):
        return part.move.location_dest_id

    # -- lots and packages -------------------------------------------------------------

    def _make_lots(self, plans):
        """:return: dict (product, name) → new ``stock.lot``"""
        return {}

    def _new_lot(self, part, lots):
        return lots.get((part.move.product_id, part.line.get("lot")), self.env["stock.lot"])

    def _make_packages(self, plans):
        """:return: dict (message id, the warehouse's package id) → new ``stock.package``"""
        keys, values = [], []
        for plan in plans:
            told = {box["id"]: box for box in plan.letter.document.get("packages", ())}
            used = {p.line["package"]: None for p in plan.parts if p.line.get("package")}
            for name in used:
                keys.append((plan.letter.message_id, name))
                values.append(self._package_values(told.get(name) or {"id": name}))
        packages = self.env["stock.package"].create(values)
        return dict(zip(keys, packages, strict=True))

    def _package_values(self, told):
        return {
            "name": told["id"],
            "shipping_weight": float(told.get("weight") or 0),
            "seam_tracking": told.get("tracking"),
        }

    def _package(self, plan, part, packages):
        key = plan.letter.message_id, part.line.get("package")
        return packages.get(key, self.env["stock.package"])

    # -- what people read --------------------------------------------------------------

    def _picking_values(self, plan):
        document = plan.letter.document
        return {
            "seam_done_at": moment(document[self._moment]),
            "seam_wms_number": document.get("wms_id") or plan.picking.seam_wms_number,
        }

    def _tell_outcome(self, plan, flow, final):
        """The note says what is short, and what became of it, with both numbers."""
        picking = plan.picking
        notes = list(plan.notes)
        if plan.missing and final:
            short = self._short_text(plan)
            notes.insert(0, short)
            picking.message_post(body=short)
            if flow.stock_short == "hold":
                self._ask_for_decision(plan, short, flow)
        elif plan.missing:
            notes.insert(0, self.env._("In part: the rest is still with the warehouse."))
        plan.letter.done(picking, note=" ".join(notes))

    def _short_text(self, plan):
        missing = ", ".join(
            self.env._(
                "%(product)s: %(told)s of %(asked)s",
                product=product.default_code or product.display_name,
                told=f"{told:g}",
                asked=f"{asked:g}",
            )
            for product, (asked, told) in plan.missing.items()
        )
        reason = plan.letter.document.get("reason") or {}
        text = self.env._("Short: %s.", missing)
        return " ".join(filter(None, (text, reason.get("text") or reason.get("code"))))

    def _ask_for_decision(self, plan, short, flow):
        held = self.env["stock.picking"].search([("backorder_id", "=", plan.picking.id)])
        (held or plan.picking).filtered("seam_hold").activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("The warehouse closed it with a part missing"),
            note=self.env._("%s Choose “Ask the warehouse again”, or cancel this transfer.", short),
            user_id=flow.owner_id.id,
        )
