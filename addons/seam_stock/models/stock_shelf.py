"""What lies where: the goods that a batch of confirmations takes, counted as they go."""

from typing import Any, NamedTuple


class Taken(NamedTuple):
    """A part of a quantity, from one place. :ivar quantity: in the product's own unit"""

    location: Any
    lot: Any
    package: Any
    owner: Any
    quantity: float


class Shelf:
    """The quants of some products below some locations, read once.

    Free goods are taken first, then those that are reserved for others: what left is
    gone, and Odoo takes the reservation off by itself.

    :param env: of the service user
    :param reserved: ``stock.move.line`` whose reservation is given up for this
    """

    def __init__(self, env, products, locations, reserved):
        self._quants = {}
        if not products or not locations:
            return
        for quant in env["stock.quant"].search(
            [
                ("product_id", "in", products.ids),
                ("location_id", "child_of", locations.ids),
                ("quantity", ">", 0),
            ],
            order="in_date, id",
        ):
            self._quants.setdefault(quant.product_id, []).append(
                [quant, quant.quantity - quant.reserved_quantity, quant.quantity]
            )
        for line in reserved:
            self._give_up(line)

    def _give_up(self, line):
        for entry in self._quants.get(line.product_id, ()):
            quant = entry[0]
            if (quant.location_id, quant.lot_id, quant.package_id, quant.owner_id) == (
                line.location_id,
                line.lot_id,
                line.package_id,
                line.owner_id,
            ):
                entry[1] += line.quantity_product_uom
                return

    def _below(self, quant, location):
        return quant.location_id.parent_path.startswith(location.parent_path)

    def _fitting(self, product, location, lot, owner):
        for entry in self._quants.get(product, ()):
            quant = entry[0]
            fits = self._below(quant, location) and quant.owner_id == owner
            if fits and (not lot or quant.lot_id == lot):
                yield entry

    def count(self, product, location, lot, owner):
        """:return: how many there are, reserved ones included"""
        return sum(entry[2] for entry in self._fitting(product, location, lot, owner))

    def take(self, product, location, lot, owner, quantity):
        """:return: list of Taken that add up to ``quantity``, or None if there are fewer"""
        unit = product.uom_id
        if unit.compare(self.count(product, location, lot, owner), quantity) < 0:
            return None
        taken = []
        for free_only in (True, False):
            for entry in self._fitting(product, location, lot, owner):
                here = min(quantity, max(entry[1], 0) if free_only else entry[2])
                if unit.compare(here, 0) > 0:
                    quant = entry[0]
                    taken.append(
                        Taken(quant.location_id, quant.lot_id, quant.package_id, owner, here)
                    )
                    entry[1] -= here
                    entry[2] -= here
                    quantity -= here
                if unit.compare(quantity, 0) <= 0:
                    return taken
        return taken
