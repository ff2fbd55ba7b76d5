"""`make test`, `bench`, `chaos` and `test-upstream`. Runs inside the virtual environment.

All of them get a PostgreSQL server and a template database with the suite installed, and pass on:

    PGHOST PGPORT PGUSER PGPASSWORD   the server
    SEAM_TEMPLATE                     the template, to copy with tools.databases
    ODOO_CONF                         an odoo.conf for it
    SEAM_PYTHON                       the Python of the virtual environment
"""

import contextlib
import os
import shlex
import shutil
from pathlib import Path

from tools import apt, databases, linting, odoo_conf, odoo_source, postgres, processes, python_env
from tools.install_log import problems
from tools.server import install
from tools.settings import ADDONS, ROOT, Problem, addons, manifest
from tools.stamp import digest, locked

BASE = "seam_test_base"
TEMPLATE = "seam_test_template"
# One database a run, named after its process, so that two runs do not meet.
DATABASE = "seam_test"
NOTHING_COLLECTED = 5
# pytest's options that take the next word as their value.
WITH_VALUE = {"-k", "-m", "-p", "-n", "-c", "-o", "-W", "-r", "--maxfail", "--deselect", "--ignore"}
# With -n: a file is one story and stays in one process. They begin in the order of their names, in which the long
# ones come first, and not by the number of their tests.
SIDE_BY_SIDE = ["--dist", "loadfile", "--no-loadscope-reorder"]


def test(settings, arguments):
    """Run pytest over the addons and then over tests/; returns the exit code of what failed first."""
    on_addons, on_system, options = split(arguments)
    if "-n" in options:
        options = [*options, *SIDE_BY_SIDE]
    _ensure_chromium()
    _ensure_node(settings)
    with _prepared(settings) as environment:
        environment["SEAM_OUTCOME"] = environment["ODOO_CONF"].replace(".conf", ".outcome")
        codes = []
        if on_addons:
            codes.append(_test_addons(settings, [*on_addons, *options], environment))
        if on_system and codes in ([], [0], [NOTHING_COLLECTED]):
            codes.append(_pytest(settings, ["-p", "no:odoo", *on_system, *options], environment))
    failed = [code for code in codes if code not in (0, NOTHING_COLLECTED)]
    return failed[0] if failed else min(codes, default=NOTHING_COLLECTED)


def _test_addons(settings, arguments, environment):
    with databases.database(_database(), TEMPLATE):
        odoo = [f"--odoo-config={environment['ODOO_CONF']}", "--odoo-http"]
        return _pytest(settings, [*odoo, *arguments], environment)


def _database():
    return f"{DATABASE}_{os.getpid()}"


def program(settings, path, arguments):
    """Run the benchmark or failure test at `path`; returns its exit code."""
    if not (ROOT / path).exists():
        raise Problem(f"{path} does not exist yet.")
    with _prepared(settings) as environment:
        command = [settings.python, ROOT / path, *shlex.split(arguments)]
        return processes.run(command, cwd=ROOT, env=environment)


def split(arguments):
    """Words for pytest → (paths in addons/, paths in tests/, options). Without paths: all there are."""
    on_addons, on_system, options = [], [], []
    words = shlex.split(arguments)
    for before, word in zip(["", *words], words):
        path = (ROOT / word.split("::")[0]).resolve()
        is_path = before not in WITH_VALUE and not word.startswith("-") and path.exists()
        if is_path and path.is_relative_to(ADDONS):
            on_addons.append(word)
        elif is_path:
            on_system.append(word)
        else:
            options.append(word)
    if not on_addons and not on_system:
        on_addons = [str(path.relative_to(ROOT)) for path in sorted(ADDONS.glob("*/tests"))]
        on_system = ["tests"] if any((ROOT / "tests").rglob("test_*.py")) else []
    return on_addons, on_system, options


@contextlib.contextmanager
def _prepared(settings):
    """A server with an up-to-date template; yields the environment for what runs on it."""
    with postgres.available(settings) as server:
        os.environ.update(server)
        with locked(settings.data / "template.lock"):
            _make_template(settings)
            _drop_left_behind()
        options = {
            "workers": 0,
            "max_cron_threads": 0,
            "screenshots": settings.logs / "screenshots",
        }
        path = settings.data / "conf" / f"{_database()}.conf"
        conf = odoo_conf.write(path, settings, _database(), options=options)
        try:
            yield {
                **os.environ,
                "PATH": settings.tool_path(),
                "PYTHONPATH": str(ROOT),
                "SEAM_DATA": str(settings.data),
                "SEAM_PYTHON": str(settings.python),
                "SEAM_TEMPLATE": TEMPLATE,
                "ODOO_CONF": str(conf),
            }
        finally:
            conf.unlink()
            conf.with_suffix(".outcome").unlink(missing_ok=True)


def _make_template(settings):
    """A database with every addon and no demo data, made again when a source changed."""
    found = addons()
    if not found:
        raise Problem("There is no addon in addons/ yet: nothing to test.")
    sources = [digest(folder, skip=("tests", "readme")) for folder in found.values()]
    stamp = digest(odoo_source.version_stamp(settings), *sources)
    if databases.comment(TEMPLATE) == stamp:
        return
    _make_base(settings, found)
    print(f"Installing {', '.join(found)} in {TEMPLATE} …", flush=True)
    databases.drop(TEMPLATE)
    databases.create(TEMPLATE, BASE)
    log = install(TEMPLATE, found)
    wrong = problems(log)
    if wrong:
        raise Problem(
            "The addons install with warnings, which count as failures:\n" + "\n".join(wrong)
        )
    databases.set_comment(TEMPLATE, stamp)


def _make_base(settings, found):
    """What the template starts from: the modules of others that the addons depend on."""
    wanted = {name for folder in found.values() for name in manifest(folder).get("depends", [])}
    modules = sorted(wanted - set(found)) or ["base"]
    stamp = digest(odoo_source.version_stamp(settings), python_env.LOCK, *modules)
    if databases.comment(BASE) == stamp:
        return
    print(f"Installing {', '.join(modules)} in {BASE} …", flush=True)
    databases.drop(BASE)
    databases.create(BASE)
    install(BASE, modules)
    databases.set_comment(BASE, stamp)


def _drop_left_behind():
    """Drop the test databases of runs that were killed."""
    rows = databases.query("postgres", "SELECT datname FROM pg_database")
    for (name,) in rows:
        owner = name.removeprefix(f"{DATABASE}_")
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            databases.drop(name)


def _pytest(settings, arguments, environment):
    return processes.run(
        [settings.python, "-m", "pytest", "-p", "tools.earlier_stage", *arguments],
        cwd=ROOT,
        env=environment,
    )


def _ensure_node(settings):
    """The token server that logging in is tried against."""
    try:
        linting.ensure_node(settings)
    except Problem as problem:
        if os.environ.get("CI"):
            raise
        print(f"{problem} The test against another token server is skipped now.", flush=True)


def _ensure_chromium():
    if shutil.which("chromium") or shutil.which("google-chrome"):
        return
    try:
        apt.ensure_program("chromium", "chromium", "The browser tests need Chromium")
    except Problem as problem:
        if os.environ.get("CI"):
            raise
        print(f"{problem} They are skipped now.", flush=True)
