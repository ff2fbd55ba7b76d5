import re
from itertools import count

from odoo import api, models


class SeamSystemUser(models.Model):
    """What a new system is called in addresses, and whose rights its documents have."""

    _inherit = "seam.system"

    @api.onchange("name")
    def _onchange_name(self):
        if self.name and not self.code:
            self.code = self._free_code(self.name)

    @api.model
    def _free_code(self, name):
        """:return: a code for a system of that name that no other one has"""
        base = _slug(name)
        same = self.sudo().with_context(active_test=False).search([("code", "=like", f"{base}%")])
        return free(base, same.mapped("code"))

    def action_make_user(self):
        """Button: a user without a password, with the rights that the connector's documents need,
        and no other.
        """
        self.ensure_one()
        self.check_access("write")
        groups = self._connector()._service_groups
        self.user_id = self._make_user(self.name, self.code, self.company_id, groups)

    @api.model
    def _make_user(self, name, code, company, groups=()):
        """:param groups: external ids; of addons that are not installed there are none
        :return: the new user, who cannot log in
        """
        users = self.env["res.users"]
        users.check_access("create")
        found = self.env["res.groups"].browse()
        for xmlid in ("base.group_user", *groups):
            found |= self.env.ref(xmlid, raise_if_not_found=False) or found
        return users.with_context(no_reset_password=True).create(
            {
                "name": self.env._("Service user of %s", name),
                "login": self._free_login(f"seam-{code}"),
                "group_ids": [(6, 0, found.ids)],
                "company_id": company.id,
                "company_ids": [(6, 0, company.ids)],
            }
        )

    def _free_login(self, base):
        users = self.env["res.users"].sudo().with_context(active_test=False)
        return free(base, users.search([("login", "=like", f"{base}%")]).mapped("login"))


def _slug(name):
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "system"


def free(base, taken):
    """:return: ``base``, or the first of base-2, base-3 … that is not taken"""
    taken, name = set(taken), base
    for number in count(2):
        if name not in taken:
            return name
        name = f"{base}-{number}"
