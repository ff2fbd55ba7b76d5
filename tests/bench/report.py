"""What was measured, as a table for people and as JSON."""

import json

from tests.bench.measure import number, ratio

START, END = "<!-- figures -->", "<!-- end of figures -->"


class Report:
    def __init__(self, machine, command):
        self.machine, self.command = machine, command
        self.lines = []

    def add(self, code, what, ours, theirs, aim=None, aims=None, floor=None, ceiling=None, note=""):
        """One line.

        ours     Figure of Seam
        theirs   {name: Figure} of what is measured beside it, round by round
        aim      the ratio to the first of them that is aimed at
        floor    the value that is aimed at; ceiling the same where less is better
        """
        ratios = {}
        for name, figure in theirs.items():
            pair = (ours.values, figure.values) if ours.higher else (figure.values, ours.values)
            ratios[name] = ratio(*pair)
        first = next(iter(ratios.values()), (None,))[0]
        met, aimed = None, ""
        if aim is not None:
            met, aimed = first >= aim, f"≥ {aim:g} ×"
        elif floor is not None:
            met, aimed = ours.median >= floor, f"≥ {number(floor)} {ours.unit}"
        elif ceiling is not None:
            met, aimed = ours.median <= ceiling, f"≤ {number(ceiling)} {ours.unit}"
        self.lines.append(
            {
                "code": code,
                "what": what,
                "seam": ours._asdict(),
                "beside": {name: figure._asdict() for name, figure in theirs.items()},
                "ratios": ratios,
                "aim": aimed,
                "met": met,
                "note": note,
            }
        )
        print(f"  → {ours}; " + "; ".join(_beside(n, f, ratios[n]) for n, f in theirs.items()))
        if note:
            print(f"    {note}")
        self._figures = getattr(self, "_figures", {})
        self._figures[code] = (ours, theirs)

    def limit(self, code, what, figure, more):
        """One line without a side of Seam: what Odoo alone reaches."""
        self.add(code, what, figure, {each.name: each for each in more})
        self.lines[-1] |= {"limit": True}

    def table(self):
        rows = ["| What | Seam | Beside it | Seam is | Aim |", "|---|---|---|---|---|"]
        for line in self.lines:
            ours, theirs = self._figures[line["code"]]
            beside = "<br>".join(f"{name}: {figure}" for name, figure in theirs.items())
            factors = "<br>".join(
                f"{middle:.2f} × ({low:.2f}–{high:.2f})"
                for middle, low, high in line["ratios"].values()
            )
            verdict = {True: ", met", False: ", **not met**", None: ""}[line["met"]]
            what = line["what"] + (f"<br>{line['note']}" if line["note"] else "")
            rows.append(
                f"| {what} | {ours} | {beside or '–'} | {factors or '–'} | {line['aim'] or '–'}{verdict} |"
            )
        return "\n".join(rows)

    def save(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "results.json"
        file.write_text(
            json.dumps(
                {"machine": self.machine, "command": self.command, "lines": self.lines}, indent=1
            )
        )
        return file

    def publish(self, template, target):
        """Write the page: the hand-written prose of `template` with the figures in their place."""
        machine = "\n".join(f"- {name}: {value}" for name, value in self.machine.items())
        text = template.read_text()
        text = text.replace("{machine}", machine).replace("{command}", self.command)
        target.write_text(text.replace("{table}", self.table()))


def _beside(name, figure, factor):
    return f"{name}: {figure}: {factor[0]:.2f} × ({factor[1]:.2f}–{factor[2]:.2f})"
