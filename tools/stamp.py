"""A step of the set-up is done once for the same inputs: the hash of its inputs is its stamp."""

import contextlib
import fcntl
import hashlib
import os
from pathlib import Path


def digest(*inputs, skip=()):
    """One hash over strings, files and folders (folders: every file below, by name and content).

    `skip`: names of files and folders right below a folder that do not count.
    """
    total = hashlib.sha256()
    for item in inputs:
        if isinstance(item, Path):
            for file in _files(item):
                if file.relative_to(item).parts[:1] and file.relative_to(item).parts[0] in skip:
                    continue
                total.update(str(file.relative_to(item.parent)).encode())
                total.update(file.read_bytes())
        else:
            total.update(str(item).encode())
        total.update(b"\0")
    return total.hexdigest()


def _files(path):
    if path.is_file():
        return [path]
    return sorted(
        file
        for file in path.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".pyc"
    )


class Step:
    """One named step of the set-up; `needed` until `done` was called for the same inputs."""

    def __init__(self, folder, name, *inputs):
        self.file = folder / name
        self.value = digest(*inputs)

    @property
    def needed(self):
        return not self.file.is_file() or self.file.read_text() != self.value

    def done(self):
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(self.value)


@contextlib.contextmanager
def locked(path, wait=True, shared=False):
    """Hold the lock file `path`; yields True, or False when `wait` is off and someone else holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(
                handle,
                (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB),
            )
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
