"""`make bench`: how fast Seam is, with a rival or a bare limit beside each figure in the same run.

make bench                                   all of it; writes docs/benchmarks.md
make bench ARGS="--only intake,drain"        some of it; the page is left alone
make bench ARGS="--only drain --page"        some of it; only its lines on the page are replaced
make bench ARGS="--only orders --scenes services.at_once"
make bench ARGS="--quick"                    small numbers: does it work at all?
"""

import argparse
import datetime
import sys
import time

from tests.bench import contacts, drain, intake, latency, orders, page, place, send, ship, workplace
from tests.bench.measure import Wrong
from tests.bench.report import Report
from tools.settings import Problem, Settings

PARTS = {
    "intake": intake,
    "drain": drain,
    "send": send,
    "orders": orders,
    "latency": latency,
    "workplace": workplace,
    "ship": ship,
    "contacts": contacts,
}
# The workplace has a database of its own: it is full, and what it adds to messages is not in the other figures.
APART = {
    "workplace": ["seam_bench", "seam_exception"],
    "ship": ["seam_bench_ship"],
    "contacts": ["seam_bench", "seam_salesforce"],
}


def main():
    options = _options()
    started = time.monotonic()
    date = options.date or datetime.date.today().isoformat()
    report = Report({"date": date, **place.machine()}, f"make bench{_words(options)}")
    try:
        for modules, names in _places(options.only):
            with place.Place(modules).open() as there:
                for name in names:
                    report.begin(name)
                    PARTS[name].run(there, options, report)
    except Wrong as wrong:
        sys.exit(f"The benchmark failed: {wrong}.")
    except Problem as problem:
        sys.exit(f"seam: {problem}")
    finally:
        print(f"\n{report.table()}\n")
    whole = _whole(options)
    if options.page or (whole and not options.quick):
        page.publish(report.parts, whole)
        print(f"Written: {page.PAGE.relative_to(page.ROOT)} and {page.RAW.name} beside it")
    print(f"Raw results: {report.save(Settings().data / 'bench')}")
    print(f"{(time.monotonic() - started) / 60:.1f} minutes")


def _places(names):
    """:return: list of (modules, parts that run in one database with them)"""
    together = [name for name in names if name not in APART]
    modules = ["seam_bench"]
    if {"orders", "latency"} & set(together):
        modules += ["seam_bench_orders", "seam_bench_edi"]
    places = [(modules, together)] if together else []
    return places + [(APART[name], [name]) for name in names if name in APART]


def _options():
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(PARTS), help="parts: " + ", ".join(PARTS))
    parser.add_argument(
        "--scenes", help="of the orders: " + ", ".join([*orders.SCENES, "sizes"]), default=""
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it works")
    parser.add_argument(
        "--page", action="store_true", help="put on the page what a part or a quick run measured"
    )
    parser.add_argument("--date", help="the date on the page; today without it")
    options = parser.parse_args()
    options.only = options.only.split(",")
    options.scenes = options.scenes.split(",") if options.scenes else []
    if options.scenes and options.page:
        parser.error("--page takes whole parts: leave --scenes out")
    unknown = set(options.scenes) - {*orders.SCENES, "sizes"}
    if unknown:
        parser.error(f"there is no scene {', '.join(sorted(unknown))}")
    unknown = set(options.only) - set(PARTS)
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return options


def _whole(options):
    return options.only == list(PARTS) and not options.scenes


def _words(options):
    words = [] if options.only == list(PARTS) else [f"--only {','.join(options.only)}"]
    words += ["--quick"] if options.quick else []
    words += [f"--rounds {options.rounds}"] if options.rounds != 3 else []
    return f' ARGS="{" ".join(words)}"' if words else ""


if __name__ == "__main__":
    main()
