"""Ports for servers that tests start as programs of their own."""

import random
import socket


def free_port():
    """A port nobody listens on now, below those that the system gives to callers (32768 on Linux):
    any connection made before the server listens could sit on one of them."""
    while True:
        port = random.randint(12_000, 32_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
