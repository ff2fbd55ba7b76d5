"""Several changes in one call, each with its own answer. Pure.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_composite.htm
"""

from odoo.addons.seam.engine import codec
from odoo.addons.seam.engine.exchange import Request
from odoo.addons.seam.engine.http import Response

from . import const, errors

MOST = 25
# How a request names what another one of the same call answered.
REFERENCE = b"@{"


def may_join(request):
    """A text that looks like a reference to another answer would be replaced by it. What is
    several calls itself goes alone."""
    if request.path == const.CUSTOMER:
        return False
    return REFERENCE not in codec.dump([request.path, request.json])


def request(requests):
    """:param requests: list of exchange.Request
    :return: exchange.Request of all: each stands and falls by itself, one after the other
    """
    return Request(
        "POST",
        f"{const.BASE}/composite",
        json={
            "allOrNone": False,
            # Saved together, a rule or trigger that fails for one may fail for others.
            "collateSubrequests": False,
            "compositeRequest": [_part(*numbered) for numbered in enumerate(requests)],
        },
    )


def _part(number, request):
    return {
        "method": request.method,
        "url": f"/{request.path}",
        "referenceId": _name(number),
        **({"httpHeaders": dict(request.headers)} if request.headers else {}),
        **({"body": request.json} if request.json is not None else {}),
    }


def _name(number):
    return f"part{number}"


def responses(count, response):
    """:return: list of http.Response, or None of what nothing is said
    :raise Fault: it is no answer to several requests
    """
    content = response.json()
    listed = content.get("compositeResponse") if isinstance(content, dict) else None
    if not isinstance(listed, list):
        raise errors.unreadable("several records")
    told = {part["referenceId"]: part for part in listed if _is_answer(part)}
    return [_response(told.get(_name(number)), response) for number in range(count)]


def _is_answer(part):
    return (
        isinstance(part, dict)
        and isinstance(part.get("httpStatusCode"), int)
        and isinstance(part.get("referenceId"), str)
    )


def _response(part, whole):
    if part is None:
        return None
    body, headers = part.get("body"), part.get("httpHeaders")
    named = headers.items() if isinstance(headers, dict) else ()
    # of when it was answered only the whole tells
    dated = {"date": whole.headers["date"]} if "date" in whole.headers else {}
    return Response(
        part["httpStatusCode"],
        {**dated, **{str(name).lower(): str(value) for name, value in named}},
        b"" if body is None else codec.dump(body),
        whole.elapsed,
    )
