import importlib.metadata
from types import SimpleNamespace
from unittest import mock

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.tests.common import SeamCase
from odoo.addons.seam_delivery.tests.common import DeliveryCase

from ..engine import library


@tagged("post_install", "-at_install")
class TestWhatIsMissing(SeamCase):
    """On Python 3.10, or where nobody has installed it. Needs no karrio."""

    def test_an_old_python_is_named(self):
        with mock.patch.object(library, "sys", SimpleNamespace(version_info=(3, 10, 12))):
            sentence = library.missing("ups")
        self.assertEqual(
            sentence, "karrio needs Python 3.11 or newer, and this Odoo runs on Python 3.10."
        )

    def test_the_library_of_each_carrier_is_named(self):
        absent = importlib.metadata.PackageNotFoundError("karrio")
        new = SimpleNamespace(version_info=(3, 12))
        with (
            mock.patch.object(library, "sys", new),
            mock.patch.object(library.importlib.metadata, "distribution", side_effect=absent),
        ):
            for carrier, name in library.DISTRIBUTIONS.items():
                self.assertIn(f"{name} is not installed", library.missing(carrier))


@tagged("post_install", "-at_install")
class TestLabelWithoutKarrio(DeliveryCase):
    """The packer ships; his transfer says what is missing; mended, the label is bought."""

    connector = "ups"

    def test_a_label_waits_with_the_sentence(self):
        self.system.karrio_account = "A1B2C3"
        self.patch(library, "missing", lambda carrier: f"There is no {carrier}.")
        library._modules.cache_clear()
        self.addCleanup(library._modules.cache_clear)
        picking = self.ship()
        self.send_out()
        self.assertFalse(self.asked(), "no carrier was called")
        self.assertIn("There is no ups.", picking.seam_label_text)
        self.assertIn("installed on the server", self.open_cases().fix)


@tagged("post_install", "-at_install")
class TestWithoutKarrio(SeamCase):
    """The addon is installed, the library is not: a sentence, and no traceback."""

    connector = "ups"

    def setUp(self):
        super().setUp()
        self.patch(library, "missing", lambda carrier: f"There is no {carrier}.")
        library._modules.cache_clear()
        self.addCleanup(library._modules.cache_clear)

    def test_the_form_says_so(self):
        self.assertEqual(self.system.karrio_missing, "There is no ups.")
        self.system.karrio_account = "A1B2C3"
        with self.assertRaises(UserError) as caught:
            self.system.action_karrio_setup()
        self.assertIn("There is no ups.", str(caught.exception))

    def test_a_label_waits_with_the_reason(self):
        with self.assertRaises(Fault) as caught:
            library.mapper("ups")
        self.assertEqual(caught.exception.code, "config.invalid")
        self.assertIn("installed", caught.exception.fix)
