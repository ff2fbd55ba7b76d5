"""What makes two faults the same cause."""

import re
import unicodedata

# "product:BAR3", "shop.example:503": made by a program, and exact.
_MADE = re.compile(r"[a-z][a-z0-9_.-]*:\S")
# A number, a date, a document's number such as S00042, a UUID.
_VARIABLE = re.compile(r"[^\s:,;()“”\"']*\d[^\s:,;()“”\"']*")
# Of a sentence as much counts as is there whole when it was cut short.
_KEPT = 80


def normalised(subject: str) -> str:
    """The subject of a fault without what differs from one message to the next.

    A code stays as it is, apart from white space: ``bar3`` and ``BAR3`` may be two
    articles. A sentence, such as the text of an error that Odoo raised, loses its
    numbers, so that the same error about other documents is the same cause.
    """
    text = " ".join(unicodedata.normalize("NFC", subject).split())
    if " " not in text or _MADE.match(text):
        return text
    return _VARIABLE.sub("#", text)[:_KEPT]
