from odoo import api, models
from odoo.tools import SQL

from odoo.addons.seam.const import UNRESOLVED

from .seam_flow import IN


class SeamException(models.Model):
    _inherit = "seam.exception"

    @api.model
    def _waits(self):
        """What names a record that did not come waits for what the CRM said of that record."""
        waits_for = SQL("w.errors -> 0 ->> 'waits_for'")
        handlers = SQL(", ").join(
            SQL("(%s, %s)", handler, self.env[handler]._bound_model) for handler in IN
        )
        return [
            *super()._waits(),
            SQL(
                """
                SELECT w.id, w.exception_id, m.id FROM seam_message w
                  JOIN seam_message m
                    ON m.ordering_key = substr(%(it)s, strpos(%(it)s, ':') + 1)
                   AND m.system_id = w.system_id AND m.state IN %(unresolved)s AND m.id <> w.id
                  JOIN seam_flow f ON f.id = m.flow_id
                  JOIN (VALUES %(handlers)s) AS h (handler, model)
                    ON h.handler = f.handler AND h.model = split_part(%(it)s, ':', 1)
                 WHERE w.fault_code = 'order.predecessor' AND w.state IN %(unresolved)s
                   AND w.predecessor_id IS NULL AND %(it)s IS NOT NULL
                """,
                it=waits_for,
                unresolved=UNRESOLVED,
                handlers=handlers,
            ),
        ]
