"""A whole file fetched by the real spider in a process of its own, without being in its memory."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from data import evidence, warc
from data.store import Store
from tests.e2e.cli import environment
from tests.registers.pages import SAMPLES

REGISTER = "us_tx_tdlr"
SAMPLE = next((SAMPLES / REGISTER).glob("file-*")).read_bytes()
MODIFIED = ("Last-Modified", "Fri, 20 Nov 2026 05:00:00 GMT")
OTHER = b'"Barber","1"," 01/01/2027"' + b',"x"' * 6 + b',"' + b"x" * 2000 + b'"' + b',""' * 13
OTHER += b"\r\n"
HUNDREDS = 64 * 2**20 // len(OTHER) // 100

Reply = Callable[[BaseHTTPRequestHandler], None]


class Site(ThreadingHTTPServer):
    """A register's web server on this machine."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.reply, self.asked = reply, 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/ltlicfile.csv"


class _Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        if self.path == "/robots.txt":
            answer(self, 404)
        elif self.headers["Accept"] != "*/*" or self.headers["Accept-Encoding"] != "identity":
            answer(self, 406)
        else:
            self.server.asked += 1
            self.server.reply(self)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def answer(
    handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", *headers: tuple[str, str]
) -> None:
    handler.send_response(status)
    for name, value in (("Content-Length", str(len(body))), MODIFIED, *headers):
        if name not in {one for one, _ in headers} or (name, value) in headers:
            handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def large(handler: BaseHTTPRequestHandler) -> None:
    """The sample, among 64 MB of rows about other professions."""
    heading, _, people = SAMPLE.partition(b"\n")
    parts = [heading + b"\n", *[OTHER * 100] * HUNDREDS, people]
    handler.send_response(200)
    handler.send_header(*MODIFIED)
    handler.send_header("Content-Length", str(sum(map(len, parts))))
    handler.end_headers()
    for part in parts:
        handler.wfile.write(part)


@pytest.fixture
def serve() -> Iterator[Callable[[Reply], Site]]:
    running: list[Site] = []

    def start(reply: Reply) -> Site:
        running.append(Site(reply))
        Thread(target=running[-1].serve_forever, daemon=True).start()
        return running[-1]

    yield start
    for site in running:
        site.shutdown()
        site.server_close()


# A process begins with the peak of the one that started it, and that of the tests is high.
_LAUNCH = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:])
print(os.wait4(process.pid, 0)[2].ru_maxrss, file=sys.stderr)
"""


def refresh(home: Path, url: str) -> tuple[Any, float]:
    """One run in a process of its own: what it says, and its peak memory in MiB."""
    command = [sys.executable, "-m", "service", "refresh", REGISTER, "--url", url]
    done = subprocess.run(
        [sys.executable, "-c", _LAUNCH, *command, "--delay", "0", "--json"],
        capture_output=True,
        text=True,
        env=environment(home),
        check=True,
    )
    return json.loads(done.stdout), int(done.stderr.splitlines()[-1]) / 1024


def test_a_large_file_goes_to_disk_and_is_kept_once(
    tmp_path: Path, serve: Callable[[Reply], Site]
) -> None:
    home, site = tmp_path / "home", serve(large)
    run, peak = refresh(home, site.url)
    assert run["state"] == "accepted" and run["read"] == 6
    assert peak < 190, peak
    told = {issue["code"]: issue["text"] for issue in run["issues"]}["rows_read"]
    others = 100 * HUNDREDS + 4  # four of the sample
    assert told == f"Of {others + 6} rows 6 are of this profession, {others} are not, 0 are broken."
    kept = [path.stat().st_size for path in (home / "evidence").rglob("*.gz")]
    run, _ = refresh(home, site.url)
    assert run["state"] == "accepted" and site.asked == 2
    again = sum(path.stat().st_size for path in (home / "evidence").rglob("*.gz")) - sum(kept)
    assert 0 < again < 2000  # a revisit: that the same came again, and when
    assert not list((home / "tmp").iterdir())


def test_what_was_fetched_is_the_evidence(tmp_path: Path, serve: Callable[[Reply], Site]) -> None:
    home = tmp_path / "home"
    refresh(home, serve(lambda handler: answer(handler, 200, SAMPLE)).url)
    store = Store(f"sqlite:///{home / 'goodstanding.db'}", home / "evidence")
    exhibit = evidence.find(store, evidence.digest_of(SAMPLE))
    store.close()
    assert exhibit and exhibit.body == SAMPLE


def unchanged(handler: BaseHTTPRequestHandler) -> None:
    """A server that knows its file again by its mark; the copy on the way is two minutes old."""
    mark = ("ETag", '"v1"')
    if handler.headers["If-None-Match"] == mark[1]:
        answer(handler, 304, b"", mark, ("Age", "120"))
    else:
        answer(handler, 200, SAMPLE, mark)


def test_what_was_not_modified_is_not_sent_again(
    tmp_path: Path, serve: Callable[[Reply], Site]
) -> None:
    home, site = tmp_path / "home", serve(unchanged)
    first, _ = refresh(home, site.url)
    second, _ = refresh(home, site.url)
    assert (first["state"], second["state"]) == ("accepted", "accepted")
    assert (second["read"], second["written"]) == (first["read"], 0)
    assert second["as_of"] == first["as_of"]  # the publisher's own date of the file
    [[sent], [repeat]] = (
        list(warc.walk(path)) for path in sorted((home / "evidence").rglob("run*"))
    )
    assert sent.body == SAMPLE and repeat.body is None and repeat.said.digest == sent.said.digest


def test_where_the_kept_answer_is_lost_it_is_sent_again(
    tmp_path: Path, serve: Callable[[Reply], Site]
) -> None:
    """Altered, it is noticed when it is taken; gone, nothing is asked by its mark."""
    home, site = tmp_path / "home", serve(unchanged)
    refresh(home, site.url)
    [path] = (home / "evidence").rglob("run-1.*")
    path.write_bytes(path.read_bytes()[:-50])
    run, _ = refresh(home, site.url)
    assert run["state"] == "accepted" and site.asked == 3
    path.unlink()
    run, _ = refresh(home, site.url)
    assert run["state"] == "accepted"


def maintenance(handler: BaseHTTPRequestHandler) -> None:
    answer(handler, 200, b"<html><title>Down for maintenance</title></html>")


def elsewhere(handler: BaseHTTPRequestHandler) -> None:
    site = handler.server
    assert isinstance(site, Site)
    answer(handler, 302, b"", ("Location", f"http://localhost:{site.server_port}/other.csv"))


def cut(handler: BaseHTTPRequestHandler) -> None:
    answer(handler, 200, SAMPLE[:-400], ("Content-Length", str(len(SAMPLE))))
    handler.connection.close()


def huge(handler: BaseHTTPRequestHandler) -> None:
    answer(handler, 200, SAMPLE, ("Content-Length", str(2**30)))


def first_trouble_then_nothing(handler: BaseHTTPRequestHandler) -> None:
    site = handler.server
    assert isinstance(site, Site)
    answer(handler, 503, SAMPLE) if site.asked == 1 else answer(handler, 200)


def packed_after_all(handler: BaseHTTPRequestHandler) -> None:
    answer(handler, 200, b"\x1f\x8b\x08\x00" + SAMPLE, ("Content-Encoding", "gzip"))


@pytest.mark.parametrize(
    ("reply", "code", "words", "asked"),
    [
        (maintenance, "unreadable", "“Down for maintenance”", 1),
        (elsewhere, "refused", "another host (localhost", 1),
        (cut, "unreachable", "No answer after 4 tries", 4),
        (huge, "unreadable", "larger than we accept (512 MiB)", 1),
        (first_trouble_then_nothing, "unreadable", "The file is empty", 2),
        (packed_after_all, "unreadable", "compressed in a way", 1),
    ],
)
def test_another_answer_than_the_file_holds_the_run(
    tmp_path: Path,
    serve: Callable[[Reply], Site],
    reply: Reply,
    code: str,
    words: str,
    asked: int,
) -> None:
    site = serve(reply)
    run, _ = refresh(tmp_path / "home", site.url)
    holds = {one["code"]: one["text"] for one in run["issues"] if one["level"] == "hold"}
    assert run["state"] == "held" and list(holds) == [code] and words in holds[code]
    assert site.asked == asked
