"""What may befall one command from inside: a full disk, a wrong clock, less patience than ours.

Named in the variable ILL of that command alone; it happens in its own process, before it begins.
"""

import resource
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import crawler.pace
import crawler.refresh
import data.store
import service.cli
import service.console
from data.evidence import Archive
from data.staging import Staging

LITTLE = 5 * 8192  # bytes: a few pages of the database


def befall(ill: str) -> None:
    """`name:value` of a function below."""
    name, _, value = ill.partition(":")
    ILLS[name](value)


def full_disk(moment: str) -> None:
    """From then on the system writes hardly more to any file; a write ends where the room ends."""
    owner, name = MOMENTS[moment]
    real = getattr(owner, name)

    def squeezed(*args: Any, **named: Any) -> Any:
        wal = Path(service.console.the_desk().settings.home) / "goodstanding.db-wal"
        room = (wal.stat().st_size if moment != "evidence" else 0) + LITTLE
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
        setattr(owner, name, real)
        return real(*args, **named)

    setattr(owner, name, squeezed)


MOMENTS: dict[str, tuple[Any, str]] = {
    "evidence": (Archive, "keep"),
    "staging": (Staging, "flush"),
    "promoting": (crawler.refresh, "finish"),
}


def full_store(pages: str) -> None:
    """The database may grow by so many pages: SQLite says just what it says of a full disk."""

    def bound(connection: Any, _record: Any) -> None:
        [[size]] = connection.execute("PRAGMA page_count").fetchall()
        connection.execute(f"PRAGMA max_page_count={size + int(pages)}")

    sa.event.listen(sa.engine.Engine, "connect", bound)


def hasty_store(seconds: str) -> None:
    """A locked store is waited for so long only."""
    pragmas = data.store._PRAGMAS
    changed = [one for one in pragmas if "busy" not in one]
    data.store._PRAGMAS = (*changed, f"busy_timeout={seconds}000")  # type: ignore[assignment]


def hasty_spider(seconds: str) -> None:
    """A whole answer is waited for so long only."""
    crawler.pace.ANSWER_SECONDS = float(seconds)  # type: ignore[assignment]


def clock(hours: str) -> None:
    """This machine's clock is wrong by so many hours."""
    _tell(lambda now: now + timedelta(hours=float(hours)))


def jump(hours: str) -> None:
    """The clock jumps by so many hours in the middle of a night."""
    asked = iter(range(10**6))
    _tell(lambda now: now + timedelta(hours=float(hours) * (next(asked) > 40)))


def _tell(wrong: Callable[[datetime], datetime]) -> None:
    real = crawler.refresh.utc_now

    def told() -> datetime:
        return wrong(real())

    crawler.refresh.refresh.__kwdefaults__["clock"] = told
    service.cli.utc_now = service.console.utc_now = told


ILLS: dict[str, Callable[[str], None]] = {
    one.__name__: one for one in (full_disk, full_store, hasty_store, hasty_spider, clock, jump)
}
