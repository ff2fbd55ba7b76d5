from datetime import datetime, timezone

from odoo import models


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
