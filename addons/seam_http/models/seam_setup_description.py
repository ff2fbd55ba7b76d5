import base64
import binascii
from functools import lru_cache

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import openapi_reader, resource

read = lru_cache(maxsize=4)(openapi_reader.read)


class SeamSetupDescription(models.Model):
    """Steps 3 and 4: a partner's OpenAPI description becomes flows with their connections."""

    _inherit = "seam.setup"

    description_file = fields.Binary("OpenAPI file", attachment=True)
    description_name = fields.Char()
    description = fields.Text("Or its text", help="JSON or YAML, as the partner publishes it.")
    api_title = fields.Char(readonly=True)
    api_notes = fields.Text("To be noted", readonly=True)
    operation_ids = fields.One2many("seam.setup.operation", "setup_id", "Operations")
    operation_count = fields.Integer(compute="_compute_operation_count")

    @api.depends("operation_ids")
    def _compute_operation_count(self):
        for setup in self:
            setup.operation_count = len(setup.operation_ids)

    @api.onchange("description_file")
    def _onchange_description_file(self):
        if self.description_file:
            self.description = self._file_text(self.description_file)

    def _file_text(self, content):
        try:
            return base64.b64decode(content).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise UserError(
                self.env._("The file is no text in UTF-8: choose the OpenAPI file.")
            ) from error

    # -- 3: description ----------------------------------------------------------------------

    def _leave_description(self):
        """Read it; without one, operations are entered by hand."""
        if not (self.description or "").strip():
            return
        known = self._api()
        self.api_title = f"{known.title} {known.version}".strip()
        chosen = {(o.method, o.path): o for o in self.operation_ids if o.endpoint_id}
        self.operation_ids.filtered(lambda o: not o.endpoint_id).unlink()
        self.env["seam.setup.operation"].create(
            [
                {
                    "setup_id": self.id,
                    "sequence": number,
                    "method": each.method,
                    "path": each.path,
                    "summary": each.summary,
                    "purpose": purpose,
                }
                for number, each in enumerate(known.operations)
                if (purpose := resource.purpose(known, each))
                and (each.method, each.path) not in chosen
                and not each.deprecated
            ]
        )
        self.api_notes = "\n".join([*self._hints(known), *known.notes[:50]]) or False

    def _hints(self, known):
        """:return: sentences about what the description says otherwise than was entered"""
        if known.servers and self.base_url.rstrip("/") not in known.servers:
            yield self.env._("The description says that its address is %s.", known.servers[0])
        if known.security and self.system_id.auth == "none":
            kinds = ", ".join(
                " ".join(str(scheme.get(part) or "") for part in ("type", "scheme", "in", "name"))
                for scheme in known.security.values()
            )
            yield self.env._("The description says that one logs in by: %s.", kinds[:300])

    def _api(self):
        """:return: openapi_reader.Api
        :raise UserError: it cannot be read
        """
        try:
            return read(self.description)
        except openapi_reader.DescriptionError as error:
            raise UserError(str(error)) from error

    # -- 4: operations -----------------------------------------------------------------------

    def _leave_operations(self):
        chosen = self.operation_ids.filtered("chosen")
        if not chosen:
            raise UserError(self.env._("Choose at least one operation."))
        for operation in chosen.filtered(lambda o: not o.endpoint_id):
            operation._make_flow()
        if not self.endpoint_id:
            self.endpoint_id = chosen[0].endpoint_id
