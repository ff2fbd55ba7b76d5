"""The official JSON Schema test suite, fetched once, not copied into the repository.

It is inside jsonschema's source distribution. Kept under ``.seam/`` (or
``SEAM_DATA``), pinned by version and hash.
"""

import hashlib
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

RELEASE = "jsonschema==4.26.0"
SHA256 = "0c26707e2efad8aa1bfc5b7ce170f3fccc2e4918ff85989ba9ffa9facb2be326"
REMOTE = "http://localhost:1234/"

_REPOSITORY = Path(__file__).parents[4]
_DATA = Path(os.environ.get("SEAM_DATA") or _REPOSITORY / ".seam").resolve()


class Unavailable(Exception):
    """The suite is not here and could not be fetched."""


class Case(NamedTuple):
    """One schema of the suite and the documents tried on it."""

    file: str
    description: str
    schema: Any
    tests: list[dict[str, Any]]


def folder() -> Path:
    """Where the suite is, fetched if need be; Unavailable if that fails."""
    target = _DATA / "json-schema-suite" / SHA256[:12]
    if not target.exists():
        _fetch(target)
    return target


def cases(root: Path, draft: str) -> Iterator[Case]:
    """Every case of a draft, the optional ones included."""
    base = root / "tests" / draft
    for file in sorted(base.rglob("*.json")):
        for case in json.loads(file.read_text()):
            name = file.relative_to(base).as_posix()
            yield Case(name, case["description"], case["schema"], case["tests"])


def remotes(root: Path) -> dict[str, Any]:
    """What the suite's schemas refer to, by address."""
    base = root / "remotes"
    return {
        REMOTE + file.relative_to(base).as_posix(): json.loads(file.read_text())
        for file in sorted(base.rglob("*.json"))
    }


def _fetch(target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        work = Path(name)
        archive = _download(work)
        if hashlib.sha256(archive.read_bytes()).hexdigest() != SHA256:
            raise Unavailable(f"{archive.name} is not the pinned one.")
        with tarfile.open(archive) as tar:
            for member in tar.getmembers():
                _extract(tar, member, work / "suite")
        (work / "suite").rename(target)


def _download(work: Path) -> Path:
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
        *("--no-binary", "jsonschema", "--dest", str(work), RELEASE),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{RELEASE} could not be fetched in 300 s.") from None
    if done.returncode:
        reason = (done.stderr.strip() or "pip failed").splitlines()[-1]
        raise Unavailable(f"{RELEASE} could not be fetched: {reason}")
    return next(work.glob("*.tar.gz"))


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    """Plain files below ``json/tests`` and ``json/remotes``, nothing else."""
    parts = Path(member.name).parts[2:]
    wanted = f"/json/{parts[0]}" in f"/{member.name}" if parts else False
    if not (member.isfile() and wanted and parts[0] in ("tests", "remotes")):
        return
    if ".." in parts:
        raise Unavailable(f"{member.name} leads out of the archive.")
    file = target.joinpath(*parts)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(tar.extractfile(member).read())
