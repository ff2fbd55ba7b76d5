"""What a machine may lack: each is told in one sentence that says what to do."""

import subprocess
import sys

import pytest

from tools import apt, odoo_source, postgres, python_env
from tools.settings import ROOT, Problem, Settings


def test_an_old_python_is_named(tmp_path):
    """seam.py itself starts on any Python 3."""
    code = (
        "import sys, runpy; sys.version_info = (3, 9, 0, 'final', 0);"
        "sys.argv = ['seam.py', 'setup']; runpy.run_path('tools/seam.py', run_name='__main__')"
    )
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode
    assert "Python 3.10 to 3.13" in answer.stderr and "Traceback" not in answer.stderr


def test_no_python_that_odoo_runs_on(tmp_path, monkeypatch):
    settings = Settings({"SEAM_DATA": str(tmp_path)})
    monkeypatch.setattr(python_env, "_version", lambda _python: (3, 14))
    with pytest.raises(Problem, match=r"Python 3\.10 to 3\.13.*make PYTHON=python3\.12"):
        python_env.ensure(settings)


def test_without_apt_odoo_is_to_be_named(tmp_path, monkeypatch):
    settings = Settings({"SEAM_DATA": str(tmp_path)})
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Problem, match="no apt here.*set ODOO_HOME"):
        odoo_source.ensure(settings)


def test_a_program_that_we_may_not_install_is_named(monkeypatch):
    monkeypatch.setattr(apt, "can_install", lambda: False)
    with pytest.raises(Problem, match="The browser tests need it: .*`apt-get install a-package`"):
        apt.ensure_program("no-such-program", "a-package", "The browser tests need it")


def test_another_odoo_is_refused(tmp_path):
    release = tmp_path / "odoo" / "release.py"
    release.parent.mkdir()
    release.write_text("version_info = (18, 0, 0, 'final', 0, '')\n")
    with pytest.raises(Problem, match="is not 19.0"):
        odoo_source.ensure(Settings({"SEAM_DATA": str(tmp_path), "ODOO_HOME": str(tmp_path)}))


def test_a_server_of_ones_own_is_used(tmp_path, monkeypatch):
    """PGHOST is given: no cluster is made, and only what was given is passed on."""
    for name in postgres.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    given = {"PGHOST": "db.example", "PGUSER": "odoo"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = Settings({"SEAM_DATA": str(tmp_path), **given})
    with postgres.available(settings) as environment:
        assert environment == given
    assert not list(tmp_path.iterdir())
