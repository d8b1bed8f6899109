"""The product's own look-ups behind the face of a peer; nothing of ours is tuned here."""

import sqlite3
from datetime import UTC, datetime

from benchmarks.load import Home
from benchmarks.peers import Found
from config.jurisdiction import Coverage
from config.register import Catalogue
from data import lookup as read
from data.lookup import Registered
from data.names import number_key
from data.store import Store
from service.answer import Answer
from service.desk import Desk
from service.verify import lookup


class Ours:
    """Name search and number look-up of the product, in process."""

    name = "Good Standing"
    share = 1.0

    def __init__(self, home: Home) -> None:
        """Open the store of this home, with the registers' files beside it."""
        settings = home.settings
        catalogue = Catalogue(settings.registers)
        self.refs = sqlite3.connect(settings.home / "goodstanding.db")
        self.desk = Desk(Store.of(settings), catalogue, Coverage(), settings)

    def search(self, text: str, limit: int, register: str = "", city: str = "") -> list[Found]:
        """At most `limit` people for what was typed; today no city can be said."""
        del city
        answer = lookup(self.desk, text, register or None, datetime.now(UTC))
        return [(match.register_id, self._key(match.key)) for match in answer.matches][:limit]

    def _key(self, shown: str) -> str:
        """The register's own id: where that is the number, an answer shows our link name."""
        row = self.refs.execute("select key from registration where ref = ?", [shown]).fetchone()
        return str(row[0]) if row else shown

    def strong(self, text: str) -> bool:
        """Whether somebody is found who looks like the one asked for: today, any match is exact."""
        return bool(self.search(text, 1))

    def number(self, number: str, register: str) -> list[Registered]:
        """Registrations by number, as the service reads them from the store."""
        with self.desk.store.read() as db:
            return read.by_number(db, number_key(number), [register])

    def answer(self, number: str, register: str) -> Answer:
        """The whole answer to a look-up by number, all doors' common path."""
        return lookup(self.desk, number, register, datetime.now(UTC))

    def close(self) -> None:
        """Close the store."""
        self.refs.close()
        self.desk.store.close()
