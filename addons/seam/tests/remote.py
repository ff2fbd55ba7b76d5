"""Which methods of models can be called from outside, by anybody who is logged in."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

# They ask for rights themselves, by Odoo's own way of records.
ORM = {"copy", "copy_data", "create", "default_get", "unlink", "write"}


def methods(env, addon):
    """:return: set of ``model.method`` that an addon adds, or changes, and that RPC can call"""
    home, found = f"odoo.addons.{addon}.", set()
    for name, cls in env.registry.items():
        for method in set().union(*(_of(owner, home) for owner in cls.__mro__)) - ORM:
            versions = [getattr(owner, method, None) for owner in cls.__mro__]
            if not any(getattr(version, "_api_private", False) for version in versions):
                found.add(f"{name}.{method}")
    return found


def _of(owner, home):
    if not owner.__module__.startswith(home):
        return set()
    return {
        name
        for name, value in vars(owner).items()
        if not name.startswith("_") and callable(value) and not isinstance(value, type)
    }


class RemoteMixin:
    """Nobody who has no role in Integrations gets anything from a method that can be called."""

    def call(self, records, method, user, **context):
        """Call it as RPC does. :return: what it returns"""
        from odoo.service.model import call_kw

        # what somebody else has read before is in no cache of a call
        self.env.flush_all()
        self.env.invalidate_all()
        model = self.env[records._name].with_user(user)
        args = [] if getattr(getattr(type(model), method), "_api_model", False) else [records.ids]
        return call_kw(model, method, args, {"context": context})

    def assert_refused(self, records, method, users, **context):
        """:param users: who must be refused"""
        for user in users:
            with (
                self.subTest(method=f"{records._name}.{method}", user=user.login),
                self.assertRaises(AccessError),
                self.env.cr.savepoint(),
            ):
                self.call(records, method, user, **context)

    def assert_nothing_done(self, records, method, users):
        """They are refused, or get a window: what is in that they load with their own rights."""
        for user in users:
            with self.subTest(method=f"{records._name}.{method}", user=user.login):
                try:
                    with self.env.cr.savepoint():
                        result = self.call(records, method, user)
                except UserError:
                    continue
                self.assertEqual(result["type"], "ir.actions.act_window")
                self.assertNotIn(result.get("res_model"), (None, False))

    def outsiders(self):
        """:return: a user without a role, a portal user, an administrator of another company"""
        abroad = self.env["res.company"].create({"name": "Elsewhere"})
        return (
            new_test_user(self.env, "seam-remote-internal", groups="base.group_user")
            + new_test_user(self.env, "seam-remote-portal", groups="base.group_portal")
            + new_test_user(
                self.env,
                "seam-remote-abroad",
                groups="seam.group_seam_manager",
                company_id=abroad.id,
                company_ids=[(6, 0, abroad.ids)],
            )
        )
