"""Settings that Odoo searches for each order or line: in a batch they are searched once.

Only the search is kept; what follows from it is worked out for each order as ever.
"""

from odoo import api, models

from .once import ONCE, once


class SeamSearchOnce(models.AbstractModel):
    """For models that the orders of a batch read and never write."""

    _name = "seam.search.once"
    _description = "Searched once in a batch"

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, **options):
        search = super()._search
        if not self.env.context.get(ONCE):
            return search(domain, offset, limit, order, **options)
        question = (self.env, self._name, repr(domain), offset, limit, order, *options.items())
        ids = once(
            self.env,
            question,
            lambda: search(domain, offset, limit, order, **options).get_result_ids(),
        )
        return self.browse(ids)._as_query()


class AccountFiscalPosition(models.Model):
    _name = "account.fiscal.position"
    _inherit = ["account.fiscal.position", "seam.search.once"]


class StockWarehouse(models.Model):
    _name = "stock.warehouse"
    _inherit = ["stock.warehouse", "seam.search.once"]


class IrSequence(models.Model):
    _name = "ir.sequence"
    _inherit = ["ir.sequence", "seam.search.once"]


class AccountAnalyticDistributionModel(models.Model):
    _inherit = "account.analytic.distribution.model"

    @api.model
    def _get_applicable_models(self, vals):
        """Where nobody has made such a model, none need be sought twice for each line."""
        if self.env.context.get(ONCE) and not once(
            self.env, self._name, lambda: self.sudo().search_count([], limit=1)
        ):
            return self.browse()
        return super()._get_applicable_models(vals)


class StockRule(models.Model):
    _inherit = "stock.rule"

    @api.model
    def _read_group(self, domain, *arguments, **options):
        """The rules of a warehouse's routes are the same for all goods of the same routes."""
        read = super()._read_group
        question = (self.env, self._name, repr(domain), repr(arguments), repr(options))
        return once(self.env, question, lambda: read(domain, *arguments, **options))
