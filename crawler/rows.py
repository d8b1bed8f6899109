"""A row of named columns → Record, by the register's declaration: files, tables, datasets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from config.register import Register
from crawler import reading
from crawler.ask import Oddity
from crawler.mapping import part_alerts, plain, standing
from data.names import number_key, split_name
from data.records import Name, Notice, Place, Record

_DATES = ("first_registered", "effective", "expires")
IN_DATE, PAST = "in date (no status is printed)", "expired (no status is printed)"


def kept(register: Register, row: Mapping[str, str]) -> bool:
    """Whether a row belongs to this register's profession; files of a whole state hold them all."""
    return all(
        plain(row.get(column, "")) in {plain(value) for value in values}
        for column, values in register.keep.items()
    )


def read_row(
    register: Register, row: Mapping[str, str], where: str, today: date
) -> Iterator[Record | Oddity]:
    """The Record of a row, after what was odd about it; no Record when nobody can be identified.

    `where` names the row for the operator (a line, a key). `today` is the register's local day; it
    only matters to registers that print no status.
    """
    reader = _Row(register, row, where)
    record = reader.record(today)
    yield from reader.oddities
    if record is None:
        words = "Rows without a number or a name, not kept."
        yield Oddity("unreadable_row", words, where)
    else:
        yield record


@dataclass(slots=True)
class _Row:
    register: Register
    row: Mapping[str, str]
    where: str
    oddities: list[Oddity] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def record(self, today: date) -> Record | None:
        name = self.name()
        key = " ".join(self.fact(fact) for fact in self.register.identity)
        if not number_key(key) or len(key) > 80 or not name.full:
            return None
        dates = {fact: self.day(fact) for fact in _DATES}
        restrictions, notices = part_alerts(self.register, self.notices())
        word = self.word(dates["expires"], today)
        flag = reading.flag(self.fact("may_practise")) if self.register.flag_printed else None
        category = self.fact("category")
        status, doubt = standing(
            self.register, word, category, flag, bool(restrictions), bool(notices)
        )
        return Record(
            register=self.register.id,
            key=key,
            name=name,
            status=status,
            number=self.fact("number"),
            profession=self.register.profession,
            category=category,
            word=word,
            may_practise=flag,
            restrictions=restrictions,
            notices=notices,
            first_registered=dates["first_registered"],
            effective=dates["effective"],
            expires=dates["expires"],
            places=self.places(),
            source_url=self.fact("link") or self.register.official_url,
            doubts=tuple(sorted({*self.doubts, *([doubt] if doubt else [])})),
        )

    def fact(self, fact: str, limit: int = 300) -> str:
        """What the declared column of a fact holds; empty when none is declared."""
        return reading.text(self.row.get(self.register.fields.get(fact, ""), ""), limit)

    def odd(self, code: str, words: str) -> None:
        self.oddities.append(Oddity(code, words, self.where))

    def name(self) -> Name:
        if "name" in self.register.fields:
            whole = self.mended(self.fact("name"))
            given, middle, family = split_name(whole, self.register.options["names"])
        else:
            given, middle, family = (
                self.mended(self.fact(part)) for part in ("given", "middle", "family")
            )
        suffix = self.fact("suffix")
        return Name(given, f"{family} {suffix}".strip(), middle)

    def mended(self, said: str) -> str:
        mended = reading.mend(said)
        if mended != said:
            self.odd(
                "garbled_text",
                "Names garbled by a wrong encoding at the publisher, mended for searching.",
            )
        return mended

    def day(self, fact: str) -> date | None:
        said = self.fact(fact)
        patterns = self.register.options.get("dates") or [""]
        for pattern in [patterns] if isinstance(patterns, str) else patterns:
            try:
                return reading.day(said, self.register.zone, pattern)
            except ValueError:
                continue
        self.odd("bad_date", f"{self.register.fields[fact]} is not a date.")
        if fact == "expires":
            self.doubts.append("bad_date")
        return None

    def word(self, expires: date | None, today: date) -> str:
        """The status as printed, with its reason where one is printed beside it."""
        if self.register.status_by_expiry:
            if expires is None:
                return ""
            return IN_DATE if expires >= today else PAST
        return " / ".join(word for word in (self.fact("status"), self.fact("reason")) if word)

    def notices(self) -> list[Notice]:
        """Alerts told by a code in a column; a code nobody declared is doubted."""
        found = []
        for column, meanings in self.register.alerts.items():
            said = plain(reading.text(self.row.get(column, "")))
            known = {plain(value): text for value, text in meanings.items()}
            if said not in known:
                self.odd(
                    "unknown_alert", f"{column} holds a code the register's file does not know."
                )
                self.doubts.append("unknown_alert")
            elif known[said]:
                found.append(Notice(known[said]))
        return found

    def places(self) -> tuple[Place, ...]:
        place = Place(self.fact("clinic"), self.fact("city"), self.fact("province"))
        return (place,) if place.name or place.city else ()
