from odoo import SUPERUSER_ID
from odoo.http import request

from .intake import Refused


def bearer_token():
    """:return: what stands behind ``Authorization: Bearer``, or an empty text"""
    kind, _space, token = request.httprequest.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def calling_system():
    """The system that shows its API key, for routes without a body to sign.

    :return: ``seam.system`` as superuser
    :raise Refused: 401 without a valid key, 503 while the system is switched off, 429
        when it calls too often
    """
    env = request.env(user=SUPERUSER_ID)
    token = bearer_token()
    system = env["seam.credential"]._system_of_key(token) if token else env["seam.system"]
    if not system:
        raise unauthorized("Send a valid API key as “Authorization: Bearer <key>”.")
    if system.state != "active":
        raise Refused(
            503,
            "This connection is not active at the moment. Try again later.",
            {"Retry-After": "3600"},
        )
    wait = env["seam.rate"]._take(system.id, system.rate_limit)
    if wait:
        raise Refused(
            429,
            f"More than {system.rate_limit} calls a minute. Try again in {wait} seconds.",
            {"Retry-After": str(wait)},
        )
    return system


def unauthorized(detail):
    return Refused(401, detail, {"WWW-Authenticate": 'Bearer realm="seam"'})
