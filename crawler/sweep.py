"""One sweep of a register, whoever fetches: lists, second looks, details, and who is missing.

A coroutine of questions: it yields an Ask and is sent the Answer (or thrown a CrawlError), so the
Scrapy spider, the live re-check and the tests drive exactly the same steps.
"""

from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from typing import Any
from zlib import crc32

from config.register import Register
from config.vocabulary import Level, Status
from crawler.ask import (
    Answer,
    Ask,
    AsOf,
    GaveUp,
    Oddity,
    Platform,
    Refused,
    Seen,
    Total,
    Unreachable,
    Unreadable,
)
from crawler.conditional import mark_of
from crawler.mapping import TOLD
from crawler.reading import age_of
from crawler.recording import Recording
from data.evidence import Archive, digest_of
from data.gates import Night
from data.ingest import Outcome
from data.keys import Keys
from data.names import family_key, number_key
from data.records import Part, Record
from data.run import Issue
from data.staging import BUCKETS, Known, Staging, bucket_of

Steps = Generator[Ask, Answer, None]

_TRIES = 3  # of a page that came but cannot be read
_UNREAD_IN_A_ROW = 10
_SEARCH_MISSING = 20
_KINDS = 100


class Sweep:
    """The state of one sweep. `steps()` asks; `outcome()` tells what came of it."""

    def __init__(
        self,
        platform: Platform,
        register: Register,
        staging: Staging,
        archive: Archive,
        full: bool = False,
    ) -> None:
        """Sweep `register` into `staging`; `full` reads every detail page, not only what is due."""
        self.platform, self.register = platform, register
        self.staging, self.archive = staging, archive
        self.clock: Callable[[], datetime] = staging.clock
        self.full = full
        self.started = self.clock()
        self.night = Night(as_of=self.started, alerted_still=0)
        self.parts: dict[str, Part] = {}
        self.totals: dict[str, Total] = {}
        self.seen: dict[str, tuple[Seen, dict[str, Any]]] = {}
        self.odd: dict[tuple[str, str], tuple[int, list[str]]] = {}
        self.requests = self.details = self.unread_in_a_row = 0
        self.unread_buckets: set[int] = set()
        self.twice: set[str] = set()
        self.recording: Recording | None = None  # of an interrupted run, to go on from
        self.resumed = 0

    def steps(self) -> Steps:
        """Everything, in order. Ends early, and then incomplete, on any CrawlError."""
        try:
            yield from self._lists()
            yield from self._second_look()
            yield from self._remainder()
            yield from self._people()
            yield from self._missing()
            self.night.complete = True
        except (Refused, Unreachable, Unreadable) as error:
            self._oddity(Oddity(error.code, error.text, error.url))
        self.staging.flush()

    def outcome(self) -> Outcome:
        """What the gates judge."""
        night = self.night
        night.parts = list(self.parts.values())
        night.repeated = sum(part.repeated for part in night.parts)
        night.unfilled = dict(self.staging.unfilled)
        night.oddities = [
            Issue(code, Level.WARN, text, count, tuple(examples))
            for (code, text), (count, examples) in self.odd.items()
        ]
        if self.staging.conflicts:
            words = "Rows with one number say different things; these people are withheld."
            keys = tuple(self.staging.conflicts)
            night.oddities.append(Issue("conflicting_rows", Level.WARN, words, len(keys), keys))
        if self.resumed:
            words = "Answers of the interrupted run before, young enough to be used again."
            night.oddities.append(Issue("resumed", Level.INFO, words, self.resumed))
        read = sorted(set(range(BUCKETS)) - self.unread_buckets) if self.details else []
        return Outcome(night, self.register.url, self.requests, self.details, read)

    def _lists(self) -> Steps:
        for ask in self.platform.start(self.register):
            yield from self._follow(ask)

    def _follow(self, ask: Ask | None, enough: Callable[[], bool] = lambda: False) -> Steps:
        """A list page by page, to its end or until it is enough."""
        while ask is not None and not enough():
            ask = yield from self._page(ask)

    def _page(self, ask: Ask) -> Generator[Ask, Answer, Ask | None]:
        """Read one page; the next one to ask, or None at the end or when pages repeat."""
        for tries_left in reversed(range(1 if ask.stream else _TRIES)):
            answer, exhibit = yield from self._answer(ask)
            try:
                following = self._take(answer, exhibit)
                _check_still(answer, exhibit)
                return following
            except Unreadable:
                if not tries_left:
                    raise
        return None

    def _answer(self, ask: Ask) -> Generator[Ask, Answer, tuple[Answer, dict[str, Any]]]:
        """Ask, and keep what came as evidence before anybody reads it."""
        answer = yield ask
        self.requests += 1
        self._note_age(answer)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        body = answer.path or answer.body
        exhibit = self.archive.keep(
            answer.url, answer.status, headers, body, answer.at, asked=ask.labels
        )
        self.staging.keep(exhibit, mark_of(ask, answer, exhibit["id"]))
        return answer, exhibit

    def _note_age(self, answer: Answer) -> None:
        """A copy is as old as its cache says, an answer taken over as old as it is: so are we."""
        made = min(self.started, answer.at) - age_of(answer.headers)
        if self.night.as_of:
            self.night.as_of = min(self.night.as_of, made)

    def _take(self, answer: Answer, exhibit: dict[str, Any]) -> Ask | None:
        following: Ask | None = None
        rows = fresh = 0
        part = None
        for found in self.platform.read(self.register, answer):
            if isinstance(found, Seen):
                part = self._part(found.part)
                rows += 1
                fresh += self._see(part, found, exhibit)
            elif isinstance(found, Total):
                self._state(found)
            elif isinstance(found, Ask):
                following = found
            elif isinstance(found, AsOf):
                self.night.as_of = found.when
            elif isinstance(found, Oddity):
                self._oddity(found)
        if part and rows and not fresh:
            part.repeated_pages += 1
            return None
        return following

    def _part(self, name: str) -> Part:
        if name not in self.parts:
            self.parts[name] = Part(name, keys=Keys())
        return self.parts[name]

    def _state(self, total: Total) -> None:
        self.totals[total.part] = total
        if total.part:
            self._part(total.part).stated.append(total.count)
        else:
            self.night.whole = total.count

    def _see(self, part: Part, seen: Seen, exhibit: dict[str, Any]) -> bool:
        """Count somebody; True when this list had not named them yet."""
        key = seen.record.key
        part.rows += 1
        new = key not in part.keys
        part.keys.add(key)
        if seen.detail is None:  # the row is all there is: stage it and keep nothing in memory
            self._take_note(seen.record)
            self.staging.save(seen.record, seen.digest, exhibit)
        elif part.name or not self._in_a_list(key):  # the whole list knows less of them
            self.seen[key] = (seen, exhibit)
        return new

    def _in_a_list(self, key: str) -> bool:
        return any(key in part.keys for part in self.parts.values() if part.name)

    def _second_look(self) -> Steps:
        """Lists whose count and people disagree, or that moved meanwhile, are read once more."""
        for name, part in list(self.parts.items()):
            if part.total is not None and not part.settled:
                self.parts[name] = Part(name, keys=Keys())
                yield from self._follow(self.totals[name].again)

    @property
    def _listed(self) -> int:
        """How many different people the lists name together."""
        keys = [part.keys for part in self.parts.values()]
        return len(keys[0]) if len(keys) == 1 else len({mark for one in keys for mark in one})

    def _remainder(self) -> Steps:
        """If the lists do not add up to the register, read the whole list for who is in none."""
        if "" not in self.totals or not any(self.parts):
            return

        def enough() -> bool:
            return self._listed == self.night.whole

        if not enough():
            everybody = self.parts[""] = Part("", keys=Keys())
            yield from self._follow(self.totals[""].again, enough)
            if len(everybody.keys) != self.night.whole:
                # Not read to its end, or not whole: what it added counts, its own size does not.
                everybody.stated.clear()

    def _people(self) -> Steps:
        """Stage everybody listed: unchanged as they are, the others with their detail page."""
        if not self.seen:
            return
        known = self.staging.known()
        self.twice = self._listed_twice()
        listed = {
            key: seen
            for key, (seen, _) in self.seen.items()
            if any(key in part.keys for part in self.parts.values())
        }
        wanted = self._wanted(listed, known)
        for key in listed:
            seen, exhibit = self.seen[key]
            if key in wanted:
                yield from self._detail(seen, exhibit, known.get(key))
            else:
                self.unread_buckets.add(bucket_of(key))
                self.staging.unchanged(key)

    def _listed_twice(self) -> set[str]:
        """People whom two lists name that should exclude each other."""
        named = [part.keys for part in self.parts.values() if part.name]
        return {key for key in self.seen if sum(key in keys for keys in named) > 1}

    def _wanted(self, listed: Mapping[str, Seen], known: Mapping[str, Known]) -> set[str]:
        """Whose detail page is read: of the alerted whose turn it is not, as many as there is room.

        Which of them changes from night to night; a new alert makes somebody changed.
        """
        due = self.staging.due_buckets(self.started)
        wanted = {k for k, seen in listed.items() if self._must(k, seen, known.get(k), due)}
        alerted = [key for key, seen in listed.items() if seen.alert and key not in wanted]
        if (limit := self.register.pace.requests) is not None:
            alerted.sort(key=lambda key: crc32(f"{self.started.date()} {key}".encode()))
            del alerted[max(0, limit - self.requests - len(wanted) - _SEARCH_MISSING) :]
        return wanted.union(alerted)

    def _must(self, key: str, seen: Seen, known: Known | None, due: set[int]) -> bool:
        """New, changed or returned people, and those whose turn it is."""
        return (
            self.full
            or key in self.twice
            or known is None
            or known.absent > 0
            or known.digest != seen.digest
            or known.bucket in due
        )

    def _detail(self, seen: Seen, exhibit: dict[str, Any], known: Known | None) -> Steps:
        assert seen.detail is not None  # noqa: S101 - only such people are kept in self.seen
        try:
            record, page = yield from self._record(seen.detail)
        except GaveUp:
            raise
        except (Unreadable, Unreachable) as error:
            self._unread(seen, exhibit, known, error)
            return
        self.unread_in_a_row = 0
        self.details += 1
        record = self._compared(seen, record)
        if record.key in self.twice:
            words = "People in two lists that should exclude each other; they are withheld."
            self._oddity(Oddity("listed_twice", words, record.key))
            record = record.doubted("listed_twice")
        digest = "" if record.doubts else seen.digest  # the doubtful are asked for every night
        # Never younger than the lists, though the clock may jump meanwhile.
        self.staging.save(record, digest, page, min(page["fetched_at"], self.started))

    def _record(self, ask: Ask) -> Generator[Ask, Answer, tuple[Record, dict[str, Any]]]:
        answer, exhibit = yield from self._answer(ask)
        record = None
        for found in self.platform.read(self.register, answer):
            if isinstance(found, Record):
                record = found
            elif isinstance(found, Oddity):
                self._oddity(found)
        if record is None:
            raise Unreadable("The register sent no profile for this person.", answer.url)
        self._take_note(record)
        return record, exhibit

    def _compared(self, seen: Seen, record: Record) -> Record:
        """List and detail are two readings of one person: where they disagree, neither counts."""
        listed = seen.record
        numbers = {number_key(one.number) for one in (listed, record)} - {""}
        same = (
            record.key == listed.key
            and len(numbers) < 2
            and (not listed.word or listed.word.casefold() == record.word.casefold())
            and listed.may_practise is record.may_practise
            and family_key(listed.name.family) == family_key(record.name.family)
            and _alerted(record) >= _alerted(listed)
        )
        if same:
            return record
        words = "List and detail page disagree about these people; they are withheld."
        self._oddity(Oddity("list_detail_conflict", words, record.key))
        return record.doubted("list_detail_conflict")

    def _unread(self, seen: Seen, exhibit: dict[str, Any], known: Known | None, error: Any) -> None:
        """No detail page of theirs: what the list says stands, withheld where anything is new."""
        self.unread_in_a_row += 1
        if self.unread_in_a_row >= _UNREAD_IN_A_ROW:
            raise error
        key = seen.record.key
        self.unread_buckets.add(bucket_of(key))
        words = f"Detail pages that could not be read. The first: {error.text}"
        self._oddity(Oddity("detail_unread", words, key), group="detail_unread")
        silent = isinstance(error, Unreachable)  # a wrong page, unlike none, says something new
        if silent and known and known.digest == seen.digest and not known.absent:
            self.staging.unchanged(key)
        else:
            self.staging.save(self._fallback(seen.record), "", exhibit)

    def _fallback(self, listed: Record) -> Record:
        live = self.staging.live(listed.key)
        same = live and live.word == listed.word and live.may_practise is listed.may_practise
        return (live if live and same else listed).doubted("detail_unread")

    def _missing(self) -> Steps:
        """People who were live and are in no list. Where the lists left a gap, ask for each."""
        if not self.seen or self._exact():
            return
        gone = [key for key, was in self.staging.known().items() if was.absent < 2]
        gone = [key for key in gone if key not in self.staging.hashes]
        for key in gone[:_SEARCH_MISSING]:
            for ask in self.platform.find(self.register, key):
                try:
                    record, exhibit = yield from self._record(ask)
                except Unreadable:
                    continue
                words = "People in no list whose own page is still there; withheld until listed."
                self._oddity(Oddity("only_by_detail", words, key))
                self.staging.save(record.doubted("only_by_detail"), "", exhibit)

    def _exact(self) -> bool:
        settled = all(part.settled for part in self.parts.values())
        return settled and self.night.whole in (None, self._listed)

    def _take_note(self, record: Record) -> None:
        """Count conditions; name to the operator the words we could not make sense of."""
        if record.status in (Status.AUTHORISED_CONDITIONS, Status.AUTHORISED_NOTICE):
            self.night.alerted_still = (self.night.alerted_still or 0) + 1
        for code in TOLD.keys() & set(record.doubts):
            text = TOLD[code].format(word=record.word, category=record.category)
            self._oddity(Oddity(code, text, record.key), group=code)

    def _oddity(self, odd: Oddity, group: str = "") -> None:
        """Count an oddity under its code and words, with a few examples; bounded in kinds."""
        if len(self.odd) >= _KINDS and (odd.code, odd.text) not in self.odd:
            odd = Oddity("more_oddities", "Further kinds of oddities, not listed one by one.")
        same = next((key for key in self.odd if key[0] == group), None) if group else None
        count, examples = self.odd.setdefault(same or (odd.code, odd.text), (0, []))
        if odd.example and len(examples) < 10:
            examples.append(odd.example)
        self.odd[same or (odd.code, odd.text)] = (count + 1, examples)


def _alerted(record: Record) -> bool:
    return bool(record.restrictions or record.notices)


def _check_still(answer: Answer, exhibit: dict[str, Any]) -> None:
    """What was read in place must be what was kept: an operator may overwrite a file meanwhile."""
    if answer.path and digest_of(answer.path) != exhibit["id"]:
        raise Unreadable("The file changed while it was being read; refresh again.", answer.url)
