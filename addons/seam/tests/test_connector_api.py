from pathlib import Path

from odoo.tests import tagged

from odoo.addons.seam.engine.exchange import Sending
from odoo.addons.seam.tests import connector_case
from odoo.addons.seam.tests.connector_case import Answers, answer


@tagged("-at_install", "post_install")
class TestApiOut(connector_case.OutgoingConnectorCase):
    """Partners who take Seam's own documents."""

    connector = "api"
    samples = Path(__file__).parent / "samples_out"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system.base_url = "https://partner.example"
        cls.flow = cls.make_flow(code="contacts", direction="out", can_look_up=True)

    def conf(self, sample):
        return self._conf(self.flow)

    def look_up(self, *answers):
        with Answers(*answers).patched():
            return self.env["seam.connector.api"]._look_up(
                self.system._client(), self.conf({}), Sending(self.key, "", {})
            )

    def test_a_partner_tells_what_he_has(self):
        self.assertEqual(self.look_up(answer({"id": 7})).external_id, "7")
        self.assertIsNone(self.look_up(answer({}, 404)))

    def test_who_cannot_be_asked_says_so(self):
        self.flow.can_look_up = False
        with self.assertRaises(NotImplementedError):
            self.look_up()
