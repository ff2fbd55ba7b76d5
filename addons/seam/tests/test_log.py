import io
import json
import logging
import os
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from odoo.addons.seam import log
from odoo.addons.seam.engine.redact import SecretFilter

TOKEN = "seam_" + "k" * 43


@tagged("post_install", "-at_install")
class TestLog(BaseCase):
    """What stands in the log: no secret, and JSON where asked for."""

    def written(self, as_json, act):
        """:return: what a handler of Odoo would write while ``act(logger)`` runs"""
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.setFormatter(logging.Formatter("plain %(message)s"))
        with patch.dict(os.environ, SEAM_JSON_LOGS="1" if as_json else "0"):
            log.install([handler])
            log.install([handler])
        logger = logging.getLogger("odoo.addons.seam_test_log")
        other = logging.getLogger("odoo.addons.another_test_log")
        for each in (logger, other):
            each.addHandler(handler)
            each.propagate = False
            each.setLevel(logging.INFO)
            self.addCleanup(each.removeHandler, handler)
        act(logger, other)
        return stream.getvalue().splitlines()

    def test_lines_are_objects_with_their_context(self):
        def act(logger, _other):
            with log.bound(trace_id="4bf9", flow="orders"), log.bound(message_id="m1"):
                logger.warning("Applied %s", "twice", extra={"tries": 2})
            logger.info("Outside")

        inside, outside = map(json.loads, self.written(True, act))
        self.assertEqual(inside["level"], "WARNING")
        self.assertEqual(inside["logger"], "odoo.addons.seam_test_log")
        self.assertLessEqual(
            {"trace_id": "4bf9", "flow": "orders", "tries": 2}.items(), inside.items()
        )
        self.assertEqual(inside["message"], "Applied twice")
        self.assertEqual(inside["message_id"], "m1")
        self.assertRegex(inside["time"], r"^\d{4}-\d\d-\d\dT")
        self.assertNotIn("trace_id", outside)

    def test_others_stay_as_they_are(self):
        lines = self.written(True, lambda _logger, other: other.info("Hello"))
        self.assertEqual(lines, ["plain Hello"])

    def test_without_the_setting_nothing_changes(self):
        lines = self.written(False, lambda logger, _other: logger.info("Hello"))
        self.assertEqual(lines, ["plain Hello"])

    def test_an_error_is_one_line(self):
        def act(logger, _other):
            try:
                raise ValueError("broken")
            except ValueError:
                logger.exception("It failed")

        (line,) = self.written(True, act)
        self.assertIn("ValueError: broken", json.loads(line)["exc_info"])

    def test_no_secret_gets_into_a_log(self):
        url = f"https://shop.example.com/?password=hunter2&key={TOKEN}"

        def act(logger, other):
            for each in (logger, other):
                each.info("Key %s", TOKEN)
                each.info({"Authorization": f"Bearer {TOKEN}"})
                try:
                    raise ValueError(url)
                except ValueError:
                    each.exception("It failed")

        for as_json in (True, False):
            text = "\n".join(self.written(as_json, act))
            self.assertNotIn(TOKEN, text)
            self.assertNotIn("hunter2", text)
            self.assertIn("It failed", text)

    def test_it_is_installed_with_the_addon(self):
        with patch.object(logging.getLogger(), "handlers", [logging.NullHandler()]):
            log.install()
            (handler,) = logging.getLogger().handlers
            self.assertTrue(any(isinstance(f, SecretFilter) for f in handler.filters))
