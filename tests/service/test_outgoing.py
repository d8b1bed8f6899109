"""Nothing is sent into our own network, whatever form its address takes (W3)."""

import http.server
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from service.outgoing import Forbidden, NotSent, Wire, check, is_public, networks, send

PUBLIC = "93.184.215.14"
INSIDE = [
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.0.1:8443/hook",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://0/",
    "https://0.0.0.0/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://192.0.0.192/",
    "https://198.18.0.1/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://localhost/",
    "https://LOCALHOST./",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:7f00:1::]/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[ff02::1]/",
]
NO_ADDRESS = [
    "",
    "example.org",
    "//example.org/",
    "ftp://example.org/",
    "file:///etc/passwd",
    "gopher://127.0.0.1/",
    "https://",
    "https:///x",
    "https://user:pass@example.org/",
    "https://example.org@127.0.0.1/",
    "https://example.org\\@127.0.0.1/",
    "https://example.org/\r\nHost: inside",
    "https://exa mple.org/",
    "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "https://127。0。0。1/",
    "https://example.org:99999/",
    "https://example.org:x/",
    "https://[fe80::1%25eth0]/",
    "https://[::1/",
    "https://exa%6dple.org/",
    "https://example.org/" + "x" * 2000,
]


def wire(*addresses: str, allow: str = "", **more: Any) -> Wire:
    """A world in which every name has these addresses."""
    return Wire(networks(allow), lambda _host, _port: list(addresses), **more)


@pytest.mark.parametrize("url", INSIDE)
def test_an_address_of_our_own_network_is_refused(url: str) -> None:
    """Resolved by the system, as a browser or curl would understand it."""
    with pytest.raises((Forbidden, NotSent)):
        check(url, Wire())


@pytest.mark.parametrize("url", NO_ADDRESS)
def test_what_is_no_web_address_is_refused_before_anything_is_resolved(url: str) -> None:
    def never(_host: str, _port: int) -> list[str]:
        raise AssertionError("It was resolved.")

    with pytest.raises(Forbidden):
        check(url, Wire(resolve=never))


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.1.2.3", "::1", "::ffff:10.0.0.1"])
def test_a_name_that_leads_inside_is_refused(inside: str) -> None:
    with pytest.raises(Forbidden, match="private"):
        check("https://hooks.example.org/", wire(inside))


def test_one_inner_address_among_public_ones_is_enough() -> None:
    with pytest.raises(Forbidden):
        check("https://hooks.example.org/", wire(PUBLIC, "127.0.0.1"))


def test_a_public_address_is_kept_as_it_was_checked() -> None:
    place = check("https://hooks.example.org/a?b=c", wire(PUBLIC))
    assert (place.address, place.port, place.path) == (PUBLIC, 443, "/a?b=c")


def test_plain_http_only_into_networks_that_were_named() -> None:
    with pytest.raises(Forbidden, match="https"):
        check("http://hooks.example.org/", wire(PUBLIC))
    place = check("http://hooks.example.org/", wire("10.2.0.9", allow="10.2.0.0/16"))
    assert (place.address, place.port) == ("10.2.0.9", 80)


def test_a_name_without_an_address_may_have_one_later() -> None:
    with pytest.raises(NotSent):
        check("https://hooks.example.org/", wire())


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808"])
def test_the_public_internet_is_public(address: str) -> None:
    import ipaddress

    assert is_public(ipaddress.ip_address(address))


# Sending


class Server(http.server.ThreadingHTTPServer):
    """With room for many callers at once."""

    request_queue_size = 64
    daemon_threads = True


class Receiver(http.server.BaseHTTPRequestHandler):
    """Answers as its server says, and keeps what it got."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))  # type: ignore[attr-defined]
        self.server.answer(self)  # type: ignore[attr-defined]

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def receiver(answer: Any) -> Iterator[Any]:
    server: Any = Server(("127.0.0.1", 0), Receiver)
    server.got, server.answer = [], answer
    server.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def says(status: int, **headers: str) -> Any:
    def answer(handler: Any) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()

    return answer


LOCAL = "127.0.0.0/8"


def test_two_hundreds_are_arrived() -> None:
    with receiver(says(204)) as there:
        send("POST", there.url, b"x", {"webhook-id": "1"}, wire("127.0.0.1", allow=LOCAL))
    [(headers, body)] = there.got
    assert body == b"x" and headers["webhook-id"] == "1"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    with receiver(says(204)) as inside, receiver(says(status, Location=inside.url)) as there:
        with pytest.raises(NotSent, match="redirects"):
            send("POST", there.url, b"", {}, wire("127.0.0.1", allow=LOCAL))
        assert not inside.got


@pytest.mark.parametrize(("status", "final"), [(500, False), (404, False), (410, True)])
def test_a_refusal_is_told_and_gone_is_for_ever(status: int, final: bool) -> None:
    with receiver(says(status)) as there, pytest.raises(NotSent, match=str(status)) as told:
        send("POST", there.url, b"", {}, wire("127.0.0.1", allow=LOCAL))
    assert told.value.final is final


def test_a_name_that_changes_between_two_look_ups_changes_nothing() -> None:
    """Rebinding: resolved once, and the connection goes to what was checked."""
    asked = []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    with receiver(says(204)) as there:
        url = there.url.replace("127.0.0.1", "hooks.example.org")
        send("POST", url, b"", {}, Wire(networks("127.0.0.1/32"), rebinding))
    assert asked == ["hooks.example.org"] and len(there.got) == 1
    assert there.got[0][0]["Host"] == f"hooks.example.org:{there.server_port}"


def drip(handler: Any) -> None:
    """A byte of a header now and then, for ever."""
    for _ in range(200):
        try:
            handler.wfile.write(b"H")
            handler.wfile.flush()
        except OSError:
            return
        time.sleep(0.05)


def test_a_slow_drip_is_cut_off_in_time() -> None:
    began = time.monotonic()
    with receiver(drip) as there, pytest.raises(NotSent):
        send("POST", there.url, b"", {}, wire("127.0.0.1", allow=LOCAL, seconds=0.5))
    assert time.monotonic() - began < 5


def test_nobody_there_is_told() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        with pytest.raises(NotSent, match="did not answer"):
            send("POST", url, b"", {}, wire("127.0.0.1", allow=LOCAL))
