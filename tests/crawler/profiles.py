"""Invented rows and profiles of the Thentia dialect, and their reading."""

import copy
import json
from datetime import UTC, datetime
from typing import Any

from config.register import Register
from crawler.ask import Answer, Ask, Found, Oddity, Seen
from crawler.invented import invent
from crawler.platforms import PLATFORMS
from crawler.standin import ROW
from data.records import Record

THENTIA = PLATFORMS["thentia"]
ALLOWED = invent(1)[0]  # Current, General Certificate, authorised, no notices
AT = datetime(2026, 6, 20, 12, tzinfo=UTC)


def profile(**said: Any) -> dict[str, Any]:
    """A profile that is authorised without notices, but for what is `said`."""
    return copy.deepcopy(ALLOWED) | said


def without(said: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name not in names}


def read(register: Register, ask: Ask, body: Any) -> list[Found]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return list(THENTIA.read(register, Answer(ask, ask.url, 200, {}, raw, AT)))


def read_profile(register: Register, said: Any) -> tuple[Record, list[str]]:
    """The record of a profile page, and the codes of what was odd."""
    [ask] = THENTIA.find(register, ALLOWED["profileId"])
    found = read(register, ask, said)
    [record] = [one for one in found if isinstance(one, Record)]
    return record, [one.code for one in found if isinstance(one, Oddity)]


def row(**said: Any) -> dict[str, Any]:
    return {name: ALLOWED.get(name) for name in ROW} | said


def envelope(*rows: Any, count: Any = None, **more: Any) -> dict[str, Any]:
    total = len(rows) if count is None else count
    usual = {"errorCode": "0", "errorMessage": "", "method": "GET"}
    return usual | {"resultCount": total, "result": list(rows)} | more


def read_list(register: Register, body: Any, part: str = "Current", skip: int = 0) -> list[Found]:
    ask = Ask("http://127.0.0.1/list", "list", {"part": part, "skip": skip, "keyword": "all"})
    return read(register, ask, body)


def seen_row(register: Register, said: dict[str, Any]) -> Seen:
    [seen] = [one for one in read_list(register, envelope(said)) if isinstance(one, Seen)]
    return seen
