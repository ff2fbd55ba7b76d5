from odoo import api, fields, models

STAGE, USER = "crm.stage", "res.users"
FIELDS = {STAGE: "stage_id", USER: "user_id"}


class SeamCrmDirectory(models.TransientModel):
    """A stage or a person of a CRM, as it told them when it was asked, and who or what that is
    in Odoo: what is chosen is kept at once, as a meaning or a binding.
    """

    _name = "seam.crm.directory"
    _description = "Stage or person of a CRM"
    _order = "known, id"
    _rec_name = "label"

    system_id = fields.Many2one("seam.system", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="system_id.company_id")
    kind = fields.Selection(
        [(STAGE, "Stage"), (USER, "Person")], "What it is", required=True, readonly=True
    )
    code = fields.Char("Called there", required=True, readonly=True)
    label = fields.Char("In the CRM", required=True, readonly=True)
    detail = fields.Char("More about it", readonly=True)
    stage_id = fields.Many2one("crm.stage", "Stage in Odoo")
    user_id = fields.Many2one(
        "res.users",
        "User in Odoo",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    known = fields.Boolean(readonly=True, help="It meant something when the CRM was asked.")

    @api.model
    def _open(self, system, stages, people):
        """List them, those that nobody knows first.

        :param stages: list of (code, label, more about it), as is ``people``
        :return: action
        """
        self.check_access("create")
        self.search([("system_id", "=", system.id)]).unlink()
        rows = self._rows(system, STAGE, stages) + self._rows(system, USER, people)
        self.create(rows)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Stages and people of %s", system.name),
            "res_model": self._name,
            "view_mode": "list",
            "views": [(False, "list")],
            "domain": [("system_id", "=", system.id)],
            "help": f"<p class='o_view_nocontent_smiling_face'>{self._nothing()}</p>",
        }

    def _nothing(self):
        return self.env._("The CRM did not tell of any")

    def _rows(self, system, model, told):
        codes = [code for code, _label, _detail in told]
        if model == STAGE:
            meant = self.env["seam.value.map"]._translate(system.id, model, codes)
        else:
            meant = self._by_mail(system, people=told)
            meant |= self.env["seam.binding"]._find(system.id, model, codes)
        return [
            {
                "system_id": system.id,
                "kind": model,
                "code": code,
                "label": label or code,
                "detail": detail or False,
                FIELDS[model]: meant[code].id if code in meant else False,
                "known": code in meant,
            }
            for code, label, detail in told
        ]

    def _by_mail(self, system, people):
        """:return: dict code → user, of those whom Odoo knows without a binding"""
        mails = {(mail or "").strip().lower(): code for code, _name, mail in people}
        mails.pop("", None)
        users = self.env["res.users"].search(
            [
                ("email_normalized", "in", list(mails)),
                ("share", "=", False),
                ("company_ids", "in", system.company_id.ids),
            ]
        )
        same = users.grouped("email_normalized").items()
        return {mails[mail]: each for mail, each in same if len(each) == 1}

    def write(self, vals):
        result = super().write(vals)
        for model, name in FIELDS.items():
            if name in vals:
                self.filtered(lambda row, model=model: row.kind == model)._keep(name)
        return result

    def _keep(self, name):
        for row in self:
            if name == "stage_id":
                known = self.env["seam.value.map"].search(row._meaning("external_code"))
            else:
                known = self.env["seam.binding"].search(row._meaning("external_id"))
            if known and row[name]:
                known.res_id = row[name].id
            elif known:
                known.unlink()
            elif row[name]:
                values = {field: value for field, _is, value in row._meaning(known._code_field)}
                known.create({**values, "res_id": row[name].id})

    def _meaning(self, code_field):
        return [
            ("system_id", "=", self.system_id.id),
            ("res_model", "=", self.kind),
            (code_field, "=", self.code),
        ]
