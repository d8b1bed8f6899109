"""A local stand-in of the CMTO register: nobody may practise crawling on the real one.

It speaks Thentia's `profile` dialect as programs that used the live service describe it: ten rows
a page whatever is asked, a flat row per person, the detail object bare. Its keyword search looks
into one field at a time, so "first last" finds nobody. `tamper` makes it misbehave.
"""

import contextlib
import json
import os
import re
import socket
import struct
import sys
import threading
import time
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import accumulate
from socketserver import TCPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

STATUSES = ("all", "Current", "Deceased", "Resigned", "Revoked", "Suspended")
PAGE = 10
GENDERS = {
    "60914e93204efc01ac067252": "Male",
    "60914e9987debc15c63d12ed": "Female",
    "6091f2df87debc15c63d150e": "X",
}
ROW: list[str] = ["id", "profileId", "firstName", "lastName", "commonName", "gender", "city"]
ROW += ["practiceLocation", "authorizedToPractice", "acupunctureAuthorized", "publicNotices"]
FOUND_BY = ("firstName", "lastName", "commonName", "practiceLocation", "city", "id", "profileId")
SORTS = {"firstname": "firstName", "city": "city"}  # anything else sorts by last name
RESET = struct.pack("ii", 1, 0)  # SO_LINGER 0: closing sends a reset


@dataclass(frozen=True)
class Request:
    """One request as it came; `at` is monotonic, header names are in lower case."""

    at: float
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True)
class Reply:
    """An answer: sent after `delay` seconds, broken off after `cut` bytes of the body.

    `drip` is the pause in seconds before each byte of the body; `reset` breaks off rudely.
    """

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: int | None = None
    drip: float = 0.0
    reset: bool = False


Tamper = Callable[[Request, Reply], Reply | None]
MISSING = Reply(404, b"<html><body><h1>Not Found</h1></body></html>\n", "text/html")


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


UNKNOWN = {"errorCode": "1", "errorMessage": "Profile not found", "method": "GET"}
NOBODY = Reply(200, _json(UNKNOWN | {"resultCount": 0, "result": []}))


def _envelope(total: int, rows: list[bytes]) -> bytes:
    form = b'{"errorCode":"0","errorMessage":"","method":"GET","resultCount":%d,"result":[%b]}'
    return form % (total, b",".join(rows))


def _number(text: str, least: int, otherwise: int) -> int:
    value = int(text) if re.fullmatch("[0-9]{1,9}", text) else -1
    return value if value >= least else otherwise


def _yes(value: object) -> bool:
    return str(value).lower() in ("true", "yes", "1")


def _fits(person: dict[str, Any], query: dict[str, str]) -> bool:
    """Whether the person passes the filters other than status and keyword."""
    flags = ("authorizedToPractice", "acupunctureAuthorized")
    if any(query.get(flag) == "1" and not _yes(person.get(flag)) for flag in flags):
        return False
    city, gender, language = (query.get(key, "all") for key in ("city", "gender", "language"))
    return (
        (city == "all" or person.get("city") in city.split(","))
        and (gender == "all" or person.get("gender") == GENDERS.get(gender))
        and (language == "all" or language in (person.get("languagesOfCare") or []))
    )


class Listed:
    """A person in a list, with the row and the searched text already written out."""

    def __init__(self, person: dict[str, Any]) -> None:
        self.person = person
        self.row = _json({key: person.get(key) for key in ROW})
        self.text = "\n".join(self.word(key) for key in FOUND_BY) + "\0"

    def word(self, key: str) -> str:
        """A field as it is searched and sorted: small letters, empty if the person has none."""
        return str(self.person.get(key) or "").casefold()


class Roll:
    """One status list in one order; all its text in one piece makes keyword searches quick."""

    def __init__(self, listed: list[Listed]) -> None:
        self.listed = listed
        self.text = "".join(one.text for one in listed)
        self.starts = list(accumulate((len(one.text) for one in listed), initial=0))

    def search(self, keyword: str) -> list[Listed]:
        """Everybody with the keyword in some field."""
        found = []
        at = self.text.find(keyword)
        while at >= 0:
            position = bisect_right(self.starts, at)
            found.append(self.listed[position - 1])
            at = self.text.find(keyword, self.starts[position])
        return found


class Index:
    """The searches over one list of people; each is worked out once."""

    def __init__(self, people: list[dict[str, Any]]) -> None:
        self.listed = [Listed(person) for person in people]
        self.details = {person.get("profileId"): person for person in people}
        self.rolls: dict[tuple[str, str, bool], Roll] = {}
        self.found: dict[tuple[tuple[str, str], ...], list[Listed]] = {}

    def find(self, query: dict[str, str]) -> list[Listed]:
        """Everybody the query asks for, whatever the page."""
        key = tuple(sorted(pair for pair in query.items() if pair[0] not in ("skip", "take", "_")))
        if key not in self.found:
            if len(self.found) >= 1000:
                self.found.clear()
            self.found[key] = self._search(query)
        return self.found[key]

    def _search(self, query: dict[str, str]) -> list[Listed]:
        roll, keyword = self._roll(query), query.get("keyword", "").casefold()
        if keyword != "all" and len(keyword) < 2:
            return []
        found = roll.listed if keyword == "all" else roll.search(keyword)
        return [one for one in found if _fits(one.person, query)]

    def _roll(self, query: dict[str, str]) -> Roll:
        sort = SORTS.get(query.get("sortField", "").lower(), "lastName")
        down = query.get("sortOrder", "").lower() == "desc"
        key = (query.get("registrationStatus", "all"), sort, down)
        if key[0] not in STATUSES:
            return Roll([])
        if key not in self.rolls:
            self.rolls[key] = Roll(self._ordered(*key))
        return self.rolls[key]

    def _ordered(self, status: str, sort: str, down: bool) -> list[Listed]:
        people = sorted(self.listed, key=lambda one: one.word(sort), reverse=down)
        return [one for one in people if status in ("all", one.person.get("registrationStatus"))]


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self.rfile.read(_number(self.headers.get("Content-Length", ""), 0, 0))  # of a POST
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        headers = {key.lower(): value for key, value in self.headers.items()}
        reply = self.server.standin.answer(
            Request(time.monotonic(), self.command, url.path, query, headers)
        )
        self._send(reply) if reply else self._reset()

    do_HEAD = do_POST = do_GET

    def _send(self, reply: Reply) -> None:
        if reply.delay:
            self.server.closing.wait(reply.delay)
        fields = {"Date": self.date_time_string(), "Server": "Apache"} | reply.headers
        fields |= {"Content-Type": reply.content_type, "Content-Length": str(len(reply.body))}
        lines = [f"HTTP/1.1 {reply.status} {self.responses.get(reply.status, ('Status',))[0]}"]
        lines += [f"{key}: {value}" for key, value in fields.items()]
        body = b"" if self.command == "HEAD" else reply.body[: reply.cut]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        self._drip(head, body, reply.drip) if reply.drip else self.wfile.write(head + body)
        self._reset() if reply.reset else None
        self.close_connection |= reply.cut is not None

    def _drip(self, head: bytes, body: bytes, pause: float) -> None:
        self.wfile.write(head)
        for byte in body:
            if self.server.closing.wait(pause):
                return
            self.wfile.write(bytes([byte]))

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        os.close(self.connection.detach())  # at once: an orderly shutdown would come first
        self.close_connection = True

    def log_message(self, *_: object, **__: object) -> None:
        """Say nothing: `requests` is the log."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, standin: "Standin", port: int) -> None:
        self.standin = standin
        self.closing = threading.Event()
        self.open: dict[Any, threading.Thread] = {}
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # HTTPServer would look up a host name nobody needs

    def process_request(self, request: Any, client_address: Any) -> None:
        arguments = (request, client_address)
        thread = threading.Thread(target=self.process_request_thread, args=arguments, daemon=True)
        self.open[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.open.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # clients may hang up
            super().handle_error(request, client_address)

    def stop(self) -> None:
        self.shutdown()
        self.closing.set()
        for connection, thread in list(self.open.items()):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(2)
        self.server_close()


class Standin:
    """The service on this machine, up inside its `with` block.

    Details show `people` as it is; the lists follow when it is replaced, or after `refresh()`.
    """

    def __init__(
        self,
        people: list[dict[str, Any]],
        tamper: Tamper | None = None,
        port: int = 0,
        robots: str | None = None,
    ) -> None:
        self.people, self.tamper, self.port, self.robots = people, tamper, port, robots
        self.requests: list[Request] = []
        self.url = ""

    @property
    def people(self) -> list[dict[str, Any]]:
        return self._people

    @people.setter
    def people(self, people: list[dict[str, Any]]) -> None:
        self._people, self._index = people, Index(people)

    def refresh(self) -> None:
        """Work the lists out anew after people were changed in place."""
        self.people = self._people

    def __enter__(self) -> Self:
        self._server = _Server(self, self.port)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()
        self._thread.join()

    def answer(self, request: Request) -> Reply | None:
        """Note the request and answer it, through `tamper` if there is one; None is a reset."""
        self.requests.append(request)
        honest = self._honest(request)
        return self.tamper(request, honest) if self.tamper else honest

    def _honest(self, request: Request) -> Reply:
        if request.method == "POST":
            return MISSING
        if request.path == "/robots.txt" and self.robots is not None:
            return Reply(200, self.robots.encode(), "text/plain")
        if request.path == "/rest/public/profile/search/":
            return Reply(200, self._page(request.query))
        if request.path == "/rest/public/profile/get/":
            person = self._index.details.get(request.query.get("id"))
            return Reply(200, _json(person)) if person else NOBODY
        return MISSING

    def _page(self, query: dict[str, str]) -> bytes:
        found = self._index.find(query)
        skip = _number(query.get("skip", ""), 0, 0)
        take = min(_number(query.get("take", ""), 1, PAGE), PAGE)
        return _envelope(len(found), [one.row for one in found[skip : skip + take]])
