from odoo import api, models

from .once import ONCE, once


def untouched(env):
    """:return: set of the ids of references that this batch made and no delivery has yet"""
    return once(env, "untouched references", set)


class StockReference(models.Model):
    _inherit = "stock.reference"

    @api.model_create_multi
    def create(self, vals_list):
        references = super().create(vals_list)
        if self.env.context.get(ONCE):
            untouched(self.env).update(references.ids)
        return references


class StockMove(models.Model):
    _inherit = "stock.move"

    def _search_picking_for_assignation(self):
        """No delivery can be there for an order that had none a moment ago.

        The first moves of an order get one; all others look for it, as Odoo does.
        """
        references = set(self.reference_ids.ids)
        if self.env.context.get(ONCE) and references:
            new = untouched(self.env)
            if references <= new:
                new -= references
                return self.env["stock.picking"]
            new -= references
        return super()._search_picking_for_assignation()
