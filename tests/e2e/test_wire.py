"""The way to a register misbehaves: drips, breaks off, leads nowhere, or to somebody else."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Self

import pytest

from crawler.standin import Reply, Request, Standin
from tests.e2e.cli import PEOPLE, Home, lasting
from tests.e2e.test_bad_days import Bad, assert_held, once, register
from tests.service.test_tls import Authority


def drip(_: Request, honest: Reply) -> Reply:
    """A byte now and then: each comes in time, all of them never would."""
    return replace(honest, drip=0.05)


def snap(_: Request, honest: Reply) -> Reply:
    """A reset in the middle of a body."""
    return replace(honest, cut=60, reset=True)


WIRE = {
    "slow drip": Bad("unreachable", "4 tries", register(drip), most=5),
    "reset in a body": Bad("unreachable", "4 tries", register(snap), most=5),
}


def assert_mended(home: Home, site: Standin, before: str) -> None:
    """Nothing went live, nothing is confirmed, and the next night needs no hand."""
    assert home.export() == before and home.verdict() == "cannot_confirm"
    home.accept(site.url)
    assert lasting(home.export()) == lasting(before) and home.verdict() == "confirmed"


@pytest.mark.parametrize("name", WIRE)
def test_a_bad_wire(name: str, home: Home, site: Standin, before: str) -> None:
    with Standin(PEOPLE, WIRE[name].tamper) as sick:
        assert_held(home.refresh(sick.url, ILL="hasty_spider:1"), WIRE[name])
        assert len(sick.requests) <= WIRE[name].most
    assert_mended(home, site, before)


@pytest.mark.parametrize("tamper", [once(drip), once(snap)], ids=["drip", "reset"])
def test_a_bad_wire_once(tamper: object, home: Home, before: str) -> None:
    with Standin(PEOPLE, tamper) as site:  # type: ignore[arg-type]
        done = home.refresh(site.url, ILL="hasty_spider:1")
    assert done.code == 0 and lasting(home.export()) == lasting(before)


def test_nobody_there(home: Home, site: Standin, before: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    assert_held(home.refresh(url), Bad("unreachable", "robots.txt cannot be read"))
    assert_mended(home, site, before)


@pytest.mark.parametrize("alive", [1, 7, 40])
def test_a_register_that_dies_meanwhile_is_left_in_peace(
    alive: int, home: Home, site: Standin, before: str
) -> None:
    """Promise C4, before, in and after the lists."""

    def die(_: Request, honest: Reply) -> Reply | None:
        return honest if len(sick.requests) <= alive else None

    with Standin(PEOPLE, die) as sick:
        assert_held(home.refresh(sick.url, "--full"), Bad("unreachable", "."))
        assert len(sick.requests) <= alive + 20
    assert_mended(home, site, before)


class Secure(Standin):
    """The stand-in over TLS, with a certificate of `authority`."""

    authority: Authority

    def __enter__(self) -> Self:
        super().__enter__()
        context, server = self.authority.context("localhost"), self._server
        server.socket = context.wrap_socket(server.socket, server_side=True)
        self.url = self.url.replace("http://127.0.0.1", "https://localhost")
        return self


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Secure]:
    site = Secure(PEOPLE)
    site.authority = Authority(tmp_path)
    with site:
        yield site


def test_somebody_else_in_the_way_is_told_nothing(
    secure: Secure, home: Home, site: Standin, before: str
) -> None:
    """A certificate of an authority nobody knows, as of a man in the middle."""
    assert_held(home.refresh(secure.url), Bad("unreachable", "robots.txt cannot be read"))
    assert secure.requests == []
    assert_mended(home, site, before)


def test_a_proved_register_is_read(secure: Secure, home: Home, before: str) -> None:
    """The same certificate, believed: so it was this that the test above was refused for."""
    done = home.refresh(secure.url, SSL_CERT_FILE=str(secure.authority.file))
    assert done.code == 0 and lasting(home.export()) == lasting(before), done.out
