"""How a page is made: its templates in the reader's language, and what they may ask for."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, quote, urlencode

from babel import Locale
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from config.register import Register
from config.vocabulary import ADVERSE, Status, Verdict
from data.lookup import readings
from data.names import MAX_QUERY, clean
from service import language, words
from service.answer import PROFESSION, Answer, Query, Reason, RegistrationOut
from service.desk import Desk
from service.language import say
from service.retold import retold, stays_english
from service.templating import templates

_HERE = Path(__file__).parent
_LONG = 1000  # characters of a query that the language switch carries along
_NOT_WHY = ("number_not_given", "number_not_published", "place_not_given")
_LIVE = ("rechecked", "not_rechecked")

# A tone (colour) and an icon (shape): nothing is told by the colour alone.
VERDICT_LOOK = {
    Verdict.CONFIRMED: ("ok", "check"),
    Verdict.CONFIRMED_WITH_CONDITIONS: ("care", "care"),
    Verdict.NOT_AUTHORISED: ("no", "stop"),
    Verdict.MISMATCH: ("no", "differs"),
    Verdict.AMBIGUOUS: ("open", "question"),
    Verdict.NOT_FOUND: ("open", "search"),
    Verdict.CANNOT_CONFIRM: ("care", "clock"),
    Verdict.NOT_REGULATED: ("open", "page"),
}
STATUS_ICON = {
    Status.AUTHORISED: "check",
    Status.AUTHORISED_CONDITIONS: "care",
    Status.AUTHORISED_NOTICE: "care",
    Status.MISSING_ONCE: "search",
    Status.DELISTED: "search",
    Status.UNRECOGNISED: "question",
    **dict.fromkeys(ADVERSE, "stop"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A place to choose from: its code, and its name in the reader's language."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class View:
    """What every template may ask for."""

    desk: Desk
    now: datetime
    address: str = ""  # of this page, to see it in another language; empty: there is none

    @classmethod
    def of(cls, request: Request, desk: Desk, now: datetime) -> Self:
        """The view of whoever sent this request."""
        asked = parse_qsl(request.url.query[:_LONG])
        query = urlencode([(name, said) for name, said in asked if name != "lang"])
        return cls(desk, now, f"{quote(request.url.path[:_LONG])}?{query}")

    @property
    def language(self) -> str:
        """The code of the language this page is in."""
        return language.spoken()

    @property
    def rtl(self) -> bool:
        """Whether it is written from right to left."""
        return language.locale().text_direction == "rtl"

    @property
    def languages(self) -> list[tuple[str, str, str]]:
        """(code, name in itself, address of this page) of every language it can be read in."""
        if not self.address:
            return []
        glue = "" if self.address.endswith("?") else "&"
        return [
            (code, language.name_of(code), f"{self.address}{glue}lang={code}")
            for code in language.LANGUAGES
        ]

    @property
    def demo(self) -> bool:
        """Whether everybody shown is invented."""
        return self.desk.settings.demo

    @property
    def registers(self) -> list[Register]:
        """The registers of massage therapists that are read: those to choose from."""
        with self.desk.store.look() as look:
            known = readings(look)
        return [
            one
            for one in self.desk.catalogue
            if one.profession == PROFESSION and one.confirms and (one.enabled or one.id in known)
        ]

    @property
    def places(self) -> list[tuple[str, list[Place]]]:
        """Every place we know of, by name, in its country: Canada first."""
        codes = self.desk.coverage.places
        groups = {"CA": list[Place](), "US": list[Place](), "": list[Place]()}
        for code in codes:
            country, _, part = code.partition("-")
            groups[country if part else ""].append(Place(code, self.place(code)))
        names = _territories(self.language)
        titles = (names["CA"], names["US"], say("Other countries"))
        return [
            (title, sorted(some, key=lambda one: words.sorting(one.name)))
            for title, some in zip(titles, groups.values(), strict=True)
        ]

    def place(self, code: str) -> str:
        """The name of a place by its code; the code where we have no name."""
        place = self.desk.coverage.places.get(code)
        return say(place.name) if place else code

    def where(self, asked: Query) -> str:
        """The code of the place a question is limited to, by itself or by its register."""
        register = self.desk.catalogue.registers.get(asked.register_id or "")
        chosen = self.desk.where(asked.jurisdiction, None)
        if chosen is None:
            return register.jurisdiction if register else ""
        return chosen.code

    def known(self, asked: Query) -> str:
        """The code of the place a question names in whatever way; empty where it names none."""
        place = self.desk.where(asked.jurisdiction, asked.place)
        return place.code if place else ""

    def tongue(self, register: str | None) -> str:
        """The language in which a register prints its words."""
        found = self.desk.catalogue.registers.get(register or "")
        return found.language if found else language.ENGLISH

    def when(self, moment: datetime, register: str | None) -> str:
        """A moment in the register's own time, with its zone; UTC where there is none."""
        zone = self.desk.catalogue.get(register).zone if register else UTC
        return words.local(moment, zone)

    def ago(self, moment: datetime) -> str:
        """How long ago, in words."""
        return words.age(moment, self.now)

    def doors(self, answer: Answer) -> list[tuple[str, str, str]]:
        """(name, keeper, address) of the official registers where a reader can make sure."""
        asked = answer.query
        place = self.desk.where(asked.jurisdiction, asked.place)
        ids = {one.register_id for one in answer.matches}
        if not ids and place and not asked.register_id:
            ids = {
                one.id
                for one in self.desk.catalogue
                if one.jurisdiction == place.code and one.profession == PROFESSION
            }
            if not ids:
                name = place.body or say("Official page of %(place)s", place=say(place.name))
                return [(name, "", place.check_at)] if place.check_at else []
        ids = ids or {asked.register_id or one.id for one in self.registers}
        found = (one for one in self.desk.catalogue if one.id in ids)
        return [(say(one.name), one.regulator, one.official_url) for one in found]


@cache
def _territories(code: str) -> Mapping[str, str]:
    return Locale.parse(code).territories


@cache
def asset(name: str) -> str:
    """The address of a file of ours: it changes with the file, so that browsers may keep it."""
    digest = hashlib.sha256((_HERE / "static" / name).read_bytes()).hexdigest()
    return f"/static/{name}?{digest[:12]}"


def keeping(path: str, query: str) -> str:
    """How long browsers may keep a file of ours: for ever by the address that `asset` gives it."""
    name = path.removeprefix("/static/")
    known = (_HERE / "static" / name).is_file() and asset(name) == f"{path}?{query}"
    return "public, max-age=31536000, immutable" if known else "public, max-age=86400"


def page(view: View, template: str, status: int = 200, **facts: Any) -> HTMLResponse:
    """A page in the language that is spoken."""
    made = environment(view.language).get_template(template)
    return HTMLResponse(made.render(view=view, **facts), status)


@cache
def environment(code: str) -> Environment:
    """The templates in one language, with what pages may ask for."""
    made = templates(code)
    made.filters |= _FILTERS
    made.globals |= _GLOBALS
    return made


def warm() -> None:
    """Read every template in every language, so that nobody waits for that."""
    for code in language.LANGUAGES:
        made = environment(code)
        for name in made.list_templates():
            made.get_template(name)


def shown(text: str | None) -> str:
    """What somebody typed, bounded and without invisible characters, to show it again."""
    return clean(text or "", MAX_QUERY)


def live(answer: Answer) -> Reason | None:
    """What came of asking the register again; None when it was not asked for."""
    return next((reason for reason in answer.reasons if reason.code in _LIVE), None)


def _headline(answer: Answer) -> str:
    return words.headline(answer.verdict, answer.assurance)


def _said(answer: Answer) -> str:
    """The summary without the headline, which already stands above it."""
    return answer.summary.removeprefix(f"{_headline(answer)}.").strip()


def _reasons(answer: Answer) -> list[Reason]:
    """The reasons that the summary and the line about a live check do not already say."""
    said = [reason for reason in answer.reasons if reason.code not in _LIVE]
    return [reason for reason in said if reason.text not in answer.summary]


def _why(match: RegistrationOut) -> str:
    """Why somebody is in a list: in what way the name or number asked for agrees."""
    return " ".join(one.text for one in match.reasons if one.code not in _NOT_WHY)


def _more(asked: Query, cursor: str = "") -> str:
    """The address of another page of the same search, without its path."""
    said = {
        "q": asked.text,
        "where": asked.jurisdiction,
        "register": asked.register_id,
        "city": asked.city,
        "cursor": cursor,
    }
    return urlencode({name: shown(value) for name, value in said.items() if value})


def _web_link(link: str) -> str:
    """A link a register gave us, or nothing where it would not lead to a web page."""
    return link if link.lower().startswith(("https://", "http://")) else ""


def entry_path(register: str, key: str) -> str:
    """The address of one registration, without the site."""
    return f"/r/{quote(register, safe='')}/{quote(key, safe='')}"


def _iso(text: str) -> str:
    """A date as it stands in our files (2026-11-23), for people."""
    return words.day(date.fromisoformat(text))


_FILTERS = {
    "day": words.day,
    "iso": _iso,
    "count": words.count,
    "headline": _headline,
    "said": _said,
    "say": say,
    "reasons": _reasons,
    "retold": retold,
    "why": _why,
    "more": _more,
    "live": live,
    "shown": shown,
    "status": words.status,
    "held": words.held,
    "web_link": _web_link,
}
_GLOBALS = {
    "STATUS_ICON": STATUS_ICON,
    "LOOK": VERDICT_LOOK,
    "LONGEST": MAX_QUERY,
    "entry_path": entry_path,
    "stays_english": stays_english,
    "asset": asset,
}
