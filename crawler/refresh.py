"""One run of one register in one process: lease, crawl, gates, publication."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from config.register import Register
from config.settings import Settings
from config.vocabulary import Level
from crawler.ask import Interrupted
from crawler.platforms import PLATFORMS
from crawler.recording import unfinished
from crawler.sweep import Sweep
from data.evidence import Archive, first_kept
from data.ingest import fail, finish
from data.retention import prune
from data.run import Issue, LostLease, lease
from data.staging import Staging
from data.store import Store, StoreError, files_explained

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class CannotStart(Exception):
    """A run was refused before anything was asked."""


def _silent(_sweep: Sweep) -> None:
    """Tell nobody."""


def utc_now() -> datetime:
    """The time, where nobody passes another clock."""
    return datetime.now(UTC)


def source_of(register: Register) -> str:
    """Where a register is read from: a host, `loopback` for a stand-in, or `inbox`."""
    if not register.url:
        return "inbox"
    host = urlsplit(register.url).hostname or ""
    return "loopback" if host in _LOOPBACK else host


def refresh(
    store: Store,
    register: Register,
    settings: Settings,
    *,
    full: bool = False,
    delay: float | None = None,
    slot: str | None = None,
    clock: Callable[[], datetime] = utc_now,
    progress: Callable[[Sweep], None] = _silent,
) -> int:
    """Read `register` now; the id of the run, whose state says what came of it.

    Raises CannotStart (off, or no contact to name ourselves with), Busy (another run is under way),
    StoreError, or whatever broke on our side, after marking the run as failed.
    """
    from crawler.spider import crawl  # brings Scrapy, which only a crawl needs

    source = source_of(register)
    _may_start(register, settings, source)
    budget = timedelta(hours=settings.resume_hours)
    with files_explained(), lease(store, register.id, source, clock(), slot) as run_id:
        staging = Staging(store, register.id, run_id, clock)
        archive = Archive(store.evidence, register.id, run_id, partial(first_kept, store))
        try:
            sweep = Sweep(PLATFORMS[register.platform], register, staging, archive, full)
            bounded = source != "loopback" and not settings.demo
            sweep.night.source, sweep.night.bounded = source, bounded
            sweep.recording = unfinished(store, register, run_id, sweep.started - budget)
            pause = register.pace.delay if delay is None else delay
            sweep.requests = crawl(sweep, settings, pause, progress)
            finish(store, register, run_id, sweep.outcome(), clock())
        except LostLease:
            raise
        except BaseException as error:
            stopped = isinstance(error, Interrupted | KeyboardInterrupt)
            code = "interrupted" if stopped else "failed"
            words = f"The run broke off: {error}"[:2000]
            fail(store, run_id, Issue(code, Level.HOLD, words), clock())
            raise
        finally:
            archive.close()
        _prune(store, register.id, settings.evidence_days, clock())
    return run_id


def _prune(store: Store, register_id: str, days: int, now: datetime) -> None:
    """After each night, what is older than the operator wants to keep goes.

    The night is over and live: that its old answers stay a little longer is no failure of it.
    """
    try:
        if days:
            prune(store, register_id, now - timedelta(days=days), now)
    except (OSError, StoreError) as error:
        said = "Old answers of %s stay for now (%s). `goodstanding evidence prune` tries again."
        logging.getLogger(__name__).warning(said, register_id, error)


def _may_start(register: Register, settings: Settings, source: str) -> None:
    if register.lookup_only:
        raise CannotStart(
            f"{register.id} can only be asked about one person at a time, so it is never read as a "
            f"whole. Check at {register.official_url}."
        )
    if not register.enabled and source not in ("loopback", "inbox"):
        raise CannotStart(
            f"{register.id} is switched off, and nothing was read: {register.terms.note} "
            f"{_how(register)} Check at {register.official_url}."
        )
    if source not in ("loopback", "inbox") and not settings.contact:
        raise CannotStart(
            f"{register.id} was not read: a register must be able to reach whoever reads it. Set "
            "GOODSTANDING_CONTACT to your e-mail address or web page, then run this again."
        )


def _how(register: Register) -> str:
    """How an operator switches a register on, where a word of theirs can do that."""
    if register.terms.automated == "forbidden":
        return "Its terms forbid it."
    return (
        f"Once its terms and its answers allow it, set GOODSTANDING_ENABLE={register.id}, and "
        "GOODSTANDING_CONTACT to your e-mail address or web page."
    )
