"""One request to an address somebody gave us, which must not lead into our own network.

The name is resolved once, every address it has is checked, and the connection goes to the address
that was checked: what a second look-up would say does not matter. Redirects are not followed, no
proxy of the environment is used, and 20 seconds are all it gets. The standard library's client,
because it lets us say the address; httpx stays with the live re-check alone.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], list[str]]

SECONDS = 20.0
_LONGEST = 2000
_NAT64 = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96")))
# Known to lead inside although some versions of Python (or everybody) call them global: protocol
# assignments and the metadata addresses of two clouds.
_INNER = tuple(
    map(
        ipaddress.ip_network,
        ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "3fff::/20", "5f00::/16"),
    )
)


class Forbidden(ValueError):
    """An address that nothing may be sent to; says why. Nothing was sent."""


class NotSent(Exception):
    """The receiver could not be reached or did not accept; `final` when it never will."""

    def __init__(self, text: str, final: bool = False) -> None:
        """`text` never holds the address, which may be a secret."""
        super().__init__(text)
        self.final = final


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request goes: the parts of its address, and the checked network address."""

    secure: bool
    host: str
    port: int
    path: str
    address: str


@dataclass(frozen=True, slots=True)
class Wire:
    """How the world outside is reached; the tests put their own names and certificates here."""

    allow: tuple[Network, ...] = ()
    resolve: Resolve = field(default_factory=lambda: resolve)
    trust: Callable[[], ssl.SSLContext] = ssl.create_default_context
    seconds: float = SECONDS


def networks(text: str) -> tuple[Network, ...]:
    """The networks named in a setting, with commas between; raises ValueError."""
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def resolve(host: str, port: int) -> list[str]:
    """Every address of a host, as the system knows it; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]).partition("%")[0] for *_, address in found]


def check(url: str, wire: Wire) -> Place:
    """Where this address leads, if we may go there: asked when it is saved and at each try.

    Raises Forbidden for an address that is not one, leads inside, or is not https outside the
    networks allowed; NotSent when its name has no address now.
    """
    host, port, secure, path = _parts(url)
    try:
        addresses = [ipaddress.ip_address(one) for one in wire.resolve(host, port)]
    except (OSError, UnicodeError) as error:
        raise NotSent("The name of the host has no address.") from error
    if not addresses:
        raise NotSent("The name of the host has no address.")
    for address in addresses:
        allowed = any(address in network for network in wire.allow)
        if not allowed and not is_public(address):
            raise Forbidden(
                "The address leads into a private or reserved network. "
                "GOODSTANDING_WEBHOOK_ALLOW names networks that may be reached."
            )
        if not allowed and not secure:
            raise Forbidden("The address must begin with https://.")
    return Place(secure, host, port, path, str(addresses[0]))


def _parts(url: str) -> tuple[str, int, bool, str]:
    """Host, port, whether https, path and query; raises Forbidden at anything unusual."""
    if (
        len(url) > _LONGEST
        or not url.isascii()
        or not url.isprintable()
        or set(' \\"<>') & set(url)
    ):
        raise Forbidden("The address holds characters that no web address has, or is too long.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Forbidden("The address cannot be read.") from error
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or "%" in host:
        raise Forbidden("The address must be a web address with a host.")
    if "@" in parts.netloc:
        raise Forbidden("The address must not hold a user name or password.")
    secure = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return host, (443 if secure else 80) if port is None else port, secure, path


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet, also the one it may carry inside."""
    if isinstance(address, ipaddress.IPv6Address) and (inner := _inside(address)):
        return all(map(is_public, inner))
    if any(address in network for network in _INNER):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _inside(address: ipaddress.IPv6Address) -> list[Address]:
    """The IPv4 addresses that an IPv6 address stands for."""
    if address.teredo:
        return list(address.teredo)
    if found := address.ipv4_mapped or address.sixtofour:
        return [found]
    if any(address in network for network in _NAT64):
        return [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    return []


def send(method: str, url: str, body: bytes, headers: dict[str, str], wire: Wire) -> None:
    """Send one request; returns when the receiver said 2xx, raises Forbidden or NotSent."""
    place = check(url, wire)
    connection = _Pinned(place, wire)
    timer = threading.Timer(wire.seconds, connection.cut)
    timer.start()
    try:
        connection.request(method, place.path, body, headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException, AttributeError) as error:
        raise NotSent(f"The receiver did not answer ({type(error).__name__}).") from error
    finally:
        timer.cancel()
        connection.close()
    if 300 <= status < 400:
        raise NotSent(f"The receiver answered {status}; redirects are not followed.")
    if not 200 <= status < 300:
        raise NotSent(f"The receiver answered {status}.", final=status == http.HTTPStatus.GONE)


class _Pinned(http.client.HTTPConnection):
    """A connection to the checked address, under the name that was asked for."""

    def __init__(self, place: Place, wire: Wire) -> None:
        default = 443 if place.secure else 80
        shown = f"[{place.host}]" if ":" in place.host else place.host
        super().__init__(shown if place.port == default else f"{shown}:{place.port}")
        self.default_port = default
        self.place, self.wire = place, wire
        self.late = False

    def connect(self) -> None:
        """Connect there, and with TLS have the name proved."""
        there = (self.place.address, self.place.port)
        self.sock = socket.create_connection(there, self.wire.seconds)
        if self.place.secure:
            context = self.wire.trust()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.place.host)
        if self.late:
            raise TimeoutError

    def cut(self) -> None:
        """End whatever is going on: the time is over, however slowly bytes still drip."""
        self.late = True
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)
