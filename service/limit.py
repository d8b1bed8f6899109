"""Slows down whoever would copy the register through our look-ups, a question at a time."""

import math
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime

from fastapi import HTTPException, Request

from data.live import Memory
from data.store import StoreError

_REMEMBERED = 20_000


class Limit:
    """A token bucket per client address: `per_minute` look-ups, 0 for no limit.

    Counted in this process only: several workers each allow as many.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float]) -> None:
        """`clock` tells seconds that never go back."""
        self.per_minute, self.clock = per_minute, clock
        self.buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str) -> float:
        """Take one look-up; the seconds to wait when there is none left, else 0."""
        if not self.per_minute:
            return 0.0
        now = self.clock()
        left, at = self.buckets.pop(client, (float(self.per_minute), now))
        left = min(self.per_minute, left + (now - at) * self.per_minute / 60)
        enough = left >= 1
        self.buckets[client] = (left - enough, now)
        while len(self.buckets) > _REMEMBERED:
            self.buckets.popitem(last=False)
        return 0.0 if enough else (1 - left) * 60 / self.per_minute


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
    """A route that looks people up: raises 429 with Retry-After past the limit."""
    limit: Limit = request.app.state.limit
    _refuse(limit.wait(_client(request)), f"More than {limit.per_minute} look-ups a minute.")


def live_limited(request: Request) -> None:
    """A route that asks a register live: a look-up, and one of fewer live checks."""
    limited(request)
    limit: LiveLimit = request.app.state.live_limit
    said = f"More than {limit.per_minute} live checks a minute. What is stored needs none."
    _refuse(limit.wait(_client(request)), said)


def _client(request: Request) -> str:
    return request.client.host if request.client else ""


def _refuse(wait: float, said: str) -> None:
    """Raise 429 when there are seconds to wait."""
    if wait:
        seconds = math.ceil(wait)
        said = f"{said} Try again in {seconds} seconds."
        raise HTTPException(429, said, {"Retry-After": str(seconds)})
