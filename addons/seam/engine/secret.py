"""Secrets at rest, and API keys.

Connector secrets are encrypted with Fernet (AES-128-CBC with HMAC-SHA256,
https://github.com/fernet/spec) under keys that live outside the database, so
that a dump or a copy of it reveals nothing. The first key encrypts, all of them
decrypt: that is how keys are rotated.
"""

import binascii
import contextlib
import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

SETTING = "secret_keys"
VARIABLE = "SEAM_SECRET_KEYS"
KEY_PREFIX = "seam_"

_WHERE = f"the setting {SETTING} in section [seam] of odoo.conf, or the variable {VARIABLE}"


class SecretError(Exception):
    """A secret or its key that cannot be used; the text says what to check."""


class Keyring:
    """Encrypts with the first of ``keys``, decrypts with any.

    :param keys: Fernet keys (32 bytes, URL-safe base64), newest first
    :raise SecretError: there is none, or one is no key
    """

    def __init__(self, keys: Sequence[str]):
        if not keys:
            raise SecretError(f"There is no key for secrets: set {_WHERE}.")
        self._fernet = MultiFernet([_fernet(key) for key in keys])

    def encrypt(self, secret: str) -> str:
        """A token for the database; another one each time."""
        return self._fernet.encrypt(secret.encode()).decode()

    def decrypt(self, token: str) -> str:
        """The secret in ``token``; SecretError if no key of the ring fits."""
        return self._open(token, self._fernet.decrypt)

    def rotate(self, token: str) -> str:
        """The same secret under the first key; SecretError as ``decrypt``."""
        return self._open(token, self._fernet.rotate)

    def _open(self, token: str, read) -> str:
        try:
            return read(token.encode()).decode()
        except InvalidToken:
            raise SecretError(
                "A stored secret cannot be read with the present keys: check that"
                f" {_WHERE}, still lists the key it was stored with, or enter the"
                " secret again."
            ) from None


def _fernet(key: str) -> Fernet:
    try:
        return Fernet(key)
    except (ValueError, binascii.Error):
        raise SecretError(
            f"One of the keys in {_WHERE}, is not a Fernet key (44 characters that end in '=')."
        ) from None


def new_key() -> str:
    """A fresh Fernet key, for the front of the list."""
    return Fernet.generate_key().decode()


def load_keys(value: str | None, key_file: str | os.PathLike | None) -> list[str]:
    """The keys to use, newest first; none where neither source is given.

    :param value: comma-separated Fernet keys; where given, it alone counts
    :param key_file: a file with one key a line, made with mode 0600 on first
        use. Processes that race for it all end up with the same key
    :raise SecretError: a key is bad, or the file is unsafe or out of reach
    """
    keys = [key.strip() for key in (value or "").split(",") if key.strip()]
    if not keys and key_file:
        keys = _read_key_file(Path(key_file))
    for key in keys:
        _fernet(key)
    return keys


def _read_key_file(path: Path) -> list[str]:
    try:
        if not path.exists():
            _make_key_file(path)
        _check_mode(path)
        keys = path.read_text().split()
    except OSError as error:
        raise SecretError(
            f"The key file {path} cannot be used ({error.strerror}): mend that, or set {_WHERE}."
        ) from error
    if not keys:
        raise SecretError(f"The key file {path} is empty: restore it from a backup.")
    return keys


def _make_key_file(path: Path) -> None:
    """Write a draft and link it into place: the name appears once and whole,
    and whoever comes second keeps the first one's key."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(new_key() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def _check_mode(path: Path) -> None:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SecretError(f"The key file {path} can be read by other users: run chmod 600 on it.")


def new_api_key() -> tuple[str, str]:
    """A fresh API key and the beginning of it that may be shown.

    The token is ``seam_`` and 43 URL-safe characters (256 random bits); it is
    shown once. The prefix is enough to tell keys apart in a list.
    """
    token = KEY_PREFIX + secrets.token_urlsafe(32)
    return token, token[: len(KEY_PREFIX) + 6]


def hash_api_key(token: str) -> str:
    """SHA-256 of an API key, hex, for storing and for look-up by equality.

    A plain fast hash is right here, where it is wrong for passwords: slow,
    salted hashes exist because people choose guessable secrets. 256 random bits
    cannot be guessed at any speed, no two keys are the same, and the hash is
    computed on every request.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def same(a: str, b: str) -> bool:
    """Whether two texts are equal, in a time that does not tell how much of
    them is."""
    return hmac.compare_digest(a.encode(), b.encode())
