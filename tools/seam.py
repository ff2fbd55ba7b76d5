"""The commands behind the Makefile. `python3 tools/seam.py --help` lists them.

Starts on any Python 3 and its standard library: it makes the virtual environment, then goes on in it.
"""

import argparse
import os
import sys

if sys.version_info < (3, 10):
    sys.exit("Seam needs Python 3.10 to 3.13: install one and call `make PYTHON=python3.12 …`.")
sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from tools import processes
from tools.settings import Problem, Settings

COMMANDS = {
    "setup": "make the virtual environment and get Odoo",
    "run": "Odoo with the demo company on this machine, until Ctrl-C",
    "order": "post a WooCommerce order to what `make run` started, as the shop would",
    "test": "every test; --args is passed to pytest",
    "lint": "check and format every file",
    "bench": "the benchmarks, with a table at the end",
    "chaos": "the failure tests, with a table at the end",
    "test-upstream": "Odoo's own tests of sale, stock and queue_job with Seam installed",
    "exec": "one tool of the virtual environment or of npm",
    "clean": "remove everything that was made below SEAM_DATA",
}


def main():
    words = _arguments()
    settings = Settings()
    processes.stop_on_signals()
    if words.command == "clean":
        from tools import cleaning

        return cleaning.clean(settings)
    _set_up(settings, words)
    return _dispatch(settings, words)


def _arguments():
    parser = argparse.ArgumentParser(prog="seam.py", description="Seam's own commands.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text)
        if name == "exec":
            command.add_argument("tool", nargs=argparse.REMAINDER)
        elif name == "test-upstream":
            command.add_argument("--bare", action="store_true", help="without Seam, to compare")
        elif name == "order":
            command.add_argument(
                "--unknown-sku", action="store_true", help="of a product that Odoo does not know"
            )
        else:
            command.add_argument(
                "--args", default="", help="words for the program behind the command"
            )
    return parser.parse_args()


def _set_up(settings, words):
    """Bring the environment up, and go on inside it."""
    from tools import alone, linting, odoo_source, python_env
    from tools.stamp import locked

    if words.command == "run":
        alone.check(settings)
    with locked(settings.data / "setup.lock"):
        needs_odoo = words.command != "lint"
        if needs_odoo:
            odoo_source.ensure(settings)
        python_env.ensure(settings)
        if needs_odoo:
            odoo_source.link(settings)
        if words.command in ("lint", "exec"):
            linting.ensure_node(settings)
    if os.path.realpath(sys.prefix) != os.path.realpath(settings.venv):
        os.execv(settings.python, [str(settings.python), os.path.abspath(__file__), *sys.argv[1:]])


def _dispatch(settings, words):
    from tools import linting, ordering, running, testing, upstream

    if words.command == "run":
        return running.run(settings)
    if words.command == "order":
        return ordering.order(settings, words.unknown_sku)
    if words.command == "test":
        return testing.test(settings, words.args)
    if words.command in ("bench", "chaos"):
        return testing.program(settings, f"tests/{words.command}/run.py", words.args)
    if words.command == "test-upstream":
        return upstream.test(settings, words.bare)
    if words.command == "lint":
        return linting.lint(settings, words.args)
    if words.command == "exec":
        return linting.execute(settings, words.tool)
    print(f"Everything is there, below {settings.data}.")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        sys.exit(f"seam: {problem}")
    except processes.Stopped as stopped:
        sys.exit(128 + stopped.number)
