import json
import subprocess
import sys

from odoo.tests import tagged

import odoo.addons

from .karrio_case import KarrioCase

# In a process of its own: in this one other tests have loaded all of them.
SCRIPT = """
import json, sys
import odoo.addons
odoo.addons.__path__[:] = json.loads(sys.argv[1])
from odoo.addons.seam_karrio.engine import library

def loaded():
    return [name for name in sys.modules if name.partition(".")[0] == "karrio"]

begun = loaded()
library.mapper("ups", account_number="")
print(json.dumps([begun, loaded()]))
"""


@tagged("post_install", "-at_install")
class TestLoading(KarrioCase):
    """Carriers that nobody uses cost nothing."""

    def test_a_carrier_is_loaded_when_he_is_used_and_no_other_with_him(self):
        places = json.dumps(list(odoo.addons.__path__))
        ran = subprocess.run(
            [sys.executable, "-c", SCRIPT, places],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        self.assertEqual(ran.returncode, 0, ran.stderr)
        begun, used = json.loads(ran.stdout.splitlines()[-1])
        self.assertEqual(begun, [], "with the addon nothing of karrio is loaded")
        self.assertIn("karrio.mappers.ups.mapper", used)
        others = [name for name in used if "fedex" in name or "dhl" in name]
        self.assertEqual(others, [])
