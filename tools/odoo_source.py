"""Odoo 19.0: the one ODOO_HOME names, or Debian's package unpacked below SEAM_DATA."""

import shutil

from tools.apt import PrivateApt
from tools.settings import Problem
from tools.stamp import Step, digest

# Beside Odoo: the packages its web assets link to. Font Awesome 7, in sid, moved the files.
PACKAGES = [
    "odoo-19",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-montserrat",
    "fonts-roboto-unhinted",
    "fonts-inconsolata",
    "fonts-ocr-b",
    "fonts-font-awesome/bookworm",
]
SUITES = ["sid", "bookworm"]
# Compiled code that Debian leaves out: without the file the browser logs an error for its whole bundle.
# It blurs the background of video calls.
LEFT_OUT = ["mail/static/lib/selfie_segmentation/selfie_segmentation.js"]


def ensure(settings):
    """Have an Odoo 19.0 in `package_folder`."""
    if settings.odoo_home is None:
        _unpack(settings)
        _stand_in(settings)
    _check(package_folder(settings))


def link(settings):
    """Let the virtual environment import that Odoo."""
    libraries = next((settings.venv / "lib").glob("python3*/site-packages"))
    file = libraries / "odoo19.pth"
    line = f"{package_folder(settings)}\n"
    if not file.is_file() or file.read_text() != line:
        file.write_text(line)


def package_folder(settings):
    """The folder that contains the package `odoo`."""
    if settings.odoo_home:
        return settings.odoo_home
    return settings.odoo / "usr" / "lib" / "python3" / "dist-packages"


def version_stamp(settings):
    """What a database depends on: which Odoo it was made with."""
    return digest(str(package_folder(settings)), package_folder(settings) / "odoo" / "release.py")


def _unpack(settings):
    step = Step(settings.stamps, "odoo", *PACKAGES, *SUITES)
    if not step.needed and settings.odoo.is_dir():
        return
    print("Getting Odoo 19.0 from Debian (about 120 MB) …", flush=True)
    fresh = settings.data / "odoo.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    PrivateApt(settings.data / "apt", SUITES).unpack(PACKAGES, fresh)
    if settings.odoo.exists():
        settings.odoo.rename(settings.data / "odoo.old")
    fresh.rename(settings.odoo)
    shutil.rmtree(settings.data / "odoo.old", ignore_errors=True)
    step.done()


def _stand_in(settings):
    """Put an empty file where Odoo's manifests name one that the package lacks."""
    for name in LEFT_OUT:
        file = package_folder(settings) / "odoo" / "addons" / name
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("// Left out of Debian's package.\n")


def _check(folder):
    release = folder / "odoo" / "release.py"
    if not release.is_file():
        raise Problem(
            f"There is no Odoo in {folder}: set ODOO_HOME to the folder that contains the package odoo."
        )
    if "version_info = (19, 0," not in release.read_text():
        raise Problem(f"The Odoo in {folder} is not 19.0: set ODOO_HOME to an Odoo 19.0.")
