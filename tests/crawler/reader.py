"""Reads one invented answer with the platform of a register, and sorts what was found."""

import copy
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config.register import Catalogue, Register
from crawler.ask import Answer, Ask, Found, Oddity, Seen, Total
from crawler.platforms import PLATFORMS
from data.records import Record

SAMPLES = Path(__file__).parent.parent / "samples"
AT = datetime(2026, 6, 20, 12, tzinfo=UTC)


@dataclass
class Told:
    """What an answer said, by kind."""

    found: list[Found]

    def of(self, kind: type) -> list[Any]:
        return [one for one in self.found if isinstance(one, kind)]

    @property
    def asks(self) -> list[Ask]:
        return self.of(Ask)

    @property
    def seen(self) -> list[Seen]:
        return self.of(Seen)

    @property
    def totals(self) -> list[int]:
        return [one.count for one in self.of(Total)]

    @property
    def codes(self) -> list[str]:
        return [one.code for one in self.of(Oddity)]

    @property
    def record(self) -> Record:
        [one] = self.of(Record)
        assert isinstance(one, Record)
        return one


class Reader:
    """One register, its platform and its saved pages."""

    def __init__(self, register_id: str, **options: Any) -> None:
        """`options` stand beside, or instead of, those of the register's file."""
        register = Catalogue().get(register_id)
        options = {**register.options, **options}
        self.register: Register = register.model_copy(update={"options": options})
        self.platform = PLATFORMS[register.platform]

    @property
    def first(self) -> Ask:
        return next(iter(self.platform.start(self.register)))

    def find(self, wanted: str) -> list[Ask]:
        return list(self.platform.find(self.register, wanted))

    def sample(self, name: str) -> Any:
        return json.loads((SAMPLES / self.register.id / f"{name}.json").read_text())

    def read(self, ask: Ask, body: Any, status: int = 200) -> Told:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = Answer(ask, ask.url, status, {}, raw, AT)
        return Told(list(self.platform.read(self.register, answer)))


def changed(body: Any, change: Any) -> Any:
    """A copy of `body` after `change(body)`."""
    said = copy.deepcopy(body)
    change(said)
    return said
