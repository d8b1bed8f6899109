"""Names made to be mistaken for one another: particles, joined and split, initials, scripts."""

import random
from collections.abc import Iterator
from dataclasses import replace

from config.vocabulary import NameKind
from data.names import fold
from data.records import Name, Record
from tests.data.nights import person

GIVEN = (
    "Ana|Ann|Anne|Anna|Mary|Mary-Ann|Maryann|Mary Ann|Marie Claire|J|J.|Jo|John|Jean-Luc|Li Na|"
    "Đặng|Łucja|Анна|李娜|محمد|ਗੁਰਪ੍ਰੀਤ|D'Arcy|Ruth II|Bo Jr|M|Zoë|Nguyễn|O|Q||"
).split("|")
FAMILY = (
    "Smith|Smith Jr|Smith III|Sr Smith|van der Dijk|Vanderdijk|Van Der-Dijk|de la Cruz|Cruz|"
    "Saint-Cyr|St. Cyr|O'Dwyer|O Dwyer|Dwyer|Ng|Li|Иванова|陈|بن علي|ਕੌਰ|Ann|Mary Smith|Jr|Dr|"
    "da Silva dos Santos|Mac Donald|MacDonald|J|Đặng|Kaur Gill|Kaur-Gill|Smith-Kaur||"
).split("|")
MIDDLE = "|||||Ann|Q|Marie Zoë|J|Jr|Smith".split("|")
LONG = "Wolfeschlegelsteinhausenbergerdorff" * 3
KINDS = tuple(NameKind)


def a_name(chance: random.Random, kind: NameKind = NameKind.LEGAL) -> Name:
    given, family = chance.choice(GIVEN), chance.choice(FAMILY)
    if chance.random() < 0.03:
        family = LONG + family
    return Name(given, family, chance.choice(MIDDLE), kind)


def a_person(chance: random.Random, which: int = 1) -> Record:
    """Somebody of one to four names; one in a hundred bears a hundred."""
    count = 100 if chance.random() < 0.01 else chance.choice((0, 0, 0, 1, 2, 3))
    others = tuple(a_name(chance, chance.choice(KINDS)) for _ in range(count))
    if count == 100:  # every name another one, so that the index cannot hold them all
        others = tuple(
            replace(one, given=f"{one.given} {chance.choice('abcdefgh') * 3}{n}")
            for n, one in enumerate(others)
        )
    return person(which, name=a_name(chance), other_names=others, number="")


def askings(one: Record, chance: random.Random) -> Iterator[str]:
    """Ways somebody may ask for this person: as printed, joined, split, shortened, mixed."""
    for _ in range(3):
        name, other = chance.choice(one.names), chance.choice(one.names)
        given, family = name.given, chance.choice((name.family, other.family))
        parts = [given, chance.choice((name.middle, "")), family]
        yield " ".join(parts)
        yield f"{family}, {given} {name.middle}"
        yield " ".join(reversed(parts))
        yield f"{fold(given).replace(' ', '')} {fold(family).replace(' ', '')}"
        yield f"{given[:1]}. {family}"
        yield f"{given} {chance.choice(('Jr', 'II', 'Q', 'RMT', 'Mary', 'Mrs'))} {family}"
        cut = chance.randrange(1, max(2, len(given)))
        yield f"{given[:cut]} {family} {given[cut:]}"
        yield f"{given[:cut]} {given[cut:]} {family}"
        yield f"{given[:cut]} Jr {given[cut:]} {family}"
        yield f"{given} {family[:cut]} {family[cut:]}"
        yield f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}"
