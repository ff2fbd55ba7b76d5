"""Runs the engine's tests without Odoo: ``pytest addons/seam/tests/engine``.

The package is loaded from its folder under the name ``engine``: importing it as
part of the addon would import the models, and with them Odoo.
"""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

ENGINE = Path(__file__).parents[2] / "engine"


def _load_engine():
    spec = importlib.util.spec_from_file_location(
        "engine", ENGINE / "__init__.py", submodule_search_locations=[str(ENGINE)]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["engine"] = module
    spec.loader.exec_module(module)


_load_engine()


@pytest.fixture(scope="session", autouse=True)
def load_registry():
    """In place of pytest-odoo's fixture of that name, which opens a database."""


@pytest.fixture(scope="session", autouse=True)
def load_http():
    """In place of pytest-odoo's, which starts a server, and wants the registry."""


@pytest.fixture(scope="session")
def schema_suite():
    """The folder of the official JSON Schema test suite. Offline, its tests are
    skipped on a developer's machine, and fail in CI."""
    import suite

    try:
        return suite.folder()
    except suite.Unavailable as reason:
        if os.environ.get("CI"):
            pytest.fail(str(reason))
        pytest.skip(str(reason))
