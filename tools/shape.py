"""The small checks on every file: `python -m tools.shape FILES` prints what is wrong and fails."""

import ast
import json
import sys
from pathlib import Path
from xml.etree import ElementTree

BIGGEST = 1_500_000
MARKS = ("<<<<<<< ", ">>>>>>> ")
# Recorded bytes and words of others stay as they are.
AS_RECORDED = ("samples", "static", "i18n")


def faults(path):
    """What is wrong with one file, as a list of sentences."""
    if path.stat().st_size > BIGGEST:
        return [f"is bigger than {BIGGEST} bytes"]
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError:
        return []
    if "\0" in text or any(part in AS_RECORDED for part in path.parts):
        return []
    return [*_lines(text), *_syntax(path, text)]


def _lines(text):
    if "\r\n" in text:
        yield "has Windows line ends"
    if text and not text.endswith("\n"):
        yield "does not end with a newline"
    for number, line in enumerate(text.splitlines(), 1):
        if line != line.rstrip():
            yield f"has trailing blanks in line {number}"
        if line.startswith(MARKS):
            yield f"has a merge conflict in line {number}"


def _syntax(path, text):
    readers = {".json": json.loads, ".xml": ElementTree.fromstring, ".py": ast.parse}
    try:
        readers.get(path.suffix, len)(text)
    except (ValueError, SyntaxError, ElementTree.ParseError) as error:
        yield f"is not well formed: {error}"


if __name__ == "__main__":
    found = [f"{name}: {fault}" for name in sys.argv[1:] for fault in faults(Path(name))]
    print("\n".join(found))
    sys.exit(bool(found))
