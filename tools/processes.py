"""Starting programs so that none is ever left behind."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import tempfile

from tools.settings import Problem


class Stopped(BaseException):
    """The user (SIGINT) or the system (SIGTERM, SIGHUP) asked us to end."""

    def __init__(self, number):
        super().__init__(signal.Signals(number).name)
        self.number = number


def stop_on_signals():
    """Turn the first SIGINT, SIGTERM or SIGHUP into `Stopped`; later ones do not disturb the clean-up.

    Set even where the signal was ignored at start, as a shell does for its background jobs.
    """
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop(number, _frame):
        for each in numbers:
            signal.signal(each, lambda *_: None)
        raise Stopped(number)

    for number in numbers:
        signal.signal(number, stop)


def call(command, failure, input="", **options):
    """Run a program of the set-up quietly and return what it printed.

    When it fails, a `Problem` with `failure` and its last line. The output goes through a file: a
    server that the program leaves running would keep a pipe open for ever.
    """
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        result = subprocess.run(
            list(map(str, command)),
            input=input,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            **options,
        )
        output.seek(0)
        text = output.read()
    if result.returncode:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        raise Problem(f"{failure} ({lines[-1] if lines else f'exit code {result.returncode}'})")
    return text


def start(command, **options):
    """Start a program in a process group of its own, so that `stop` reaches its children too."""
    return subprocess.Popen(
        list(map(str, command)), stdin=subprocess.DEVNULL, start_new_session=True, **options
    )


def stop(process, patience=20):
    """End a program made by `start` and everything it started; kill what is left after `patience` s."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def run(command, **options):
    """Run a program to its end and return its exit code; interrupted, it ends with us."""
    process = start(command, **options)
    try:
        return process.wait()
    finally:
        stop(process)


def port_is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return True
    return False


def free_port(row=1):
    """A port nobody listens on now, nor on the `row - 1` after it.

    It is below those that the system gives to callers (32768 on Linux): any connection made
    before the server starts could sit on one of them.
    """
    while True:
        port = random.randint(12_000, 32_000)
        if all(port_is_free(port + step) for step in range(row)):
            return port
