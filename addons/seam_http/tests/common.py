from odoo.tests import new_test_user

from odoo.addons.seam.tests.common import SeamCase

from . import partner


class HttpApiCase(SeamCase):
    """An administrator, and a partner whose API nobody has seen before.

    ``self.setup``  the guided set-up, at its first step
    ``self.partner``  a real server on this machine
    """

    @classmethod
    def setUpClass(cls):
        # past SeamCase, whose system is not wanted: the set-up makes its own
        super(SeamCase, cls).setUpClass()
        cls.company = cls.env.company
        cls.manager = new_test_user(cls.env, "seam-manager", groups="seam.group_seam_manager")
        cls.service_user = new_test_user(
            cls.env, "seam-service", groups="base.group_user,base.group_partner_manager"
        )
        cls.germany = cls.env.ref("base.de")

    def setUp(self):
        super().setUp()
        self.prepare_partner()

    def prepare_partner(self):
        self.partner = partner.Partner(
            partner.client(1, "Ada Meadow"),
            partner.client(2, "Bo Brook"),
            partner.client(3, "Cy Cliff"),
        )
        self.addCleanup(self.partner.close)
        Setup = self.env["seam.setup"].with_user(self.manager)
        self.setup = Setup.create(
            {
                "name": "Meadow CRM",
                "base_url": self.partner.address,
                "allowed_hosts": "127.0.0.1",
                "user_id": self.service_user.id,
            }
        )

    @property
    def system(self):
        return self.setup.system_id.sudo()

    @property
    def endpoint(self):
        return self.setup.endpoint_id

    @property
    def flow(self):
        return self.setup.endpoint_id.flow_id

    def log_in(self):
        """Steps 1 and 2."""
        self.setup.action_next()
        self.setup.write({"auth": "api_key", "auth_header": "X-Api-Key"})
        self.setup.secret = partner.KEY
        self.setup.action_test()
        self.setup.action_next()

    def describe(self, text=partner.DESCRIPTION):
        self.setup.description = text
        self.setup.action_next()

    def choose(self, method, path):
        """Steps 3 and 4 are done with one operation."""
        operation = self.setup.operation_ids.filtered(
            lambda each: (each.method, each.path) == (method, path)
        )
        operation.chosen = True
        self.setup.action_next()
        self.setup.endpoint_id = operation.endpoint_id
        return operation

    def edit_lines(self, *lines):
        """What the mapping editor does: (target, source, other values) in place of all."""
        rows = [
            {"id": number, "target": target, "source": source, **(rest[0] if rest else {})}
            for number, (target, source, *rest) in enumerate(lines, 1)
        ]
        return self.endpoint.mapping_preview(rows, self.endpoint.sample, True)
