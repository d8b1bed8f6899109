"""A desk over few registers, and runs that cost nothing, for the tests of the clock."""

from pathlib import Path

from config.jurisdiction import Coverage
from config.register import Catalogue, Register
from config.settings import Settings
from config.vocabulary import RunState
from data.alerts import tell_end
from data.run import lease, update_run
from data.store import Store
from service.desk import Desk
from service.nights import Turn
from tests.conftest import Clock


def desk_of(store: Store, settings: Settings, *registers: Register) -> Desk:
    """A desk that knows only these registers."""
    catalogue = Catalogue(enable="ca_on_cmto")
    catalogue.registers = {register.id: register for register in registers}
    return Desk(store, catalogue, Coverage(), settings)


def drop_file(settings: Settings, register: Register, name: str = "roster-2026-06-19.csv") -> Path:
    """Something in the inbox of a register."""
    folder = settings.inbox / register.id
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("Name\n")
    return path


class Runs:
    """Starts runs that end at once as told, or go on while `ends` is None."""

    def __init__(self, store: Store, clock: Clock, ends: RunState | None) -> None:
        self.store, self.clock, self.ends = store, clock, ends
        self.started: list[str] = []

    def __call__(self, turn: Turn, _settings: Settings) -> "Run":
        self.started.append(f"{turn.slot.register.id} {turn.label}")
        if self.ends is not None:
            id_, now = turn.slot.register.id, self.clock()
            with (
                lease(self.store, id_, "inbox", now, turn.label) as run_id,
                self.store.begin() as db,
            ):
                update_run(db, run_id, state=self.ends, finished_at=now)
                tell_end(db, run_id, now)
        return Run(turn, self.ends)


class Run:
    """What the scheduler sees of a process."""

    def __init__(self, turn: Turn, ends: RunState | None) -> None:
        self.turn, self.seconds, self.ended = turn, 0.0, False
        self.code = None if ends is None else int(ends is not RunState.ACCEPTED)

    def mind(self) -> None:
        """Nothing is overdue."""

    def wait(self, _seconds: float) -> bool:
        return self.code is not None

    def ask(self) -> None:
        """It hears, and goes on."""

    def end(self) -> None:
        self.ended, self.code = True, -15
