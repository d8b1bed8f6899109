"""Whoever is erased leaves no trace in store or evidence, and the chain still holds."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from config.register import Register
from crawler.invented import Person, invent
from crawler.standin import Standin
from data import warc
from data.chain import ERASURE_COLUMNS, head
from data.chaincheck import verify
from data.erasure import NobodyThere, erase
from data.run import Busy, lease
from data.store import Store
from data.traces import Traces
from tests.conftest import Clock
from tests.crawler.drive import Crawl
from tests.data.nights import person
from tests.data.test_chain import Vandal

PEOPLE = invent(30, numbers=True)
GONE = PEOPLE[3]
SAID = ("the operator", "A request of 3 March.")


@pytest.fixture
def crawl(store: Store, ontario: Register, clock: Clock) -> Iterator[Crawl]:
    """Two nights of a register, in the second of which some people changed."""
    made = Crawl(store, ontario, clock, Standin(PEOPLE))
    made.good_night()
    made.standin.people = [
        {**one, "commonName": "Zephyrine"} if one is GONE else one for one in PEOPLE
    ]
    made.good_night()
    return made


def marks(gone: Person) -> set[str]:
    """What they are recognised by, wherever it stands."""
    return {gone["profileId"], gone["registrationNumber"]}


def everything(crawl: Crawl) -> str:
    """All tables and all evidence, as one text."""
    from sqlmodel import SQLModel

    rows = [str(row) for name in SQLModel.metadata.tables for row in crawl.rows(name)]
    for path in crawl.store.evidence.rglob("*.warc.gz"):
        for kept in warc.walk(path):
            rows += [str(kept.said), (kept.body or b"").decode("utf-8", "replace")]
    return "\n".join(rows)


def test_no_trace_is_left(crawl: Crawl) -> None:
    before = everything(crawl)
    assert all(mark in before for mark in marks(GONE))
    others = [row for row in crawl.rows("registration") if row["key"] != GONE["profileId"]]
    done = erase(crawl.store, crawl.register.id, GONE["profileId"], (*SAID, crawl.clock()))
    assert done.versions == 2 and done.pages.redacted > 0 and done.pages.dropped > 0
    left = everything(crawl)
    assert [mark for mark in (*marks(GONE), GONE["lastName"]) if mark in left] == []
    assert crawl.rows("registration") == others
    assert all(one["profileId"] in left for one in PEOPLE if one is not GONE)


def test_the_chain_holds(crawl: Crawl) -> None:
    with crawl.store.read() as db:
        published = head(db).hash
    erase(crawl.store, crawl.register.id, GONE["profileId"], (*SAID, crawl.clock()))
    assert verify(crawl.store, published) == []
    [row] = crawl.rows("erasure")
    assert (row["who"], row["why"], row["versions"]) == (*SAID, 2)
    seals = [row for row in crawl.rows("seal") if row["erasure_id"]]
    assert [(row["salt"], len(row["commitment"])) for row in seals] == [(None, 32)] * 2


@pytest.mark.parametrize(
    "statement",
    ["UPDATE erasure SET why = 'x'", "DELETE FROM erasure", "UPDATE seal SET erasure_id = NULL"],
)
def test_an_erasure_cannot_be_denied(crawl: Crawl, statement: str) -> None:
    erase(crawl.store, crawl.register.id, GONE["profileId"], (*SAID, crawl.clock()))
    if statement.startswith("DELETE"):
        statement = "UPDATE seal SET erasure_id = NULL; DELETE FROM erasure"
    with crawl.store.begin() as db:
        for one in statement.split(";"):
            db.exec_driver_sql(one)
    assert verify(crawl.store)


def test_every_altered_byte_about_an_erasure_is_found(
    sqlite_store: Store, ontario: Register, clock: Clock
) -> None:
    crawl = Crawl(sqlite_store, ontario, clock, Standin(PEOPLE[:6]))
    crawl.good_night()
    erase(sqlite_store, ontario.id, GONE["profileId"], (*SAID, clock()))
    covered = {
        "erasure": " ".join(ERASURE_COLUMNS),
        "seal": "version_id run_id salt commitment erasure_id",
    }
    missed, tried = [], 0
    with closing(sqlite3.connect(str(sqlite_store.engine.url.database))) as db:
        vandal = Vandal(db, 3, covered)
        while tried < 200:
            for change in vandal.change():
                tried += 1
                if not verify(sqlite_store):
                    missed.append(change)
    assert missed == [] and verify(sqlite_store) == []


def test_sqlite_keeps_nothing_in_its_free_pages(
    sqlite_store: Store, ontario: Register, clock: Clock
) -> None:
    crawl = Crawl(sqlite_store, ontario, clock, Standin(PEOPLE))
    crawl.good_night()
    erase(sqlite_store, ontario.id, GONE["profileId"], (*SAID, clock()))
    folder = Path(str(sqlite_store.engine.url.database)).parent
    raw = b"".join(path.read_bytes() for path in folder.glob("goodstanding.db*"))
    assert PEOPLE[4]["profileId"].encode() in raw
    assert not [mark for mark in (*marks(GONE), GONE["lastName"]) if mark.encode() in raw]


def test_who_is_listed_again_is_somebody_new(crawl: Crawl) -> None:
    erase(crawl.store, crawl.register.id, GONE["profileId"], (*SAID, crawl.clock()))
    crawl.good_night()
    assert crawl.live(GONE["profileId"])["first_seen"] == crawl.clock()
    assert verify(crawl.store) == []


def test_the_others_can_still_be_read_again(crawl: Crawl) -> None:
    from data.evidence import find

    erase(crawl.store, crawl.register.id, GONE["profileId"], (*SAID, crawl.clock()))
    for row in crawl.rows("version"):
        exhibit = find(crawl.store, row["evidence_id"])
        assert exhibit and not exhibit.redacted


def test_nobody_and_a_busy_register(crawl: Crawl) -> None:
    said = (*SAID, crawl.clock())
    with pytest.raises(NobodyThere, match="nothing was erased"):
        erase(crawl.store, crawl.register.id, "nobody", said)
    with lease(crawl.store, crawl.register.id, "loopback", crawl.clock()), pytest.raises(Busy):
        erase(crawl.store, crawl.register.id, GONE["profileId"], said)


TRACES = Traces("k3", [person(3)])  # Vesper Quillmoor3, A1003


@pytest.mark.parametrize(
    ("body", "rest"),
    [
        (b'{"n":2,"rows":[{"id":"k3"},{"id":"k4"}]}', b'{"n": 2, "rows": [{"id": "k4"}]}'),
        (b'[{"f":"Vesper","x":1,"y":2,"l":"Quillmoor3"},{"l":"Other"}]', b'[{"l": "Other"}]'),
        (b"No,Name\r\nA1003,X\r\nA1004,Y\r\n", b"No,Name\r\nA1004,Y\r\n"),
        (b"A1003 and others", b""),
        (b"<table><tr><td>A1003</table>", None),
        (b"PK\x03\x04 packed", None),
        (b'{"id":"A1003"}', None),
    ],
)
def test_answers_without_a_person(body: bytes, rest: bytes | None) -> None:
    assert TRACES.without(body) == rest


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A1003", True),
        ("A10035", False),
        ("<td>Quillmoor3,</td><td>Vesper</td>", True),
        ("VESPER  M.  QUILLMOOR3", True),
        ("Vesper Quillmoor30", False),
        ("Vesper and far away from her a Quillmoor3", False),
    ],
)
def test_a_page_that_names_a_person(text: str, found: bool) -> None:
    assert TRACES.in_page(text.encode()) is found
