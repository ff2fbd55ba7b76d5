from pathlib import Path

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.modules import Manifest

from ..engine import contract


class SeamContract(models.Model):
    _name = "seam.contract"
    _description = "Contract"
    _order = "name"

    name = fields.Char(required=True, readonly=True)
    title = fields.Char(readonly=True)
    addon = fields.Char(readonly=True)
    version_ids = fields.One2many("seam.contract.version", "contract_id")
    current_version_id = fields.Many2one(
        "seam.contract.version", compute="_compute_current_version_id"
    )

    _name_uniq = models.Constraint("UNIQUE(name)", "A contract exists once.")

    @api.depends("version_ids.status")
    def _compute_current_version_id(self):
        for record in self:
            record.current_version_id = record.version_ids.filtered(
                lambda version: version.status == "active"
            )[:1]

    @api.model
    def _load_addon(self, addon):
        """Load ``contracts/<name>/<version>.json`` of an addon.

        Called by the addon's data file, so at its installation and every upgrade.
        """
        self._load(addon, Path(Manifest.for_addon(addon).path) / "contracts")

    @api.model
    def _load(self, addon, folder):
        """Store the contract files of one addon.

        :raise UserError: a file changed under an unchanged version. What was
            agreed must not change silently: give the new text a new version.
        """
        for file in contract.load_directory(folder):
            record = self.search([("name", "=", file.name)]) or self.create(
                {"name": file.name, "addon": addon}
            )
            record.title = file.title
            known = record.version_ids.filtered(lambda v, file=file: v.version == file.version)
            if not known:
                self.env["seam.contract.version"].create(
                    {
                        "contract_id": record.id,
                        "version": file.version,
                        "text": file.text,
                        "sha256": file.sha256,
                        "description": file.description,
                    }
                )
            elif known.sha256 != file.sha256:
                raise UserError(
                    self.env._(
                        "Contract %(name)s %(version)s changed in %(addon)s, but its "
                        "version did not. Restore the file, or save the new text "
                        "under a new version.",
                        name=file.name,
                        version=file.version,
                        addon=addon,
                    )
                )


class SeamContractVersion(models.Model):
    _name = "seam.contract.version"
    _description = "Contract version"
    _order = "contract_id, sequence desc, id desc"
    _rec_name = "version"

    contract_id = fields.Many2one("seam.contract", required=True, ondelete="cascade", index=True)
    version = fields.Char(required=True, readonly=True)
    sequence = fields.Integer(default=0)
    text = fields.Text("JSON Schema", required=True, readonly=True)
    sha256 = fields.Char("Hash", required=True, readonly=True)
    description = fields.Text(readonly=True)
    status = fields.Selection(
        [
            ("active", "In use"),
            ("deprecated", "Deprecated"),
            ("retired", "Retired"),
        ],
        required=True,
        default="active",
    )
    sunset_date = fields.Date(help="After this day the version is not accepted.")

    _version_uniq = models.Constraint(
        "UNIQUE(contract_id, version)", "This version exists already."
    )

    @api.depends("contract_id.name", "version")
    def _compute_display_name(self):
        for record in self:
            record.display_name = f"{record.contract_id.name} {record.version}"

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result
