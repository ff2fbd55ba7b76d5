"""Which of a CRM's new records are Odoo's own, that it was told of before."""

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.seam_message_claim import MAY_HAVE_MADE

# what people know a record by, and its address
NAMES = ("name", "summary")


def fold(text):
    return " ".join(str(text or "").split()).casefold()


class Own:
    """Odoo's records that a CRM may tell as new, though they were made there by Odoo.

    :param letters: those without a binding
    """

    def __init__(self, env, flow, model, letters):
        self.env, self.flow, self.model = env, flow, model
        self.letters = letters
        self._under_way = self._find_under_way() if letters else env[model]

    def refuse_under_way(self):
        """Nobody knows yet what became of their creation: its answer says which they are."""
        for letter in self.letters:
            record = self._meant(letter.document)
            if record:
                letter.refuse(
                    Fault(
                        "order.predecessor",
                        self.env._(
                            "Odoo is making %s there, and does not know yet under which ID: this "
                            "may be it.",
                            record.display_name,
                        ),
                        fix=self.env._(
                            "It is tried again. Look whether Odoo's own message about it is held "
                            "up."
                        ),
                        subject=f"{self.model}:{record.id}",
                    )
                )

    def claimed(self, may_be):
        """Those that the CRM tells with Odoo's number.

        :param may_be: whether a record is of the kind that the documents are about
        :return: dict letter → record
        """
        told = {letter: number(letter.document) for letter in self.letters if letter.open}
        told = {letter: id_ for letter, id_ in told.items() if id_}
        if not told:
            return {}
        records = self.env[self.model].with_context(active_test=False)
        records = records.browse(set(told.values())).exists().filtered(may_be)
        bound = self.env["seam.binding"].sudo()
        bound = bound.search_fetch(
            [
                ("system_id", "=", self.flow.system_id.id),
                ("res_model", "=", self.model),
                ("res_id", "in", records.ids),
            ],
            ["res_id"],
        )
        free = {record.id: record for record in records if record.id not in bound.mapped("res_id")}
        # a number belongs to one of them; who comes later is weighed as any other
        return {letter: free.pop(id_) for letter, id_ in told.items() if id_ in free}

    def _find_under_way(self):
        """:return: records whose creation is being sent, or may have arrived"""
        self.env.cr.execute(
            f"""
            SELECT DISTINCT b.res_id FROM seam_message b
             WHERE b.flow_id IN (SELECT id FROM seam_flow
                                  WHERE system_id = %s AND direction = 'out')
               AND b.res_model = %s AND b.state IN ('pending', 'working', 'waiting', 'failed')
               AND ((b.state = 'working' AND NOT EXISTS (
                        SELECT FROM seam_binding x
                         WHERE x.system_id = b.system_id AND x.res_model = b.res_model
                           AND x.res_id = b.res_id))
                    OR {MAY_HAVE_MADE})
            """,
            [self.flow.system_id.id, self.model],
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        return self.env[self.model].sudo().with_context(active_test=False).browse(ids).exists()

    def _meant(self, document):
        """:return: the record under way that a document may be, or None"""
        id_ = number(document)
        told = document.get("fields") or {}
        names = {fold(told.get(name)) for name in NAMES} - {""}
        mail = fold(told.get("email"))
        for record in self._under_way:
            if record.id == id_ or (not id_ and self._is_alike(record, names, mail)):
                return record
        return None

    def _is_alike(self, record, names, mail):
        known = {fold(record[name]) for name in NAMES if name in record._fields}
        return bool(names & known) or (
            bool(mail) and "email" in record._fields and fold(record.email) == mail
        )


def number(document):
    """:return: Odoo's number of the record, as the CRM says it again; or None"""
    text = str(document.get("odoo_id") or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
