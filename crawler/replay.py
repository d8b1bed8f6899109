"""Reads kept answers again with today's readers: one alone, or a whole run, without a network."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from config.register import Register
from crawler.ask import Answer, Ask, CrawlError, Seen, Unreachable
from crawler.platforms import PLATFORMS
from crawler.recording import Recording, files_of
from crawler.sweep import Sweep
from data import lookup
from data.evidence import Archive, Exhibit
from data.records import Record
from data.run import lease
from data.staging import Known, Staging, registration, staged, version
from data.store import Store
from data.warc import MEMO, STEP


class NoReplay(Exception):
    """A run or an answer cannot be read again; says why."""


@dataclass(frozen=True, slots=True)
class Differs:
    """One fact of one person that today's readers read otherwise than it was published."""

    key: str
    fact: str
    published: Any
    read: Any


@dataclass(slots=True)
class Replayed:
    """A run as it is read today, beside what it published."""

    run_id: int
    answers: int = 0
    read: int = 0  # people whose facts were derived again
    same: int = 0
    differs: list[Differs] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)  # published by the run, not derived again
    extra: list[str] = field(default_factory=list)  # derived, and never published
    unanswered: int = 0  # questions whose answers are not in the evidence
    damage: str = ""
    findings: list[str] = field(default_factory=list)

    @property
    def faithful(self) -> bool:
        """Whether every published fact came out again, and nothing else."""
        trouble = self.differs or self.lost or self.extra or self.damage or self.unanswered
        return bool(self.read) and not trouble


class _Again(Sweep):
    """A sweep that asks for the detail pages that were read then, whatever is known now."""

    def _wanted(self, listed: Mapping[str, Seen], known: Mapping[str, Known]) -> set[str]:  # noqa: ARG002
        read = self.recording
        return {k for k, seen in listed.items() if seen.detail and read and read.has(seen.detail)}


class _Scratch(Staging):
    """Nobody is known in a scratch store: whoever was not read anew that night is only counted."""

    def unchanged(self, key: str) -> None:
        self.hashes.say(key, "")


def replay(store: Store, register: Register, run_id: int) -> Replayed:
    """Derive a whole run again into a scratch store; nothing of ours is written.

    Raises NoReplay where there is no such run, or nothing of its evidence.
    """
    with store.read() as db:
        run = lookup.run(db, run_id)
    if run is None or run["register_id"] != register.id:
        raise NoReplay(f"There is no run {run_id} of {register.id}.")
    told = Replayed(run_id)
    with tempfile.TemporaryDirectory(prefix="replay-") as name:
        folder = Path(name)
        recording = Recording(store, files_of(store, register.id, run_id), folder / "large")
        told.damage, told.answers = recording.damage, len(recording)
        if not recording:
            raise NoReplay(
                f"No answers of run {run_id} are kept any more{_why(told)}. What it published "
                "stands in the store; `goodstanding audit-log verify` checks that."
            )
        then = register.at(run["url"]) if run["url"] else register
        found = _derive(then, recording, (folder, run["started_at"]), told)
    with store.read() as db:
        _compare(found, _published(db, register.id, run_id), told)
    return told


def _why(told: Replayed) -> str:
    return f" ({told.damage})" if told.damage else ""


def _derive(
    register: Register, recording: Recording, scratch: tuple[Path, datetime], told: Replayed
) -> dict[str, str]:
    """The facts of everybody whom today's readers find in the recording, by key."""
    folder, at = scratch
    with (
        closing(Store(f"sqlite:///{folder / 'scratch.db'}", folder / "evidence")) as store,
        lease(store, register.id, "replay", at) as run_id,
        closing(Archive(store.evidence, register.id, run_id)) as archive,
    ):
        staging = _Scratch(store, register.id, run_id, lambda: at)
        sweep = _Again(PLATFORMS[register.platform], register, staging, archive)
        sweep.recording = recording
        told.unanswered = drive(sweep, recording.answer)
        odd = sweep.outcome().night.oddities
        told.findings = [f"{one.code}: {one.text} ×{one.count}" for one in odd]
        with store.read() as db:
            return dict(db.execute(sa.select(staged.c.key, staged.c.facts)).all())


def drive(sweep: Sweep, answer: Callable[[Ask], Answer | None]) -> int:
    """Answer every question of a sweep from what is kept; how many could not be."""
    steps, unanswered = sweep.steps(), 0
    move: Callable[[], Ask] = steps.__next__
    while True:
        try:
            ask = move()
        except StopIteration:
            return unanswered
        found = answer(ask)
        if found is None:
            unanswered += 1
        move = _moved(steps, found, ask)


def _moved(steps: Any, found: Answer | None, ask: Ask) -> Callable[[], Ask]:
    if found is not None:
        return lambda: steps.send(found)
    lost = Unreachable("The answer is not in the evidence.", ask.url)
    return lambda: steps.throw(lost)


def _published(db: Connection, register_id: str, run_id: int) -> dict[str, tuple[int, str]]:
    """(run, facts) of everybody as they stood once the run was live, by key."""
    query = (
        sa.select(registration.c.key, version.c.run_id, version.c.facts)
        .join(registration, registration.c.id == version.c.registration_id)
        .where(registration.c.register_id == register_id, version.c.run_id <= run_id)
        .order_by(version.c.id)
    )
    return {key: (by, facts) for key, by, facts in db.execute(query)}


def _compare(found: dict[str, str], published: dict[str, tuple[int, str]], told: Replayed) -> None:
    told.read = len(found)
    for key, facts in found.items():
        if key not in published:
            told.extra.append(key)
            continue
        differences = list(_differences(key, published[key][1], facts))
        told.same += not differences
        told.differs += differences
    told.lost = [
        key for key, (by, _) in published.items() if by == told.run_id and key not in found
    ]


def _differences(key: str, published: str, read: str) -> Iterator[Differs]:
    before, after = orjson.loads(published), orjson.loads(read)
    for fact in sorted(before.keys() | after.keys()):
        if before.get(fact) != after.get(fact):
            yield Differs(key, fact, before.get(fact), after.get(fact))


def read_again(register: Register, exhibit: Exhibit) -> list[tuple[Record, bool]]:
    """Whom today's reader finds in one kept answer, and whether that is all there is of them.

    Raises NoReplay where it was kept before questions were, or cannot be read.
    """
    said = exhibit.said
    if said is None or STEP not in said.asked or MEMO not in said.asked:
        raise NoReplay("It was kept without its question, so it cannot be read alone.")
    ask = Ask(exhibit.url, said.asked[STEP], orjson.loads(said.asked[MEMO]))
    answer = Answer(
        ask, exhibit.url, exhibit.status, said.headers, exhibit.body, exhibit.fetched_at
    )
    try:
        found = list(PLATFORMS[register.platform].read(register, answer))
    except CrawlError as error:
        raise NoReplay(f"Today's reader says: {error.text}") from error
    people = [(one, True) for one in found if isinstance(one, Record)]
    return people + [(one.record, one.detail is None) for one in found if isinstance(one, Seen)]


def beside_live(store: Store, register: Register, record: Record) -> list[Differs] | None:
    """How a record differs from what is live, doubts apart; None when they are not held."""
    with store.look() as look:
        live = lookup.by_key(look, register.id, record.key)
    if live is None:
        return None
    found = _differences(record.key, live.record.facts, record.facts)
    return [one for one in found if one.fact != "doubts"]
