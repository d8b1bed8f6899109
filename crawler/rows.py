"""A row of named columns → Record, by the register's declaration: files, tables, datasets."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from config.register import Register
from config.vocabulary import NameKind
from crawler import reading
from crawler.ask import Oddity
from crawler.mapping import part_alerts, plain, standing
from data.names import number_key, split_name
from data.records import Name, Notice, Place, Record

_DATES = ("first_registered", "effective", "expires")
# A case told in free text, a row a case: the only facts in which rows of one person may differ.
_CASE = ("notice", "notice_reason", "notice_case", "notice_since", "notice_until")
_FILLER = 1950  # Texas prints expiries of 1900: no date, and no reason to call anybody expired
IN_DATE, PAST = "in date (no status is printed)", "expired (no status is printed)"


def kept(register: Register, row: Mapping[str, str]) -> bool:
    """Whether a row belongs to this register's profession; files of a whole state hold them all."""
    wanted = register.keep_any
    return all(_holds(row, column, values) for column, values in register.keep.items()) and (
        wanted is None or any(_holds(row, column, wanted.values) for column in wanted.columns)
    )


def _holds(row: Mapping[str, str], column: str, values: Sequence[str]) -> bool:
    return plain(row.get(column, "")) in {plain(value) for value in values}


def row_key(register: Register, row: Mapping[str, str]) -> str:
    """What identifies the registration a row is about; rows with one key are about one.

    Empty when nothing does: a masked number (39*****99) is nobody's, nor is a row without one.
    """
    said = {
        fact: reading.text(row.get(register.fields.get(fact, ""), "")) for fact in register.identity
    }
    key = " ".join(said.values()).strip()
    return "" if "*" in key or not number_key(said.get("number", key)) else key


def grouped(register: Register, rows: Iterable[dict[str, str]]) -> list[list[dict[str, str]]]:
    """Neighbouring rows of one registration together; rows without a key are nobody's."""
    groups: list[list[dict[str, str]]] = []
    for row in rows:
        key = row_key(register, row)
        if groups and key and key == row_key(register, groups[-1][0]):
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def read_row(
    register: Register, row: Mapping[str, str], where: str, today: date
) -> Iterator[Record | Oddity]:
    """The Record of a row that is all the register tells of somebody (see read_rows)."""
    return read_rows(register, [row], where, today)


def read_rows(
    register: Register, rows: Sequence[Mapping[str, str]], where: str, today: date
) -> Iterator[Record | Oddity]:
    """One Record of all the rows of one registration, after what was odd about them.

    No Record when nobody can be identified. The rows may repeat, or tell one case each: nothing of
    them is lost, and where they contradict each other the person is doubted. `where` names the rows
    for the operator (a line, a key). `today` is the register's local day; it only matters to
    registers that print no status.
    """
    reader = _Row(register, rows[0], where, rows)
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
    rows: Sequence[Mapping[str, str]]
    oddities: list[Oddity] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def record(self, today: date) -> Record | None:
        name = self.name()
        key = row_key(self.register, self.row)
        if not number_key(key) or len(key) > 80 or not name.full:
            return None
        self.compare()
        if not name.family:
            self.doubts.append("missing_field")
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
            number=self.fact("prefix") + self.fact("number"),
            other_names=self.former(name),
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

    def fact(self, fact: str, limit: int = 300, row: Mapping[str, str] | None = None) -> str:
        """What the declared column of a fact holds; empty when none is declared."""
        row = self.row if row is None else row
        return reading.text(row.get(self.register.fields.get(fact, ""), ""), limit)

    def compare(self) -> None:
        """Rows of one registration may tell different cases, and nothing else."""
        if len(self.rows) == 1:
            return
        facts = [fact for fact in self.register.fields if fact not in _CASE]
        if len({tuple(self.fact(fact, row=row) for fact in facts) for row in self.rows}) > 1:
            words = "Rows with one number say different things; these people are withheld."
            self.odd("conflicting_rows", words)
            self.doubts.append("conflicting_rows")

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

    def former(self, name: Name) -> tuple[Name, ...]:
        """A former name printed beside the present one, whose given name it may leave out."""
        parts = ("former_given", "former_family", "former_middle")
        given, family, middle = (self.mended(self.fact(part)) for part in parts)
        if not family:
            return ()
        return (Name(given or name.given, family, middle, NameKind.FORMER),)

    def mended(self, said: str) -> str:
        mended = reading.mend(said)
        if mended != said:
            self.odd(
                "garbled_text",
                "Names garbled by a wrong encoding at the publisher, mended for searching.",
            )
        return mended

    def day(self, fact: str, row: Mapping[str, str] | None = None) -> date | None:
        said = self.fact(fact, row=row)
        patterns = self.register.options.get("dates") or [""]
        for pattern in [patterns] if isinstance(patterns, str) else patterns:
            try:
                found = reading.day(said, self.register.zone, pattern)
            except ValueError:
                continue
            if fact != "expires" or found is None or found.year > _FILLER:
                return found
        self.odd("bad_date", f"{self.register.fields[fact]} is not a date.")
        if fact == "expires":
            self.doubts.append("bad_date")
        return None

    def word(self, expires: date | None, today: date) -> str:
        """The status as printed, with its reason where one is printed beside it."""
        if self.register.unprinted:
            return self.register.unprinted
        if self.register.status_by_expiry:
            if expires is None:
                return ""
            return IN_DATE if expires >= today else PAST
        return " / ".join(word for word in (self.fact("status"), self.fact("reason")) if word)

    def notices(self) -> list[Notice]:
        """Every alert and every case of every row, each once."""
        told = [notice for row in self.rows for notice in (*self.alerts(row), *self.cases(row))]
        return list(dict.fromkeys(told))

    def cases(self, row: Mapping[str, str]) -> list[Notice]:
        """A case told in words: what was done, why, its number, since when and until when."""
        said = {fact: self.fact(fact, 4000, row) for fact in _CASE}
        if not any(said.values()):
            return []
        words = ": ".join(said[fact] for fact in ("notice", "notice_reason") if said[fact])
        number = f" (case {said['notice_case']})" if said["notice_case"] else ""
        since, until = self.day("notice_since", row), self.day("notice_until", row)
        return [Notice(f"{words or 'A case without a text'}{number}", since, until)]

    def alerts(self, row: Mapping[str, str]) -> list[Notice]:
        """Alerts told by a code in a column; a code nobody declared is doubted."""
        found = []
        for column, meanings in self.register.alerts.items():
            said = plain(reading.text(row.get(column, "")))
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
