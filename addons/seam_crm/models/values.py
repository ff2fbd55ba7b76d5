"""Values of fields: from a document to Odoo, back, and in a form that can be compared.

A field has a *kind*. What Odoo and a partner write differently but mean alike (the
shape of a phone number, capitals of an e-mail address, white space) compares equal.
"""

import re
from datetime import datetime, timezone
from math import isfinite

from odoo import fields
from odoo.tools import email_normalize_all, html2plaintext, plaintext2html

from odoo.addons.phone_validation.tools import phone_validation

# kinds whose value is looked up among Odoo's records: see ``lookup.py``
RECORDS = {
    "country": "res.country",
    "state": "res.country.state",
    "user": "res.users",
    "partner": "res.partner",
    "stage": "crm.stage",
    "activity": "mail.activity.type",
}
# kinds of activities that need no value map, and Odoo's own types for them
ACTIVITIES = {
    "task": "mail.mail_activity_data_todo",
    "call": "mail.mail_activity_data_call",
    "meeting": "mail.mail_activity_data_meeting",
    "email": "mail.mail_activity_data_email",
}
_BY_TYPE = {
    "boolean": "boolean",
    "integer": "integer",
    "float": "number",
    "monetary": "number",
    "date": "date",
    "datetime": "datetime",
    "html": "html",
    "selection": "choice",
}
NUMBERS = ("number", "integer")
WORDS_OF_TRUTH = {"": False, "false": False, "0": False, "true": True, "1": True}
DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ]\d\d:\d\d.*)?", re.ASCII)
# types of Odoo's fields whose values are no records and no files
PLAIN = ("char", "text", *_BY_TYPE)


def kind_of_type(type_):
    """:return: the kind of value of an Odoo field's type"""
    return _BY_TYPE.get(type_, "text")


def addresses(text):
    """:return: list of all e-mail addresses in a text, normalised, in its order"""
    found = email_normalize_all((text or "").replace(";", ","))
    return list(dict.fromkeys(found))


def phone_number(text, country_code=None):
    """:return: E.164 number of a text in any shape, or False when it is none"""
    text = (text or "").strip()
    if not text:
        return False
    number = phone_validation.phone_format(
        text, country_code, None, force_format="E164", raise_exception=False
    )
    return number if number.startswith("+") and number[1:].isdigit() else False


def comparable(kind, value, country_code=None):
    """:param value: as Odoo keeps it; a record where the kind is one
    :return: what equal values share: a plain value, None for an empty one
    """
    if kind in RECORDS:
        return value.id or None
    if kind == "boolean":
        return bool(value)
    if kind == "archived":
        return None if value else "archived"
    if kind in NUMBERS:
        # Odoo does not tell 0 from nothing
        return round(float(value or 0), 6) or None
    if kind == "date":
        return fields.Date.to_string(value) or None
    if kind == "datetime":
        return fields.Datetime.to_string(value) or None
    if kind == "language":
        return value or None
    if kind == "status":
        return value if value in ("won", "lost") else None
    return _comparable_text(kind, value, country_code)


def _comparable_text(kind, value, country_code):
    text = html2plaintext(value or "") if kind == "html" else value or ""
    text = " ".join(str(text).split())
    if not text:
        return None
    if kind == "email":
        return ", ".join(addresses(text)) or text.lower()
    if kind == "phone":
        return phone_number(text, country_code) or text
    if kind == "url":
        return re.sub(r"^https?://(www\.)?", "", text.lower()).rstrip("/")
    if kind == "code":
        return re.sub(r"[^0-9A-Z]", "", text.upper())
    return text


def to_odoo(kind, value):
    """:param value: as a document tells it, of a kind that is no record
    :return: value to write
    :raise ValueError: it is none of this kind
    """
    if kind == "boolean":
        return _truth(value)
    if kind == "archived":
        return not value
    if value is None or value == "":
        return False
    if kind in NUMBERS:
        return _number(kind, value)
    if kind == "html":
        return plaintext2html(str(value))
    if kind == "date":
        return _day(value)
    if kind == "datetime":
        return _moment(value)
    if kind == "email":
        found = addresses(value)
        return ", ".join(found) if len(found) > 1 else str(value).strip()
    return str(value).strip() if isinstance(value, str) else value


def _truth(value):
    word = str(value).strip().lower() if value is not None else ""
    if word not in WORDS_OF_TRUTH:
        raise ValueError(value)
    return WORDS_OF_TRUTH[word]


def _number(kind, value):
    number = float(value)
    if isinstance(value, bool) or not isfinite(number):
        raise ValueError(value)
    if kind == "integer" and not number.is_integer():
        raise ValueError(value)
    return number


def _day(value):
    """A moment is on the day that it names."""
    found = DAY.fullmatch(str(value).strip())
    if not found:
        raise ValueError(value)
    return fields.Date.to_date(found[1])


def _moment(value):
    """:return: naive datetime in UTC, of a text by ISO 8601; without a zone it is UTC"""
    moment = datetime.fromisoformat(str(value).strip().replace("Z", "+00:00"))
    if moment.tzinfo:
        moment = moment.astimezone(timezone.utc)
    return moment.replace(microsecond=0, tzinfo=None)


def to_document(kind, value):
    """:param value: as Odoo keeps it, of a kind that is no record
    :return: plain value; None for an empty one
    """
    if kind == "boolean":
        return bool(value)
    if kind == "archived":
        return not value
    if kind in NUMBERS:
        return None if value is False else value
    if value is False or value is None or value == "":
        return None
    if kind == "html":
        return html2plaintext(value).strip() or None
    if kind == "date":
        return fields.Date.to_string(value)
    if kind == "datetime":
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value
