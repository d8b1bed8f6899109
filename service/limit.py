"""Slows down whoever would copy the register through our look-ups, a question at a time."""

import math
from collections import OrderedDict
from collections.abc import Callable

from fastapi import HTTPException, Request

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


def limited(request: Request) -> None:
    """A route that looks people up: raises 429 with Retry-After past the limit."""
    _take(request, request.app.state.limit, "look-ups")


def live_limited(request: Request) -> None:
    """A route that asks a register live: a look-up, and one of fewer live checks."""
    limited(request)
    _take(request, request.app.state.live_limit, "live checks")


def _take(request: Request, limit: Limit, what: str) -> None:
    wait = limit.wait(request.client.host if request.client else "")
    if wait:
        seconds = math.ceil(wait)
        raise HTTPException(
            429,
            f"More than {limit.per_minute} {what} a minute. Try again in {seconds} seconds.",
            {"Retry-After": str(seconds)},
        )
