"""What the demo shop and Odoo must both know: random secrets in a file that its owner alone can read.

Plain Python without Odoo: the simulator uses it too, and whoever starts first makes the file.
"""

import contextlib
import json
import os
import secrets
from pathlib import Path


def ensure(path):
    """Read the secrets at `path`; make them first when there is no such file.

    Returns a dict with `webhook_secret`, `consumer_key`, `consumer_secret`, and `partner_key`: the key with
    which the partner without a shop calls the API.
    """
    path = Path(path)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _make(path)
    return json.loads(path.read_text())


def _make(path):
    """Written whole under another name first, so that nobody ever reads half of it."""
    made = {
        "webhook_secret": secrets.token_urlsafe(32),
        "consumer_key": "ck_" + secrets.token_hex(20),
        "consumer_secret": "cs_" + secrets.token_hex(20),
        "partner_key": "seam_" + secrets.token_urlsafe(32),
    }
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(made, file)
    with contextlib.suppress(FileExistsError):
        os.link(unfinished, path)
    unfinished.unlink()
