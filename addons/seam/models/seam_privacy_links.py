from odoo import models


class SeamPrivacyLinks(models.Model):
    """What is found by an index: messages about a contact, or about a document of the contact."""

    _inherit = "seam.privacy.request"

    def _look_at_links(self, last):
        """Messages about the contacts themselves, or about documents of theirs."""
        partners = self._partners()
        if partners:
            for ids in (
                self._of_records("res.partner", partners.ids),
                self._of_bindings(partners),
                *(self._of_documents(model, partners) for model in self._document_models()),
            ):
                self.env["seam.privacy.finding"]._note(self, "seam.message", ids, "link")
            self.env["seam.privacy.finding"]._note(
                self, "seam.binding", self._bindings(partners).ids, "link"
            )
        return 0, None

    def _of_records(self, model, ids):
        self.env.cr.execute(
            """
            SELECT id FROM seam_message
             WHERE res_model = %s AND res_id = ANY(%s) AND company_id = %s
            """,
            [model, list(ids), self.company_id.id],
        )
        return [row[0] for row in self.env.cr.fetchall()]

    def _document_models(self):
        """:return: names of the models that messages are about, read off the index"""
        self.env.cr.execute(
            """
            WITH RECURSIVE known (name) AS (
                (SELECT res_model FROM seam_message WHERE res_id IS NOT NULL
                  ORDER BY res_model LIMIT 1)
                UNION ALL
                SELECT (SELECT res_model FROM seam_message
                         WHERE res_id IS NOT NULL AND res_model > known.name
                         ORDER BY res_model LIMIT 1)
                  FROM known WHERE known.name IS NOT NULL)
            SELECT name FROM known WHERE name IS NOT NULL AND name <> 'res.partner'
            """
        )
        return [row[0] for row in self.env.cr.fetchall() if row[0] in self.env]

    def _of_documents(self, model, partners):
        """Messages about records that name one of the contacts."""
        named = self._naming(self.env[model], "d")
        if model.startswith("seam."):
            # a shipment names its delivery, and the delivery whom it goes to
            for field in self._links(self.env[model]):
                other = self.env[field.comodel_name]
                inner = " OR ".join(self._naming(other, "o"))
                if inner and not other._name.startswith(("seam.", "res.")):
                    named.append(
                        f'd."{field.name}" IN (SELECT o.id FROM "{other._table}" o WHERE {inner})'
                    )
        if not named:
            return []
        self.env.cr.execute(
            f"""
            SELECT m.id FROM seam_message m JOIN "{self.env[model]._table}" d ON d.id = m.res_id
             WHERE m.res_model = %(model)s AND m.company_id = %(company)s
               AND ({" OR ".join(named)})
            """,
            {"partners": partners.ids, "model": model, "company": self.company_id.id},
        )
        return [row[0] for row in self.env.cr.fetchall()]

    def _links(self, records):
        return [
            field
            for field in records._fields.values()
            if field.type == "many2one" and field.store and field.column_type
        ]

    def _naming(self, records, alias):
        """:return: list of SQL conditions: a column names one of the contacts"""
        return [
            f'{alias}."{field.name}" = ANY(%(partners)s)'
            for field in self._links(records)
            if field.comodel_name == "res.partner"
        ]

    def _bindings(self, partners):
        return (
            self.env["seam.binding"]
            .sudo()
            .search(
                [
                    ("res_model", "=", "res.partner"),
                    ("res_id", "in", partners.ids),
                    ("company_id", "=", self.company_id.id),
                ]
            )
        )

    def _of_bindings(self, partners):
        """Messages under an id of the contacts, of flows whose documents are contacts."""
        found = []
        for system, bindings in self._bindings(partners).grouped("system_id").items():
            flows = self.env["seam.flow"].sudo().search([("system_id", "=", system.id)])
            flows = flows.filtered(lambda f: self.env[f.handler]._bound_model == "res.partner")
            self.env.cr.execute(
                "SELECT id FROM seam_message WHERE flow_id = ANY(%s) AND ordering_key = ANY(%s)",
                [flows.ids, bindings.mapped("external_id")],
            )
            found += [row[0] for row in self.env.cr.fetchall()]
        return found

    def _add_parts(self):
        """Files that a found message was a part of, and what it replaced or was replaced by."""
        self.env.cr.execute(
            """
            WITH RECURSIVE related (id) AS (
                SELECT message_id FROM seam_privacy_finding
                 WHERE request_id = %s AND message_id IS NOT NULL AND state = 'found'
                UNION
                SELECT other FROM related JOIN seam_message m ON m.id = related.id,
                       unnest(ARRAY[m.parent_id, m.replaces_id, m.replaced_by_id]) AS other
                 WHERE other IS NOT NULL)
            SELECT id FROM related
            """,
            [self.id],
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        self.env["seam.privacy.finding"]._note(self, "seam.message", ids, "part")
