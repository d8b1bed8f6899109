"""What every door needs at hand to answer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from config.jurisdiction import Coverage, Jurisdiction
from config.register import Catalogue
from config.settings import Settings
from data import lookup as read
from data.lookup import Reading
from data.reader import Reader
from data.records import Record
from data.store import Store
from service.health import Condition, condition_of
from service.matching import compare_place


@dataclass(frozen=True, slots=True)
class Desk:
    """What every answer needs at hand: the store, the registers, the coverage, the settings."""

    store: Store
    catalogue: Catalogue
    coverage: Coverage
    settings: Settings

    def place_agrees(self, place: str, record: Record) -> bool | None:
        """Whether the place asked about is one of the person's (see compare_place)."""
        jurisdiction = self.catalogue.get(record.register).jurisdiction
        return compare_place(place, record.places, self.coverage, jurisdiction)

    def where(self, jurisdiction: str | None, place: str | None) -> Jurisdiction | None:
        """The province, state or country that a question names, by itself or in its place."""
        return self.coverage.named(jurisdiction or "") or self.coverage.named(place or "")

    def conditions(self, look: Reader, now: datetime) -> "Conditions":
        """The state of every known register at this moment."""
        return Conditions(self, read.readings(look), now)


class Conditions(Mapping[str, Condition]):
    """The state of every known register at one moment, each worked out when it is asked for."""

    def __init__(self, desk: Desk, readings: Mapping[str, Reading], now: datetime) -> None:
        """Nothing is worked out yet."""
        self.desk, self.readings, self.now = desk, readings, now
        self._made: dict[str, Condition] = {}
        self._searched: dict[tuple[str, str], list[str]] = {}

    def __getitem__(self, register_id: str) -> Condition:
        made = self._made.get(register_id)
        if made is None:
            register = self.desk.catalogue.registers[register_id]
            reading = self.readings.get(register_id)
            made = condition_of(register, reading, self.desk.settings, self.now)
            self._made[register_id] = made
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(self.desk.catalogue.registers)

    def __len__(self) -> int:
        return len(self.desk.catalogue.registers)

    def placed(self, jurisdiction: str, profession: str) -> list[str]:
        """The registers of a place and profession, those included that can only be asked."""
        at = (jurisdiction, profession)
        if at not in self._searched:
            mine = self.searched(profession)
            self._searched[at] = [
                one.id
                for one in self.desk.catalogue
                if one.jurisdiction == jurisdiction
                and one.profession == profession
                and (one.lookup_only or one.id in mine)
            ]
        return self._searched[at]

    def searched(self, profession: str) -> list[str]:
        """The registers of a profession that were read as a whole, whatever their age."""
        everywhere = ("", profession)
        if everywhere not in self._searched:
            self._searched[everywhere] = [
                register.id
                for register in self.desk.catalogue
                if register.profession == profession
                and register.id in self.readings
                and not register.lookup_only
            ]
        return self._searched[everywhere]
