"""A million invented people in sixty registers, made one after the other from one seed.

Names follow frequencies (US census; by language in names.toml), so that there are thousands of
Smiths and Nguyens and a long tail of rare names. Everybody is invented; `languages` of a Record
ends with the language the name was drawn from.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from benchmarks.lists import Frequencies, language, nicknames, places, unaccented, words
from benchmarks.registers import SHARES, STATUSES, House, houses
from config.vocabulary import NameKind
from data.records import Name, Place, Record

SEED = 20261123
_FEMALE = 0.78
_MIDDLE, _SHORT, _FORMER, _DOUBLE, _SUFFIX, _PARTICLE = 0.6, 0.11, 0.08, 0.035, 0.01, 0.01
_TWO_FAMILIES = {"spanish": 0.4, "portuguese": 0.6}
_STATUS = Frequencies(zip(STATUSES, SHARES, strict=True))

_CITIES = 40  # of a register, as frequent as Zipf has it


def people(count: int, seed: int = SEED) -> Iterator[Record]:
    """`count` Records, register by register; the same for the same arguments."""
    for house in houses(count):
        yield from of_register(house, seed)


def of_register(house: House, seed: int = SEED) -> Iterator[Record]:
    """Everybody on one register, whatever the others hold."""
    rng = Random(f"{seed} {house.id}")
    tongues = Frequencies(_tongues(house.jurisdiction).items())
    cities = _cities(rng)
    number, printed = rng.randint(100, 9000), ""
    for index in range(house.people):
        number += rng.randint(1, 4)
        if house.number and not (house.repeats and index % 200 == 199):
            printed = house.number.format(n=number, y=2000 + number % 26)
        yield _person(rng, house, tongues.pick(rng), (f"{index:07d}", printed, cities.pick(rng)))


def _tongues(jurisdiction: str) -> dict[str, float]:
    shares = places()["languages"].get(jurisdiction) or places()["languages"][jurisdiction[:2]]
    return {"english": 100 - sum(shares.values()), **shares}


def _cities(rng: Random) -> Frequencies:
    towns = rng.sample(words("towns"), _CITIES)
    return Frequencies((town, 1 / (rank + 1)) for rank, town in enumerate(towns))


def _person(rng: Random, house: House, tongue: str, printed: tuple[str, str, str]) -> Record:
    index, number, city = printed
    sex = "female" if rng.random() < _FEMALE else "male"
    names = _names(rng, tongue, sex)
    if house.capitals or not house.accents:
        names = [_as_printed(name, house) for name in names]
    word = _STATUS.pick(rng)
    since = date(1995, 1, 1) + timedelta(days=rng.randrange(11_000))
    return Record(
        register=house.id,
        key=number if number and not house.repeats else f"{index}x",
        name=names[0],
        status=STATUSES[word],
        number=number,
        other_names=tuple(names[1:]),
        profession="massage therapist",
        category="General",
        word=word,
        first_registered=since,
        expires=date(2027, 1 + rng.randrange(12), 28),
        places=(_place(rng, city, house.jurisdiction[3:]),),
        languages=("English", tongue),
        source_url=f"http://127.0.0.1/{index}",
    )


def _place(rng: Random, city: str, province: str) -> Place:
    clinic = f"{rng.choice(words('clinics'))} {rng.choice(words('kinds'))}"
    return Place(clinic if rng.random() < 0.5 else f"{city} {clinic}", city, province)


def _names(rng: Random, tongue: str, sex: str) -> list[Name]:
    """The legal name first, then a common and a former one, as often as in life."""
    lists = language(tongue)
    given, family = lists[sex].pick(rng), _family(rng, tongue, lists["family"])
    if sex == "male" and tongue == "english" and rng.random() < _SUFFIX:
        family += rng.choice((" Jr", " Jr.", " III", " Sr"))
    middle = _middle(rng, lists, sex)
    legal = Name(given, family, middle)
    found = [legal]
    if common := _common(rng, given, middle, lists):
        found.append(replace(legal, given=common, kind=NameKind.COMMON))
    if rng.random() < _FORMER:
        before = _family(rng, tongue, lists["family"])
        found.append(replace(legal, family=before, kind=NameKind.FORMER))
    return found


def _family(rng: Random, tongue: str, families: Frequencies) -> str:
    one, luck = families.pick(rng), rng.random()
    if tongue == "english" and luck < _PARTICLE:
        return language("particles")["family"].pick(rng)
    if luck < _TWO_FAMILIES.get(tongue, 0):
        return f"{one} {families.pick(rng)}"
    often = 4 * _DOUBLE if tongue == "french" else _DOUBLE
    if luck > 1 - often and " " not in one and "-" not in one:
        return f"{one}-{families.pick(rng)}"
    return one


def _middle(rng: Random, lists: dict[str, Frequencies], sex: str) -> str:
    if rng.random() > _MIDDLE:
        return ""
    middle = lists.get(f"middle_{sex}", lists[sex]).pick(rng)
    return middle[0] if lists.get("middle_female") is None and rng.random() < 0.3 else middle


def _common(rng: Random, given: str, middle: str, lists: dict[str, Frequencies]) -> str:
    """The name somebody goes by: a nickname, an English name, or the middle name."""
    luck = rng.random()
    if "english" in lists:
        return lists["english"].pick(rng) if luck < 0.25 else ""
    short = nicknames().get(given, ())
    if short and luck < _SHORT:
        return rng.choice(short)
    return middle if luck < 0.02 and len(middle) > 2 else ""


def _as_printed(name: Name, house: House) -> Name:
    def printed(text: str) -> str:
        plain = text if house.accents else unaccented(text)
        return plain.upper() if house.capitals else plain

    return Name(printed(name.given), printed(name.family), printed(name.middle), name.kind)


if __name__ == "__main__":
    began = time.perf_counter()
    total = sum(1 for _ in people(1_000_000))
    print(f"{total} people in {time.perf_counter() - began:.0f} s")
