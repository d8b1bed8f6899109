"""Reads the saved pages of a register the way a crawl would, for the contract test."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from config.register import Register
from crawler.ask import Answer, Ask, Found, Oddity, Seen, Unreadable
from crawler.platforms import PLATFORMS
from data.records import Record

SAMPLES = Path(__file__).parent.parent / "samples"


@dataclass
class Pages:
    """What the saved pages of one register say."""

    register: Register
    listed: dict[str, Seen] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    oddities: list[Oddity] = field(default_factory=list)
    following: list[Ask] = field(default_factory=list)
    answered: list[tuple[Ask, Path]] = field(default_factory=list)

    def take(self, found: Found) -> None:
        if isinstance(found, Seen):
            self.listed[found.record.key] = found
            if found.detail is None:
                self.records[found.record.key] = found.record
        elif isinstance(found, Record):
            self.records[found.key] = found
        elif isinstance(found, Oddity):
            self.oddities.append(found)
        elif isinstance(found, Ask):
            self.following.append(found)


def saved(register_id: str) -> list[Path]:
    """The saved pages, named STEP-what.suffix; lists come before details."""
    files = [path for path in (SAMPLES / register_id).iterdir() if path.name != "expected.json"]
    return sorted(files, key=lambda path: (path.name.startswith("detail"), path.name))


def read_pages(register: Register) -> Pages:
    """Everything the saved pages of a register say."""
    pages = Pages(register)
    if register.lookup_only:
        look_up_all(pages)
        return pages
    for path in saved(register.id):
        for found in _read(pages, path):
            pages.take(found)
    return pages


def _read(pages: Pages, path: Path) -> list[Found]:
    """One page, as the answer to the one question that fits it."""
    readings = [found for ask in _asks(pages, path) if (found := _answers(pages, ask, path))]
    assert len(readings) == 1, f"{path.name} answers {len(readings)} questions, not one"
    return readings[0]


def look_up_all(pages: Pages) -> None:
    """Ask for every example in turn, as a re-check would; every saved page must answer somebody."""
    used = {path for one in pages.register.examples for path in _look_up(pages, one.number)}
    assert used == set(saved(pages.register.id)), "a saved page answers nobody"


def _look_up(pages: Pages, number: str) -> Iterator[Path]:
    ask: Ask | None = next(PLATFORMS[pages.register.platform].find(pages.register, number))
    while ask:
        of_step = [one for one in saved(pages.register.id) if one.stem.split("-")[0] == ask.step]
        path, found = next((one, told) for one in of_step if (told := _answers(pages, ask, one)))
        yield path
        for one in found:
            pages.take(one)
        ask = next((one for one in found if isinstance(one, Ask)), None)


def _asks(pages: Pages, path: Path) -> Iterator[Ask]:
    step = path.stem.partition("-")[0]
    starts = PLATFORMS[pages.register.platform].start(pages.register)
    yield from [ask for ask in (*starts, *pages.following) if ask.step == step][:1]
    details = [seen.detail for seen in pages.listed.values() if seen.detail]
    yield from [ask for ask in details if ask.step == step]


def _answers(pages: Pages, ask: Ask, path: Path) -> list[Found]:
    try:
        found = read_as(pages.register, ask, path, path.read_bytes())
    except Unreadable:
        return []
    if found:
        pages.answered.append((ask, path))
    return found


def read_as(
    register: Register, ask: Ask, path: Path, body: bytes, status: int = 200
) -> list[Found]:
    """What `body` says in the place of a saved page; raises CrawlError."""
    url = ask.url if path.suffix == ".html" else f"file:///{path.name}"
    at = datetime(2026, 6, 20, tzinfo=UTC)
    answer = Answer(ask, url, status, {}, body, at)
    return list(PLATFORMS[register.platform].read(register, answer))
