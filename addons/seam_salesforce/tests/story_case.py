from ..models.seam_salesforce_usage import Usage
from .salesforce_case import SalesforceCase

START = "2026-03-01T08:00:00"


class StoryCase(SalesforceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system.salesforce_bulk_days = 0
        cls.system.flow_ids.crm_new = True
        cls.system.flow_ids.crm_unknown_owner = "none"
        # The fake's world is one of March; what Odoo changes is changed now.
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        self.connect()
        # Messages are sent from threads, in which a test has no cursor: the session is known
        # beforehand here, and nobody counts calls. test_auth and test_pull have both.
        self.fake.session = "known"
        self.system.credential_ids.write({"purpose": "api_key", "secret_input": "known"})
        login = {"auth": "api_key", "auth_header": "Authorization", "auth_prefix": "Bearer "}
        self.system.write(login)
        self.patch(Usage, "note", lambda _self, _header: None)
        self.env.flush_all()

    def take(self, *codes):
        """Pull and apply."""
        self.commit()
        for code in codes or ("companies", "contacts", "deals"):
            self.run_pull(code, START)
            self.drain()
            self.drain("bulk")
        self.commit()

    def tell(self):
        """Commit and send. :return: the changes that reached Salesforce"""
        self.commit()
        before, parts = len(self.fake.calls), len(self.fake.parts)
        self.drain("send")
        changes = [*self.fake.calls[before:], *self.fake.parts[parts:]]
        return [call for call in changes if call[0] in ("PATCH", "DELETE")]

    def partner_of(self, key):
        return self.env["seam.binding"]._find(self.system.id, "res.partner", [key]).get(key)

    def lead_of(self, key):
        return self.env["seam.binding"]._find(self.system.id, "crm.lead", [key]).get(key)

    def settled(self, code):
        return {message.state for message in self.messages(code)}

    def at_once(self, message):
        """The time until the next try passes."""
        self.env.cr.execute(
            "UPDATE seam_message SET next_try_at = now() AT TIME ZONE 'UTC' WHERE id = %s",
            [message.id],
        )

    def let_time_pass(self):
        """What waits is due, and calls go out again."""
        self.env["seam.circuit"]._close(self.system.id)
        self.env.cr.execute(
            "UPDATE seam_message SET next_try_at = now() AT TIME ZONE 'UTC' "
            "WHERE system_id = %s AND state = 'waiting'",
            [self.system.id],
        )
        self.env.invalidate_all()
