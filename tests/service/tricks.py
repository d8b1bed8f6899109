"""Tricks: each turns a true question about somebody into one that must never be confirmed.

The oracle is how the question was made: no trick looks at the rules under test.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

from config.vocabulary import NameKind
from data.names import family_key
from data.records import Name
from service.answer import Query
from tests.service.crowd import GIVEN, Crowd, Somebody, plain

Trick = Callable[[Somebody, Crowd, random.Random], Iterator[Query]]
OTHER_PLACES = ("Ottawa, Kansas", "Quebec", "British Columbia", "Texas", "Clinic 7, Nova Scotia")
# A Cyrillic letter that is read as the first one and looks like another.
LOOKALIKE = {"r": "Р", "v": "В", "n": "Н", "u": "У", "s": "С"}


def ask(
    one: Somebody, name: str = "", number: str | None = None, place: str | None = None
) -> Query:
    """The true question about somebody, with parts of it replaced."""
    said = one.record
    return Query(
        number=(said.number or None) if number is None else number or None,
        name=name or said.name.full,
        place=place,
        register_id=None,
    )


def clinic(one: Somebody) -> str:
    return one.record.places[0].name if one.record.places else "Ottawa"


def swapped(one: Somebody, crowd: Crowd, chance: random.Random) -> Iterator[Query]:
    """The number of one, the name of another: as it is, in capitals, turned round."""
    other = crowd.other(one, chance).record.name
    for name in (other.full, other.full.upper(), f"{other.family}, {other.given}", other.family):
        yield ask(one, name)


def invented(one: Somebody, _crowd: Crowd, chance: random.Random) -> Iterator[Query]:
    yield ask(one, f"{one.record.name.given} Zzyzx{'abcdefgh'[chance.randrange(8)]}")
    yield ask(one, "Robert'); DROP TABLE registration;--")
    yield ask(one, "% _ * ? .* NULL")


def given_only(one: Somebody, crowd: Crowd, _chance: random.Random) -> Iterator[Query]:
    if plain(one.record.name.given) not in crowd.families(one):
        yield ask(one, one.record.name.given)


def sibling(one: Somebody, _crowd: Crowd, chance: random.Random) -> Iterator[Query]:
    """The family name is right, the given name another one: a sister, a twin, a wife."""
    mine = {plain(name.given)[0] for name in one.record.names}
    mine |= {plain(name.middle)[0] for name in one.record.names if name.middle}
    others = [given for given in GIVEN if plain(given)[0] not in mine]
    for given in chance.sample(others, 2):
        yield ask(one, f"{given} {one.record.name.family}")
        yield ask(one, f"{given[0]}. {one.record.name.family}")


def suffixed(one: Somebody, _crowd: Crowd, _chance: random.Random) -> Iterator[Query]:
    """Jr is not Sr."""
    if one.record.name.family.endswith("Jr"):
        for suffix in ("Sr", "III", "II"):
            yield ask(one, f"{one.record.name.given} Smith {suffix}")


def misspelt(one: Somebody, crowd: Crowd, chance: random.Random) -> Iterator[Query]:
    """The right number, but the family name differs by a letter or two."""
    family = plain(one.record.name.family)
    for name in (_typo(family, chance), _typo(_typo(family, chance), chance)):
        if name and not any(name.endswith(known) for known in crowd.families(one)):
            yield ask(one, f"{one.record.name.given} {name}")


def _typo(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word)) if word else 0
    letter = chance.choice("bcdfghklmnpqrtvwxz")
    ways = (
        word[:at] + letter + word[at + 1 :],
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at:],
        word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :],
    )
    return chance.choice(ways)


def half(one: Somebody, crowd: Crowd, _chance: random.Random) -> Iterator[Query]:
    """One half of a double family name is another name."""
    parts = one.record.name.family.replace("-", " ").split()
    for part in parts if len(parts) > 1 and parts[-1] != "Jr" else ():
        if plain(part) not in crowd.families(one):
            yield ask(one, f"{one.record.name.given} {part}")


def typed_wrongly(one: Somebody, crowd: Crowd, chance: random.Random) -> Iterator[Query]:
    """A number that hits nobody, or a stranger: a digit off, two changed round, one missing."""
    number = one.record.number
    at = chance.choice([i for i, ch in enumerate(number) if ch.isdigit()][1:])
    digit = str((int(number[at]) + chance.randrange(1, 10)) % 10)
    for typed in (
        number[:at] + digit + number[at + 1 :],
        number[: at - 1] + number[at] + number[at - 1] + number[at + 1 :],
        number[:at] + number[at + 1 :],
        number + digit,
        "Z" + number,
    ):
        hit = [n for other in crowd.bearers(typed) for n in crowd.families(other)]
        if typed != number and crowd.families(one).isdisjoint(hit):
            yield ask(one, number=typed)


def of_a_neighbour(one: Somebody, crowd: Crowd, _chance: random.Random) -> Iterator[Query]:
    """The next number of the register, whoever bears it."""
    at = next(i for i, other in enumerate(crowd.people) if other is one)
    other = crowd.people[(at + 2) % len(crowd.people)]
    if crowd.families(one).isdisjoint(crowd.families(other)):
        yield ask(one, number=other.record.number)


def of_an_unfit_namesake(one: Somebody, crowd: Crowd, _chance: random.Random) -> Iterator[Query]:
    """Two people of one name, of whom the number's may not practise."""
    for other in crowd.people:
        if other.record.name.full == one.record.name.full and not other.right:
            yield ask(one, number=other.record.number)
            yield ask(one, number=other.record.number, place=clinic(one))


def no_number(one: Somebody, _crowd: Crowd, _chance: random.Random) -> Iterator[Query]:
    """A name and even the clinic, where numbers are printed."""
    yield ask(one, number="", place=clinic(one))


def elsewhere(one: Somebody, _crowd: Crowd, chance: random.Random) -> Iterator[Query]:
    """In another province, register or profession than theirs."""
    true = ask(one)
    yield ask(one, place=chance.choice(OTHER_PLACES))
    yield true.model_copy(update={"register_id": "us_la_bmt"})
    yield true.model_copy(update={"profession": "physiotherapist"})


def disguised(one: Somebody, _crowd: Crowd, _chance: random.Random) -> Iterator[Query]:
    """Looks like another name, and reads like this one: look-alike letters, letters backwards."""
    family = one.record.name.family
    for letter, alike in LOOKALIKE.items():
        if letter in family.lower():
            at = family.lower().index(letter)
            yield ask(one, f"{one.record.name.given} {family[:at]}{alike}{family[at + 1 :]}")
    yield ask(one, f"{one.record.name.given} \u202e{family[::-1]}\u202c \u202e{family}\u202c")
    yield ask(one, f"{one.record.name.given} \u202e{family}")


def unfit(one: Somebody, _crowd: Crowd, _chance: random.Random) -> Iterator[Query]:
    """The true question about somebody of whom nothing may be confirmed, in every spelling."""
    if not one.right:
        yield from (ask(one, name) for name in spellings(one.record.name))
        yield from (ask(one, name.full) for name in one.record.other_names)
        yield ask(one, place=clinic(one))


def initialled(one: Somebody, _crowd: Crowd, _chance: random.Random) -> Iterator[Query]:
    """Name and place, where the given name is only an initial, or not given."""
    name = one.record.name
    yield ask(one, f"{name.given[0]}. {name.family}", place=clinic(one))
    yield ask(one, name.family, place=clinic(one))


def formerly(one: Somebody, _crowd: Crowd, _chance: random.Random) -> Iterator[Query]:
    """A former name and a place do not tell who is meant."""
    for name in one.record.other_names:
        if name.kind is NameKind.FORMER:
            yield ask(one, name.full, place=clinic(one))


def misplaced(one: Somebody, _crowd: Crowd, chance: random.Random) -> Iterator[Query]:
    """Another clinic, only the province, or none."""
    yield ask(one, place="Clinic 99")
    yield ask(one, place="Ontario")
    yield ask(one, place=f"{clinic(one)}, {chance.choice(OTHER_PLACES)}")
    yield ask(one)


def namesakes(one: Somebody, crowd: Crowd, _chance: random.Random) -> Iterator[Query]:
    """Somebody whose name others bear or bore in that register, at their own clinic."""
    mine = _key(one.record.name)
    sharing = [other for other in crowd.people if mine in map(_key, other.record.names)]
    if len(sharing) > 1:
        for name in spellings(replace(one.record.name, middle="")):
            yield ask(one, name, place=clinic(one))


def _key(name: Name) -> tuple[str, str]:
    return plain(name.given), family_key(name.family)


def any_number(one: Somebody, _crowd: Crowd, chance: random.Random) -> Iterator[Query]:
    """Where none are printed, a number proves nothing; nor does the name beside it."""
    yield ask(one, number=f"A{chance.randrange(10**5)}")


def nicknamed(one: Somebody, _crowd: Crowd, chance: random.Random) -> Iterator[Query]:
    """Another form of the given name, or a misspelt name, at the right clinic."""
    name = one.record.name
    short = {"Robert": "Bob", "William": "Will", "Katherine": "Kathy", "Guillermo": "Memo"}
    if name.given in short:
        yield ask(one, f"{short[name.given]} {name.family}", place=clinic(one))
    yield ask(one, f"{name.given} {_typo(plain(name.family), chance)}x", place=clinic(one))


def spellings(name: Name) -> Iterator[str]:
    """Every way in which people write a name that is the same name."""
    joined = f"{plain(name.given)} {family_key(name.family)}"
    yield name.full
    yield name.full.upper()
    yield f"{name.family}, {name.given}"
    yield f"{name.family} {name.given}"
    yield f"  {name.given}  {name.family} , RMT "
    yield joined
    yield f"{name.given} {name.family}".replace("-", " ").replace("'", "\u2019")
    yield f"{name.given} {name.family}".replace("-", "\u2010")
    yield f"{name.given}\u200b {name.family[:2]}\u200d{name.family[2:]}"
    yield f"Mrs {name.given} {name.family}"


ALWAYS: tuple[Trick, ...] = (swapped, invented, given_only, sibling, suffixed, disguised, unfit)
NUMBERED: tuple[Trick, ...] = (
    *(misspelt, half, typed_wrongly, of_a_neighbour, of_an_unfit_namesake, no_number),
    *(elsewhere,),
)
UNNUMBERED: tuple[Trick, ...] = (
    *(initialled, formerly, misplaced, namesakes, any_number, nicknamed, elsewhere),
)
