"""Where things are, read from the environment once.

SEAM_DATA   everything that is made here and can be made again (default .seam/ beside the Makefile)
SEAM_PORT   the port Odoo listens on (default 8069)
SEAM_SHOP_PORT   the port of the demo shop (default: SEAM_PORT + 1)
SEAM_WMS_PORT   the port of the demo warehouse (default: SEAM_PORT + 2)
SEAM_CARRIER_PORT   the port of the demo carrier (default: SEAM_PORT + 4; Odoo itself takes the third)
SEAM_CRM_PORT   the port of the demo CRM (default: SEAM_PORT + 5)
SEAM_DEMO_SECRET_FILE   what the demo's simulators and Odoo share (default: shop.secret in SEAM_DATA)
ODOO_HOME   an Odoo 19.0 of your own: a git checkout, or the folder that contains the package `odoo`
PGHOST ...  a PostgreSQL of your own, with PGPORT, PGUSER and PGPASSWORD
"""

import ast
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ADDONS = ROOT / "addons"


class Problem(Exception):
    """Something the user has to put right; the message is one sentence that says what to do."""


class Settings:
    """The paths and numbers of this checkout. Cheap to make, nothing is created."""

    def __init__(self, environment=None):
        environment = os.environ if environment is None else environment
        self.data = Path(environment.get("SEAM_DATA") or ROOT / ".seam").absolute()
        self.port = _port("SEAM_PORT", environment.get("SEAM_PORT") or "8069")
        self.shop_port = _port(
            "SEAM_SHOP_PORT", environment.get("SEAM_SHOP_PORT") or str(self.port + 1)
        )
        self.wms_port = _port(
            "SEAM_WMS_PORT", environment.get("SEAM_WMS_PORT") or str(self.port + 2)
        )
        self.carrier_port = _port(
            "SEAM_CARRIER_PORT", environment.get("SEAM_CARRIER_PORT") or str(self.port + 4)
        )
        self.crm_port = _port(
            "SEAM_CRM_PORT", environment.get("SEAM_CRM_PORT") or str(self.port + 5)
        )
        home = environment.get("ODOO_HOME")
        self.odoo_home = Path(home).expanduser().absolute() if home else None
        self.own_postgres = not environment.get("PGHOST")
        self.venv = self.data / "venv"
        self.python = self.venv / "bin" / "python"
        self.node = self.data / "node"
        self.odoo = self.data / "odoo"
        self.stamps = self.data / "stamps"
        self.logs = self.data / "log"
        self.odoo_data = self.data / "odoo-data"
        self.postgres = self.data / "postgres"
        self.secret_key = self.data / "secret.key"
        self.demo_secrets = Path(
            environment.get("SEAM_DEMO_SECRET_FILE") or self.data / "shop.secret"
        ).absolute()

    def tool_path(self):
        """PATH with the tools of the virtual environment and of node_modules in front."""
        ours = [self.venv / "bin", self.node / "node_modules" / ".bin"]
        return os.pathsep.join([*map(str, ours), os.environ.get("PATH", os.defpath)])


def _port(name, text):
    if text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise Problem(f"{name} is {text!r}: set it to a free port number between 1024 and 65535.")


def addons():
    """The suite's installable addons as {name: folder}, by name."""
    folders = [file.parent for file in sorted(ADDONS.glob("*/__manifest__.py"))]
    return {path.name: path for path in folders if manifest(path).get("installable", True)}


def manifest(folder):
    """What an addon says about itself, as a dict."""
    return ast.literal_eval((folder / "__manifest__.py").read_text())
