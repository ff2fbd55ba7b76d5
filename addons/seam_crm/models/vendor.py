"""What a CRM itself calls its fields. Plain Python: no Odoo, no database."""

from typing import NamedTuple

# type of a vendor's field → conversion that is proposed for it
KIND_BY_TYPE = {
    "text": "text",
    "choice": "text",
    "email": "email",
    "phone": "phone",
    "url": "url",
}


class VendorField(NamedTuple):
    """A field of the vendor's record, as its system describes it now.

    :ivar name: what its API calls it
    :ivar label: what its users read
    :ivar type: ``text``, ``html``, ``number``, ``boolean``, ``date``, ``datetime``,
        ``email``, ``phone``, ``url``, ``choice`` or ``record``; any other word is shown
        as it is, and converted by the type of Odoo's field
    :ivar custom: whether this customer of the vendor added it
    :ivar samples: tuple of a few values, as text
    :ivar readonly: the vendor lets nobody write it
    """

    name: str
    label: str
    type: str = "text"
    custom: bool = False
    samples: tuple = ()
    readonly: bool = False


def kind_of(type_):
    """:return: conversion that is proposed for a vendor's type"""
    return KIND_BY_TYPE.get(type_, "auto")


def type_of(values):
    """:return: type of a vendor's field by values that were seen, as JSON has them"""
    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return "boolean"
    if kinds and kinds <= {int, float}:
        return "number"
    return "text"
