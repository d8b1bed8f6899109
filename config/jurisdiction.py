"""The coverage map: which places regulate massage therapy, by whom, on what source."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from config.register import StrictLoader

FILE = Path(__file__).parent / "jurisdictions.yml"

Kind = Literal["licence", "registration", "voluntary certification", "title protection", "none"]
BY_LAW = frozenset({"licence", "registration"})  # nobody may practise without it

# What to ask where no law decides who may practise: a place may say the first part better.
_ASK = (
    "Ask which association the therapist belongs to. Look for the name on its own list. Being a "
    "member is a choice. It is not permission from the state."
)
_ASK_ALSO = (
    "Ask how long the training took, and whether the therapist is insured. To be paid back, ask "
    "your insurer first whether this person is on its list."
)

_COUNTRIES = {
    "canada": "CA",
    "ca": "CA",
    "unitedstates": "US",
    "unitedstatesofamerica": "US",
    "usa": "US",
    "us": "US",
}
_ZIP = re.compile(r"\d{5}(?:-\d{4})?\s*$")
_POSTCODE = re.compile(
    r"(?:^|\s)(?:\d{5}(?:-\d{4})?|[a-z]\d[a-z][\s-]?\d[a-z]\d)\s*$", re.IGNORECASE
)


class Jurisdiction(BaseModel):
    """One place, by its ISO 3166 code, and what its law says of massage therapy."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")
    name: str
    also: list[str] = Field(default_factory=list, description="other names people type")
    regulated: bool = Field(description="whether a law says who may practise")
    kind: Kind
    body: str = Field("", description="who keeps the register; empty where no source names it")
    titles: list[str] = Field(default_factory=list, description="words the law protects")
    since: str = Field("", description="date of the law or of its force, as the source has it")
    check_at: str = Field("", pattern=r"^(https?://\S+)?$", description="the official page")
    voluntary: dict[str, str] = Field(
        default_factory=dict,
        description="associations and voluntary registers → address; never authorisation",
    )
    note: str = ""
    doubt: str = Field("", description="what our sources could not settle")
    ask: str = Field("", description="what to ask instead, where no law decides")
    source: str = Field(min_length=1)
    as_of: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")

    @model_validator(mode="before")
    @classmethod
    def _advise(cls, said: dict[str, Any]) -> dict[str, Any]:
        """Complete what to ask from the words that hold everywhere."""
        if said.get("kind") in BY_LAW:
            return said
        return {**said, "ask": f"{said.get('ask') or _ASK} {_ASK_ALSO}"}

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.regulated != (self.kind in BY_LAW):
            raise ValueError(f"regulated {self.regulated} contradicts {self.kind!r}")
        if self.regulated and self.ask:
            raise ValueError("what to ask instead is for places without a law")
        return self

    @property
    def names(self) -> list[str]:
        """Everything this place answers to: its code, `ON` for `CA-ON`, and its names."""
        return [self.code, self.code.partition("-")[2] or self.code, self.name, *self.also]


class Coverage:
    """All places we know something about."""

    def __init__(self) -> None:
        """Read the bundled file; one name for two places is an error of the file."""
        said = yaml.load(FILE.read_text("utf-8"), Loader=StrictLoader)  # noqa: S506 - text only
        self.places = {
            code: Jurisdiction.model_validate({"code": code, **place})
            for code, place in said.items()
        }
        self._index: dict[str, Jurisdiction] = {}
        self._remembered = lru_cache(4096)(self._named)
        for place in self:
            for name in place.names:
                other = self._index.setdefault(_key(name), place)
                if other is not place:
                    raise ValueError(f"{name!r} means both {other.code} and {place.code}")

    def __iter__(self) -> Iterator[Jurisdiction]:
        return iter(self.places.values())

    def named(self, text: str) -> Jurisdiction | None:
        """The place that `text` names; see `_named`. Whole rosters name the same few."""
        return self._remembered(text)

    def _named(self, text: str) -> Jurisdiction | None:
        """The place that `text` names as a whole or after its last comma; None if unsure.

        `CA-ON`, `ON`, `Ont.`, `Ottawa, Ontario`, `Ottawa, ON K1A 0B1, Canada`. A city alone says
        nothing: there is a London in Ontario, a Kansas City in Missouri. `CA` is California only
        with a ZIP code behind it: people in Toronto write `Toronto, CA`, and must not be told that
        nobody is registered there.
        """
        parts = _parts(text)
        if not parts:
            return None
        last = self._index.get(parts[-1])
        country = _COUNTRIES.get(parts[-1])
        within = self._index.get(parts[-2]) if country and len(parts) > 1 else None
        if within is None or not within.code.startswith(f"{country}-"):
            return None if parts[-1] == "ca" and not _ZIP.search(text) else last
        # `Ontario, CA` is a province of Canada or a city of California.
        return None if last and len(parts) == 2 else within


def _parts(text: str) -> list[str]:
    """The parts of an address as keys, without postcodes; `Montréal (Québec)` has two."""
    pieces = re.split(r"[,(]", unicodedata.normalize("NFKC", text))
    keys = (_key(_POSTCODE.sub("", piece)) for piece in pieces)
    return [key for key in keys if key]


def _key(text: str) -> str:
    """`text` without case, accents, dots, hyphens and spaces: `Î.-P.-É.` is `ipe`."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if letter.isalnum())
