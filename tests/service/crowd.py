"""Registers full of people who are easily taken for one another, and what became of each.

Status, flag and doubts come from the readers' own tables (`flag`, `standing`), so a text such as
"No" goes the way it goes in a crawl. What is true of a person is decided here, when they are made.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum, auto
from pathlib import Path

from config.jurisdiction import Coverage
from config.register import Catalogue, Register
from config.settings import Settings
from config.vocabulary import ADVERSE, NameKind, RunState, Status, Verdict
from crawler.mapping import standing
from crawler.reading import flag
from data.ingest import approve
from data.names import family_key, fold
from data.records import Name, Notice, Place, Record
from data.store import Store
from service.desk import Desk
from tests.conftest import NOON, Clock
from tests.data.nights import Nights

GIVEN = (
    "Ana Bénédicte Cường Dêlal Éloïse Fatıma Gurpreet Hélène Íris Jørn Kai Łucja Marie-Claire "
    "Nadia Owen Priya Quentin Robert Søren Thu-Hà Ursula Vitória William Xiomara Yasmin Zoë "
    "Mohammed Siobhán Bartholomew Cassandra Deirdre Émile Françoise Guillermo Katherine Lou-Ann "
    "Björn Renée 李娜"
).split()
FAMILY = (
    "O'Dwyer|Nguyễn|Saint-Cyr|Müller|da Silva|van Dijk|Kaur|Đặng|Le Blanc|Ng|Abelquist|Tremblay|"
    "Beaudrie-Tancoigne|D'Ambrazelle|MacAllister|Grindlesham|Hollowmere|de la Cruz|Corvantes|"
    "Yıldız|Østergård|Papadopoulos|Quillmoor|Farnsgate|Umberwick|Thwell|Larchmere|Zellingdahl|"
    "Kowalczyk|Szymańska|Gagnon-Roy|Pemberlyn|Ferrowdale|Marchetta-Voss|Drumlish|Zinnwick|"
    "Smith Jr|Ashgrovian|St. John|Vandermossen|Sandhu|Gill|Chowdhury|Okonkwo|Hassan"
).split("|")
CITIES = "Ottawa Toronto Sudbury London".split()
YES, NO = ("Yes", "y", "TRUE", "1", " oui "), ("No", "n", "False", "0", "NON", "no ")
UNREADABLE = ("maybe", "2", "", "yes/no", "Nope", "None", "null", "[]", "t")
CONFIRMING = (Verdict.CONFIRMED, Verdict.CONFIRMED_WITH_CONDITIONS)
SIZE = 400
TODAY = NOON.date()  # at every register, when the last night was read


class Fate(StrEnum):
    """What is true of somebody; the first group may be confirmed, the rest never."""

    FIT = auto()
    LAST_DAY = auto()
    RESTRICTED = auto()
    NOTICED = auto()
    ADVERSE = auto()
    CONTRADICTED = auto()  # the flag, or a doubt where none is printed
    UNREADABLE = auto()  # a flag that is neither yes nor no
    UNKNOWN_WORD = auto()
    EXPIRED = auto()
    WITHHELD = auto()
    SHARED = auto()  # another person bears the number
    MISSING = auto()
    DELISTED = auto()


RIGHT = (Fate.FIT, Fate.LAST_DAY, Fate.RESTRICTED, Fate.NOTICED)
_TURNS = (
    *(Fate.FIT,) * 16,
    *(Fate.SHARED, Fate.FIT, Fate.FIT),
    *(Fate.RESTRICTED, Fate.NOTICED, Fate.LAST_DAY, Fate.FIT, Fate.FIT, Fate.FIT),
    *(Fate.ADVERSE,) * 6,
    *(Fate.CONTRADICTED, Fate.UNREADABLE, Fate.UNKNOWN_WORD, Fate.EXPIRED, Fate.EXPIRED),
    *(Fate.WITHHELD, Fate.MISSING, Fate.DELISTED),
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of register: which ones, whether they print numbers, and how they print a flag."""

    name: str
    registers: tuple[str, ...]
    numbers: bool
    flags: str  # "text", "bool" or "" where none is printed


PRINTED = Kind("numbers printed", ("ca_on_cmto",), True, "text")
UNPRINTED = Kind("no numbers printed", ("ca_on_cmto",), False, "bool")
COMPOSITE = Kind("composite identity", ("us_wa_doh", "us_fl_mqa_status"), True, "")
KINDS = (PRINTED, UNPRINTED, COMPOSITE)


@dataclass(frozen=True, slots=True)
class Somebody:
    """A registration, and what is true of it."""

    record: Record
    fate: Fate

    @property
    def right(self) -> bool:
        """Whether a true question about them is to be confirmed."""
        return self.fate in RIGHT


@dataclass(frozen=True, slots=True)
class Crowd:
    """Everybody of one kind of register, at a desk that has read it."""

    kind: Kind
    people: list[Somebody]
    desk: Desk
    clock: Clock

    def right(self) -> list[Somebody]:
        """Whoever may practise, by how they were made."""
        return [one for one in self.people if one.right]

    def families(self, one: Somebody) -> set[str]:
        """The keys of every family name of somebody."""
        return {family_key(name.family) for name in one.record.names}

    def bearers(self, number: str) -> list[Somebody]:
        """Everybody under a number as it is printed."""
        return [one for one in self.people if one.record.number == number]

    def other(self, one: Somebody, chance: random.Random) -> Somebody:
        """Somebody with whom they share no family name."""
        mine = self.families(one)
        while not mine.isdisjoint(self.families(found := chance.choice(self.people))):
            pass
        return found


def _word(register: Register, chance: random.Random, wanted: Fate) -> str:
    """A status word as the register prints it."""
    if wanted is Fate.UNKNOWN_WORD:
        return chance.choice(("Paused", "Registered (see note)", "ACTIVE*", "Pending"))
    adverse = wanted is Fate.ADVERSE
    fitting = (
        [word for word, status in register.status.items() if status in ADVERSE]
        if adverse
        else [word for word, status in register.status.items() if status is Status.AUTHORISED]
    )
    return chance.choice(fitting)


def _flag(kind: Kind, fate: Fate, chance: random.Random) -> bool | None:
    """The register's yes or no, as its reader would take it."""
    yes = fate is not Fate.ADVERSE
    if fate is Fate.CONTRADICTED:
        yes = not yes
    if fate is Fate.UNREADABLE:
        return flag(chance.choice(UNREADABLE))
    printed = {"text": chance.choice(YES if yes else NO), "bool": yes}.get(kind.flags)
    return flag(printed)


def _number(register_id: str, n: int) -> str:
    forms = {"us_wa_doh": f"MA.MA.6{n:07}", "us_fl_mqa_status": f"MA{70_000 + 7 * n}"}
    return forms.get(register_id, f"A{20_000 + 7 * n}")


def _facts(kind: Kind, register: Register, n: int, chance: random.Random) -> Somebody:
    """What the register prints of one person, by their fate."""
    fate = _TURNS[n % len(_TURNS)]
    if not kind.flags and fate in (Fate.CONTRADICTED, Fate.UNREADABLE):
        fate = Fate.WITHHELD
    if fate is Fate.SHARED and not kind.numbers:
        fate = Fate.WITHHELD
    word, may = _word(register, chance, fate), _flag(kind, fate, chance)
    restrictions = (Notice("Chaperone needed"),) if fate is Fate.RESTRICTED else ()
    notices = (Notice("Caution of 2025"),) if fate is Fate.NOTICED else ()
    category = next((c for c, s in register.category.items() if s is Status.AUTHORISED), "")
    status, doubt = standing(register, word, category, may, bool(restrictions), bool(notices))
    withheld = ("detail_unread",) if fate is Fate.WITHHELD else ()
    number = _number(register.id, n) if kind.numbers else ""
    record = Record(
        register=register.id,
        key=f"MA {n}",
        name=Name("", ""),
        status=status,
        number=number,
        profession=register.profession,
        category=category,
        word=word,
        may_practise=may,
        restrictions=restrictions,
        notices=notices,
        expires={Fate.EXPIRED: TODAY - timedelta(days=1), Fate.LAST_DAY: TODAY}.get(fate),
        doubts=(doubt,) if doubt else withheld,
    )
    return Somebody(record, fate)


def _named(one: Record, n: int, before: list[Somebody], chance: random.Random) -> Record:
    """A name and a workplace: one in ten a namesake, one in twenty a twin in the same clinic."""
    clinic = Place(f"Clinic {n % 60}", chance.choice(CITIES), "Ontario")
    name = Name(chance.choice(GIVEN), chance.choice(FAMILY), chance.choice(("", "", "Zoé", "M")))
    others: tuple[Name, ...] = ()
    if n % 50 == 1:
        name = Name("Анна", chance.choice(("Иванова", "Смирнова", "Кузнецова")))
    elif n % 10 == 9:
        name = chance.choice(before).record.name
    elif n % 20 == 8:
        twin = before[-1].record
        given = twin.name.given if n % 40 == 8 else chance.choice(GIVEN)
        name, clinic = replace(twin.name, given=given), (twin.places or (clinic,))[0]
    elif n % 4 == 0:
        others = (
            Name(chance.choice(GIVEN) + "ka", name.family, kind=NameKind.COMMON),
            Name(name.given, f"Old{chance.choice(('nam', 'berg', 'ström'))}", kind=NameKind.FORMER),
        )
    places = () if n % 11 == 7 else (clinic,)
    return replace(one, name=name, other_names=others, places=places)


def people_of(kind: Kind, catalogue: Catalogue) -> list[Somebody]:
    """Everybody of a kind of register; the same at every run."""
    chance, made = random.Random(kind.name), list[Somebody]()
    for n in range(SIZE):
        register = catalogue.get(kind.registers[n % len(kind.registers)])
        one = _facts(kind, register, n, chance)
        record = _named(one.record, n, made, chance)
        if one.fate is Fate.SHARED:
            at = -len(kind.registers)  # the last one of the same register
            record = replace(record, number=made[at].record.number)
            made[at] = replace(made[at], fate=Fate.SHARED)
        made.append(Somebody(record, one.fate))
    return made


@contextmanager
def crowd(kind: Kind, home: Path, at: datetime = NOON) -> Iterator[Crowd]:
    """A desk that has read the registers for three nights; the first one was approved by hand."""
    settings = Settings(home=home, contact="tests@example.org", rate_limit=0)
    store, catalogue, clock = Store.of(settings), Catalogue(), Clock(at - timedelta(days=3))
    people = people_of(kind, catalogue)
    gone: tuple[tuple[Fate, ...], ...] = ((), (Fate.DELISTED,), (Fate.DELISTED, Fate.MISSING))
    for night in gone:
        clock.forward(days=1)
        for register_id in kind.registers:
            there = [one for one in people if one.record.register == register_id]
            listed = [one.record for one in there if one.fate not in night]
            read(store, catalogue.get(register_id), clock, listed)
    yield Crowd(kind, people, Desk(store, catalogue, Coverage(), settings), clock)
    store.close()


def read(store: Store, register: Register, clock: Clock, listed: list[Record]) -> None:
    """What the register listed by now; whoever is withheld makes it wait for a person's word."""
    clock.at -= timedelta(days=1)  # which Nights adds
    row = Nights(store, register, clock).run(listed)
    if row["state"] is RunState.HELD:
        approve(store, register, row["id"], "the operator", "a test", clock.at)


def plain(text: str) -> str:
    """Words as a key, to see whether two spellings are one."""
    return fold(text).replace(" ", "")
