"""What the documentation points at is there: pages, pictures, tests."""

import re

import pytest

from tools.settings import ADDONS, ROOT

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchors(page):
    """The headings of a page as GitHub names them."""
    found = set()
    for heading in HEADING.findall(page.read_text()):
        words = re.sub(r"[^\w\- ]", "", heading.lower())
        found.add(words.replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for link in LINK.findall(page.read_text()):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), link


def test_tests_that_hold_what_must_always_hold_are_there():
    """Those that docs/architecture.md names beside each rule."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    rules = text.split("## What must always hold", 1)[1].split("\n## ", 1)[0]
    sources = "".join(path.read_text() for path in ADDONS.glob("*/tests/**/*.py"))
    names = re.findall(r"`(Test\w+)`", rules)
    paths = re.findall(r"`((?:addons|tests)/[^`]*)`", rules)
    assert names and paths
    for name in names:
        assert f"class {name}(" in sources, name
    for path in paths:
        assert (ROOT / path).exists(), path
