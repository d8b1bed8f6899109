"""What every door needs at hand to answer."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from config.jurisdiction import Coverage
from config.register import Catalogue
from config.settings import Settings
from data import lookup as read
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

    def conditions(self, db: Connection, now: datetime) -> dict[str, Condition]:
        """The state of every known register at this moment."""
        readings = read.readings(db)
        return {
            register.id: condition_of(register, readings.get(register.id), self.settings, now)
            for register in self.catalogue
        }
