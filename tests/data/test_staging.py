"""What a sweep asks of the store: who is known, whose turn it is, what is live of somebody."""

from datetime import timedelta

import pytest

from data.promote import stamp_rotation
from data.records import Record
from data.run import lease
from data.staging import BUCKETS, Staging, blanks, bucket_of
from tests.data.nights import Nights, people, person


def staging(nights: Nights) -> Staging:
    return Staging(nights.store, nights.register.id, 0, nights.clock)


def stamp(nights: Nights, buckets: list[int], days_ago: float) -> None:
    with nights.store.begin() as db:
        at = nights.clock() - timedelta(days=days_ago)
        stamp_rotation(db, nights.register.id, buckets, at)


def test_known_people_with_digest_and_absence(nights: Nights) -> None:
    nights.accept(people(20))
    nights.accept([], [f"k{number}" for number in range(1, 20)])
    known = staging(nights).known()
    assert len(known) == 20 and (known["k0"].absent, known["k1"].absent) == (1, 0)
    assert known["k1"].digest == f"listed {person(1).content_hash}"
    assert known["k1"].bucket == bucket_of("k1")


def staged(nights: Nights, *records: Record) -> tuple[list[str], int]:
    """The keys a run stages of these records, and how many people it ticks off."""
    with lease(nights.store, nights.register.id, "loopback", nights.clock()) as run_id:
        nights.stage(run_id, records, [])
    return [row["key"] for row in nights.rows("staged")], len(nights.rows("ticked"))


def test_whoever_is_live_exactly_so_is_only_ticked_off(nights: Nights) -> None:
    nights.accept(people(20))
    assert staged(nights, person(1), person(2, word="Resigned"), person(30)) == (["k2", "k30"], 1)


def test_whoever_was_missing_is_staged_whole(nights: Nights) -> None:
    nights.accept(people(20))
    nights.accept(people(19))
    assert staged(nights, person(19)) == (["k19"], 0)


def test_where_the_row_is_all_there_is_the_facts_are_the_digest(nights: Nights) -> None:
    nights.accept([person(1)])
    one = staging(nights)
    one.save(person(2), None, {"id": "page"})
    assert person(2).content_hash in one._rows[0][4:6] and one._rows[0][4] == one._rows[0][5]


def test_a_contradiction_of_somebody_ticked_off_withholds_them(nights: Nights) -> None:
    crowd = people(60)
    nights.accept(crowd)
    nights.accept([*crowd, person(1, word="Resigned")])
    assert nights.live("k1")["doubts"] == "conflicting_rows"
    nights.accept(crowd)
    assert nights.live("k1")["doubts"] == ""


def test_nobody_unknown_is_unchanged(nights: Nights) -> None:
    with pytest.raises(KeyError):
        staging(nights).unchanged("k1")


def test_links_are_random_and_short(nights: Nights) -> None:
    nights.accept(people(1201))
    refs = {row["ref"] for row in nights.rows("registration")}
    assert len(refs) == 1201 and {len(ref) for ref in refs} == {16}


def test_live_facts(nights: Nights) -> None:
    nights.accept([person(1)])
    nights.accept([person(1, number="A7")])
    assert staging(nights).live("k1") == person(1, number="A7")
    assert staging(nights).live("k2") is None


def test_at_first_two_sevenths_are_due(nights: Nights) -> None:
    assert staging(nights).due_buckets(nights.clock()) == {0, 1}


@pytest.mark.parametrize(("age", "due"), [(6.9, {4}), (7.1, {4, 5})])
def test_the_seventh_read_longest_ago_is_due(nights: Nights, age: float, due: set[int]) -> None:
    stamp(nights, [0, 1, 2, 3, 6], 1)
    stamp(nights, [5], 2)
    stamp(nights, [4], age)
    assert staging(nights).due_buckets(nights.clock()) == due


def test_in_a_week_every_seventh_has_its_turn(nights: Nights) -> None:
    stamp(nights, list(range(BUCKETS)), 1)
    turns: list[int] = []
    for _ in range(BUCKETS):
        due = staging(nights).due_buckets(nights.clock())
        turns += due
        stamp(nights, list(due), 0)
        nights.clock.forward(days=0.9)
    assert sorted(turns) == list(range(BUCKETS))


def test_buckets_spread_evenly() -> None:
    counts = [0] * BUCKETS
    for number in range(7000):
        counts[bucket_of(f"61b2988000f1c7ca{number:08x}")] += 1
    assert min(counts) > 900


def test_many_rows_go_out_in_batches(nights: Nights) -> None:
    run = nights.accept(people(4201))
    assert run["read"] == len(nights.rows("registration")) == 4201


def test_blanks_are_what_a_file_may_demand() -> None:
    assert not set(blanks(person(1))) - {"expires"}
    assert blanks(person(1, number="", word="")) == ["number", "status", "expires"]


def test_what_a_wrong_clock_stamped_is_read_again(nights: Nights) -> None:
    stamp(nights, list(range(BUCKETS)), 1)
    stamp(nights, [3], -400)
    assert staging(nights).due_buckets(nights.clock()) == {0, 3}
