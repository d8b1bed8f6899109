"""The name index follows the people: whole, in the same transaction, and no further."""

from dataclasses import replace
from typing import Any

import pytest

from config.vocabulary import NameKind
from data.folded import pairs, read
from data.nameindex import rebuild
from data.records import Name, Place
from tests.data.nights import Nights, people, person

INDEX = ("folded_names", "word", "word_near", "name_pair", "place_key")
CLINIC = (Place("Limestone", "Kingston"),)
FORMER = (Name("Vesper", "Umberwick", kind=NameKind.FORMER),)


def index(nights: Nights) -> dict[str, list[dict[str, Any]]]:
    return {name: nights.rows(name) for name in INDEX}


def rebuilt(nights: Nights) -> dict[str, list[dict[str, Any]]]:
    with nights.store.begin() as db:
        rebuild(db)
    return index(nights)


def words(nights: Nights) -> set[str]:
    return {row["text"] for row in nights.rows("word")}


def test_a_first_night_indexes_everybody(nights: Nights) -> None:
    nights.accept([person(1, places=CLINIC), person(2, other_names=FORMER)])
    rows = {
        (row["family"], row["given"], row["registration_id"]) for row in nights.rows("name_pair")
    }
    said = {row["registration_id"]: read(row["folded"]) for row in nights.rows("folded_names")}
    assert rows == {(*pair, id_) for id_, one in said.items() for pair in pairs(one)}
    assert words(nights) == {"vesper", "quillmoor1", "quillmoor2", "umberwick"}
    assert len(nights.rows("place_key")) == 2


@pytest.mark.parametrize(
    "changed",
    [
        person(1, name=Name("Vesper", "Thwell")),
        person(1, name=Name("Thwell", "Vesper")),
        person(1, other_names=FORMER),
        person(1, places=CLINIC),
        person(1, name=Name("Ana Lou", "Quillmoor1")),
    ],
    ids=["married", "changed round", "former name", "place", "given name"],
)
def test_after_a_change_the_index_is_as_if_made_anew(nights: Nights, changed: Any) -> None:
    crowd = people(30)[2:]
    nights.accept([person(1), *crowd])
    nights.accept([changed], [one.key for one in crowd])
    before = index(nights)
    assert before == rebuilt(nights)


def test_a_change_of_status_alone_touches_no_index_row(nights: Nights) -> None:
    crowd = people(30)
    nights.accept(crowd)
    before = index(nights)
    nights.accept([replace(crowd[3], word="Resigned")], [one.key for one in crowd])
    assert index(nights) == before


def test_a_word_nobody_bears_any_more_leaves_the_dictionary(nights: Nights) -> None:
    nights.accept([person(1, name=Name("Vesper", "Umberwick")), person(2)])
    nights.accept([person(1, name=Name("Vesper", "Dahl"))], ["k2"])
    assert "umberwick" not in words(nights) and {"vesper", "dahl"} <= words(nights)
    known = {row["code"] for row in nights.rows("word")}
    assert {row["code"] for row in nights.rows("word_near")} == known


def test_a_held_night_leaves_the_index_alone(nights: Nights) -> None:
    nights.accept(people(30))
    before = index(nights)
    nights.run([person(40)], complete=False)
    assert index(nights) == before


def test_a_given_name_that_becomes_a_family_name_is_both(nights: Nights) -> None:
    nights.accept([person(1, name=Name("Dahl", "Wick"))])
    nights.accept([person(2, name=Name("Ana", "Dahl"))], ["k1"])
    [dahl] = [row for row in nights.rows("word") if row["text"] == "dahl"]
    assert dahl["family"] and dahl["given"]
