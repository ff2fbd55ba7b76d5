"""What the simulators that serve have in common: how they start and stop, and how they run as programs."""

import argparse
import os
import signal
import threading


class Running:
    """Serves and works from `start` (or `with`) until `stop`.

    A subclass calls `set_up` when its parts are there, and releases in `close` what is left of them.
    """

    def set_up(self, server, *workers):
        """`workers` are started (`start`) in this order, and ended (`end`) in the other."""
        self.server, self.workers = server, workers
        self.url = f"http://127.0.0.1:{server.server_port}"

    def start(self):
        threading.Thread(target=self.server.serve_forever, args=(0.1,), daemon=True).start()
        for worker in self.workers:
            worker.start()
        return self

    def stop(self):
        for worker in reversed(self.workers):
            worker.end()
        self.server.over.set()
        self.server.shutdown()
        self.server.server_close()
        self.close()

    def close(self):
        """Release what is left when nothing serves or works any more."""
        raise NotImplementedError

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def run(called, given, make):
    """Run what `make()` gives until SIGTERM or Ctrl-C, or until who started us is gone.

    called   what people call it
    given    the arguments, of `parser`
    """
    try:
        running = make()
    except OSError as error:
        raise SystemExit(f"Port {given.port} is not to be had: {error.strerror}.") from error
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    parent, running.server.loud = os.getppid(), True
    with running:
        print(f"The {called} is open on {running.url} and sends to {given.target}.", flush=True)
        while not ended.wait(1):
            # `make run` was killed without a chance to end us.
            if os.environ.get("SEAM_END_WITH_PARENT") and os.getppid() != parent:
                break


def parser(program, about, port, path):
    """The parser of the arguments that all of them take.

    program   its module
    port      (variable of the environment that says it, what it is without)
    path      of its target, at Odoo
    """
    environment = os.environ
    data = environment.get("SEAM_DATA") or ".seam"
    odoo = environment.get("SEAM_URL") or "http://127.0.0.1:8069"
    variable, usual = port
    made = argparse.ArgumentParser(prog=f"simulators.{program}", description=about.split("\n")[0])
    made.add_argument("--port", type=int, default=int(environment.get(variable) or usual))
    made.add_argument("--target", default=f"{odoo}{path}")
    made.add_argument(
        "--secret-file", default=environment.get("SEAM_DEMO_SECRET_FILE") or f"{data}/shop.secret"
    )
    made.add_argument("--state-dir", default=f"{data}/{program}")
    made.add_argument("--seed", type=int, default=0)
    return made
