"""Reading Odoo's log: what in it is our fault."""

import re

LINE = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (?P<level>[A-Z]+) \S+ (?P<text>.*)$", re.DOTALL
)
OURS = re.compile(r"addons[./]seam|\bseam[._][a-z]|\b_?seam\b")
ALWAYS = ("ERROR", "CRITICAL")
# Odoo names every option that only an addon knows.
EXPECTED = re.compile(r"^odoo\.tools\.config: unknown option 'seam_")


def problems(path):
    """The records of an install log that must not be there: every error, and warnings about our addons.

    The registry's warnings and Python's DeprecationWarnings are among them. A list of texts.
    """
    found = []
    for record in _records(path):
        match = LINE.match(record)
        if not match:
            continue
        level, text = match["level"], match["text"]
        if EXPECTED.match(text):
            continue
        if level in ALWAYS or (level == "WARNING" and OURS.search(text)):
            found.append(f"{level} {text.rstrip()}")
    return found


def tail(path, lines=15):
    """The last lines of a file, as one text."""
    return "".join(path.read_text(errors="replace").splitlines(keepends=True)[-lines:])


def _records(path):
    """Lines joined with the lines that continue them (tracebacks)."""
    record = ""
    with path.open(errors="replace") as file:
        for line in file:
            if LINE.match(line):
                yield record
                record = ""
            record += line
    yield record
