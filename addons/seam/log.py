"""How Seam's lines stand in Odoo's log: without secrets, and as JSON where asked for.

``[seam] json_logs`` or ``SEAM_JSON_LOGS=1`` writes the lines of Seam's addons as one JSON
object each, with the fields of :func:`bound` and of ``extra``. They go where Odoo's log
goes; the lines of others stay as they are.
"""

import copy
import logging
from contextlib import contextmanager
from contextvars import ContextVar

from pythonjsonlogger.json import JsonFormatter

from . import settings
from .engine.redact import SecretFilter

PREFIX = "odoo.addons.seam"
FIELDS = "%(asctime)s %(levelname)s %(name)s %(message)s %(process)d"

_bound: ContextVar[dict | None] = ContextVar("seam_log", default=None)


@contextmanager
def bound(**fields):
    """Let every line within carry these fields, such as trace_id, message_id and flow."""
    token = _bound.set({**(_bound.get() or {}), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


class SeamFormatter(logging.Formatter):
    """JSON for Seam's own lines; the formatter that was there for all others."""

    def __init__(self, others):
        super().__init__()
        self.others = others or logging.Formatter()
        self.json = JsonFormatter(
            FIELDS,
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
            json_ensure_ascii=False,
        )
        self.json.default_time_format = "%Y-%m-%dT%H:%M:%S"
        self.json.default_msec_format = "%s.%03d"

    def format(self, record):
        if not record.name.startswith(PREFIX):
            return self.others.format(record)
        line = copy.copy(record)
        if line.exc_text:
            # the filter has cleaned this text; the formatter would write its own
            line.exc_info = None
        for name, value in (_bound.get() or {}).items():
            if not hasattr(line, name):
                setattr(line, name, value)
        return self.json.format(line)


def install(handlers=None):
    """Once for each process, on Odoo's own handlers, when the addon is loaded."""
    as_json = settings.get("json_logs") in ("1", "true", "True", "yes", "on")
    for handler in logging.getLogger().handlers if handlers is None else handlers:
        if not any(isinstance(known, SecretFilter) for known in handler.filters):
            handler.addFilter(SecretFilter())
        if as_json and not isinstance(handler.formatter, SeamFormatter):
            handler.setFormatter(SeamFormatter(handler.formatter))
