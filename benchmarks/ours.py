"""The product's own look-ups behind the face of a peer; nothing of ours is tuned here."""

from datetime import UTC, datetime

from benchmarks.load import Home
from benchmarks.peers import Found
from config.jurisdiction import Coverage
from config.register import Catalogue
from data import lookup as read
from data.lookup import Registered
from data.names import fold, number_key
from data.search import Scope
from data.store import Store
from service.answer import Answer, Query
from service.desk import Desk
from service.search import page
from service.verify import lookup


class Ours:
    """Name search and number look-up of the product, in process."""

    name = "Good Standing"
    share = 1.0

    def __init__(self, home: Home) -> None:
        """Open the store of this home, with the registers' files beside it."""
        settings = home.settings
        catalogue = Catalogue(settings.registers)
        self.desk = Desk(Store.of(settings), catalogue, Coverage(), settings)

    def search(self, text: str, limit: int, register: str = "", city: str = "") -> list[Found]:
        """At most `limit` people for what was typed, with the records they stand in."""
        scope = Scope([register] if register else None, None, [fold(city)] if city else ())
        with self.desk.store.look() as look:
            ids = [id_ for id_, _ in page(look, text, scope).people[:limit]]
            people = read.by_ids(look, ids)
        return [(people[id_].record.register, people[id_].record.key) for id_ in ids]

    def strong(self, text: str) -> bool:
        """Whether somebody is found whose name holds every word asked for, as printed."""
        with self.desk.store.look() as look:
            found = page(look, text, Scope()).people
        return bool(found) and found[0][1].same

    def number(self, number: str, register: str) -> list[Registered]:
        """Registrations by number, as the service reads them from the store."""
        with self.desk.store.look() as look:
            return read.by_number(look, number_key(number), register)

    def answer(self, number: str, register: str) -> Answer:
        """The whole answer to a look-up by number, all doors' common path."""
        return lookup(self.desk, Query(text=number, register_id=register), datetime.now(UTC))

    def close(self) -> None:
        """Close the store."""
        self.desk.store.close()
