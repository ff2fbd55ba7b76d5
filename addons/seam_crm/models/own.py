"""Which of a CRM's new records are Odoo's own, that it was told of before."""

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.seam_message_claim import MAY_HAVE_MADE


class Own:
    """Odoo's records that a CRM may tell as new, though they were made there by Odoo.

    :param handler: of the documents; says which records they may be, and which are alike
    :param letters: those without a binding
    """

    def __init__(self, handler, flow, letters):
        self.env, self.handler, self.flow = handler.env, handler, flow
        self.model = handler._bound_model
        self.letters = letters
        ids = self._find_under_way() if letters else []
        alive = self._alive(ids)
        self._under_way = alive.filtered(handler._may_be)
        self._gone_under_way = set(ids) - set(alive.ids)

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
            elif (id_ := number(letter.document)) in self._gone_under_way:
                letter.refuse(self._gone_meanwhile(letter, id_))

    def _gone_meanwhile(self, letter, id_):
        return Fault(
            "order.predecessor",
            self.env._(
                "%s was deleted in Odoo while it was made there. Under which ID is not known yet.",
                letter.identity.label,
            ),
            fix=self.env._("It is tried again. Look whether Odoo's own message is held up."),
            subject=f"{self.model}:{id_}",
        )

    def deleted(self):
        """Those that Odoo made there, and deleted before it knew their ID.

        :return: dict letter → record id
        """
        told = {letter: number(letter.document) for letter in self.letters if letter.open}
        ids = set(told.values()) - {None}
        ids -= set(self._alive(ids).ids) | self._bound(ids)
        if not ids:
            return {}
        self.env.cr.execute(
            """
            SELECT DISTINCT res_id FROM seam_message
             WHERE system_id = %s AND direction = 'out' AND topic = 'deleted'
               AND res_model = %s AND res_id = ANY(%s)
            """,
            [self.flow.system_id.id, self.model, list(ids)],
        )
        gone = {row[0] for row in self.env.cr.fetchall()}
        return {letter: id_ for letter, id_ in told.items() if id_ in gone}

    def claimed(self):
        """Those that the CRM tells with Odoo's number. What is over there is not met here,
        and another database's number may be the same: it counts for what Odoo told the CRM
        of, and for what looks like it.

        :return: dict letter → record
        """
        told = {
            letter: number(letter.document)
            for letter in self.letters
            if letter.open
            and not (letter.document.get("deleted") or letter.document.get("archived"))
        }
        told = {letter: id_ for letter, id_ in told.items() if id_}
        if not told:
            return {}
        records = self._possible(set(told.values()))
        taken = self._bound(records.ids) if records else set()
        known = self._told(records) if records else set()
        free = {record.id: record for record in records if record.id not in taken}
        found = {}
        for letter, id_ in told.items():
            record = free.get(id_)
            alike = record is not None and self.handler._is_alike(
                self.flow, record, letter.document
            )
            if record is not None and (id_ in known or alike):
                # a number belongs to one of them; who comes later is weighed as any other
                found[letter] = free.pop(id_).sudo(False)
        return found

    def _possible(self, ids):
        """:return: records of these ids that documents may be about; those of another
        company too, which is told by whoever looks at the document"""
        return self._alive(ids).filtered(self.handler._may_be)

    def _alive(self, ids):
        return self.env[self.model].sudo().with_context(active_test=False).browse(ids).exists()

    def _bound(self, ids):
        """:return: set of those of these ids that have one of the CRM's"""
        bindings = self.env["seam.binding"].sudo()
        found = bindings.search_fetch(
            [
                ("system_id", "=", self.flow.system_id.id),
                ("res_model", "=", self.model),
                ("res_id", "in", list(ids)),
            ],
            ["res_id"],
        )
        return set(found.mapped("res_id"))

    def _told(self, records):
        """:return: set of ids of those of which this system was ever told"""
        self.env.cr.execute(
            """
            SELECT DISTINCT res_id FROM seam_message
             WHERE system_id = %s AND direction = 'out' AND tries > 0
               AND res_model = %s AND res_id = ANY(%s)
            """,
            [self.flow.system_id.id, self.model, records.ids],
        )
        return {row[0] for row in self.env.cr.fetchall()}

    def _find_under_way(self):
        """:return: list of ids of records whose creation is being sent, or may have arrived"""
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
        return [row[0] for row in self.env.cr.fetchall()]

    def _meant(self, document):
        """:return: the record under way that a document may be, or None"""
        id_ = number(document)
        for record in self._under_way:
            if record.id == id_ or (
                not id_ and self.handler._is_alike(self.flow, record, document)
            ):
                return record
        return None


def number(document):
    """:return: Odoo's number of the record, as the CRM says it again; or None"""
    text = str(document.get("odoo_id") or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def fold(text):
    """:return: text without what nobody sees a difference in"""
    return " ".join(str(text or "").split()).casefold()
