"""What lies in the warehouses: numbers by warehouse, SKU and lot."""


class Shelf:
    """`on_hand` is {warehouse: {sku: {lot or "": number}}}; `reserved` has the same shape."""

    def __init__(self, on_hand=None, reserved=None):
        self.on_hand, self.reserved = on_hand or {}, reserved or {}

    def lots(self, warehouse, sku):
        """{lot: what of it is free}, only what is free."""
        held = self.reserved.get(warehouse, {}).get(sku, {})
        there = self.on_hand.get(warehouse, {}).get(sku, {})
        free = {lot: clean(count - held.get(lot, 0)) for lot, count in sorted(there.items())}
        return {lot: count for lot, count in free.items() if count > 0}

    def free(self, warehouse, sku):
        return clean(sum(self.lots(warehouse, sku).values()))

    def choose(self, warehouse, sku, quantity, only=None):
        """Set goods aside → [(lot, number)], or None when there are too few.

        only    {lot: at most so many}, where the customer's lots are prescribed
        """
        chosen, rest = [], quantity
        for lot, there in self.lots(warehouse, sku).items():
            here = min(rest, there, only.get(lot, 0) if only else there)
            if here > 0:
                chosen.append((lot, clean(here)))
                rest = clean(rest - here)
        if rest > 0:
            return None
        for lot, here in chosen:
            self._add(self.reserved, warehouse, sku, lot, here)
        return chosen

    def put_back(self, warehouse, sku, lot, quantity):
        """What was set aside is free again."""
        self._add(self.reserved, warehouse, sku, lot, -quantity)

    def take_out(self, warehouse, sku, lot, quantity):
        """What was set aside leaves."""
        self.put_back(warehouse, sku, lot, quantity)
        self.add(warehouse, sku, lot, -quantity)

    def add(self, warehouse, sku, lot, quantity):
        self._add(self.on_hand, warehouse, sku, lot, quantity)

    @staticmethod
    def _add(counts, warehouse, sku, lot, quantity):
        lots = counts.setdefault(warehouse, {}).setdefault(sku, {})
        lots[lot] = clean(lots.get(lot, 0) + quantity)
        if not lots[lot]:
            del lots[lot]

    def as_dict(self):
        return {"on_hand": self.on_hand, "reserved": self.reserved}


def clean(number):
    """A quantity without binary noise; whole where it is whole."""
    number = round(float(number), 6)
    return int(number) if number == int(number) else number
