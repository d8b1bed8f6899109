"""A small load client on raw sockets: keep-alive connections that each ask as fast as they can.

Runs in a process of its own: `python -m benchmarks.traffic PORT CONNECTIONS SECONDS < paths`.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import cycle, islice


@dataclass(frozen=True, slots=True)
class Load:
    """A round of traffic: answers a second, milliseconds, and answers that were not 200."""

    rate: float
    median: float
    p99: float
    failed: int


class _Connection(asyncio.Protocol):
    """One connection: the next question goes out when the whole answer is in."""

    def __init__(self, questions: Iterator[bytes], until: float) -> None:
        self.questions, self.until = questions, until
        self.taken: list[float] = []
        self.failed = 0
        self.buffer = b""
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._ask()

    def _ask(self) -> None:
        self.began = time.perf_counter()
        if self.began < self.until:
            self.transport.write(next(self.questions))
        else:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not _whole(self.buffer):
            return
        self.taken.append(time.perf_counter() - self.began)
        self.failed += not self.buffer.startswith(b"HTTP/1.1 200")
        self.buffer = b""
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        self.failed += bool(self.buffer or exc)
        if not self.done.done():
            self.done.set_result(None)


def _whole(answer: bytes) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    lower = head.lower()
    if b"transfer-encoding: chunked" in lower:
        return body.endswith(b"0\r\n\r\n")
    _, _, length = lower.partition(b"content-length:")
    return len(body) >= int(length.split(b"\r\n")[0] or 0)


async def _run(port: int, paths: list[str], connections: int, seconds: float) -> Load:
    asked = [
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n".encode()
        for path in paths
    ]
    loop = asyncio.get_running_loop()
    until = time.perf_counter() + seconds
    clients = []
    for index in range(connections):
        questions = islice(cycle(asked), index * len(asked) // connections, None)
        made = loop.create_connection(
            lambda questions=questions: _Connection(questions, until),  # type: ignore[misc]
            "127.0.0.1",
            port,
        )
        clients.append((await made)[1])
    await asyncio.wait_for(asyncio.gather(*(one.done for one in clients)), seconds + 30)
    taken = sorted(1000 * one for client in clients for one in client.taken)
    p99 = taken[int(0.99 * (len(taken) - 1))]
    failed = sum(client.failed for client in clients)
    return Load(len(taken) / seconds, statistics.median(taken), p99, failed)


def drive(port: int, paths: list[str], connections: int, seconds: float) -> Load:
    """A round of traffic from another process; a server that hangs raises CalledProcessError."""
    words = [sys.executable, "-m", "benchmarks.traffic", str(port), str(connections), str(seconds)]
    said = subprocess.run(words, input="\n".join(paths), capture_output=True, text=True, check=True)
    return Load(**json.loads(said.stdout))


if __name__ == "__main__":
    where, many, how_long = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    print(json.dumps(asdict(asyncio.run(_run(where, sys.stdin.read().split(), many, how_long)))))
