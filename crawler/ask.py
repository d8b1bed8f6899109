"""What passes between a platform and its driver: questions, answers and findings."""

import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from config.register import Register
from data.records import Record
from data.warc import MEMO, QUESTION, STEP


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to a register. `memo` carries what the reader of the answer must know.

    `bust` names a query parameter that the driver fills with the time, where a service is known to
    answer from a stale cache without it. `stream` says that the answer may be too large for memory:
    its body goes to a file.
    """

    url: str
    step: str
    memo: Mapping[str, Any] = field(default_factory=dict)
    method: str = "GET"
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    bust: str = ""
    stream: bool = False

    @property
    def question(self) -> str:
        """By what an answer to the same question is known again, in whatever run."""
        parts = [self.method, self.url, self.body.hex(), self.step]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    @property
    def labels(self) -> dict[str, str]:
        """What is kept beside the answer, so that it can be read again alone."""
        try:
            memo = json.dumps(dict(self.memo))
        except (TypeError, ValueError):  # only answers of live checks, which nobody replays
            memo = ""
        return {QUESTION: self.question, STEP: self.step, **({MEMO: memo} if memo else {})}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the bytes are the evidence, `at` is when we had them (UTC).

    The bytes of a streamed answer are in the file at `path`, and `body` is empty.
    """

    ask: Ask
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    at: datetime
    path: Path | None = None

    def open(self) -> BinaryIO:
        """The bytes, wherever they are, from their beginning."""
        return self.path.open("rb") if self.path else io.BytesIO(self.body)

    def beginning(self, size: int = 200_000) -> bytes:
        """The first bytes: enough to know a web page or a wall."""
        with self.open() as file:
            return file.read(size)


@dataclass(frozen=True, slots=True)
class Total:
    """The register says that a list (`part`), or the whole register (part ""), holds `count`.

    `again` is the question that lists it from its beginning.
    """

    part: str
    count: int
    again: Ask


@dataclass(frozen=True, slots=True)
class AsOf:
    """The publisher's own date of what was read (a file's date, never the moment we got it).

    None when the publisher does not say: then the age is unknown, and nothing is confirmed from it.
    """

    when: datetime | None


@dataclass(frozen=True, slots=True)
class Seen:
    """The list `part` names this person; `record` is what the list alone tells.

    `digest` changes when the listing changes; None where the record itself says that. `detail`
    asks for the rest, where there is more. `alert` marks people whose listing carries a notice.
    """

    part: str
    record: Record
    digest: str | None = None
    detail: Ask | None = None
    alert: bool = False


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something on the page we did not expect: kept as an issue of the run, never swallowed."""

    code: str
    text: str
    example: str = ""


Found = Ask | Total | AsOf | Seen | Record | Oddity


class CrawlError(Exception):
    """Reading a register failed; says what came and from where."""

    code = "crawl_error"

    def __init__(self, text: str, url: str = "") -> None:
        """`text` is one clear sentence for the operator."""
        super().__init__(text)
        self.text, self.url = text, url


class Refused(CrawlError):
    """The register does not want to be read this way: a challenge, a login, a ban. Stop."""

    code = "refused"


class Unreadable(CrawlError):
    """The answer is not what this platform answers: redesigned, broken or cut."""

    code = "unreadable"


class Unreachable(CrawlError):
    """No answer, or only errors, after patient tries."""

    code = "unreachable"


class AskedToWait(Unreachable):
    """The register asks us to come back later."""

    def __init__(self, text: str, url: str, seconds: float) -> None:
        """`seconds` is how long it asks us to wait."""
        super().__init__(text, url)
        self.seconds = seconds


class Interrupted(Unreachable):
    """Somebody asked us to stop: what was read until then may be used when we go on."""


class Forbidden(Refused):
    """The register's robots.txt forbids the address."""


class GaveUp(Unreachable):
    """So many failures, or so long a wait asked for, that asking on would only be a burden."""


class Platform(Protocol):
    """One kind of register software. Pure: it never fetches, and keeps nothing between calls."""

    def start(self, register: Register) -> Iterator[Ask]:
        """The questions that begin a sweep of the whole register."""

    def find(self, register: Register, wanted: str) -> Iterator[Ask]:
        """The questions about one person: a register key, a number or a name."""

    def read(self, register: Register, answer: Answer) -> Iterator[Found]:
        """What an answer says; raises Refused or Unreadable."""
