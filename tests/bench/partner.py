"""A partner to send to, in a process of its own: it answers 200 after a set time, and counts.

One thread: thousands of answers a second, far more than whoever is measured asks for.
"""

import asyncio
import contextlib
import multiprocessing

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class Partner:
    """`with Partner(latency) as partner`: `partner.url`; `partner.count()` requests were answered.

    latency  seconds until each answer; None: it never answers
    """

    def __init__(self, latency=0.0):
        fork = multiprocessing.get_context("fork")
        self._answered = fork.Value("l", 0)
        self._pipe, theirs = fork.Pipe(duplex=False)
        self._process = fork.Process(
            target=_serve, args=(theirs, self._answered, latency), daemon=True
        )

    def __enter__(self):
        self._process.start()
        self.url = f"http://127.0.0.1:{self._pipe.recv()}"
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.join()

    def count(self):
        return self._answered.value


def _serve(pipe, answered, latency):
    async def talk(reader, writer):
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(_length(head))
                if latency is None:
                    await asyncio.Event().wait()
                if latency:
                    await asyncio.sleep(latency)
                answered.value += 1
                writer.write(ANSWER)
                await writer.drain()
                if b"connection: close" in head.lower():
                    break
        writer.close()

    async def main():
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


def _length(head):
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0
