"""What the dialects of Thentia share: envelope, paging by rows, notices, workplaces."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from crawler import reading
from crawler.ask import Answer, Found, Oddity, Unreadable
from data.records import Notice, Place

WHOLE = "all"
LIMITS = "practiceLimitations"
PLACE_LISTS = ("primaryPlacesOfPractice", "placesOfPractice", "currentPlacesOfPractice")
MARKS = ("hasPublicNotices", "publicRegisterAlert", "noticesStatus")
_EMPTY_TRIES = 3
_UNTOLD = ("id", "length", "visible", "effectiveDate", "endDate", "url")  # not a notice's words


def envelope(body: Any, answer: Answer) -> tuple[int, Any]:
    """The stated total and what `result` holds; raises Unreadable for any other envelope."""
    if not isinstance(body, dict):
        raise Unreadable("The register's answer is not an object.", answer.url)
    if str(body.get("errorCode", "")) != "0":
        said = reading.text(body.get("errorMessage")) or "without a message"
        raise Unreadable(f"The register reports an error inside its answer: {said}.", answer.url)
    count = body.get("resultCount")
    if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count < 10**8:
        raise Unreadable("The register's answer has no believable `resultCount`.", answer.url)
    return count, body.get("result")


def listed_rows(body: Any, answer: Answer) -> tuple[int, list[Any]]:
    """The stated total and the rows of a list page."""
    count, rows = envelope(body, answer)
    if not isinstance(rows, list):
        raise Unreadable("The register's answer has no `result` list.", answer.url)
    return count, rows


def refuse_nobody(count: int, answer: Answer) -> None:
    """A whole register of nobody is an outage: some tenants answer so to every question."""
    if not count and answer.ask.memo["keyword"] == WHOLE:
        raise Unreadable("The register says that it holds nobody.", answer.url)


def ask_again(answer: Answer, count: int) -> Iterator[Found]:
    """An empty page in mid-list happens; asked for again a few times, then left to the gate."""
    tries = answer.ask.memo.get("tries", 1)
    if tries < _EMPTY_TRIES:
        yield replace(answer.ask, memo={**answer.ask.memo, "tries": tries + 1})
    else:
        skip = answer.ask.memo["skip"]
        yield Oddity("empty_page", f"Asked from row {skip} of {count}, the register sent no row.")


def is_object_id(wanted: str) -> bool:
    """Whether something is a key of this software: 24 hexadecimal digits."""
    return len(wanted) == 24 and all(ch in "0123456789abcdef" for ch in wanted.lower())


def is_marked(value: Any) -> bool:
    """Whether a mark is set that must not be missed: anything but empty or a clear no."""
    return value not in (None, "", [], {}) and reading.flag(value) is not False


def all_of(said: Mapping[str, Any], *names: str) -> Iterator[Mapping[str, Any]]:
    """The objects of several lists."""
    for name in names:
        yield from reading.objects(said.get(name), name)


def read_notices(said: Mapping[str, Any], zone: ZoneInfo) -> list[Notice]:
    """What `publicNotices` holds, whatever its shape: a filled one has never been seen."""
    value = said.get("publicNotices")
    items: Iterable[Any] = value if isinstance(value, list) else [value] if value else []
    found = [read_notice(item, zone) for item in items]
    if not found and any(is_marked(said.get(name)) for name in MARKS):
        found = [Notice("The register marks this person with an alert and prints no text.")]
    return found


def read_notice(item: Any, zone: ZoneInfo) -> Notice:
    """One notice, as an object of unknown shape or as words."""
    if not isinstance(item, dict):
        return Notice(reading.text(item, 4000) or "A notice without text.")
    if reading.flag(item.get("visible")) is False:
        return Notice("The register attaches a notice that it does not display.")
    texts = [reading.text(item.get(name), 4000) for name in ("name", "title", "summary", "text")]
    words = ": ".join(dict.fromkeys(part for part in texts if part))
    if not words:
        words = ", ".join(_spelt(k, v) for k, v in item.items() if v and k not in _UNTOLD)
    try:
        since = reading.day(item.get("effectiveDate"), zone)
        until = reading.day(item.get("endDate"), zone)
    except ValueError:
        since = until = None
    link = reading.text(item.get("url"), 500)
    safe = link if link.startswith(("https://", "http://")) else ""
    return Notice(words or "A notice without text.", since, until, safe)


def _spelt(name: str, value: Any) -> str:
    """One entry of a notice of unknown shape, or of a map: {"Condition": true, "length": true}."""
    words = reading.text(value, 4000)
    return f"{reading.text(name)}: {words}" if words else reading.text(name)


def read_limitations(said: Mapping[str, Any], zone: ZoneInfo) -> tuple[Notice, ...]:
    """Limits inside a workplace: a restriction, wherever it hides."""
    found = []
    for place in all_of(said, *PLACE_LISTS):
        limits = place.get(LIMITS)
        where = reading.text(place.get("employerName"))
        for limit in limits if isinstance(limits, list) else [limits] if limits else []:
            notice = read_notice(limit, zone)
            found.append(replace(notice, text=f"{notice.text} ({where})") if where else notice)
    return tuple(dict.fromkeys(found))


def _workplaces(said: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Workplaces from the three lists that repeat each other."""
    seen = set()
    for place in all_of(said, *PLACE_LISTS):
        same = (reading.text(place.get("employerName")), reading.text(place.get("businessAddress")))
        if same not in seen:
            seen.add(same)
            yield place


def read_places(said: Mapping[str, Any]) -> tuple[Place, ...]:
    """Present workplaces: clinic, city and province, no addresses."""
    text = reading.text
    return tuple(
        Place(
            text(place.get("employerName")) or text(place.get("name")),
            text(place.get("businessCity")) or text(place.get("city")),
            text(place.get("businessState")) or text(place.get("province")),
        )
        for place in _workplaces(said)
        if reading.flag(place.get("active")) is not False and not text(place.get("endDate"))
    )
