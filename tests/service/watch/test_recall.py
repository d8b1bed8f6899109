"""Recall 100 %, invented 0: generated nights alert exactly what a naive comparison finds.

The comparison knows nothing of changes or lists: it asks `verify` about everybody before and after
each night, and calls it news when the verdict differs or anything their entry shows of them.
"""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings, strategies

from config.register import Register
from config.settings import Settings
from config.vocabulary import RunState, Status
from data.lookup import by_key
from data.records import Name, Notice, Record
from data.store import Store
from service.answer import Query
from service.desk import Desk
from service.verify import verify
from service.watch import round as watching
from tests.conftest import Clock
from tests.data.nights import Nights, person
from tests.service.clocks import desk_of
from tests.service.watch.lists import raised, roster, watch

SIZE, LATER = 110, 8  # people on the register, and those who come to it some night
ADVERSE = {"word": "Suspended", "may_practise": False}
MOVES: dict[str, Callable[[Record], Record | None]] = {
    "suspend": lambda one: replace(one, status=Status.SUSPENDED, **ADVERSE),
    "restore": lambda one: replace(
        one, status=Status.AUTHORISED, word="Current", may_practise=True
    ),
    "odd": lambda one: replace(one, status=Status.UNRECOGNISED, word="Paused"),
    "condition": lambda one: replace(one, restrictions=(*one.restrictions, Notice("Chaperone."))),
    "no conditions": lambda one: replace(one, restrictions=()),
    "notice": lambda one: replace(one, notices=(*one.notices, Notice("Caution."))),
    "no notices": lambda one: replace(one, notices=()),
    "marry": lambda one: replace(one, name=Name(one.name.given, f"{one.name.family}s")),
    "number": lambda one: replace(one, number=f"{one.number}7"),
    "doubt": lambda one: replace(one, doubts=("conflicting_rows",)),
    "no doubt": lambda one: replace(one, doubts=()),
    "language": lambda one: replace(one, languages=("Tamil",)),
    "gone": lambda _one: None,
}
# Mostly the same few people, so that one change comes upon another.
WHO = strategies.integers(0, 3) | strategies.integers(0, SIZE - 1)
MOVE = strategies.tuples(WHO, strategies.sampled_from(sorted(MOVES)))
NIGHT = strategies.tuples(
    strategies.lists(MOVE, max_size=6), strategies.sets(strategies.integers(0, LATER - 1))
)


def told(desk: Desk, said: tuple[str, str], once: dict[tuple[str, str], str], now: Any) -> Any:
    """The verdict on somebody, and everything that the entry tells which they were found to be.

    `once` is what entry that was: whoever has another name or number since, by the register's word,
    is still who they are, and what becomes of their entry is news. Of nobody: the verdict only.
    """
    answer = verify(desk, Query(name=said[0], number=said[1]), now)
    if answer.assurance is not None and len(answer.matches) == 1:
        once[said] = answer.matches[0].key
    verdict = answer.verdict.value if answer.verdict.value != "cannot_confirm" else None
    with desk.store.look() as look:
        entry = by_key(look, "ca_on_cmto", once[said]) if said in once else None
    if entry is None:
        return (verdict,)
    one = entry.record
    texts = [sorted(notice.text for notice in some) for some in (one.restrictions, one.notices)]
    return (
        answer.verdict.value,
        *(entry.absent, bool(entry.doubts), one.status, one.word, one.may_practise),
        *(one.name, one.number, *map(tuple, texts)),
    )


def night(people: list[Record | None], moves: list[tuple[int, str]]) -> None:
    for place, move in moves:
        one = people[place]
        people[place] = MOVES[move](one) if one else person(place)


@settings(max_examples=12)
@given(strategies.lists(NIGHT, min_size=2, max_size=5))
def test_alerts_are_what_a_naive_comparison_finds(
    sqlite_template: Path, ontario: Register, nights: list[tuple[list[tuple[int, str]], set[int]]]
) -> None:
    with TemporaryDirectory() as folder:
        home = Path(folder)
        shutil.copy(sqlite_template, home / "goodstanding.db")
        store = Store(f"sqlite:///{home / 'goodstanding.db'}", home / "evidence")
        try:
            _compare(desk_of(store, Settings(home=home), ontario), ontario, nights)
        finally:
            store.close()


def _compare(desk: Desk, register: Register, plan: list[Any]) -> None:
    clock = Clock()
    runs = Nights(desk.store, register, clock)
    people: list[Record | None] = [person(which) for which in range(SIZE)]
    runs.accept(filter(None, people))
    said = [(person(which).name.full, f"A{1000 + which}") for which in range(SIZE + LATER)]
    said += [("Nobody Atall", "Z9"), (person(3).name.full, "A1004")]  # and a number of another
    head = watch(desk, roster([(*one, "") for one in said]), clock())
    came, once = set[int](), dict[tuple[str, str], str]()
    for moves, comers in plan:
        before = [told(desk, one, once, clock()) for one in said]
        night(people, moves)
        came |= comers
        listed = [*filter(None, people), *(person(SIZE + which) for which in sorted(came))]
        run = runs.run(listed)
        watching.look(desk, clock)
        after = [told(desk, one, once, clock()) for one in said]
        names = [name for name, kind in raised(desk, head, run["id"])]
        if run["state"] is not RunState.ACCEPTED:
            assert names == []
            return
        news = {one[0] for one, old, new in zip(said, before, after, strict=True) if old != new}
        assert set(names) == news
