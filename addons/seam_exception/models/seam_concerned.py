from odoo import api, fields, models


class SeamConcerned(models.AbstractModel):
    """A business document that shows the exceptions which concern it.

    A model inherits it and its form shows ``seam_case_count`` as a button and
    ``seam_case_hint`` as a banner. Both cost one query for a form. Mending the record
    tries again what it held up.
    """

    _name = "seam.concerned"
    _description = "Shows the exceptions that concern it"

    seam_case_count = fields.Integer("Exceptions", compute="_compute_seam_cases")
    seam_case_hint = fields.Char("Held up", compute="_compute_seam_cases")

    # fields by which partners name such records, see seam.exception.missing_code
    _seam_code_fields = ("default_code", "barcode", "ref", "vat", "email", "code")

    def _compute_seam_cases(self):
        found = self._seam_cases()
        for record in self:
            cases = found.get(record.id, [])
            record.seam_case_count = len(cases)
            record.seam_case_hint = cases[0][1] if cases else False

    def _seam_cases(self):
        """Open cases that concern these records, in one query over partial indexes.

        A case concerns a record that a message of it is about: which it was built of,
        or which the partner's document is bound to.

        :return: dict record id → list of (case id, what is wrong), the costliest first
        """
        if not self.ids or not self.env.user.has_group("seam.group_seam_viewer"):
            return {}
        self.env.cr.execute(
            """
            SELECT DISTINCT m.record, e.id, e.name, e.priority
              FROM (SELECT res_id AS record, exception_id FROM seam_message
                     WHERE res_model = %(model)s AND res_id = ANY(%(ids)s)
                       AND exception_id IS NOT NULL
                       AND state IN ('pending', 'working', 'waiting', 'failed')
                    UNION ALL
                    SELECT b.res_id, m.exception_id
                      FROM seam_binding b
                      JOIN seam_message m ON m.ordering_key = b.external_id
                                         AND m.system_id = b.system_id
                     WHERE b.res_model = %(model)s AND b.res_id = ANY(%(ids)s)
                       AND m.exception_id IS NOT NULL
                       AND m.state IN ('pending', 'working', 'waiting', 'failed')) m
              JOIN seam_exception e ON e.id = m.exception_id
             WHERE e.state = 'open' AND e.company_id = ANY(%(companies)s)
             ORDER BY e.priority DESC NULLS LAST, e.id
            """,
            {"model": self._name, "ids": self.ids, "companies": self.env.companies.ids},
        )
        found = {}
        for record, case, name, _priority in self.env.cr.fetchall():
            found.setdefault(record, []).append((case, name))
        return found

    def action_open_seam_cases(self):
        self.ensure_one()
        ids = [id_ for id_, _name in self._seam_cases().get(self.id, [])]
        action = self.env["ir.actions.act_window"]._for_xml_id("seam.seam_exception_action")
        action.update(domain=[("id", "in", ids)], context={})
        if len(ids) == 1:
            action.update(res_id=ids[0], views=[(False, "form")])
        return action

    def action_seam_retry(self):
        """Try again what concerns this record, after it was mended."""
        self.ensure_one()
        cases = self.env["seam.exception"].browse(
            id_ for id_, _name in self._seam_cases().get(self.id, [])
        )
        held = cases._held().filtered(lambda message: not message.predecessor_id)
        held._retry(self.env._("Retried from %s.", self.display_name))

    # -- mending -----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._seam_release(set().union(*vals_list) if vals_list else set())
        return records

    def write(self, vals):
        result = super().write(vals)
        self._seam_release(set(vals))
        return result

    def _seam_release(self, names):
        """Try again what waits for a code that one of these records has now.

        What a system's own messages write is not looked at: they find the record anyway.

        :param names: fields that were written
        """
        codes = names.intersection(self._seam_code_fields).intersection(self._fields)
        if not codes or self.env.context.get("seam_origin") or not self:
            return
        values = {record[name] for record in self for name in codes} - {False, None, ""}
        values = [value for value in values if isinstance(value, str)]
        if not values:
            return
        cases = (
            self.env["seam.exception"]
            .sudo()
            .search(
                [
                    ("state", "=", "open"),
                    ("missing_model", "in", self._seam_missing_models()),
                    ("missing_code", "in", values),
                ]
            )
        )
        if not cases:
            return
        held = cases._held().filtered(lambda message: not message.predecessor_id)
        held._retry(self.env._("%s has this code now.", self[0].display_name))

    @api.model
    def _seam_missing_models(self):
        """Models as which cases may miss such a record."""
        return [self._name]


class SeamException(models.Model):
    _inherit = "seam.exception"

    _missing_idx = models.Index(
        "(missing_model, missing_code) WHERE state = 'open' AND missing_code IS NOT NULL"
    )


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "seam.concerned"]
