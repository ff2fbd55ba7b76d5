from odoo import api, fields, models

from ..engine import secret


class SeamCredentialKey(models.Model):
    _inherit = "seam.credential"

    _one_form = models.Constraint(
        "CHECK(CASE WHEN purpose = 'bearer' THEN value IS NULL ELSE key_hash IS NULL END)",
        "A secret cannot become an API key, nor the other way round: make a new one.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        credentials = super().create(vals_list)
        credentials.invalidate_recordset(["secret_input"])
        return credentials

    def write(self, vals):
        result = super().write(vals)
        self.invalidate_recordset(["secret_input"])
        return result

    @api.model
    def _system_of_key(self, token):
        """Whose API key this is, found by its hash in one look at a unique index.

        :param token: the key as the caller shows it
        :return: ``seam.system`` (as superuser), empty when the key is unknown or over
        """
        found = self.sudo().search(
            [
                ("key_hash", "=", secret.hash_api_key(token)),
                ("purpose", "=", "bearer"),
                ("system_id.active", "=", True),
                "|",
                ("valid_until", "=", False),
                ("valid_until", ">", fields.Datetime.now()),
            ],
            limit=1,
        )
        return found.system_id
