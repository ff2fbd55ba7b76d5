"""How a person's e-mail addresses, phone numbers and names are found in texts.

One pattern serves PostgreSQL and Python, for plain texts and for such with escapes of JSON,
XML, URLs or PostgreSQL's ``encode``: it is built of what both read alike.
"""

import re
from typing import NamedTuple

MASK = "[erased]"
# shorter ones are found in every second text
MIN_DIGITS = 7
MIN_LETTERS = 4

_BETWEEN = r"[ ().\/-]*"
_NO_WORD_BEFORE = r"(?<![\w.+-])"
# a letter that belongs to an escape, as in \nanna@… or %3Canna@…
_ESCAPE_BEFORE = r"(?<=\\[nrtbf])|(?<=\\u[0-9a-f]{4})|(?<=%[0-9a-f]{2})"
_EMAILS = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")


class Person(NamedTuple):
    """What a person is looked for by.

    :ivar emails: tuple of addresses
    :ivar phones: tuple of (country code or "", national number), digits only
    :ivar words: tuple of names and streets. Nobody is found by them; where something of
        the person was found, they are masked too.
    """

    emails: tuple = ()
    phones: tuple = ()
    words: tuple = ()

    def tests(self):
        """:return: list of (letters or "", pattern); a text in which the letters are not
        need not be searched by the pattern, which is dear
        """
        return [
            *((_needle(email), _email(email)) for email in self.emails),
            *(("", _phone(phone)) for phone in self.phones),
        ]

    def everything(self):
        """:return: pattern of all that is masked"""
        words = sorted((x for x in self.words if len(x) >= MIN_LETTERS), key=len, reverse=True)
        return "|".join([*(pattern for _needle, pattern in self.tests()), *map(_word, words)])


def found(person, text):
    """:return: whether the person is found in a text"""
    low = text.lower()
    return any(needle in low and matches(pattern, text) for needle, pattern in person.tests())


def matches(pattern, text):
    return bool(pattern) and re.search(pattern, text, re.IGNORECASE) is not None


def masked(pattern, value):
    """:param value: text, or a list or dict that holds texts
    :return: the same without what the pattern finds; keys are masked too
    """
    if not pattern:
        return value
    if isinstance(value, str):
        return re.sub(pattern, MASK, value, flags=re.IGNORECASE)
    if isinstance(value, list):
        return [masked(pattern, item) for item in value]
    if isinstance(value, dict):
        return {masked(pattern, key): masked(pattern, item) for key, item in value.items()}
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return MASK if matches(pattern, str(value)) else value
    return value


def other_emails(text, person):
    """:return: whether a text names an e-mail address that is not this person's"""
    own = {email.lower() for email in person.emails}
    return any(found.lower().rstrip(".") not in own for found in _EMAILS.findall(text))


def shown(text):
    """:return: an address or a name of which only the first letters are left"""
    return re.sub(r"(\w)\w*", lambda found: f"{found[1]}***", text or "")


def digits(text):
    return re.sub(r"\D", "", text or "")


def _needle(email):
    """:return: the longest part of an address that is never written otherwise"""
    return max(re.findall(r"[a-z0-9]*", email.lower()), key=len)


def _email(email):
    text = "".join(map(_coded, email.lower()))
    return rf"(?:{_NO_WORD_BEFORE}|{_ESCAPE_BEFORE}){text}(?![\w-]|\.\w)"


def _phone(parts):
    """With the country's code in any shape, or with a zero in its place, or without."""
    country, national = parts
    number = _BETWEEN.join(national)
    abroad = rf"(?:\+|00)?{_BETWEEN}{_BETWEEN.join(country)}{_BETWEEN}(?:0{_BETWEEN})?"
    before = ""
    if country:
        # so few digits may be anything: only with the country's code they are a number
        few = len(national) < MIN_DIGITS
        before = rf"(?:{abroad})" if few else rf"(?:{abroad}|0{_BETWEEN})?"
    return rf"(?<![\w]){before}{number}(?!\w)"


def _word(word):
    text = r"\s+".join("".join(map(_coded, part)) for part in word.split())
    return rf"(?<!\w){text}(?!\w)"


def _coded(letter):
    """A letter as it stands in JSON, in XML, in a URL, or as PostgreSQL escapes its bytes."""
    code = ord(letter)
    if letter.isascii() and letter.isalnum():
        return letter
    octal = "".join(rf"\\+{byte:03o}" for byte in letter.encode())
    forms = [re.escape(letter), rf"\\+u{code:04x}", f"&#0*{code};", f"&#x0*{code:x};"]
    if letter.isascii():
        forms.append(f"%{code:02x}")
    else:
        forms.append(octal)
        forms.append("".join(f"%{byte:02x}" for byte in letter.encode()))
    return f"(?:{'|'.join(forms)})"
