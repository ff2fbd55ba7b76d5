from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.seam.engine import codec, pointer, trace
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.seam_message_intake import Arrival

from .. import const


class SeamSetupFirst(models.Model):
    """Steps 5 to 8: the fields, a dry run, the first record, and going live."""

    _inherit = "seam.setup"

    flow_direction = fields.Selection(related="endpoint_id.direction")
    flow_path = fields.Char(related="endpoint_id.path", string="Path")
    handler = fields.Selection(related="endpoint_id.flow_id.handler", readonly=False)
    model_id = fields.Many2one(related="endpoint_id.model_id", readonly=False)
    model = fields.Char(related="endpoint_id.model")
    match_field_id = fields.Many2one(related="endpoint_id.match_field_id", readonly=False)
    key_at = fields.Char(related="endpoint_id.key_at", readonly=False)
    version_at = fields.Char(related="endpoint_id.version_at", readonly=False)
    items_at = fields.Char(related="endpoint_id.items_at", readonly=False)
    field_ids = fields.Many2many(related="endpoint_id.field_ids", readonly=False)
    field_paths = fields.Char(related="endpoint_id.field_paths", readonly=False)
    record_domain = fields.Char(related="endpoint_id.domain", readonly=False)
    rights_hint = fields.Char(compute="_compute_rights_hint")

    sample_record = fields.Reference(
        selection="_selection_sample", string="Record to try", copy=False
    )
    try_ok = fields.Boolean(readonly=True, copy=False)
    try_line = fields.Char("Call", readonly=True, copy=False)
    try_headers = fields.Text("Headers", readonly=True, copy=False)
    try_body = fields.Text("Body", readonly=True, copy=False)
    try_result = fields.Text("Becomes", readonly=True, copy=False)
    try_error = fields.Text(readonly=True, copy=False)

    # No foreign key: the message is committed by itself before this transaction ends.
    message_uuid = fields.Char(readonly=True, copy=False)
    message_id = fields.Many2one("seam.message", compute="_compute_message")
    message_state = fields.Char("Message is", compute="_compute_message")
    message_error = fields.Text(compute="_compute_message")
    record_name = fields.Char("Record", compute="_compute_message")

    interval_minutes = fields.Integer("Fetch every (minutes)", default=15)
    fetch_from = fields.Datetime(
        "Fetch what changed since",
        help="Empty: from now on. Where the partner cannot be asked by time, all is fetched.",
    )
    hook_address = fields.Char(related="endpoint_id.flow_id.address", string="Address to call")
    live_summary = fields.Text(compute="_compute_live_summary")
    has_other = fields.Boolean(compute="_compute_live_summary")

    @api.model
    def _selection_sample(self):
        kinds = self.env["ir.model"].sudo().search(self.env["seam.endpoint"]._model_domain())
        return [(kind.model, kind.name) for kind in kinds if kind.model in self.env]

    @api.depends("model_id", "user_id", "flow_direction")
    def _compute_rights_hint(self):
        for setup in self:
            setup.rights_hint = setup._missing_rights()

    def _missing_rights(self):
        """:return: which rights the service user lacks, and who has them; or False"""
        model, user = self.model_id.model, self.system_id.user_id
        if not model or not user or model not in self.env:
            return False
        wanted = ("read",) if self.flow_direction == "out" else ("read", "write", "create")
        Model = self.env[model].with_user(user)
        missing = [mode for mode in wanted if not Model.has_access(mode)]
        if not missing:
            return False
        groups = self.env["ir.model.access"].sudo().group_names_with_access(model, missing[-1])
        names = ", ".join(f"“{group.replace('/', ' / ')}”" for group in groups) or "–"
        return self.env._(
            "%(user)s may not yet do this with %(kind)s. Groups that may: %(groups)s.",
            user=user.display_name,
            kind=self.model_id.name,
            groups=names,
        )

    def action_open_user(self):
        self.ensure_one()
        return self._open(self.system_id.user_id)

    @api.depends("message_uuid")
    def _compute_message(self):
        """As it is at this moment; nothing is stored."""
        Message = self.env["seam.message"]
        for setup in self:
            message = Message
            if setup.message_uuid:
                message = Message.search([("uuid", "=", setup.message_uuid)])
            record = message and message._record()
            setup.message_id = message
            setup.message_state = message.state
            setup.message_error = message.fault_message
            setup.record_name = record.display_name if record else False

    @api.onchange("model_id")
    def _onchange_model_id(self):
        """Nothing of another kind of record is of use."""
        self.match_field_id = False
        self.field_ids = False
        self.sample_record = False

    @api.onchange("endpoint_id")
    def _onchange_endpoint_id(self):
        self._forget_try()

    def _forget_try(self):
        self.update(
            {
                "try_ok": False,
                "try_line": False,
                "try_headers": False,
                "try_body": False,
                "try_result": False,
                "try_error": False,
                "message_uuid": False,
                "sample_record": False,
            }
        )

    # -- 5: fields -----------------------------------------------------------------------------

    def action_suggest_lines(self):
        """Add lines for what has the same name on both sides."""
        endpoint = self._require_endpoint()
        lines = endpoint.mapping_suggest(
            [{"target": line.target} for line in endpoint.mapping_ids], endpoint.sample
        )
        self.env["seam.mapping.line"].create(
            [
                {**values, "endpoint_id": endpoint.id, "sequence": 10 * number}
                for number, values in enumerate(lines, len(endpoint.mapping_ids) + 1)
            ]
        )
        return True

    def action_example(self):
        """Take a real record as the example to map."""
        endpoint = self._require_endpoint()
        endpoint.sample = endpoint._example(self.sample_record)
        return True

    def _leave_mapping(self):
        endpoint = self._require_endpoint()
        endpoint.flow_id._check_record_set_up() if self._is_record() else None
        if endpoint.direction == "in" and self._is_record() and not endpoint.mapping_ids:
            raise UserError(self.env._("Map at least one field."))

    def _is_record(self):
        return self.handler in (const.HANDLER_IN, const.HANDLER_OUT)

    # -- 6: dry run ----------------------------------------------------------------------------

    def action_try(self):
        """Show what would be sent, without sending it; or fetch a page and map its first
        record, without keeping it."""
        endpoint = self._require_endpoint()
        self._forget_result()
        try:
            if endpoint.direction == "out":
                self._try_out()
            elif endpoint.path:
                self._try_in()
            else:
                self._try_document(codec.parse((endpoint.sample or "null").encode()), "")
            self.try_ok = True
        except Fault as fault:
            place = pointer.readable(fault.pointer).removeprefix("values › ")
            self.try_error = "\n".join(filter(None, [place, fault.message, fault.fix]))
        except AccessError as error:
            self.try_error = str(error.args[0])
        return True

    def _forget_result(self):
        self.write(
            {
                name: False
                for name in (
                    "try_ok",
                    "try_line",
                    "try_headers",
                    "try_body",
                    "try_result",
                    "try_error",
                )
            }
        )

    def _try_out(self):
        call = self.endpoint_id.flow_id._dry_run(self._record_to_try(), "created")
        self._show_call(call)
        self.try_body = codec.pretty(call.body) if call.body else False

    def _show_call(self, call):
        self.try_line = f"{call.method} {call.url}"
        self.try_headers = "\n".join(f"{name}: {value}" for name, value in call.headers.items())

    def _try_in(self):
        call, items = self.endpoint_id._fetch_page()
        if call:
            self._show_call(call)
        if not items:
            self.try_result = self.env._("The partner answered with an empty list.")
            return
        self.try_body = codec.pretty(items[0])
        self._try_document(codec.parse(items[0]), const.PULLED)

    def _try_document(self, wire, topic):
        """Check, translate, and try on Odoo's fields; nothing is kept."""
        conf = self.endpoint_id._conf()
        Message = self.env["seam.message"]
        Message._check(conf.wire_validator(), wire)
        documents = self.env[conf.connector]._to_documents(conf, topic, wire)
        for document in documents:
            Message._check(conf.document_validator(), document)
        if self.handler == const.HANDLER_IN and documents:
            env = self.env(
                user=conf.user_id,
                context={"seam_flow": conf.id, "allowed_company_ids": [conf.company_id]},
            )
            handler = env[const.HANDLER_IN]
            if self.rights_hint:
                raise Fault("access.denied", self.rights_hint)
            handler._values(handler._flow_model(), documents[0]["values"])
        self.try_result = codec.pretty(
            codec.dump(documents[0] if len(documents) == 1 else documents)
        )

    def _record_to_try(self):
        record = self.sample_record or self.endpoint_id._any_record()
        self.sample_record = record
        return record

    # -- 7: first record -------------------------------------------------------------------------

    def action_first(self):
        """Bring in, or send, one record by the real way. Only this one."""
        endpoint = self._require_endpoint()
        flow = endpoint.flow_id
        if self.system_id.state != "active":
            self.system_id.action_activate()
        if flow.state != "active":
            flow.action_activate()
        if endpoint.direction == "out":
            uuid = flow._send_one(self._record_to_try(), "created").uuid
        else:
            uuid = self._receive_first()
        self.message_uuid = uuid
        return True

    def _receive_first(self):
        """:return: uuid of the message"""
        endpoint = self.endpoint_id
        if endpoint.path:
            _call, items = self._guarded_page()
            if not items:
                raise UserError(self.env._("The partner has no record to bring in."))
            topic, body = const.PULLED, items[0]
        else:
            topic, body = "", (endpoint.sample or "").encode()
        arrival = self.env["seam.pull"]._arrival(topic, body)
        arrival = arrival._replace(key=f"first:{trace.new().trace_id}")
        (receipt,) = self.env["seam.message"]._receive(
            self.endpoint_id._conf(), [Arrival(*arrival)]
        )
        return receipt.uuid

    def _guarded_page(self):
        try:
            return self.endpoint_id._fetch_page()
        except Fault as fault:
            raise UserError(f"{fault.message} {fault.fix}".strip()) from fault

    def action_refresh(self):
        """Look again what became of the message."""
        return True

    def action_open_record(self):
        self.ensure_one()
        record = self.message_id._record()
        if not record:
            raise UserError(self.env._("There is no record yet."))
        return self._open(record)

    def action_open_message(self):
        self.ensure_one()
        return self._open(self.message_id)

    # -- 8: go live ------------------------------------------------------------------------------

    @api.depends("system_id.flow_ids.state", "step", "finished")
    def _compute_live_summary(self):
        for setup in self:
            lines = []
            for endpoint in setup.system_id.flow_ids.endpoint_ids:
                flow = endpoint.flow_id
                how = setup._how_it_runs(endpoint)
                lines.append(f"{flow.name}: {how}")
            setup.live_summary = "\n".join(lines)
            setup.has_other = bool(setup._other_endpoint())

    def _how_it_runs(self, endpoint):
        flow = endpoint.flow_id
        if flow.state != "active":
            return self.env._("not active yet")
        if flow.direction == "out":
            return (
                self.env._("each change is sent") if endpoint.live else self.env._("sent by hand")
            )
        pull = self.env["seam.pull"].search([("flow_id", "=", flow.id)])
        if pull:
            return self.env._("fetched every %s minutes", pull.interval_minutes)
        return self.env._("waits for the partner's calls") if not endpoint.path else self.env._(
            "not fetched yet"
        )  # fmt: skip

    def action_go_live(self):
        """Have the chosen flow run by itself from now on."""
        endpoint = self._require_endpoint()
        flow = endpoint.flow_id
        if self.system_id.state != "active":
            self.system_id.action_activate()
        if flow.state != "active":
            flow.action_activate()
        if endpoint.direction == "out":
            endpoint.live = self._is_record()
        elif endpoint.path:
            self._start_pull(flow)
        self.finished = True
        return True

    def action_other_flow(self):
        """Go on with a flow of the system that is not set up yet."""
        self.ensure_one()
        self._forget_try()
        endpoint = self._other_endpoint()
        self.write({"endpoint_id": endpoint.id, "step": "mapping", "finished": False})
        return True

    def _other_endpoint(self):
        others = self.system_id.flow_ids.endpoint_ids - self.endpoint_id
        return others.filtered(lambda each: each.flow_id.state == "draft").sorted("id")[:1]

    def _start_pull(self, flow):
        Pull = self.env["seam.pull"]
        pull = Pull.search([("flow_id", "=", flow.id)]) or Pull.create({"flow_id": flow.id})
        pull.interval_minutes = self.interval_minutes
        if self.fetch_from:
            pull.reset_to = self.fetch_from
            pull.action_reset()
        return pull

    def action_new_key(self):
        """An API key for the partner who calls us."""
        self.ensure_one()
        return self.system_id.action_generate_key()
