import json
from http import HTTPStatus

from odoo.http import request


def problem(status, detail, *, headers=None, **members):
    """An error answer as RFC 9457 ``application/problem+json``.

    :param status: HTTP status
    :param detail: what is wrong and what to do, in words of the caller
    :param members: further members, such as ``errors`` or ``id``
    """
    return answer(
        {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            **members,
        },
        status=status,
        headers=headers,
        content_type="application/problem+json",
    )


def answer(data, *, status=200, headers=None, content_type="application/json"):
    return request.make_response(
        json.dumps(data, default=str),
        headers=[("Content-Type", content_type), *(headers or {}).items()],
        status=status,
    )
