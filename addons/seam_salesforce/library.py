"""simple-salesforce, loaded when Salesforce is asked for the first time.

It builds and reads Salesforce's calls; it makes none itself: its session is one that goes
through Seam's own client, with its allowed addresses, timeouts, evidence, rate and login.
"""

import importlib
import importlib.metadata
from functools import lru_cache

from odoo.addons.seam.engine import codec
from odoo.addons.seam.engine.fault import Fault

from . import const, errors


def missing():
    """:return: a sentence about what keeps the library from being used, or ''. Loads nothing."""
    try:
        importlib.metadata.distribution("simple-salesforce")
    except importlib.metadata.PackageNotFoundError:
        return "The Python library simple-salesforce is not installed on the server."
    return ""


@lru_cache
def module(name=""):
    """:return: a module of the library
    :raise Fault: ``config.invalid``: it is not there
    """
    sentence = missing()
    if sentence:
        raise Fault(
            "config.invalid",
            sentence,
            fix="Have simple-salesforce installed on the server, and Odoo restarted.",
            subject="library:simple-salesforce",
        )
    return importlib.import_module(f"simple_salesforce{name and '.' + name}")


def connect(client):
    """:param client: SystemClient
    :return: ``simple_salesforce.Salesforce`` that calls by it
    """
    # Address and session are stand-ins: both are the client's own.
    return module().Salesforce(
        instance="system", session_id="", version=const.VERSION, session=Session(client)
    )


def bulk(client, name):
    """:return: what makes query jobs of Bulk API 2.0 for an object"""
    return getattr(connect(client).bulk2, name)._client


def soql(text, *values):
    """:return: a query with its values quoted"""
    return module("format").format_soql(text, *values)


class Session:
    """What the library takes for a session of ``requests``.

    :raise Fault: where Salesforce answers that it did not do it
    """

    def __init__(self, client):
        self._client = client
        self.proxies = {}

    def request(self, method, url, *, headers=None, params=None, data=None, **_rest):
        path = url.split("://", 1)[-1].partition("/")[2]
        given = {
            name: value
            for name, value in (headers or {}).items()
            if name.lower() not in ("authorization", "x-prettyprint")
        }
        try:
            response = self._client.request(method, path, headers=given, params=params, data=data)
        except Fault as fault:
            raise errors.question(fault) from None
        fault = errors.fault(response, "the question")
        if fault:
            raise errors.question(fault)
        return Reply(url, response)


class Reply:
    """What the library reads of an answer, as ``requests`` has it."""

    def __init__(self, url, response):
        self.url, self._response = url, response
        self.status_code, self.content = response.status, response.body
        self.headers = Headers(response.headers)

    @property
    def text(self):
        return self.content.decode()

    def json(self, **_hooks):
        return codec.parse(self.content)


class Headers(dict):
    """Names in lower case are found in any case."""

    def get(self, name, default=None):
        return super().get(name.lower(), default)

    def __getitem__(self, name):
        return super().__getitem__(name.lower())
