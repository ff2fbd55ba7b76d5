from datetime import datetime, timezone

from odoo import models

from odoo.addons.seam.engine.fault import Fault


def moment(text):
    """:return: naive datetime in UTC of an RFC 3339 text"""
    parsed = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return parsed.astimezone(timezone.utc).replace(tzinfo=None)


def instant(text):
    """:return: microseconds since 1970 of an RFC 3339 text: a version"""
    changed = moment(text).replace(tzinfo=timezone.utc)
    return int(changed.timestamp()) * 1_000_000 + changed.microsecond


def written(value):
    """:return: RFC 3339 text of a naive datetime in UTC"""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")


def number(value):
    """A quantity as people write it: 3, not 3.0, and without binary noise.

    :return: int or float
    """
    value = round(float(value), 6)
    return int(value) if value == int(value) else value


def without_empty(values, answers=()):
    """:return: the dict without what Odoo has nothing for; 0 stays, and so does False
    for the names in ``answers``, where it is one"""
    return {
        name: value
        for name, value in values.items()
        if name in answers or (value not in (None, "", [], {}) and value is not False)
    }


class SeamHandlerStock(models.AbstractModel):
    """What the handlers of a warehouse's documents share."""

    _name = "seam.handler.stock"
    _inherit = "seam.handler"
    _description = "Documents of a warehouse"

    def _flow(self, letters):
        """:return: ``seam.flow`` of the letters, readable"""
        message = self.env["seam.message"].sudo().browse(letters[0].message_id)
        return message.flow_id

    def _drop_repeated(self, letters):
        for letter in letters:
            if not letter.binding:
                continue
            if letter.binding.checksum == self.env["seam.message"]._checksum(letter.document):
                letter.supersede(self.env._("It is applied already."))
            else:
                letter.refuse(self._repeated(letter))

    def _repeated(self, letter):
        return Fault(
            "order.conflict",
            self.env._(
                "%s came again under the same number, with other content.", letter.identity.label
            ),
            pointer="/id",
            fix=self.env._(
                "What came first stands. Ask the warehouse what it meant: a correction is a "
                "document with a number of its own. Then discard this."
            ),
            subject=letter.identity.key,
        )

    def _codes(self, model):
        """What the partner of the flow that is built for calls our records.

        :return: dict record id → code, for those of the system's value map
        """
        flow = self.env["seam.flow"].sudo().browse(self.env.context.get("seam_flow") or ())
        found = self.env["seam.value.map"].sudo()
        found = found.search(
            [("system_id", "=", flow.system_id.id), ("res_model", "=", model)], order="id desc"
        )
        return {value.res_id: value.external_code for value in found}

    def _impact_of(self, reference):
        """:return: dict as ``_impact`` gives it: whom a transfer is for, and what it is worth"""
        picking = self.env["stock.picking"].sudo()
        picking = picking.search([("seam_reference", "=", reference)], limit=1)
        sale = picking.sale_id
        promised = sale.commitment_date or picking.date_deadline
        impact = {"customer": picking.partner_id.commercial_partner_id.name}
        if sale:
            impact |= {"amount": sale.amount_total, "currency": sale.currency_id.name}
        if promised:
            impact["promised"] = promised.date().isoformat()
        return {name: value for name, value in impact.items() if value}
