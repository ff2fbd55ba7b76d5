"""The page of the benchmarks: prose from the template, figures from the raw results kept beside it.

python3 -m tests.bench.page                  render docs/benchmarks.md again, after the prose changed
python3 -m tests.bench.page results.json     take the parts of a run that was made elsewhere, too

Needs nothing but Python.
"""

import sys
from pathlib import Path

from tests.bench.report import dump, load

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "tests" / "bench" / "benchmarks.md.in"
RAW = ROOT / "docs" / "benchmarks.json"
PAGE = ROOT / "docs" / "benchmarks.md"
# The parts, in the order in which they run and stand on the page.
HEADINGS = {
    "intake": "Taking in",
    "drain": "Working off",
    "send": "Sending",
    "orders": "Orders",
    "latency": "One order at a time, and what Odoo alone can do",
    "workplace": "The workplace of exceptions",
    "ship": "Shipping",
    "contacts": "A CRM's first load",
}


def publish(parts, whole=False, raw=RAW, template=TEMPLATE, page=PAGE):
    """Keep what was measured, and render the page. Of other parts stays what was measured before.

    parts  {name: report.Part}
    whole  this is everything: what is not in it is no part any more
    """
    kept = {} if whole or not raw.exists() else load(raw)
    kept.update(parts)
    dump({name: kept[name] for name in HEADINGS if name in kept}, raw)
    render(raw, template, page)


def render(raw=RAW, template=TEMPLATE, page=PAGE):
    """Write the page from the raw results."""
    page.write_text(text(load(raw), template.read_text()))


def text(parts, template):
    """:return: the page"""
    tried = [f"- {sentence}" for part in parts.values() for sentence in part.tried]
    machine = _facts(next(iter(parts.values())).machine) if parts else {}
    for place, lines in (
        ("{machine}", [f"- {name}: {value}" for name, value in machine.items()]),
        ("{figures}", _figures(parts, machine)),
        ("{tried}", tried),
    ):
        template = template.replace(place, "\n".join(lines))
    return template.rstrip("\n") + "\n"


def _figures(parts, machine):
    """Each part under its heading, with how and when it was measured."""
    lines = []
    for name, part in parts.items():
        how = f"`{part.command}`, {part.machine['date']}"
        other = [
            f"{fact}: {value}"
            for fact, value in _facts(part.machine).items()
            if machine.get(fact) != value
        ]
        where = f", on another machine or other versions ({'; '.join(other)})" if other else ""
        lines += [f"### {HEADINGS[name]}", "", f"{how}{where}:", "", part.table(), ""]
    return lines[:-1]


def _facts(machine):
    return {name: value for name, value in machine.items() if name != "date"}


def main():
    for file in sys.argv[1:]:
        publish(load(Path(file)))
    render()
    print(f"Written: {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
