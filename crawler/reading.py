"""Bytes to values: strict JSON, dates, flags and text, or a clear complaint."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import ftfy
from bs4 import BeautifulSoup

from crawler.ask import Answer, Refused, Unreadable
from data.names import clean

# Words of bot walls and log-in pages, as met on the platforms we read (registers' reference, 4.15).
_WALLS = ("awswaf", "gokuprops", "captcha", "human verification", "cf-challenge", "datadome")
_REFUSALS = frozenset({401, 403, 405, 407, 451})
_FLAGS = {
    **dict.fromkeys(("yes", "y", "true", "1", "oui"), True),
    **dict.fromkeys(("no", "n", "false", "0", "non"), False),
}
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(T.*)?")
_MONTH_FIRST = re.compile(r"([A-Za-z]{3})[a-z]*[- ](\d{1,2}),?[- ](\d{4})")
_DAY_FIRST = re.compile(r"(\d{1,2})[- ]([A-Za-z]{3})[a-z]*[- ](\d{4})")
_TAG = re.compile(r"<[a-zA-Z/!]")
# Words that registers print for "nothing here".
_EMPTY = frozenset({"n/a", "none", "null", "-", "--", "/ /"})


def page_title(body: bytes) -> str:
    """What an HTML page calls itself, for the operator's sentence."""
    page = BeautifulSoup(body[:200_000], "lxml")
    heading = page.title or page.h1 or page
    return clean(heading.get_text(" "), 120) or "without a title"


def refuse_walls(status: int, body: bytes, url: str) -> None:
    """Raise Refused when the register turned us away; some do it with status 200."""
    if status in _REFUSALS:
        raise Refused(
            f"The register refused us (HTTP {status}). We do not try to get round that: "
            "ask the register for permission or a feed.",
            url,
        )
    if not is_html(body):
        return
    lower = body[:200_000].lower()
    wall = next((word for word in _WALLS if word.encode() in lower), None)
    if wall is None and re.search(rb"<input[^>]{0,200}type=[\"']?password", lower):
        wall = "a log-in form"
    if wall:
        raise Refused(
            f"The register answered with a wall ({wall}) titled “{page_title(body)}”. "
            "We do not try to get round that: ask the register for permission or a feed.",
            url,
        )


def is_html(body: bytes) -> bool:
    """Whether a body is a web page rather than data."""
    return body.lstrip()[:1] == b"<"


def read_json(answer: Answer) -> Any:
    """The JSON of an answer; raises Refused on walls, Unreadable on whatever is not JSON."""
    refuse_walls(answer.status, answer.body, answer.url)
    if is_html(answer.body):
        raise Unreadable(
            f"Instead of data the register sent a web page titled “{page_title(answer.body)}”.",
            answer.url,
        )
    if answer.status != 200:
        raise Unreadable(f"The register answered HTTP {answer.status}.", answer.url)
    try:
        return json.loads(answer.body, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        detail = clean(str(error), 120)
        raise Unreadable(f"The register's JSON cannot be read: {detail}.", answer.url) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    said = dict(pairs)
    if len(said) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return said


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def text(value: Any, limit: int = 300) -> str:
    """A value as text: a string or number, or the name, text or value of a small object."""
    if isinstance(value, dict):
        value = next((value[key] for key in ("name", "text", "value") if value.get(key)), None)
    if value is None or isinstance(value, bool | dict | list):
        return ""
    said = str(value)[: limit * 20]
    if _TAG.search(said) and "<" in said and ">" in said and limit > 300:
        said = BeautifulSoup(said, "lxml").get_text(" ")
    said = clean(said, limit)
    return "" if said.casefold() in _EMPTY else said


def objects(value: Any, what: str) -> list[dict[str, Any]]:
    """A list of objects; null and missing are empty. Raises Unreadable for any other shape."""
    items = value if isinstance(value, list) else [value] if value else []
    if not all(isinstance(item, dict) for item in items):
        raise Unreadable(f"`{what}` does not hold what this platform knows.")
    return items


def texts(value: Any) -> tuple[str, ...]:
    """A list of words, or one word alone, without the empty ones."""
    items = value if isinstance(value, list) else [value]
    return tuple(word for word in map(text, items) if word)


def flag(value: Any) -> bool | None:
    """A printed yes or no; None for everything a closed table does not know (never truthiness)."""
    if isinstance(value, bool):
        return value
    if isinstance(value, dict):
        value = text(value)
    if isinstance(value, int | str):
        return _FLAGS.get(str(value).strip().casefold())
    return None


def day(value: Any, zone: ZoneInfo, pattern: str = "") -> date | None:
    """A printed date as a calendar day at the register, or None when nothing is printed.

    Understands ISO dates and moments (moments are converted to `zone`), `Jan-30-2024`,
    `Sep 19, 2019`, `01-Jan-2021`, and `pattern` when the register file gives one.
    Raises ValueError for anything else, and for years outside 1900 to 2100.
    """
    said = text(value)
    if not said:
        return None
    found = datetime.strptime(said, pattern).date() if pattern else _day(said, zone)  # noqa: DTZ007
    if not 1900 <= found.year <= 2100:
        raise ValueError(f"{said!r} is not a believable date")
    return found


def _day(said: str, zone: ZoneInfo) -> date:
    if iso := _ISO.fullmatch(said):
        moment = datetime.fromisoformat(said)
        if iso[4] is None or moment.tzinfo is None:
            return moment.date()
        try:
            return moment.astimezone(zone).date()
        except OverflowError as error:  # 0001-01-01T00:00Z, some software's word for "no date"
            raise ValueError(f"{said!r} is not a believable date") from error
    if found := _MONTH_FIRST.fullmatch(said):
        return _build(found[3], found[1], found[2])
    if found := _DAY_FIRST.fullmatch(said):
        return _build(found[3], found[2], found[1])
    raise ValueError(f"{said!r} is not a date this register is known to print")


def _build(year: str, month: str, number: str) -> date:
    name = month.casefold()
    if name not in _MONTHS:
        raise ValueError(f"{month!r} is not a month")
    return date(int(year), _MONTHS.index(name) + 1, int(number))


def numbered(wanted: str, options: Mapping[str, Any]) -> str:
    """A number as a register must be asked for it: with leading zeros up to its `width`."""
    said = clean(wanted, 80)
    return said.zfill(int(options.get("width", "0"))) if said.isdecimal() else said


def age_of(headers: Mapping[str, str]) -> timedelta:
    """How old a copy says it is (the Age headers of caches on the way); raises Unreadable."""
    ages = [age.strip() for age in headers.get("age", "").split(",") if age.strip()]
    if not all(age.isdecimal() for age in ages):
        raise Unreadable("The answer comes from a cache that does not say how old it is.")
    return timedelta(seconds=max((min(int(age[:9]), 10**8) for age in ages), default=0))


def seconds_to_wait(said: str, now: datetime) -> float | None:
    """What a Retry-After header asks for, as seconds or as a date; None for anything else."""
    if said.strip().isdecimal():
        return float(min(int(said.strip()[:9]), 10**8))
    try:
        return (parsedate_to_datetime(said) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None


def mend(said: str) -> str:
    """`said` with a wrong decoding at the publisher undone (`RenÃ©` to `René`)."""
    return said if said.isascii() else clean(ftfy.fix_encoding(said))


def published(headers: Mapping[str, str]) -> datetime | None:
    """The publisher's Last-Modified, or None."""
    try:
        said = parsedate_to_datetime(headers["last-modified"])
        return said.astimezone(UTC) if said.tzinfo else said.replace(tzinfo=UTC)
    except (KeyError, ValueError, OverflowError):
        return None
