"""What an answer's status means for the one who asked."""

from urllib.parse import urlsplit

from .fault import Fault
from .http import Response

_PASSING = {408, 425, 429}


def require_success(response: Response, address: str) -> Response:
    """The answer, if its status is 2xx.

    :param address: what was called; its host is named in the fault
    :raise Fault: ``auth.failed`` for 401 and 403, ``transport.unavailable`` for what
        passes (with the time that the other side asked for), else
        ``transport.rejected``
    """
    status = response.status
    if 200 <= status < 300:
        return response
    host = urlsplit(address).hostname or address
    if status in (401, 403):
        raise Fault(
            "auth.failed",
            f"{host} refused the credentials ({status}).",
            fix="Enter the credentials of the system anew, and look at the rights they give.",
            subject=host,
        )
    if status in _PASSING or status >= 500:
        raise Fault(
            "transport.unavailable",
            f"{host} is unavailable ({status}).",
            subject=host,
            retry_after=response.retry_after,
        )
    raise Fault(
        "transport.rejected",
        f"{host} refused the request ({status}).",
        fix="Look at the address of the system, and whether the other side was changed.",
        subject=host,
    )
