"""The coverage map: which places regulate massage therapy, by whom, on what source."""

from collections.abc import Iterator
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from config.register import StrictLoader

FILE = Path(__file__).parent / "jurisdictions.yml"


class Jurisdiction(BaseModel):
    """One place, by its ISO 3166-2 code, and what its law says of massage therapy."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")
    name: str
    regulated: bool
    body: str = ""
    titles: list[str] = Field(default_factory=list)
    check_at: str = ""
    note: str = ""
    source: str
    as_of: str


class Coverage:
    """All places we know something about."""

    def __init__(self) -> None:
        """Read the bundled file."""
        said = yaml.load(FILE.read_text("utf-8"), Loader=StrictLoader)  # noqa: S506 - text only
        self.places = {
            code: Jurisdiction.model_validate({"code": code, **place})
            for code, place in said.items()
        }

    def __iter__(self) -> Iterator[Jurisdiction]:
        return iter(self.places.values())

    def named(self, text: str) -> Jurisdiction | None:
        """The place that `text` names: its code (`CA-ON`, `ON`), its name, or `city, code`."""
        last = text.rpartition(",")[2].strip().casefold()
        for place in self:
            short = place.code.partition("-")[2]
            if last in {place.code.casefold(), short.casefold(), place.name.casefold()}:
                return place
        return None
