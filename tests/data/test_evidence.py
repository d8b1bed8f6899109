"""Raw answers are kept as they came, found again, and any altered byte of them is noticed."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from data.evidence import Archive, evidence_table, find, first_kept, index
from data.run import lease
from data.store import Store
from tests.conftest import Clock

BODY = bytes(range(256)) * 8
HEADERS = {"content-type": "application/json", "x-odd": "\u00e9\u20ac", "content-encoding": "gzip"}


def keep(store: Store, clock: Clock, *bodies: bytes) -> list[dict[str, Any]]:
    with lease(store, "ca_on_cmto", "host", clock()) as run_id:
        archive = Archive(store.evidence, "ca_on_cmto", run_id)
        rows = [archive.keep("http://host/a?b=c", 200, HEADERS, body, clock()) for body in bodies]
        archive.close()
        with store.begin() as db:
            index(db, rows)
    return rows


def file_of(store: Store, row: dict[str, Any]) -> Path:
    return store.evidence / str(row["file"])


def test_an_answer_is_found_as_it_came(store: Store, clock: Clock) -> None:
    rows = keep(store, clock, b"first", BODY, b"")
    for row, body in zip(rows, (b"first", BODY, b""), strict=True):
        exhibit = find(store, row["id"])
        assert exhibit and exhibit.body == body and exhibit.id == hashlib.sha256(body).hexdigest()
        assert (exhibit.url, exhibit.status) == ("http://host/a?b=c", 200)
        assert exhibit.fetched_at == clock()


@pytest.mark.parametrize("taken", [{"redacted": "1"}, {"file": ""}])
def test_only_bytes_that_are_whole_are_referred_to(
    store: Store, clock: Clock, taken: dict[str, str]
) -> None:
    [row] = keep(store, clock, BODY)
    assert first_kept(store, row["id"]) == (row["url"], clock())
    with store.begin() as db:
        db.execute(evidence_table.update().values(**taken))
    assert first_kept(store, row["id"]) is None and first_kept(store, "0" * 64) is None


def test_what_was_never_kept_is_not_found(store: Store) -> None:
    assert find(store, "0" * 64) is None


def test_the_same_bytes_are_indexed_once(store: Store, clock: Clock) -> None:
    first = keep(store, clock, BODY)
    keep(store, clock, BODY, BODY)
    exhibit = find(store, first[0]["id"])
    with store.read() as db:
        assert db.exec_driver_sql("SELECT count(*) FROM evidence").scalar() == 1
    assert exhibit and exhibit.body == BODY


def test_a_second_archive_of_a_run_appends(store: Store, clock: Clock) -> None:
    with lease(store, "ca_on_cmto", "host", clock()) as run_id:
        for body in (b"one", b"two"):
            archive = Archive(store.evidence, "ca_on_cmto", run_id)
            row = archive.keep("http://host/", 200, {}, body, clock())
            archive.close()
            with store.begin() as db:
                index(db, [row])
            exhibit = find(store, row["id"])
            assert exhibit and exhibit.body == body


def test_every_altered_byte_of_the_file_is_noticed_or_harmless(store: Store, clock: Clock) -> None:
    """A change in gzip's or WARC's own framing may be harmless; then the body is unaltered."""
    [row] = keep(store, clock, BODY)
    path = file_of(store, row)
    honest = path.read_bytes()
    noticed = 0
    for place in range(0, len(honest), 3):
        path.write_bytes(honest[:place] + bytes([honest[place] ^ 0x55]) + honest[place + 1 :])
        try:
            exhibit = find(store, row["id"])
            assert exhibit and exhibit.body == BODY
        except ValueError:
            noticed += 1
    assert noticed > len(honest) / 6


@pytest.mark.parametrize("left", [0, 10, 100])
def test_a_cut_or_lost_file_is_noticed(store: Store, clock: Clock, left: int) -> None:
    [row] = keep(store, clock, BODY)
    path = file_of(store, row)
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(ValueError, match="does not hold"):
        find(store, row["id"])
    path.unlink()
    with pytest.raises(ValueError, match="does not hold"):
        find(store, row["id"])


def test_another_body_in_its_place_is_noticed(store: Store, clock: Clock) -> None:
    one, other = keep(store, clock, b"authorised: no", b"authorised: yes")
    move = evidence_table.update().where(evidence_table.c.id == one["id"])
    with store.begin() as db:
        db.execute(move.values(offset=other["offset"]))
    with pytest.raises(ValueError, match="does not hold"):
        find(store, one["id"])
