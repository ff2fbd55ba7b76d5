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
    which the partner without a shop calls the API; `warehouse_secret`, with which Odoo and the
    warehouse sign what they send each other; `carrier_id`, `carrier_secret`: with which Odoo logs in at the
    carrier, and `carrier_webhook`: with which he signs his scans; `crm_secret`, with which Odoo and the CRM
    sign what they send each other.
    """
    path = Path(path)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _make(path)
    kept = json.loads(path.read_text())
    # A file that was made before there was a warehouse, a carrier or a CRM has no secret of its own for it.
    first = kept["webhook_secret"]
    return {
        "warehouse_secret": _signing("warehouse", first),
        "carrier_id": "lakeside",
        "carrier_secret": _derived("carrier", first).hex(),
        "carrier_webhook": _signing("carrier scans", first),
        "crm_secret": _signing("crm", first),
        **kept,
    }


def _make(path):
    """Written whole under another name first, so that nobody ever reads half of it."""
    made = {
        "webhook_secret": secrets.token_urlsafe(32),
        "consumer_key": "ck_" + secrets.token_hex(20),
        "consumer_secret": "cs_" + secrets.token_hex(20),
        "partner_key": "seam_" + secrets.token_urlsafe(32),
        "warehouse_secret": _whsec(secrets.token_bytes(32)),
        "carrier_id": "lakeside",
        "carrier_secret": secrets.token_hex(20),
        "carrier_webhook": _whsec(secrets.token_bytes(32)),
        "crm_secret": _whsec(secrets.token_bytes(32)),
    }
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(made, file)
    with contextlib.suppress(FileExistsError):
        os.link(unfinished, path)
    unfinished.unlink()


def _signing(whose, secret):
    return _whsec(_derived(whose, secret))


def _derived(whose, secret):
    return hashlib.sha256(f"{whose}\n".encode() + secret.encode()).digest()


def _whsec(key):
    return "whsec_" + base64.b64encode(key).decode()
