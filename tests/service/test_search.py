"""Names find people a page at a time, the likeliest first, and each says why."""

import base64
from collections.abc import Callable

import pytest

from config.register import Register
from config.vocabulary import NameKind
from data.records import Name, Record
from data.search import MOST, Scope
from data.store import Store
from service.ranking import Rank
from service.search import A_PAGE, ALTOGETHER, CursorError, page, ranked
from tests.conftest import Clock
from tests.data.nights import Nights, person

LETTERS = "abcdefghijklmnopqrstuvwxyz"
FORMER = (Name("Vesper", "Oakensholt", kind=NameKind.FORMER),)
Pages = Callable[..., tuple[list[str], str]]


def dahls(count: int, first: int = 0) -> list[Record]:
    """People of one family name, each with another given name."""
    names = [f"Qu{one}{other}" for one in LETTERS for other in LETTERS]
    return [person(n, name=Name(names[n], "Dahlquist")) for n in range(first, first + count)]


@pytest.fixture
def nights(store: Store, ontario: Register, clock: Clock) -> Nights:
    return Nights(store, ontario, clock)


@pytest.fixture
def ask(nights: Nights) -> Pages:
    """One page: the keys of the people on it, and the cursor of the next."""

    def turn(name: str, cursor: str = "", scope: Scope = Scope()) -> tuple[list[str], str]:  # noqa: B008
        keys = {row["id"]: row["key"] for row in nights.rows("registration")}
        with nights.store.look() as look:
            found = page(look, name, scope, cursor)
        return [keys[id_] for id_, _ in found.people], found.next_cursor

    return turn


def through(ask: Pages, name: str) -> list[list[str]]:
    """All pages."""
    pages, cursor = [], ""
    while True:
        people, cursor = ask(name, cursor)
        pages.append(people)
        if not cursor:
            return pages


@pytest.mark.parametrize(
    ("count", "sizes"),
    [(1, [1]), (20, [20]), (21, [20, 1]), (50, [20, 20, 10]), (120, [20, 20, 10])],
)
def test_pages_hold_twenty_and_a_question_fifty(
    nights: Nights, ask: Pages, count: int, sizes: list[int]
) -> None:
    nights.accept(dahls(count))
    pages = through(ask, "Dahlquist")
    assert [len(one) for one in pages] == sizes
    assert pages == through(ask, "Dahlquist")
    everybody = [key for one in pages for key in one]
    assert len(everybody) == len(set(everybody))


def test_people_who_come_and_go_meanwhile_neither_repeat_nor_hide_others(
    nights: Nights, ask: Pages
) -> None:
    """Between two pages somebody leaves the first one, and somebody new is listed."""
    crowd = dahls(45)
    nights.accept(crowd)
    first, cursor = ask("Dahlquist")
    leaving = {first[3], first[10]}
    rest = [one for one in crowd if one.key not in leaving]
    for _ in range(2):
        nights.accept(dahls(2, first=100), [one.key for one in rest])
    second, cursor = ask("Dahlquist", cursor)
    third, end = ask("Dahlquist", cursor)
    assert not set(first) & set(second + third) and not set(second) & set(third)
    assert {one.key for one in rest} <= {*first, *second, *third} and not end


@pytest.mark.parametrize(
    "cursor",
    ["x", "AAAA", "é", "🙂", "=", "MSwy", "9" * 5_000, "' OR 1=1", "\x00", "LDEs", "bm8sbm8="],
)
def test_a_nonsense_cursor_is_refused_and_says_what_to_do(
    nights: Nights, ask: Pages, cursor: str
) -> None:
    nights.accept(dahls(3))
    if cursor == "MSwy":  # 1,2: a place as good as any
        assert ask("Dahlquist", cursor) == ([], "")
        return
    with pytest.raises(CursorError, match="Ask without one"):
        ask("Dahlquist", cursor)


@pytest.mark.parametrize(
    "said", ["-999999,0", "-1,-1", "0,0", "99999999999,9", "-9999999999999999,1"]
)
def test_a_forged_cursor_leads_to_nobody_else(nights: Nights, ask: Pages, said: str) -> None:
    nights.accept(dahls(120))
    fifty = {key for one in through(ask, "Dahlquist") for key in one}
    assert len(fifty) == ALTOGETHER
    people, _ = ask("Dahlquist", base64.urlsafe_b64encode(said.encode()).decode())
    assert len(people) <= A_PAGE and set(people) <= fifty


def test_exact_names_come_before_nicknames_and_those_before_misspelt_ones(
    nights: Nights,
) -> None:
    names = [
        *(Name("Robert", "Umberwick"), Name("Bob", "Umberwick"), Name("Bob", "Umberwik")),
        *(Name("Bert", "Umberwick"), Name("Bob", "Oakensholt")),
    ]
    nights.accept([person(n, name=name) for n, name in enumerate(names)])
    order = found(nights, "Bob Umberwick")
    assert order[0] == "k1" and set(order[1:3]) == {"k0", "k3"}
    assert "k4" not in order


def test_a_crowd_under_another_form_of_the_name_hides_nobody_of_the_name(nights: Nights) -> None:
    """More than are ever looked at are called Elizabeth, which Lisa is short for."""
    crowd = [person(n, name=Name("Elizabeth", "Umberwick")) for n in range(MOST + 50)]
    nights.accept([*crowd, person(999, name=Name("Lisa", "Umberwick"))])
    assert found(nights, "Lisa Umberwick")[0] == "k999"


def test_a_word_is_not_asked_for_as_family_and_as_given_name_at_once(nights: Nights) -> None:
    """More than are looked at are called Marry Mary, both of which are near to Mary alone."""
    crowd = [person(n, name=Name("Marry", "Mary")) for n in range(MOST)]
    nights.accept([*crowd, person(999, name=Name("Mary", "Billings"))])
    assert found(nights, "Mary Billnfs")[0] == "k999"


def test_a_business_of_three_like_letters_is_found_first(nights: Nights) -> None:
    nights.accept([person(n, name=Name("", name)) for n, name in enumerate(("AA Spa", "AAA Spa"))])
    assert found(nights, "AAA Spa")[0] == "k1" and found(nights, "AA Spa")[0] == "k0"


def test_half_of_a_double_name_as_asked_comes_before_another_form(nights: Nights) -> None:
    names = (Name("Emma", "Umberwick"), Name("Emily", "Dahl-Umberwick"))
    nights.accept([person(n, name=name) for n, name in enumerate(names)])
    assert found(nights, "Emily Umberwick") == ["k1", "k0"]


def test_a_former_name_comes_a_little_after_a_present_one(nights: Nights) -> None:
    nights.accept(
        [
            person(1, name=Name("Vesper", "Dahl"), other_names=FORMER),
            person(2, name=Name("Vesper", "Oakensholt")),
            person(3, name=Name("Vesper", "Oakenshalt")),
        ]
    )
    assert found(nights, "Vesper Oakensholt")[:2] == ["k2", "k1"]
    ranks = explained(nights, "Vesper Oakensholt")
    assert "former_name" in ranks["k1"].codes and "former_name" not in ranks["k2"].codes
    assert 0 < ranks["k2"].weight - ranks["k1"].weight < 0.02


def found(nights: Nights, name: str) -> list[str]:
    return list(explained(nights, name))


def explained(nights: Nights, name: str) -> dict[str, Rank]:
    keys = {row["id"]: row["key"] for row in nights.rows("registration")}
    with nights.store.look() as look:
        return {keys[id_]: rank for id_, _, rank in ranked(look, name, Scope())}


def test_a_misspelt_name_finds_the_right_person_first(nights: Nights) -> None:
    crowd = [
        *dahls(40),
        person(200, name=Name("Katherine", "Szymborski")),
        person(201, name=Name("Marie-Claire", "Beaudrie-Tancoigne")),
        person(202, name=Name("Thaddeus", "van der Quoit")),
    ]
    nights.accept(crowd)
    for asked, who in {
        "Katherine Szymborsky": "k200",
        "Kathrine Szymborski": "k200",
        "Katy Szymborski": "k200",
        "Szymborski Katherine": "k200",
        "Catherine Shimborski": "k200",
        "Marie Claire Tancoigne": "k201",
        "Marieclaire Baudrie Tancoigne": "k201",
        "Thadeus Vanderquoit": "k202",
        "T. van der Quoit": "k202",
    }.items():
        assert found(nights, asked)[:1] == [who], asked


@pytest.mark.parametrize("name", ["", "  ", "🙂", "Jr", "x" * 200, "a b c d e f g h i j k l m n"])
def test_any_name_may_be_asked_for(nights: Nights, ask: Pages, name: str) -> None:
    nights.accept(dahls(3))
    assert ask(name) == ([], "")
