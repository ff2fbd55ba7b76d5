"""What was measured, as a table for people and as JSON."""

import json
from typing import NamedTuple

from tests.bench.measure import Figure, number, ratio


class Line(NamedTuple):
    """One thing that was measured.

    ours    Figure of Seam; of Odoo alone where it is a bare limit
    beside  {name: Figure} measured in the same rounds
    ratios  {name: (median, lowest, highest)}: how many times better ours is
    aim     in words; `met` says whether it is reached, None where there is none
    """

    code: str
    what: str
    ours: Figure
    beside: dict
    ratios: dict
    aim: str
    met: bool | None
    note: str

    def row(self):
        beside = [f"{name}: {figure}" for name, figure in self.beside.items()]
        ratios = [_factor(factor) for factor in self.ratios.values()]
        what = self.what + (f"<br>{self.note}" if self.note else "")
        aim = (self.aim or "–") + {True: ", met", False: ", **not met**", None: ""}[self.met]
        cells = (what, str(self.ours), "<br>".join(beside) or "–", "<br>".join(ratios) or "–", aim)
        return f"| {' | '.join(cells)} |"


class Part(NamedTuple):
    """What one part of the benchmark measured, where, when, and by which command.

    machine  {name: value}: what it was measured on, and the date
    tried    sentences for the list of what was tried
    """

    command: str
    machine: dict
    lines: list
    tried: list

    def table(self):
        head = ["| What | Seam | Beside it | Seam is | Aim |", "|---|---|---|---|---|"]
        return "\n".join([*head, *(line.row() for line in self.lines)])


class Report:
    """What a run measures: `begin(part)`, then `add` and `tell` for each figure and finding."""

    def __init__(self, machine, command):
        self.machine, self.command = machine, command
        self.parts = {}

    def begin(self, name):
        self.parts[name] = self.part = Part(self.command, self.machine, [], [])

    def add(
        self, code, what, ours, beside, times=None, floor=None, ceiling=None, note="", compare=True
    ):
        """Keep and print one line.

        times    the ratio to the first of `beside` that is aimed at
        floor    the value that is aimed at; `ceiling` the same where less is better
        compare  whether a ratio says anything
        """
        ratios = {
            name: ratio(ours.values, other.values)
            if ours.higher
            else ratio(other.values, ours.values)
            for name, other in beside.items()
            if compare
        }
        aim, met = _verdict(ours, ratios, times, floor, ceiling)
        line = Line(code, what, ours, beside, ratios, aim, met, note)
        self.part.lines.append(line)
        print(f"  → {line.row()}", flush=True)

    def tell(self, sentence):
        """Keep and print what was tried, for the list on the page."""
        self.part.tried.append(sentence)
        print(f"  → {sentence}", flush=True)

    def table(self):
        return "\n\n".join(part.table() for part in self.parts.values() if part.lines)

    def save(self, folder):
        """Write the raw results, and return the file."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "results.json"
        dump(self.parts, file)
        return file


def dump(parts, file):
    """Write raw results. parts: {name: Part}"""
    content = {
        name: {
            **part._asdict(),
            "lines": [
                {
                    **line._asdict(),
                    "ours": line.ours._asdict(),
                    "beside": {beside: each._asdict() for beside, each in line.beside.items()},
                }
                for line in part.lines
            ],
        }
        for name, part in parts.items()
    }
    file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def load(file):
    """:return: {name: Part} as `dump` wrote it"""
    return {
        name: Part(**{**part, "lines": [_line(line) for line in part["lines"]]})
        for name, part in json.loads(file.read_text()).items()
    }


def _line(line):
    beside = {name: Figure(**each) for name, each in line["beside"].items()}
    return Line(**{**line, "ours": Figure(**line["ours"]), "beside": beside})


def _verdict(ours, ratios, times, floor, ceiling):
    if times is not None:
        reached = next(iter(ratios.values()))[0]
        return f"≥ {times:g} ×", reached >= times
    if floor is not None:
        return f"≥ {number(floor)} {ours.unit}", ours.median >= floor
    if ceiling is not None:
        return f"≤ {number(ceiling)} {ours.unit}", ours.median <= ceiling
    return "", None


def _factor(factor):
    middle, low, high = factor
    return f"{middle:.2f} ×" + (f" ({low:.2f}–{high:.2f})" if low != high else "")
