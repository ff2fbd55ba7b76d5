import hashlib

from odoo import api, models
from odoo.exceptions import UserError


class SeamContract(models.Model):
    _inherit = "seam.contract"

    @api.model
    def _keep_version(self, name, title, text):
        """Keep a contract that an administrator took over; a new text is a new version.

        :return: ``seam.contract.version``
        """
        if not self.env.user.has_group("seam.group_seam_manager"):
            raise UserError(self.env._("Only administrators of Seam add contracts."))
        Contract = self.sudo()
        contract = Contract.search([("name", "=", name)]) or Contract.create(
            {"name": name, "title": title}
        )
        digest = hashlib.sha256(text.encode()).hexdigest()
        known = contract.version_ids.filtered(lambda version: version.sha256 == digest)
        if known:
            return known[:1].sudo(False)
        numbers = [_numbers(version.version) for version in contract.version_ids]
        major, minor, _patch = max(numbers, default=(1, -1, 0))
        return (
            self.env["seam.contract.version"]
            .sudo()
            .create(
                {
                    "contract_id": contract.id,
                    "version": f"{major}.{minor + 1}.0",
                    "text": text,
                    "sha256": digest,
                }
            )
            .sudo(False)
        )


def _numbers(version):
    parts = [int(part) for part in version.split(".") if part.isdigit()]
    return tuple([*parts, 0, 0, 0][:3])
