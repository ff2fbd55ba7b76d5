"""What the demo shop and Odoo must both know: random secrets in a file that its owner alone can read.

Plain Python without Odoo: the simulator uses it too, and whoever starts first makes the file.
"""

import base64
import contextlib
import hashlib
import json
import os
import secrets
from pathlib import Path


def ensure(path):
    """Read the secrets at `path`; make them first when there is no such file.

    Returns a dict with `webhook_secret`, `consumer_key`, `consumer_secret`; `partner_key`: the key with
    which the partner without a shop calls the API; and `warehouse_secret`, with which Odoo and the
    warehouse sign what they send each other.
    """
    path = Path(path)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _make(path)
    kept = json.loads(path.read_text())
    # A file that was made before there was a warehouse has no secret of its own for it.
    return {"warehouse_secret": _derived(kept["webhook_secret"]), **kept}


def _make(path):
    """Written whole under another name first, so that nobody ever reads half of it."""
    made = {
        "webhook_secret": secrets.token_urlsafe(32),
        "consumer_key": "ck_" + secrets.token_hex(20),
        "consumer_secret": "cs_" + secrets.token_hex(20),
        "partner_key": "seam_" + secrets.token_urlsafe(32),
        "warehouse_secret": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
    }
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(made, file)
    with contextlib.suppress(FileExistsError):
        os.link(unfinished, path)
    unfinished.unlink()


def _derived(secret):
    digest = hashlib.sha256(b"warehouse\n" + secret.encode()).digest()
    return "whsec_" + base64.b64encode(digest).decode()
