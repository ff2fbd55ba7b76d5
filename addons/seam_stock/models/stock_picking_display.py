from odoo import fields, models
from odoo.tools import format_datetime


class StockPickingDisplay(models.Model):
    """What people see of a transfer that a warehouse carries out."""

    _inherit = "stock.picking"

    seam_message_count = fields.Integer(
        compute="_compute_seam_message_count", string="Messages of other systems"
    )
    seam_state_text = fields.Char("With the warehouse", compute="_compute_seam_state_text")

    def _seam_family(self):
        """:return: the transfers that the warehouse knows by the same reference"""
        self.ensure_one()
        if not self.seam_reference:
            return self
        return self.sudo()._seam_of(self.company_id, [self.seam_reference])[self.seam_reference]

    def _compute_seam_message_count(self):
        for picking in self:
            picking.seam_message_count = (
                self.env["seam.message"].sudo().search_count(picking._seam_message_domain())
                if picking._origin
                else 0
            )

    def _seam_message_domain(self):
        return [("res_model", "=", self._name), ("res_id", "in", self._seam_family().ids)]

    def action_open_seam_messages(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("seam.seam_message_action")
        action["domain"] = self._seam_message_domain()
        action["context"] = {}
        return action

    def _compute_seam_state_text(self):
        sendings = self._seam_sendings()
        for picking in self:
            sending = sendings.get((picking.company_id.id, picking.seam_reference))
            words = [self._seam_sending_text(*sending)] if sending else []
            if picking.seam_status:
                words.append(picking._seam_status_text())
            picking.seam_state_text = " ".join(words)

    def _seam_sendings(self):
        """What became of the last thing that was sent of each.

        :return: dict (company id, reference) → state, why, when
        """
        references = [picking.seam_reference for picking in self if picking.seam_reference]
        if not references:
            return {}
        self.env.cr.execute(
            """
            SELECT DISTINCT ON (m.company_id, m.ordering_key)
                   m.company_id, m.ordering_key, m.state, m.state_reason,
                   COALESCE(m.settled_at, m.received_at)
              FROM seam_message m JOIN seam_flow f ON f.id = m.flow_id
             WHERE m.ordering_key = ANY(%s) AND m.direction = 'out'
               AND f.handler LIKE 'seam.handler.stock.%%'
               AND m.state NOT IN ('superseded', 'replaced', 'discarded')
             ORDER BY m.company_id, m.ordering_key, m.id DESC
            """,
            [references],
        )
        return {(row[0], row[1]): row[2:] for row in self.env.cr.fetchall()}

    def _seam_sending_text(self, state, why, at):
        if state == "done":
            when = format_datetime(self.env, at)
            return self.env._("Sent to the warehouse %s.", when)
        if state == "sent":
            return self.env._("Sent to the warehouse, which has not confirmed it yet.")
        if state == "failed":
            return self.env._("Not sent to the warehouse: %s", why or "")
        if state == "waiting":
            return self.env._("Not sent to the warehouse yet: %s", why or "")
        return self.env._("It is going to be sent to the warehouse.")

    def _seam_status_text(self):
        labels = dict(self._fields["seam_status"]._description_selection(self.env))
        text = self.env._(
            "There: %(status)s since %(at)s.",
            status=labels[self.seam_status],
            at=format_datetime(self.env, self.seam_status_at),
        )
        return " ".join(filter(None, (text, self.seam_status_text)))
