"""The suite itself must not be able to reach anybody."""

import socket

import pytest


@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_sockets_reach_nobody_else(method: str) -> None:
    with socket.socket() as one, pytest.raises(RuntimeError, match="only this machine"):
        getattr(one, method)(("192.0.2.1", 80))


def test_sockets_reach_this_machine() -> None:
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())
        assert client.getpeername() == server.getsockname()
