"""Asks a register about one person live, with manners that every door and process shares.

Same person within minutes: the answer that is kept. Else a place in the line of the site, one
question at a time, a pause before each request, and no question to a site that failed lately. All
of it is in the store (data/live.py): without a store that can be written, nobody is asked.
"""

import hashlib
import re
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from config.register import Register
from crawler.ask import AskedToWait, CrawlError, Forbidden, Refused, Unreadable
from crawler.recheck import Rechecked, Transport, first_question, recheck
from crawler.refresh import source_of
from data.evidence import Archive
from data.live import Memory, NotNow, Subject, Ticket, Told
from data.store import StoreError
from service import words
from service.desk import Desk
from service.language import N_, say

PATIENCE = 25.0  # seconds a person waits for everything; well below data.live.DEAD
_IN_LINE = 12.0  # of them before the first request
_LOOK = 0.2
_PAUSE = 1.0  # seconds between two requests to one site, or the register's own pace if slower
# So that people who wait for registers never take all the threads that answer look-ups.
_ROOM = threading.BoundedSemaphore(8)
_BUSY = N_("Too many people are asking this register at this moment. Try again in a minute.")
_WHY = {
    "busy": _BUSY,
    "reading": N_("The whole register is being read right now, and we ask it one thing at a time."),
    "refused": N_("The register turned us away a while ago. We leave it alone until %(until)s."),
    "unreachable": N_(
        "The register failed to answer a while ago. We leave it alone until %(until)s."
    ),
    "untold": N_("It was asked a short while ago and gave no answer we can use: %(text)s"),
}
Ask = Callable[[Register, str], Rechecked]


class NotAsked(CrawlError):
    """The register was not asked this time; says why."""

    code = "not_asked"


@dataclass(frozen=True, slots=True)
class Means:
    """How a register is asked, and how time passes; tests bring their own."""

    ask: Ask | None = None  # instead of the network
    transport: Transport | None = None
    tick: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class Asking:
    """One live question; also the Manners of its requests."""

    def __init__(
        self, desk: Desk, register: Register, wanted: str, now: datetime, means: Means, run: int = 0
    ) -> None:
        """`register` at the address to ask; `wanted` is an entry's key, or a number.

        `run` is the one that is stored: an answer from before it is older than what is stored.
        """
        self.desk, self.register, self.wanted, self.means = desk, register, wanted, means
        self.now, self.began = now, means.tick()
        self.memory = memory_of(desk)
        self.subject = _subject(register, wanted, run)
        self.seconds = PATIENCE

    def told(self) -> Told:
        """What the register tells, or told within the minutes that answers are kept.

        Raises NotAsked, or the CrawlError that came of asking.
        """
        if not self.means.ask:
            can_be_asked(self.register, self.wanted)
        if not _ROOM.acquire(blocking=False):
            raise NotAsked(say(_BUSY))
        try:
            return self._stand_in_line()
        except (StoreError, OSError) as error:
            said = say("Our own store cannot keep the answer now, and without that we ask nobody.")
            raise NotAsked(said) from error
        finally:
            _ROOM.release()

    def clock(self) -> datetime:
        """Now. It flows from when the question came, whatever is done to the machine's clock."""
        return self.now + timedelta(seconds=self._waited())

    def turn(self, site: str, pause: float) -> None:
        """Wait until the next request may go; raises NotAsked when that is too long to wait for."""
        pause = max(pause, _PAUSE)
        while wait := self.memory.turn(site, pause, self.clock()):
            if self._waited() + wait > PATIENCE:
                said = say("It wants longer pauses between two questions than people wait.")
                raise NotAsked(said)
            self.means.sleep(wait)

    def robots(self, site: str) -> str | None:
        """The robots.txt that was read within the minutes that answers are kept."""
        return self.memory.robots(site, self.clock())

    def keep_robots(self, site: str, text: str) -> None:
        """Remember it for as long."""
        self.memory.keep_robots(site, text, self.clock())

    def _waited(self) -> float:
        return self.means.tick() - self.began

    def _stand_in_line(self) -> Told:
        ticket: Ticket | None = None
        try:
            while self._waited() < _IN_LINE:
                found = self.memory.enter(self.subject, self.clock(), ticket)
                if isinstance(found, Told):
                    return found
                if isinstance(found, NotNow):
                    raise NotAsked(self._why(found))
                ticket = found.ticket
                if ticket and found.ours:
                    return self._ask(ticket)
                self.means.sleep(_LOOK)
            raise NotAsked(say(_BUSY))
        finally:
            if ticket:  # nothing is left to leave where an answer took the place
                with suppress(StoreError):
                    self.memory.leave(self.subject, ticket)

    def _ask(self, ticket: Ticket) -> Told:
        self.seconds = PATIENCE - self._waited()
        try:
            found = self._read()
        except NotAsked:
            raise
        except (Forbidden, Unreadable) as error:  # of this person: the site itself answers
            self.memory.untold(self.subject, ticket, error.text, self.clock())
            raise
        except CrawlError as error:
            least = error.seconds if isinstance(error, AskedToWait) else 0.0
            self.memory.failed(self.subject, error.code, least, self.clock())
            raise
        exhibit = self._exhibit(found)
        at = found.answer.at
        told = Told(found.record, min(found.as_of or at, at), at, exhibit["id"])
        self.memory.told(self.subject, ticket, told, exhibit)
        return told

    def _read(self) -> Rechecked:
        if self.means.ask:
            return self.means.ask(self.register, self.wanted)
        settings, transport = self.desk.settings, self.means.transport
        return recheck(self.register, self.wanted, settings, self.clock, transport, self)

    def _exhibit(self, found: Rechecked) -> dict[str, Any]:
        """The raw answer, written to the evidence; only whoever is first in line writes there."""
        answer = found.answer
        with closing(Archive(self.desk.store.evidence, self.register.id, None)) as archive:
            said = dict(answer.headers)
            return archive.keep(answer.url, answer.status, said, answer.body, answer.at)

    def _why(self, not_now: NotNow) -> str:
        until = words.local(not_now.until, self.register.zone) if not_now.until else ""
        return say(_WHY[not_now.code], until=until, text=not_now.text)


def can_be_asked(register: Register, wanted: str) -> None:
    """Raise NotAsked where a register is only known from files, and has nobody to ask."""
    try:
        first_question(register, wanted)
    except Refused as error:
        raise NotAsked(words.trouble(error.code, error.text)) from error
    if not register.url:
        said = say("It is read from files that somebody brings, so nobody can be asked.")
        raise NotAsked(said)


def memory_of(desk: Desk) -> Memory:
    """What all doors remember of live questions."""
    return Memory(desk.store, timedelta(minutes=desk.settings.live_minutes))


def _subject(register: Register, wanted: str, run: int) -> Subject:
    """Whom the question is about, the same for every spelling of a number."""
    known = f"{run} {register.url} {register.reading_digest}"
    rules = hashlib.sha256(known.encode()).hexdigest()
    spelled = re.sub(r"[^0-9A-Z]", "", wanted.upper()) if register.lookup_only else wanted
    site = "{0.scheme}://{0.netloc}".format(urlsplit(register.url))
    return Subject(site[:300], source_of(register), register.id, spelled[:80], rules[:40])
