from typing import NamedTuple

from odoo import api, models

TEXTS = ("char", "text", "html", "json")
# Words of these columns tell one row from another: what is in them is changed as a whole,
# and the same becomes the same.
PSEUDONYMS = (
    "key",
    "ordering_key",
    "correlation",
    "external_id",
    "into_id",
    "external_code",
    "address",
)
# Where a record's company is found.
COMPANY_PATHS = (
    "company_id",
    "message_id",
    "flow_id",
    "system_id",
    "exception_id",
    "endpoint_id",
)


class Place(NamedTuple):
    """Columns of a table in which a person may be named.

    :ivar model: whose table it is
    :ivar columns: tuple of (column, whether it is JSON)
    :ivar where: SQL condition for the rows that are Seam's, or ""
    """

    model: str
    table: str
    columns: tuple
    where: str = ""

    def text(self):
        """:return: SQL of all columns as one text"""
        parts = (f'"{name}"::text' if is_json else f'"{name}"' for name, is_json in self.columns)
        return f"concat_ws(E'\\n', {', '.join(parts)})"


class SeamPrivacyPlace(models.AbstractModel):
    """Where a person may be named: every text of every table of Seam, and what Odoo keeps
    about Seam's records. New tables are looked at without being named here.
    """

    _name = "seam.privacy.place"
    _description = "Where a person may be named"

    @api.model
    def _set_up(self):
        """Hook: what administrators set up. It is no person's.

        :return: dict model → fields that hold a partner's data all the same
        """
        return {
            "seam.system": (),
            "seam.flow": ("sample",),
            "seam.contract": (),
            "seam.contract.version": (),
            "seam.credential": (),
            "seam.token": (),
            "seam.lane": (),
            "seam.privacy.request": (),
            "seam.privacy.finding": (),
        }

    @api.model
    def _contents(self):
        """Hook: columns that are a piece of a payload. They go as a whole.

        :return: dict model → tuple of columns
        """
        return {
            "seam.call": ("request_body", "response_body"),
            "seam.message.event": ("data",),
            "seam.question": ("content", "document", "request_body", "response_body"),
        }

    @api.model
    def _quotes(self):
        """Hook: columns that may quote any value of a payload: birthdays, a name of long ago.
        Where the payload goes they go as a whole, too.

        :return: dict model → tuple of columns
        """
        return {
            "seam.message": (
                "customer",
                "errors",
                "fault_fix",
                "fault_message",
                "state_reason",
                "touches",
            ),
            "seam.message.event": ("text",),
            "seam.exception": ("fix", "technical"),
        }

    @api.model
    def _about_persons(self):
        """Hook: the label of a message about one of these is a person's name, or what people
        wrote of one.

        :return: set of names of models
        """
        return {"res.partner"}

    @api.model
    def _labels(self):
        """Hook: where a message's label is kept.

        :return: dict model → (column, column with the message's id)
        """
        return {"seam.message": ("label", "id")}

    @api.model
    def _all(self):
        """:return: list of Place"""
        set_up = self._set_up()
        names = sorted(name for name in self.env if name.startswith("seam."))
        places = [self._of_model(name, set_up.get(name)) for name in names]
        return [place for place in places if place and place.columns] + self._of_odoo()

    def _of_model(self, name, only):
        model = self.env[name]
        if model._abstract or not model._auto:
            return None
        columns = tuple(
            (field.name, field.type == "json" or bool(field.translate))
            for field in model._fields.values()
            if field.store
            and field.type in TEXTS
            and field.column_type
            and (only is None or field.name in only)
        )
        return Place(name, model._table, tuple(sorted(columns)))

    def _of_odoo(self):
        """Notes, mails, tasks and jobs about Seam's records."""
        notes = "(SELECT id FROM mail_message WHERE model LIKE 'seam.%')"
        places = [
            ("mail.message", ("body", "subject", "record_name"), "model LIKE 'seam.%'"),
            ("mail.mail", ("body_html", "failure_reason"), f"mail_message_id IN {notes}"),
            (
                "mail.tracking.value",
                ("old_value_char", "new_value_char", "old_value_text", "new_value_text"),
                f"mail_message_id IN {notes}",
            ),
            ("mail.activity", ("summary", "note", "res_name"), "res_model LIKE 'seam.%'"),
            ("queue.job", ("exc_info", "exc_message", "result"), "model_name LIKE 'seam.%'"),
        ]
        return [
            Place(
                name,
                self.env[name]._table,
                tuple((x, False) for x in names if self.env[name]._fields[x].store),
                where,
            )
            for name, names, where in places
        ]

    @api.model
    def _in_company(self, place, ids, company):
        """:return: those of the rows that are of this company, or of none"""
        model = self.env[place.model].sudo().with_context(active_test=False)
        return [row.id for row in model.browse(ids).exists() if self._company(row) in (0, company)]

    def _company(self, record):
        """:return: id of the company of a record, 0 where it has none"""
        if "model" in record._fields and "res_id" in record._fields and record.res_id:
            return self._company_of_other(record.model, record.res_id)
        if record._name == "mail.activity":
            return self._company_of_other(record.res_model, record.res_id)
        if "mail_message_id" in record._fields:
            return self._company(record.mail_message_id)
        for name in COMPANY_PATHS:
            field = record._fields.get(name)
            if not field or field.type != "many2one" or not record[name]:
                continue
            if field.comodel_name == "res.company":
                return record[name].id
            return self._company(record[name])
        return self._company_by_parent(record)

    def _company_of_other(self, model, id_):
        record = self.env[model].sudo().browse(id_).exists() if model in self.env else None
        return self._company(record) if record else 0

    def _company_by_parent(self, record):
        for field in record._fields.values():
            if field.type == "many2one" and field.store and field.comodel_name.startswith("seam."):
                found = record[field.name] and self._company(record[field.name])
                if found:
                    return found
        return 0

    @api.model
    def _linked(self, place, target):
        """:return: names of the columns of a place that point to rows of a model"""
        fields = self.env[place.model]._fields.values()
        return [
            field.name
            for field in fields
            if field.type == "many2one" and field.store and field.comodel_name == target
        ]
