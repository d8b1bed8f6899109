"""Slows down whoever would copy the register through our look-ups, a question at a time."""

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import HTTPException, Request

from data.live import Memory
from data.store import StoreError
from service.language import many, say

_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Taken:
    """What is left after a look-up; `wait` is seconds to wait where there was none left, else 0."""

    policy: str
    per_minute: int
    left: int
    full_in: int
    wait: float

    @property
    def headers(self) -> dict[str, str]:
        """The same as response headers (draft-ietf-httpapi-ratelimit-headers)."""
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.per_minute};w=60',
            "RateLimit": f'"{self.policy}";r={self.left};t={self.full_in}',
        }


class Limit:
    """A token bucket per client: `per_minute` look-ups, 0 for no limit.

    Counted in this process only: several workers each allow as many.
    """

    def __init__(
        self, per_minute: int, clock: Callable[[], float], policy: str = "anonymous"
    ) -> None:
        """`clock` tells seconds that never go back; `policy` is what the headers call it."""
        self.per_minute, self.clock, self.policy = per_minute, clock, policy
        self.buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str, keep: float = 0) -> Taken | None:
        """Take one look-up where more than `keep` are left; None where nothing is counted."""
        if not self.per_minute:
            return None
        now = self.clock()
        left = self._left(client, now)
        enough = left >= 1 + keep
        left -= enough
        self.buckets.pop(client, None)
        self.buckets[client] = (left, now)
        while len(self.buckets) > _REMEMBERED:
            self.buckets.popitem(last=False)
        return self._taken(left, 0.0 if enough else (1 + keep - left) * 60 / self.per_minute)

    def wait(self, client: str, keep: float = 0) -> float:
        """Take one look-up; the seconds to wait when not more than `keep` are left, else 0."""
        taken = self.take(client, keep)
        return taken.wait if taken else 0.0

    def look(self, client: str) -> Taken | None:
        """What is left, without taking any."""
        return self._taken(self._left(client, self.clock()), 0.0) if self.per_minute else None

    def _left(self, client: str, now: float) -> float:
        left, at = self.buckets.get(client, (float(self.per_minute), now))
        return min(self.per_minute, left + (now - at) * self.per_minute / 60)

    def _taken(self, left: float, wait: float) -> Taken:
        full_in = math.ceil((self.per_minute - left) * 60 / self.per_minute)
        return Taken(self.policy, self.per_minute, int(left), full_in, wait)


class LiveLimit:
    """As few live questions a minute for each client as `per_minute` says, over all processes."""

    def __init__(
        self,
        memory: Memory,
        per_minute: int,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`per_minute` 0 for no limit; `clock` is that of every process."""
        self.memory, self.per_minute, self.clock = memory, per_minute, clock

    def wait(self, client: str) -> float:
        """Take one live question; the seconds to wait when there is none left, else 0."""
        if not self.per_minute:
            return 0.0
        try:
            return self.memory.spend(client, self.per_minute, self.clock())
        except StoreError:  # then nobody is asked anyway (service/asking.py)
            return 0.0


def limited(request: Request) -> None:
    """A route that looks people up: raises 429 with Retry-After past the limit.

    Whoever came with a key has the limit of that key, everybody else that of their address.
    """
    _limited(request, 0)


def typing_limited(request: Request) -> None:
    """What is looked up while somebody types: a third is kept for the button that they press."""
    _limited(request, 1 / 3)


def _limited(request: Request, share: float) -> None:
    caller = getattr(request.state, "caller", None)
    limit: Limit = request.app.state.key_limit if caller else request.app.state.limit
    taken = limit.take(caller.who if caller else _client(request), limit.per_minute * share)
    request.state.taken = taken
    said = say("More than %(most)s look-ups a minute.", most=limit.per_minute)
    _refuse(taken.wait if taken else 0.0, said)


def live_limited(request: Request) -> None:
    """A route that asks a register live: a look-up, and one of fewer live checks."""
    limited(request)
    limit: LiveLimit = request.app.state.live_limit
    said = say(
        "More than %(most)s live checks a minute. What is stored needs none.", most=limit.per_minute
    )
    caller = getattr(request.state, "caller", None)
    _refuse(limit.wait(caller.who if caller else _client(request)), said)


def _client(request: Request) -> str:
    return request.client.host if request.client else ""


def _refuse(wait: float, said: str) -> None:
    """Raise 429 when there are seconds to wait."""
    if wait:
        seconds = math.ceil(wait)
        again = many("Try again in %(count)s second.", "Try again in %(count)s seconds.", seconds)
        raise HTTPException(429, f"{said} {again}", {"Retry-After": str(seconds)})
