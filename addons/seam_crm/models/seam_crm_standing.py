from odoo import api, fields, models
from odoo.exceptions import UserError

from .judge import is_gone
from .seam_flow import IN, OUT

STATES = [
    ("ok", "In step"),
    ("way", "On its way"),
    ("held", "Needs attention"),
    ("gone", "Deleted there"),
]
UNDER_WAY = ("pending", "working", "waiting", "sent")


class SeamCrmStanding(models.TransientModel):
    """Where a record of Odoo stands with a CRM: made when somebody asks for it."""

    _name = "seam.crm.standing"
    _description = "Where a record stands with a CRM"
    _order = "id"

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True, readonly=True)
    system_id = fields.Many2one("seam.system", required=True, readonly=True, ondelete="cascade")
    external_id = fields.Char("Called there", readonly=True)
    url = fields.Char("Open it there", readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True)
    why = fields.Char(readonly=True)
    exception_id = fields.Many2one("seam.exception", "Held up by", readonly=True)
    heard_at = fields.Datetime("Last heard", readonly=True)
    told_at = fields.Datetime("Last told", readonly=True)
    agreed_at = fields.Datetime("Last agreed", readonly=True)

    @api.model
    def _of(self, record):
        """:return: list of dict with the values of a row for each CRM that knows the record, or
        that something about it goes to or came from; of those that the user may see
        """
        systems = self.env["seam.system"].search([("flow_ids.handler", "in", [*IN, *OUT])])
        keys = self._keys(systems, record)
        told = self._messages(systems, record, keys)
        rows = (self._row(system, record, keys, told.get(system.id, {})) for system in systems)
        return [row for row in rows if row]

    def _keys(self, systems, record):
        """:return: dict system id → what the CRM calls the record"""
        bindings = self.env["seam.binding"].sudo()
        found = bindings.search(
            [
                ("system_id", "in", systems.ids),
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
            ],
            order="id desc",
        )
        return {binding.system_id.id: binding.external_id for binding in found}

    def _messages(self, systems, record, keys):
        """:return: dict system id → dict (direction, state) → (last settled, last message id)"""
        self.env["seam.message"].flush_model()
        self.env.cr.execute(
            """
            SELECT m.system_id, m.direction, m.state, max(m.settled_at), max(m.id)
              FROM seam_message m JOIN seam_flow f ON f.id = m.flow_id
             WHERE m.system_id = ANY(%s) AND f.handler = ANY(%s)
               AND (m.res_model = %s AND m.res_id = %s OR m.ordering_key = ANY(%s))
             GROUP BY m.system_id, m.direction, m.state
            """,
            [
                systems.ids,
                self._handlers(record),
                record._name,
                record.id,
                [*keys.values(), f"{record._name}/{record.id}"],
            ],
        )
        found = {}
        for system_id, direction, state, at, message_id in self.env.cr.fetchall():
            found.setdefault(system_id, {})[direction, state] = (at, message_id)
        return found

    def _handlers(self, record):
        """:return: codes of the handlers of such records, in both directions"""
        kinds = [code for code in IN if self.env[code]._bound_model == record._name]
        return [*kinds, *(f"{code}.out" for code in kinds)]

    def _row(self, system, record, keys, told):
        held = [told[key] for key in told if key[1] == "failed"]
        way = [told[key] for key in told if key[1] in UNDER_WAY]
        key = keys.get(system.id)
        if not (key or held or way):
            return None
        agreements = self.env["seam.crm.agreement"].sudo()
        agreed = agreements.search(
            [
                ("system_id", "=", system.id),
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
            ]
        )
        entries = agreements._of(system.id, record._name, record.ids).get(record.id, ({},))[0]
        state = "held" if held else "way" if way else "gone" if is_gone(entries) else "ok"
        last = max(at_id[1] for at_id in held or way) if held or way else None
        return {
            "res_model": record._name,
            "res_id": record.id,
            "system_id": system.id,
            "external_id": key or False,
            "url": bool(key) and system._connector()._crm_url(system, record._name, key),
            "state": state,
            **self._why(last),
            "heard_at": told.get(("in", "done"), (False,))[0],
            "told_at": told.get(("out", "done"), (False,))[0],
            "agreed_at": agreed.at,
        }

    def _why(self, message_id):
        """:return: dict: what a message waits for, or what is wrong with it, and the exception that
        is to be resolved, as the user may see it
        """
        message = self.env["seam.message"].browse(message_id or [])._filtered_access("read")
        case = (message.behind_id or message.exception_id).filtered(lambda x: x.state == "open")
        return {
            "why": message.exception_id.name or message.state_reason or False,
            "exception_id": case._filtered_access("read").id,
        }

    def _record(self):
        self.ensure_one()
        record = self.env[self.res_model].browse(self.res_id).exists()
        record.check_access("read")
        return record

    def _domain(self):
        """:return: domain of the messages that are about the record"""
        self.ensure_one()
        keys = [f"{self.res_model}/{self.res_id}", *filter(None, [self.external_id])]
        return [
            ("system_id", "=", self.system_id.id),
            ("flow_id.handler", "in", self._handlers(self._record())),
            "|",
            ("ordering_key", "in", keys),
            "&",
            ("res_model", "=", self.res_model),
            ("res_id", "=", self.res_id),
        ]

    # -- buttons -----------------------------------------------------------------------

    def action_open_messages(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("seam.seam_message_action")
        return {**action, "domain": self._domain(), "context": {}}

    def action_open_exception(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "seam.exception",
            "res_id": self.exception_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_open_there(self):
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": self.url, "target": "new"}

    def action_try_again(self):
        """What is held up is tried again; else what differs is told."""
        record = self._record()
        # an operator's right, as to retry a message
        self.env["seam.message.event"].check_access("create")
        held = self.env["seam.message"].search([*self._domain(), ("state", "=", "failed")])
        if held:
            held._retry(self.env._("Tried again from %s.", record.display_name))
        elif self.state == "gone":
            raise UserError(self.env._("It was deleted there: nothing of it is told any more."))
        else:
            record.sudo()._seam_crm_tell()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("What is held up is tried again: %s", len(held))
                if held
                else self.env._("What differs is told to the CRMs of this record."),
                "next": self._look_again(record),
            },
        }

    def _look_again(self, record):
        """:return: action that shows the row as it is now"""
        now = (row for row in self._of(record) if row["system_id"] == self.system_id.id)
        self.write(next(now, {}))
        return {"type": "ir.actions.client", "tag": "soft_reload"}


class SeamCrmKnown(models.AbstractModel):
    """A record that CRMs may know: a glance at where it stands with them."""

    _name = "seam.crm.known"
    _description = "A record that CRMs may know"

    seam_crm_text = fields.Char(
        "Known to", compute="_compute_seam_crm", groups="seam.group_seam_viewer"
    )
    seam_crm_state = fields.Selection(
        STATES, "With the CRM", compute="_compute_seam_crm", groups="seam.group_seam_viewer"
    )

    def _compute_seam_crm(self):
        order = ("held", "way", "gone", "ok")
        for record in self:
            rows = self.env["seam.crm.standing"]._of(record) if record._origin else []
            systems = self.env["seam.system"].browse(row["system_id"] for row in rows)
            states = {row["state"] for row in rows}
            several = self.env._("%s systems", len(rows))
            record.seam_crm_text = several if len(rows) > 1 else systems.name
            record.seam_crm_state = next((state for state in order if state in states), False)

    def action_open_seam_crm(self):
        """Where the record stands with each CRM, and what can be done."""
        self.ensure_one()
        self.check_access("read")
        standings = self.env["seam.crm.standing"]
        rows = standings.create(standings._of(self))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("%s in other systems", self.display_name),
            "res_model": standings._name,
            "view_mode": "list",
            "views": [(False, "list")],
            "domain": [("id", "in", rows.ids)],
        }


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "seam.crm.known"]


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "seam.crm.known"]
