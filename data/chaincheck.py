"""Checks the hash chain against the store and the evidence files: what was changed, and where."""

import heapq
from collections.abc import Iterator
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from config.vocabulary import RunState
from data import chain, evidence
from data.alerts import run_table
from data.chain import Roots, commitment, file_digest, link_hash, moment_text, raw, seal_table
from data.names import number_key
from data.records import hash_facts
from data.staging import registration, version
from data.store import Store
from data.tables import Erasure

erasure_table: sa.Table = Erasure.__table__  # type: ignore[attr-defined]


class Finding(NamedTuple):
    """Something that is not as the chain says: where, and in words."""

    where: str
    text: str


class Links(NamedTuple):
    """The chain as read: the last content said of each subject, and when; its last hash."""

    last: dict[str, tuple[str, str]]
    head: str
    length: int


def verify(store: Store, head: str = "", bodies: bool = True) -> list[Finding]:
    """Everything that was altered, lost or added beside the chain.

    `head` is one published earlier (a chain cut off at its end still holds by itself, so only that
    shows the cut); without `bodies` the single answers in the evidence files are not read.
    """
    with store.read() as db:
        findings: list[Finding] = []
        links = _walk(db, head, findings)
        findings += _versions(db, links)
        findings += _sequence(db)
        findings += _standing(db)
        findings += _registers(db, links)
        findings += _erasures(db, links)
        findings += _files(store.evidence, links)
        if bodies:
            findings += [Finding(*one) for one in evidence.altered(store, db)]
    return findings


def _walk(db: Connection, head: str, findings: list[Finding]) -> Links:
    """Walk the chain from its first link, noting what does not follow from the one before."""
    last: dict[str, tuple[str, str]] = {}
    before, number, seen = chain.FIRST, 0, not head
    columns: list[Any] = [raw(column) for column in chain.chain.c]
    for number, (id_, at, subject, content, hash_) in enumerate(
        db.execute(sa.select(*columns).order_by(chain.chain.c.id)), 1
    ):
        if id_ != number or hash_ != link_hash(before, (id_, at, subject, content)):
            findings.append(Finding(f"link {id_}", "does not follow from the link before it"))
        before = str(hash_)
        seen = seen or before == head
        last[str(subject)] = (str(content), str(at))
    if not seen:
        words = "is not in the chain: it was cut off or written anew since that head was published"
        findings.append(Finding(f"head {head[:64]}", words))
    return Links(last, before, number)


def _versions(db: Connection, links: Links) -> Iterator[Finding]:
    """Every version against its commitment, and every run against its link."""
    roots = Roots()
    for version_id, row in _sealed(db):
        run_id, made, trouble = _version(row, links)
        if trouble:
            yield Finding(f"version {version_id}", trouble)
        if made is not None:
            roots.add(run_id, version_id, made)
    ended = db.execute(sa.select(run_table.c.id, raw(run_table.c.state)))
    states = {f"run {id_}": (id_, state) for id_, state in ended}
    for subject, (id_, state) in states.items():
        content = links.last.get(subject, ("", ""))[0]
        if state != RunState.RUNNING and content != chain.run_content(db, id_, roots.of(id_)):
            yield Finding(subject, "the run, its findings or its versions are not as they were")
    for subject in links.last:
        if subject.startswith("run ") and subject not in states:
            yield Finding(subject, "the run is gone")


def _sealed(db: Connection) -> Iterator[tuple[int, dict[str, Any]]]:
    """Versions and seals side by side, by version id: what is known of each."""
    said = chain.committed().add_columns(raw(version.c.facts), raw(version.c.seen_from))
    few = {"yield_per": 1000}
    versions = db.execute(said.order_by(version.c.id), execution_options=few)
    every = sa.select(seal_table).order_by(seal_table.c.version_id)
    seals = db.execute(every, execution_options=few)
    marked = ((row[0], ("version", row)) for row in versions)
    others = ((row[0], ("seal", row)) for row in seals)
    both = heapq.merge(marked, others, key=lambda one: one[0])
    for version_id, some in groupby(both, key=lambda one: one[0]):
        yield version_id, dict(one for _, one in some)


def _version(row: dict[str, Any], links: Links) -> tuple[int, bytes | None, str]:
    """(run, commitment, trouble) of a version and its seal."""
    said: Any = row.get("version")
    seal: Any = row.get("seal")
    if said is None:
        erased = seal.erasure_id is not None and seal.commitment is not None and not seal.salt
        return seal.run_id, seal.commitment, "" if erased else "is gone, and no erasure tells why"
    _, run_id, _, _, content_hash, _, facts, seen_from = said
    if seal is None:
        return run_id, None, "was added beside the chain"
    if seal.salt is None or seal.commitment is not None or seal.erasure_id is not None:
        return run_id, None, "is marked as erased and still there"
    trouble = ""
    if hash_facts(str(facts)).partition(":")[2] != str(content_hash).partition(":")[2]:
        trouble = "its facts are not those of its hash"
    elif moment_text(seen_from) != links.last.get(f"run {run_id}", ("", ""))[1]:
        trouble = "was not published when it says"
    elif seal.run_id != run_id:
        trouble = "is not of the run that sealed it"
    return run_id, commitment(bytes(seal.salt), said[1:6]), trouble


def _sequence(db: Connection) -> Iterator[Finding]:
    """A version ends when the next one begins, and the last one is open."""
    following = sa.func.lead(raw(version.c.seen_from)).over(
        partition_by=version.c.registration_id, order_by=version.c.id
    )
    query = sa.select(version.c.id, raw(version.c.seen_until).label("ends"), following.label("on"))
    for id_, ends, on in db.execute(query):
        if ends != on:
            yield Finding(f"version {id_}", "does not end when the next one begins")


def _standing(db: Connection) -> Iterator[Finding]:
    """What look-ups judge by is what the open version says."""
    shared = (
        sa.select(registration.c.register_id, registration.c.number_key)
        .where(registration.c.number_key != "", registration.c.absent < 2)
        .group_by(registration.c.register_id, registration.c.number_key)
        .having(sa.func.count() > 1)
    )
    twice = {(register_id, number) for register_id, number in db.execute(shared)}
    mine = version.c.registration_id == registration.c.id
    older = version.alias()
    first = sa.select(sa.func.min(raw(older.c.seen_from)))
    first_seen = first.where(older.c.registration_id == registration.c.id).scalar_subquery()
    names = "id register_id number_key status expires doubts content_hash shared first_seen"
    columns: list[Any] = [raw(registration.c[name]) for name in [*names.split(), "last_changed"]]
    columns += [raw(version.c.facts), raw(version.c.seen_from), first_seen]
    live = registration.outerjoin(version, sa.and_(mine, version.c.seen_until.is_(None)))
    query = sa.select(*columns).select_from(live)
    for row in db.execute(query):
        if not _fits(row, twice):
            yield Finding(f"registration {row[0]}", "is not what its open version says")


def _fits(row: Any, twice: set[tuple[str, str]]) -> bool:
    _, register_id, number, status, expires, doubts, hash_, shared, seen, changed = row[:10]
    facts, seen_from, first = row[10:]
    with suppress(ValueError, TypeError, KeyError):
        said = orjson.loads(facts)
        key = number_key(said["number"])
        return bool(
            (number, status, hash_) == (key, said["status"], hash_facts(facts))
            and (str(expires) if expires else None) == said["expires"]
            and doubts == ",".join(said["doubts"])
            and int(shared) == ((register_id, key) in twice)
            and (changed, seen) == (seen_from, first)
        )
    return False


def _registers(db: Connection, links: Links) -> Iterator[Finding]:
    """The pointer of each register, and who is missing from it."""
    there = {f"register {id_}": id_ for id_ in db.scalars(sa.select(chain.state_table.c.id))}
    known = {subject for subject in links.last if subject.startswith("register ")}
    for subject in sorted(there.keys() | known):
        content = chain.register_content(db, subject.partition(" ")[2])
        if links.last.get(subject, ("", ""))[0] != content:
            yield Finding(subject, "what is live of it, or who is missing, is not as it was")


def _erasures(db: Connection, links: Links) -> Iterator[Finding]:
    """Every erasure has its record and its link."""
    ids = db.scalars(sa.select(erasure_table.c.id)).all()
    known = {subject for subject in links.last if subject.startswith("erasure ")}
    for subject in sorted({f"erasure {id_}" for id_ in ids} | known):
        said = subject.partition(" ")[2]
        id_ = int(said) if said.isascii() and said.isdecimal() else 0  # none has that number
        if links.last.get(subject, ("", ""))[0] != chain.erasure_content(db, id_):
            yield Finding(subject, "the record of an erasure is not as it was")


def _files(folder: Path, links: Links) -> Iterator[Finding]:
    """Every evidence file byte for byte."""
    for subject, (content, _) in links.last.items():
        kind, _, name = subject.partition(" ")
        if kind == "file" and (found := file_digest(folder / name)) != content:
            words = "the file was altered" if found else "the file is lost"
            yield Finding(name, words)
