"""Settings of the server administrator: section ``[seam]`` of odoo.conf."""

import os
from configparser import RawConfigParser
from functools import cache

from odoo.tools import config


@cache
def _section():
    parser = RawConfigParser()
    parser.read([config["config"]] if config["config"] else [])
    return dict(parser["seam"]) if parser.has_section("seam") else {}


def get(name):
    """:return: ``SEAM_<NAME>`` of the environment, else the setting, else None"""
    return os.environ.get(f"SEAM_{name.upper()}") or _section().get(name)
