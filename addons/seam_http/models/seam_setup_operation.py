import json

from odoo import fields, models

from odoo.addons.seam.engine import codec
from odoo.addons.seam.models.seam_system_user import free

from .. import const
from ..engine import expression, openapi_guess, openapi_reader, resource, template

TO_FILL_IN = "TO-BE-FILLED-IN"
# Where most partners say what is wrong.
ERROR_AT = "not_null(error.message, message, detail, error_description, title, errors, error)"


class SeamSetupOperation(models.Model):
    """One operation that a description offers, or that was entered by hand."""

    _name = "seam.setup.operation"
    _description = "Operation of a system"
    _order = "setup_id, chosen desc, sequence, id"
    _rec_name = "path"

    setup_id = fields.Many2one("seam.setup", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer(default=10)
    chosen = fields.Boolean("Use")
    method = fields.Selection(
        [(name, name) for name in ("GET", "POST", "PUT", "PATCH")], required=True, default="GET"
    )
    path = fields.Char(required=True)
    summary = fields.Char("What it does")
    purpose = fields.Selection(
        [
            ("pull", "Fetch into Odoo"),
            ("send", "Send out of Odoo"),
            ("push", "The partner calls us (webhook)"),
        ],
        "Used to",
        required=True,
        default="pull",
    )
    with_contract = fields.Boolean(
        "Check",
        default=True,
        help="Each message is checked against the description's schema. Switch it off if the "
        "partner does not keep to his own description.",
    )
    endpoint_id = fields.Many2one("seam.endpoint", "Flow", readonly=True, ondelete="set null")

    def _make_flow(self):
        self.ensure_one()
        setup = self.setup_id
        api_, operation = self._described()
        flow = self.env["seam.flow"].create(
            {
                "system_id": setup.system_id.id,
                "name": self._flow_name(),
                "code": self._free_code(),
                "direction": "out" if self.purpose == "send" else "in",
                "handler": const.HANDLER_OUT if self.purpose == "send" else const.HANDLER_IN,
                "carries": "state",
            }
        )
        values = {"flow_id": flow.id}
        if self.purpose == "send":
            values.update(self._sending_values(api_, operation))
        elif self.purpose == "pull":
            values.update(self._pulling_values(api_, operation))
        elif operation:
            values.update(openapi_guess.identity(api_, operation.request_schema))
            values["sample"] = self._sample(
                api_, operation.request_schema, operation.request_example
            )
        self.endpoint_id = self.env["seam.endpoint"].create(values)
        if operation and self.with_contract:
            flow.contract_version_id = self._contract(api_, operation)

    def _flow_name(self):
        name = resource.name(self.path)
        return {
            "pull": self.env._("Fetch %s", name),
            "send": self.env._("Send %s", name),
            "push": self.env._("Receive %s", name),
        }[self.purpose]

    def _described(self):
        """:return: (Api, Operation); both None where it was entered by hand"""
        if not (self.setup_id.description or "").strip():
            return None, None
        known = self.setup_id._api()
        for each in known.operations:
            if (each.method, each.path) == (self.method, self.path):
                return known, each
        return None, None

    def _free_code(self):
        base = resource.slug(self.path)
        wanted = {"send": f"{base}-out", "pull": base, "push": f"{base}-hook"}[self.purpose]
        return free(wanted, self.setup_id.system_id.flow_ids.mapped("code"))

    # -- in --------------------------------------------------------------------------------------

    def _pulling_values(self, api_, operation):
        values = {"path": self.path}
        if not operation:
            return {**values, "items_at": "@", "key_at": "id"}
        items_at, item = openapi_guess.items(api_, operation.response_schema)
        pages = openapi_guess.paging(api_, operation)
        values.update(
            items_at=items_at or "@",
            paging_kind=pages.pop("kind"),
            line_ids=self._lines(operation, {str(value) for value in pages.values()}),
            **openapi_guess.identity(api_, item),
            **pages,
        )
        values["sample"] = self._sample(api_, item, self._first(api_, operation, items_at))
        return values

    def _first(self, api_, operation, items_at):
        """:return: the first record of the example that the description has, or None"""
        if operation.response_example is None or not items_at:
            return None
        try:
            found = expression.compile_expression(items_at).search(operation.response_example)
        except ValueError:
            return None
        return found[0] if isinstance(found, list) and found else None

    def _sample(self, api_, schema, example):
        document = example if example is not None else openapi_guess.sample(api_, schema)
        if document is None:
            return False
        text = json.dumps(document, ensure_ascii=False, default=str)
        return codec.pretty(text.encode())

    def _lines(self, operation, known):
        """:return: commands of the query parameters and headers that must be given"""
        lines = []
        for each in operation.parameters:
            if not each.required or each.where == "path" or each.name in known:
                continue
            example = TO_FILL_IN if each.example is None else str(each.example)
            if each.where == "header" and not self._may_be_header(each.name):
                continue
            lines.append(
                (0, 0, {"kind": each.where, "name": each.name, "value": _literal(example)})
            )
        return lines

    @staticmethod
    def _may_be_header(name):
        try:
            template.check_header(name, "x")
        except Exception:  # noqa: BLE001 - logging in and the like is not set up here
            return False
        return name.lower() not in ("accept", "content-type", "idempotency-key")

    # -- out -------------------------------------------------------------------------------------

    def _sending_values(self, api_, operation):
        values = {"path": self.path, "method": self.method, "error_at": ERROR_AT}
        if self.method in ("PUT", "PATCH"):
            values["path"] = values["update_path"] = resource.with_external_id(self.path)
            values["update_method"] = self.method
        if not operation:
            return values
        change = resource.change_of(api_, operation)
        if change:
            values["update_method"] = change.method
            values["update_path"] = resource.with_external_id(change.path)
        deletion = resource.deletion_of(api_, operation)
        if deletion:
            values["delete_path"] = resource.with_external_id(deletion.path)
        given = openapi_guess.external_id(api_, operation.response_schema)
        values["external_id_at"] = given or (
            "id" if operation.response_schema else "header:Location"
        )
        values["line_ids"] = self._lines(operation, set())
        return values

    # -- contract --------------------------------------------------------------------------------

    def _contract(self, api_, operation):
        """The operation's schema as a contract, in the newest version it has.

        :return: ``seam.contract.version``, empty where the schema says nothing
        """
        if self.purpose == "pull":
            schema = openapi_guess.items(api_, operation.response_schema)[1]
            purpose = "response"
        else:
            schema, purpose = operation.request_schema, "request"
        flow = self.endpoint_id.flow_id
        name = f"{flow.system_id.code}-{flow.code}"
        try:
            made = api_.bundler.bundle(schema, purpose, flow.display_name)
        except openapi_reader.DescriptionError as error:
            self.setup_id.api_notes = "\n".join(filter(None, [self.setup_id.api_notes, str(error)]))
            return self.env["seam.contract.version"]
        text = json.dumps(made, indent=2, ensure_ascii=False, sort_keys=True)
        return self.env["seam.contract"]._keep_version(name, flow.display_name, text)


def _literal(text):
    return text.replace("{", "{{").replace("}", "}}")
