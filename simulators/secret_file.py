"""What the shop and Odoo must both know: a file with random secrets, made once, readable by its owner alone."""

import json
import os
import secrets
from pathlib import Path


def ensure(path):
    """Read the secrets at `path`; make them first when there is no such file.

    Returns a dict with `webhook_secret`, `consumer_key` and `consumer_secret`.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    made = {
        "webhook_secret": secrets.token_urlsafe(32),
        "consumer_key": "ck_" + secrets.token_hex(20),
        "consumer_secret": "cs_" + secrets.token_hex(20),
    }
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return json.loads(path.read_text())
    with os.fdopen(handle, "w") as file:
        json.dump(made, file)
    return made
