"""The file of secrets that the shop and Odoo share. Its code is seam_demo's, as an addon must stand alone."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

_PATH = Path(__file__).resolve().parent.parent / "addons" / "seam_demo" / "secret_file.py"
_spec = spec_from_file_location("seam_demo_secret_file", _PATH)
_module = module_from_spec(_spec)
_spec.loader.exec_module(_module)

ensure = _module.ensure
