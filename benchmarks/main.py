"""Two nights of a stand-in of 15,000 people, then look-ups: command line, in process, over HTTP.

`make bench` writes the tables into docs/benchmarks.md; `ARGS=--people=2000` makes it short. Each
look-up is set beside a peer of the same run: the raw sqlite3 select, the bare interpreter, an empty
FastAPI route.
"""

import argparse
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from benchmarks import document
from benchmarks.document import table
from config.jurisdiction import Coverage
from config.register import Catalogue
from config.settings import Settings
from crawler.invented import changed, invent
from crawler.standin import Standin
from data import lookup as read
from data.store import Store
from service.app import create_app
from service.desk import Desk
from service.verify import lookup


def main() -> None:
    """Run everything and write both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=15_000)
    people = parser.parse_args().people
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        nights = table(_NIGHTS.split("|"), _nights(home, people))
        settings = Settings(home=home, rate_limit=0)
        rows = [*_in_process(settings), _over_http(settings), _cold(home)]
    looks = table(["look-up by number", "median", "peer", "ratio"], rows)
    said = f"{people:,} people, {document.machine()}"
    document.write("nights", f"{said}\n\n{nights}\n\n{looks}")


_NIGHTS = "night|requests|seconds|peak MiB|new|changed|live rows written"
Row = list[object]


def _nights(home: Path, count: int) -> Iterator[Row]:
    first = invent(count, numbers=True)
    for name, people in (("first", first), ("second, 0.5 % changed", changed(first, 0.005, 1))):
        with Standin(people) as standin:
            began = time.perf_counter()
            command = [*_CLI, "refresh", "ca_on_cmto", "--url", standin.url, "--delay", "0"]
            peak = _peak([*command, "--json"], home)
            seconds = time.perf_counter() - began
            requests = len(standin.requests)
        run = _last_run(home)
        counts = (f"{run[what]:,}" for what in ("new", "changed", "written"))
        yield [name, f"{requests:,}", f"{seconds:.1f}", f"{peak:.0f}", *counts]


_CLI = [sys.executable, "-m", "service"]
# A process begins with the peak of the one that started it, and ours holds the stand-in.
_LAUNCH = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(process.pid, 0)
print(used.ru_maxrss)
sys.exit(status != 0)
"""


def _peak(command: list[str], home: Path) -> float:
    """Run a command of ours; the most memory it had, in MiB."""
    started = [sys.executable, "-c", _LAUNCH, *command]
    told = subprocess.run(started, env=_env(home), check=True, capture_output=True, text=True)
    return int(told.stdout) / 1024


def _env(home: Path) -> dict[str, str]:
    return {"GOODSTANDING_HOME": str(home), "PATH": "/usr/bin:/bin"}


def _last_run(home: Path) -> dict[str, Any]:
    store = Store.of(Settings(home=home))
    with store.read() as db:
        run = read.runs(db, most=1)[0]
    store.close()
    return run


def _median(work: Callable[[], object], times: int) -> float:
    """Median seconds of one call, after a warm-up."""
    work()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def _row(name: str, ours: float, peer: str, theirs: float) -> Row:
    said = f"{peer}: {theirs * 1000:.2f} ms"
    return [name, f"{ours * 1000:.2f} ms", said, f"{ours / theirs:.1f}"]


def _in_process(settings: Settings) -> Iterator[Row]:
    store = Store.of(settings)
    desk = Desk(store, Catalogue(), Coverage(), settings)
    raw = sqlite3.connect(settings.home / "goodstanding.db")
    select = "select * from registration where number_key = 'A1001'"
    ours = _median(lambda: lookup(desk, "A1001", datetime.now(UTC)), 500)
    theirs = _median(lambda: raw.execute(select).fetchall(), 500)
    yield _row("whole answer, in process", ours, "raw sqlite3 select", theirs)
    with store.look() as look:
        rows = _median(lambda: read.by_number(look, "A1001"), 500)
    yield _row("store read only", rows, "raw sqlite3 select", theirs)
    raw.close()
    store.close()


def _over_http(settings: Settings) -> Row:
    hello = FastAPI()

    @hello.get("/")
    async def empty() -> dict[str, str]:
        return {}

    ours = _serve_and_ask(create_app(settings), "/api/v1/lookup?q=A1001")
    theirs = _serve_and_ask(hello, "/")
    return _row("over HTTP, one keep-alive client", ours, "empty FastAPI route", theirs)


def _serve_and_ask(app: FastAPI, path: str) -> float:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = uvicorn.Config(app, port=port, log_level="error", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        seconds = _median(lambda: client.get(path).raise_for_status(), 300)
    server.should_exit = True
    thread.join()
    return seconds


def _cold(home: Path) -> Row:
    def run(*command: str) -> None:
        subprocess.run(command, env=_env(home), check=True, stdout=subprocess.DEVNULL)

    ours = _median(lambda: run(*_CLI, "lookup", "A1001"), 5)
    theirs = _median(lambda: run(sys.executable, "-c", "pass"), 5)
    return _row("command line, cold", ours, "bare interpreter", theirs)


if __name__ == "__main__":
    main()
