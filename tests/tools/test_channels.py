"""Each queue has a channel of its own wherever channels are set, so that bulk never delays critical."""

import configparser
import re
import runpy

import pytest

from tools.settings import ADDONS, ROOT

NAMED = re.compile(r"root\.seam_[a-z]+")


def in_conf():
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "odoo.conf")
    return parser["queue_job"]["channels"]


def in_docs():
    (line,) = re.findall(
        r"^channels = (.+)$", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE
    )
    return line


@pytest.mark.parametrize("channels", [in_conf, in_docs])
def test_every_queue_has_one(channels):
    queues = runpy.run_path(str(ADDONS / "seam" / "const.py"))["QUEUES"]
    used = {f"root.seam_{code}" for code, _title in queues}
    for source in ADDONS.glob("*/models/*.py"):
        used |= set(NAMED.findall(source.read_text()))
    capacities = dict(channel.split(":") for channel in channels().split(","))
    assert set(capacities) == used | {"root"}


def test_operators_are_told_what_is_set():
    assert in_docs() == in_conf()
