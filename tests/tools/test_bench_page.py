"""The page of the benchmarks is made of parts that are measured at different times."""

import json

import pytest

from tests.bench import page
from tests.bench.measure import Figure
from tests.bench.report import Report, load
from tests.bench.run import PARTS

MACHINE = {"date": "2026-01-02", "machine": "2 cores", "Odoo": "19.0"}


def run(*names, machine=MACHINE, command="make bench", value=10.0):
    report = Report(machine, command)
    for name in names:
        report.begin(name)
        beside = {"a rival": Figure("rival", "things/s", [5.0, 4.0])}
        ours = Figure("Seam", "things/s", [value, value])
        report.add(name, f"Work of {name}", ours, beside, times=2)
        report.tell(f"Tried in {name}.")
    return report


@pytest.fixture
def files(tmp_path):
    """The raw results, the template and the page, in a folder of their own."""
    template = tmp_path / "page.md.in"
    template.write_text("# Title\n\n{machine}\n\n{figures}\n\n## Tried\n\n{tried}\n")
    return {"raw": tmp_path / "raw.json", "template": template, "page": tmp_path / "page.md"}


def test_a_full_run_writes_every_part_under_its_heading(files):
    page.publish(run("drain", "intake").parts, whole=True, **files)
    text = files["page"].read_text()
    assert text.index("### Taking in") < text.index("### Working off")
    assert "`make bench`, 2026-01-02:" in text
    assert "- machine: 2 cores\n- Odoo: 19.0\n" in text
    assert "| Work of drain | 10 things/s | a rival: 4.5 things/s (4–5) |" in text
    assert "- Tried in drain." in text
    assert "{" not in text


def test_one_part_replaces_its_own_lines_only(files):
    page.publish(run("intake", "drain").parts, whole=True, **files)
    later = run(
        "drain",
        machine={**MACHINE, "date": "2026-02-03"},
        command='make bench ARGS="--only drain"',
        value=99.0,
    )
    page.publish(later.parts, **files)
    text = files["page"].read_text()
    assert "`make bench`, 2026-01-02:" in text
    assert '`make bench ARGS="--only drain"`, 2026-02-03:' in text
    assert "| Work of intake | 10 things/s" in text
    assert "| Work of drain | 99 things/s" in text
    assert "| Work of drain | 10 things/s" not in text
    assert text.count("- Tried in drain.") == 1
    assert list(json.loads(files["raw"].read_text())) == ["intake", "drain"]


def test_a_part_that_was_measured_elsewhere_says_so(files):
    page.publish(run("intake").parts, whole=True, **files)
    page.publish(run("drain", machine={**MACHINE, "machine": "64 cores"}).parts, **files)
    assert "on another machine or other versions (machine: 64 cores):" in files["page"].read_text()


def test_a_full_run_drops_what_is_no_part_any_more(files):
    page.publish(run("intake", "drain").parts, whole=True, **files)
    page.publish(run("intake").parts, whole=True, **files)
    assert "Working off" not in files["page"].read_text()


def test_raw_results_are_read_as_they_were_written(tmp_path):
    report = run("intake", "drain")
    assert load(report.save(tmp_path)) == {
        name: part._replace(
            lines=[
                line._replace(ratios={key: list(value) for key, value in line.ratios.items()})
                for line in part.lines
            ]
        )
        for name, part in report.parts.items()
    }


def test_every_part_has_its_place_on_the_page():
    assert list(page.HEADINGS) == list(PARTS)


def test_the_page_in_the_repository_is_what_template_and_raw_results_give():
    template = page.TEMPLATE.read_text()
    assert page.PAGE.read_text() == page.text(load(page.RAW), template)
