"""Makes a shop send by itself, at a rate per minute."""

import threading
import time


class Beat(threading.Thread):
    """Sends a kind by the desk's mix `rate` times a minute; first those of `opening`, one a second."""

    def __init__(self, desk, rate=0.0, opening=()):
        super().__init__(daemon=True, name="beat")
        self.desk, self.rate, self.opening = desk, float(rate), list(opening)
        self._ended = threading.Event()

    def run(self):
        last = time.monotonic()
        while not self._ended.wait(0.1):
            wait = 1 if self.opening else 60 / self.rate if self.rate else None
            if wait is None or time.monotonic() - last < wait:
                continue
            last = max(last + wait, time.monotonic() - 5)
            self._send(self.opening.pop(0) if self.opening else self.desk.some_kind())

    def _send(self, kind):
        """In a thread of its own: a slow answer does not slow the customers of the shop."""
        threading.Thread(target=self.desk.send, args=(kind,), daemon=True).start()

    def end(self):
        self._ended.set()
