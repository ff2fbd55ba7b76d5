import hashlib
import json

from psycopg2.extras import Json

from odoo import api, fields, models

from ..fields import BigInteger


class SeamBinding(models.Model):
    """What a partner's id is in Odoo, and which state of it was last seen.

    UNIQUE per system, record type and external id: the database decides between
    two workers that create the same record at once.
    """

    _name = "seam.binding"
    _inherit = ["seam.record.type", "seam.meaning"]
    _description = "Binding"
    _order = "system_id, res_model, external_id"
    _rec_name = "external_id"
    _code_field = "external_id"

    system_id = fields.Many2one("seam.system", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="system_id.company_id", store=True, index=True)
    res_model = fields.Char("Record type", required=True)
    external_id = fields.Char("Partner's ID", required=True)
    res_id = fields.Many2oneReference("Record", model_field="res_model", required=True)
    record_name = fields.Char(compute="_compute_record_name", string="In Odoo")
    version = BigInteger(readonly=True)
    checksum = fields.Char(readonly=True)
    message_id = fields.Many2one("seam.message", "Last message", readonly=True, ondelete="set null")
    data = fields.Json(readonly=True, help="What the handler remembers of the document.")

    _external_uniq = models.UniqueIndex(
        "(system_id, res_model, external_id)",
        "This ID of the system is bound to a record already.",
    )
    _record_idx = models.Index("(res_model, res_id)")

    def _compute_record_name(self):
        for binding in self:
            known = binding.res_id and binding.res_model in self.env
            record = known and binding._record()
            binding.record_name = record.sudo().display_name if record else False

    def _record(self):
        """:return: the bound record, an empty recordset when it was deleted"""
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id).exists()

    @api.model
    def _by_key(self, system_id, model, keys):
        """:return: dict external id → binding, for the keys that are bound"""
        found = self.sudo().search(
            [
                ("system_id", "=", system_id),
                ("res_model", "=", model),
                ("external_id", "in", list(keys)),
            ]
        )
        return {binding.external_id: binding for binding in found}

    @api.model
    def _find(self, system_id, model, keys):
        """:return: dict external id → existing record, in the caller's environment"""
        bindings = self._by_key(system_id, model, keys)
        records = self.env[model].browse(b.res_id for b in bindings.values()).exists()
        alive = set(records.ids)
        return {
            # fields of all of them are read at once, whichever is asked first
            key: records.browse(binding.res_id).with_prefetch(records.ids)
            for key, binding in bindings.items()
            if binding.res_id in alive
        }

    @api.model
    def _bind(self, system_id, records):
        """Bind master data that a handler found or made.

        :param records: dict external id → record. A binding that exists is kept when
            it points to the same record and moved otherwise.
        """
        if not records:
            return
        uid, now = self.env.uid, self.env.cr.now()
        company = self.env["seam.system"].sudo().browse(system_id).company_id.id
        self.env.cr.execute_values(
            """
            INSERT INTO seam_binding
                   (system_id, company_id, res_model, external_id, res_id,
                    create_uid, write_uid, create_date, write_date)
            VALUES %s
            ON CONFLICT (system_id, res_model, external_id)
            DO UPDATE SET res_id = excluded.res_id, write_date = excluded.write_date
                    WHERE seam_binding.res_id <> excluded.res_id
            """,
            [
                (system_id, company, record._name, key, record.id, uid, uid, now, now)
                for key, record in sorted(records.items())
            ],
        )
        self.invalidate_model(flush=False)

    @api.model
    def _remember(self, conf, letters):
        """Bind the records of applied letters, with the version and content applied."""
        now = self.env.cr.now()
        self.env.cr.execute_values(
            """
            INSERT INTO seam_binding
                   (system_id, company_id, res_model, external_id, res_id, version,
                    checksum, message_id, data,
                    create_uid, write_uid, create_date, write_date)
            VALUES %s
            ON CONFLICT (system_id, res_model, external_id) DO UPDATE
               SET res_id = excluded.res_id, version = excluded.version,
                   checksum = excluded.checksum, message_id = excluded.message_id,
                   data = COALESCE(excluded.data, seam_binding.data),
                   write_uid = excluded.write_uid, write_date = excluded.write_date
            """,
            [
                (
                    conf.system_id,
                    conf.company_id,
                    letter.record._name,
                    letter.identity.key,
                    letter.record.id,
                    letter.identity.version,
                    self._checksum(letter.document),
                    letter.message_id,
                    Json(letter.memory) if letter.memory is not None else None,
                    self.env.uid,
                    self.env.uid,
                    now,
                    now,
                )
                for letter in letters
            ],
            template="(%s, %s, %s, %s, %s, %s::bigint, %s, %s, %s::jsonb, %s, %s, %s, %s)",
        )

    @api.model
    def _checksum(self, document):
        """:return: SHA-256 of the document, whatever the order of its members"""
        text = json.dumps(document, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()
