"""karrio, loaded when a carrier is used for the first time, and kept quiet.

karrio translates, both ways; it never calls anybody here: requests go out and answers come in
by Seam's own client. Its own settings get no credentials.
"""

import contextlib
import importlib
import importlib.metadata
import logging
import sys
import types
from functools import lru_cache

from odoo.addons.seam.engine.fault import Fault

# Carrier of karrio, and the distribution that brings it.
DISTRIBUTIONS = {
    "ups": "karrio_ups",
    "fedex": "karrio_fedex",
    "dhl_parcel_de": "karrio_dhl_parcel_de",
}
OLDEST_PYTHON = (3, 11)


def missing(carrier):
    """:return: a sentence about what keeps a carrier from being used, or ''. Loads nothing."""
    if sys.version_info < OLDEST_PYTHON:
        running = ".".join(map(str, sys.version_info[:2]))
        return f"karrio needs Python 3.11 or newer, and this Odoo runs on Python {running}."
    for name in ("karrio", DISTRIBUTIONS[carrier]):
        try:
            importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            return f"The Python library {DISTRIBUTIONS[carrier]} is not installed on the server."
    return ""


def mapper(carrier, **settings):
    """:return: karrio's mapper of a carrier; its settings carry no credentials
    :raise Fault: ``config.invalid``: the library is not there
    """
    made = _modules(carrier)
    return made.Mapper(made.Settings(carrier_id=carrier, **{**made.blank, **settings}))


def models():
    """:return: karrio's unified models; a carrier was loaded before"""
    return importlib.import_module("karrio.core.models")


def tools():
    """:return: karrio's own helpers; a carrier was loaded before"""
    return importlib.import_module("karrio.lib")


def part(name):
    """:return: a module of karrio; its carrier was loaded before"""
    return importlib.import_module(f"karrio.{name}")


@lru_cache
def _modules(carrier):
    sentence = missing(carrier)
    if sentence:
        raise Fault(
            "config.invalid",
            sentence,
            fix=f"Have {DISTRIBUTIONS[carrier]} installed on the server, and Odoo restarted.",
            subject=f"library:{carrier}",
        )
    _keep_quiet()
    with _stand_in_for_pypdf2():
        return types.SimpleNamespace(
            Mapper=importlib.import_module(f"karrio.mappers.{carrier}.mapper").Mapper,
            Settings=importlib.import_module(f"karrio.mappers.{carrier}.settings").Settings,
            blank=_BLANK[carrier],
        )


# What the settings insist on, and nothing here reads.
_BLANK = {
    "ups": {"client_id": "", "client_secret": ""},
    "fedex": {},
    "dhl_parcel_de": {},
}


@contextlib.contextmanager
def _stand_in_for_pypdf2():
    """karrio asks for PyPDF2, which is given up, and which Odoo would prefer to pypdf once it
    is there. It uses one class of it, to put PDF files together; pypdf has that.
    """
    try:
        importlib.import_module("PyPDF2")
    except ImportError:
        stand_in = types.ModuleType("PyPDF2")
        stand_in.PdfMerger = importlib.import_module("pypdf").PdfWriter
        sys.modules["PyPDF2"] = stand_in
    try:
        yield
    finally:
        if not getattr(sys.modules["PyPDF2"], "__file__", None):
            del sys.modules["PyPDF2"]


def _keep_quiet():
    """karrio writes to standard error, what it does not know of an answer included."""
    importlib.import_module("loguru").logger.disable("karrio")
    logging.getLogger("jstruct.utils").setLevel(logging.ERROR)
