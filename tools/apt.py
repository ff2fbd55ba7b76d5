"""Debian packages: installed where we are root, or unpacked into a folder where we need not be."""

import os
import shutil
from pathlib import Path

from tools.processes import call
from tools.settings import Problem

KEYRINGS = [
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
]


def can_install():
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(*packages):
    """Install packages on the machine; only root may."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    names = " ".join(packages)
    failure = (
        f"apt could not install {names}: run `apt-get install {names}` and look at its answer."
    )
    print(f"Installing {names} with apt …", flush=True)
    call(
        ["apt-get", "update"], "`apt-get update` failed: mend apt's sources first.", env=environment
    )
    call(
        ["apt-get", "install", "-y", "--no-install-recommends", *packages], failure, env=environment
    )


def ensure_program(program, package, reason):
    """Make sure `program` is on PATH; where apt cannot install `package`, say so in a sentence."""
    if shutil.which(program):
        return
    if not can_install():
        raise Problem(f"{reason}: install it with `apt-get install {package}` and try again.")
    install(package)


class PrivateApt:
    """apt with its own sources, lists and cache in `folder`: the machine's apt is read, never changed."""

    def __init__(self, folder, suites):
        self.folder = folder
        self.suites = suites
        if not shutil.which("apt-get") or not shutil.which("dpkg"):
            raise Problem(
                "There is no apt here to get Odoo with: set ODOO_HOME to an Odoo 19.0 of your own."
            )

    def unpack(self, packages, target):
        """Download `packages` ("name" or "name/suite") and unpack them below `target`."""
        self._write_sources()
        self._apt(
            "update",
            failure="The package lists could not be fetched from SEAM_DEBIAN_MIRROR or apt's mirror",
        )
        debs = self.folder / "debs"
        shutil.rmtree(debs, ignore_errors=True)
        debs.mkdir(parents=True)
        self._apt("download", *packages, failure="apt could not download Odoo's packages", cwd=debs)
        for deb in sorted(debs.glob("*.deb")):
            call(["dpkg", "-x", deb, target], f"{deb.name} could not be unpacked")
        shutil.rmtree(debs)

    def _write_sources(self):
        mirror = debian_mirror()
        keyring = next((each for each in KEYRINGS if each.exists()), None)
        if keyring is None:
            raise Problem(
                "Debian's signing keys are missing: run `apt-get install debian-archive-keyring`."
            )
        for name in ("lists/partial", "cache/archives/partial"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        lines = [f"deb [signed-by={keyring}] {mirror} {suite} main\n" for suite in self.suites]
        (self.folder / "sources.list").write_text("".join(lines))

    def _apt(self, *arguments, failure, cwd=None):
        options = {
            "Dir::Etc::sourcelist": self.folder / "sources.list",
            "Dir::Etc::sourceparts": "-",
            "Dir::Etc::preferences": "-",
            "Dir::Etc::preferencesparts": "-",
            "Dir::State::Lists": self.folder / "lists",
            "Dir::Cache": self.folder / "cache",
            "Debug::NoLocking": "1",
            "Acquire::Languages": "none",
            # The sandbox user of apt may not enter this checkout.
            "APT::Sandbox::User": "root",
        }
        flags = [part for key, value in options.items() for part in ("-o", f"{key}={value}")]
        call(["apt-get", "-q", *flags, *arguments], failure, cwd=cwd)


def debian_mirror():
    """The archive this machine's apt already uses for Debian, or SEAM_DEBIAN_MIRROR."""
    given = os.environ.get("SEAM_DEBIAN_MIRROR")
    if given:
        return given
    layout = "$(COMPONENT)|$(CREATED_BY)|$(ORIGIN)|$(LABEL)|$(RELEASE)|$(REPO_URI)"
    listing = call(
        ["apt-get", "indextargets", "--format", layout], "apt could not list its sources"
    )
    codename = _debian_codename()
    for line in listing.splitlines():
        component, created_by, origin, label, release, uri = line.split("|", 5)
        if (component, created_by) != ("main", "Packages"):
            continue
        # Before the first `apt-get update` apt knows no origin, only what its sources say.
        known = origin == label == "Debian"
        if known or (not origin and codename and release == codename):
            return uri
    raise Problem(
        "apt here has no Debian mirror to get Odoo from: set SEAM_DEBIAN_MIRROR to one, "
        "or ODOO_HOME to an Odoo 19.0 of your own."
    )


def _debian_codename():
    release = Path("/etc/os-release")
    lines = release.read_text().splitlines() if release.exists() else []
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    values = {key: value.strip('"') for key, value in values.items()}
    return values.get("VERSION_CODENAME") if values.get("ID") == "debian" else None
