from psycopg2.extras import Json

from odoo import api, fields, models

from .const import MODELS
from .judge import MEETS, Entry, checksum, renamed
from .seam_crm_field import ADDRESS

MARKS = "seam.crm.marks"


class SeamCrmAgreement(models.Model):
    """What Odoo and a system last agreed on of a record, field by field.

    A row for each record and system, with checksums only: no value of a person.
    """

    _name = "seam.crm.agreement"
    _description = "Agreement with a CRM"
    _rec_name = "res_id"

    system_id = fields.Many2one("seam.system", required=True, ondelete="cascade")
    res_model = fields.Char(required=True)
    res_id = fields.Many2oneReference(required=True, model_field="res_model")
    agreed = fields.Json(help="Field of the document → see judge.Entry.")
    changed = fields.Json(help="Field of Odoo → when it was changed here last, and by whom.")
    at = fields.Datetime("Last agreement")

    _record_uniq = models.UniqueIndex("(res_model, res_id, system_id)")

    @api.model
    def _of(self, system_id, model, ids):
        """:return: dict record id → (dict field → Entry, dict Odoo field → [when, user id])"""
        if not ids:
            return {}
        self.env.cr.execute(
            """
            SELECT res_id, agreed, changed FROM seam_crm_agreement
             WHERE system_id = %s AND res_model = %s AND res_id = ANY(%s)
            """,
            [system_id, model, list(ids)],
        )
        return {
            id_: (
                {name: Entry(*row[:4], tuple(row[4])) for name, row in (agreed or {}).items()},
                changed or {},
            )
            for id_, agreed, changed in self.env.cr.fetchall()
        }

    @api.model
    def _keep(self, system_id, model, entries):
        """Write what is agreed now; fields that are not named stay as they are.

        :param entries: dict record id → dict field → Entry
        """
        now, uid = self.env.cr.now(), self.env.uid
        rows = [
            (system_id, model, id_, Json(fields_), now, uid, uid, now, now)
            for id_, fields_ in sorted(entries.items())
            if fields_
        ]
        if not rows:
            return
        self.env.cr.execute_values(
            """
            INSERT INTO seam_crm_agreement
                   (system_id, res_model, res_id, agreed, at,
                    create_uid, write_uid, create_date, write_date)
            VALUES %s
            ON CONFLICT (res_model, res_id, system_id) DO UPDATE
               SET agreed = COALESCE(seam_crm_agreement.agreed, '{}'::jsonb) || excluded.agreed,
                   at = excluded.at, write_uid = excluded.write_uid,
                   write_date = excluded.write_date
            """,
            rows,
            template="(%s, %s, %s, %s::jsonb, %s, %s, %s, %s, %s)",
            page_size=1000,
        )
        self.invalidate_model(flush=False)

    # -- what changed here ---------------------------------------------------------------

    @api.model
    def _mark(self, records, names):
        """Note who changed which fields, to be written once before the commit."""
        marks = self.env.cr.precommit.data.setdefault(MARKS, {})
        if not marks:
            self.env.cr.precommit.add(self.env["seam.crm.agreement"].sudo()._write_marks)
        origin = self.env.context.get("seam_origin") or 0
        mark = [fields.Datetime.to_string(self.env.cr.now()), self.env.uid]
        for record in records:
            key = record._name, record.id, origin
            marks.setdefault(key, {}).update(dict.fromkeys(names, mark))

    @api.model
    def _write_marks(self):
        """What a system changed itself is not marked in its own row."""
        marks = self.env.cr.precommit.data.pop(MARKS, {})
        if not marks:
            return
        self.env.cr.execute_values(
            """
            UPDATE seam_crm_agreement a
               SET changed = COALESCE(a.changed, '{}'::jsonb) || v.changed
              FROM (VALUES %s) AS v (model, id, origin, changed)
             WHERE a.res_model = v.model AND a.res_id = v.id AND a.system_id <> v.origin
            """,
            [(model, id_, origin, Json(names)) for (model, id_, origin), names in marks.items()],
            template="(%s, %s::int, %s::int, %s::jsonb)",
            page_size=1000,
        )
        self.invalidate_model(flush=False)

    # -- following records ---------------------------------------------------------------

    @api.model
    def _move(self, system_id, model, from_id, to_id):
        self.env.cr.execute(
            """
            UPDATE seam_crm_agreement SET res_id = %s
             WHERE system_id = %s AND res_model = %s AND res_id = %s
            """,
            [to_id, system_id, model, from_id],
        )
        self.invalidate_model(flush=False)

    @api.model
    def _meet_address(self, partners, written):
        """Of the address of those who left a company nothing is agreed, but for what was
        written here. A CRM that says itself that they left judges that itself.

        :param written: set of Odoo's fields
        """
        rows = self.search([("res_model", "=", partners._name), ("res_id", "in", partners.ids)])
        for row in rows.filtered(
            lambda row: row.system_id.id != self.env.context.get("seam_origin")
        ):
            partner = partners.browse(row.res_id)
            document = "crm-company" if partner.is_company else "crm-contact"
            lines = self.env["seam.crm.field"]._lines(row.system_id.id, document)
            names = [x.name for x in lines if x.name in ADDRESS and x.odoo not in written]
            entries = {partner.id: dict.fromkeys(names, MEETS)}
            self._keep(row.system_id.id, partners._name, entries)

    @api.model
    def _renamed(self, gone, stays):
        """Partners were merged into one: who worked for them works for that on both sides, for a
        CRM moves its contacts itself when it merges companies. So do deals of theirs."""
        new = checksum(stays.id)
        old = {checksum(partner.id): new for partner in gone}
        lines = self.env["seam.crm.field"].sudo().search([("kind", "=", "partner")])
        for system, group in lines.grouped("system_id").items():
            for document, name in {(line.document, line.document_field) for line in group}:
                self._rename(system.id, MODELS[document], name, old)

    def _rename(self, system_id, model, name, marks):
        self.env.cr.execute(
            """
            SELECT res_id FROM seam_crm_agreement
             WHERE system_id = %s AND res_model = %s
               AND (agreed -> %s ->> 0 = ANY(%s) OR agreed -> %s ->> 1 = ANY(%s))
            """,
            [system_id, model, name, list(marks), name, list(marks)],
        )
        known = self._of(system_id, model, [row[0] for row in self.env.cr.fetchall()])
        entries = {
            id_: {name: renamed(entries[name], marks)} for id_, (entries, _changed) in known.items()
        }
        self._keep(system_id, model, entries)

    @api.model
    def _forget(self, system_id, model, ids):
        self.env.cr.execute(
            """
            DELETE FROM seam_crm_agreement
             WHERE res_model = %s AND res_id = ANY(%s) AND (%s IS NULL OR system_id = %s)
            """,
            [model, list(ids), system_id, system_id],
        )
        self.invalidate_model(flush=False)

    @api.model
    def _put_away(self, system_id, model, ids):
        """That a CRM archived a deal is known under whatever ID it goes on there: what is open
        under that one comes back. So is that it was won before anybody heard of it.

        :return: dict record id → entries to keep when all others are forgotten
        """
        if model != "crm.lead":
            return {}
        yes = checksum(True)
        return {
            id_: {
                name: entries[name]
                for name in ("archived", "history")
                if name in entries and entries[name].theirs == yes
            }
            for id_, (entries, _changed) in self._of(system_id, model, ids).items()
        }

    @api.model
    def _forget_fields(self, system_id, document, names):
        """What these fields of a document mean has changed: of no record they were agreed on."""
        model = MODELS[document]
        # contacts and companies are of one model
        kind = ""
        if model == "res.partner":
            yes = "" if document == "crm-company" else "NOT"
            kind = f"""
               AND EXISTS (SELECT FROM res_partner p
                            WHERE p.id = a.res_id AND {yes} COALESCE(p.is_company, false))"""
            self.env["res.partner"].flush_model(["is_company"])
        self.env.cr.execute(
            f"""
            UPDATE seam_crm_agreement a SET agreed = a.agreed - %s::text[]
             WHERE a.system_id = %s AND a.res_model = %s AND a.agreed ?| %s::text[] {kind}
            """,
            [list(names), system_id, model, list(names)],
        )
        self.invalidate_model(flush=False)
