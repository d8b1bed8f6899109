"""The patient's guide: what to ask, what insurers need, where to complain, each with a source."""

from collections.abc import Iterator
from pathlib import Path

import yaml
from pydantic import Field

from config.register import Strict, StrictLoader

FILE = Path(__file__).parent / "guide.yml"
_DAY = r"^\d{4}-\d{2}-\d{2}$"
_LINK = r"^(https?://\S+)?$"


class Sourced(Strict):
    """Something that somebody looked up: where, and on which day."""

    link: str = Field(pattern=_LINK)
    source: str = Field(min_length=1)
    as_of: str = Field(pattern=_DAY)


class Part(Sourced):
    """A part of the guide: short points under a title."""

    id: str = Field(pattern=r"^[a-z]+$")
    title: str
    points: list[str] = Field(min_length=1)


class Guide(Strict):
    """The whole guide; `complaints` by the code of the place."""

    parts: list[Part]
    complaints: dict[str, Sourced]

    def texts(self) -> Iterator[str]:
        """Every sentence of it that people read."""
        for part in self.parts:
            yield part.title
            yield from part.points

    def sources(self) -> Iterator[str]:
        """Where all of it comes from, in words."""
        for one in (*self.parts, *self.complaints.values()):
            yield one.source


def read_guide() -> Guide:
    """The bundled guide; raises ValueError naming what is wrong in it."""
    said = yaml.load(FILE.read_text("utf-8"), Loader=StrictLoader)  # noqa: S506 - text only
    return Guide.model_validate(said)
