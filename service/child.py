"""A run in a process of its own: started, bounded in time and memory, and ended when it must."""

import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress

from config.settings import Settings
from service.nights import Turn

_PATIENCE = 10.0  # seconds between asking a process to end and ending it


def command(turn: Turn) -> list[str]:
    """What reads a register for this turn."""
    words = ["refresh", turn.slot.register.id, "--slot", turn.label, "--json"]
    return [sys.executable, "-m", "service", *words]


def bound(settings: Settings) -> None:
    """Bound this process, which is such a run, in memory and time.

    Its parent ends it earlier; the alarm is for a run whose parent died.
    """
    most = settings.run_mib * 2**20
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    with suppress(ValueError, OSError):  # macOS knows the limit and refuses it
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    signal.alarm(int(settings.run_hours * 3600) + 60)


class Child:
    """A run under way."""

    def __init__(self, turn: Turn, settings: Settings) -> None:
        """Start it, in a session of its own: Ctrl-C is ours to hear first."""
        self.turn = turn
        self.began, self.asked = time.monotonic(), False
        self.longest = settings.run_hours * 3600
        self.process = subprocess.Popen(  # noqa: S603 - our own command, no shell
            command(turn),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def code(self) -> int | None:
        """How it ended; None while it goes on."""
        return self.process.poll()

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return time.monotonic() - self.began

    def mind(self) -> None:
        """Ask it to end when its time is over, and a little later end it."""
        if self.code is None and self.seconds > self.longest + _PATIENCE:
            self._signal(signal.SIGKILL)
        elif self.code is None and self.seconds > self.longest:
            self.ask()

    def ask(self) -> None:
        """Ask it to end, once: a second time would mean at once."""
        if not self.asked:
            self.asked = True
            self._signal(signal.SIGTERM)

    def end(self) -> None:
        """Ask it to end now, and end it if it does not. What it leaves is recovered later."""
        self.ask()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_PATIENCE)
        self._signal(signal.SIGKILL)
        self.process.wait()

    def wait(self, seconds: float | None) -> bool:
        """Wait for its end; whether it came in time."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        return self.code is not None

    def _signal(self, number: int) -> None:
        if self.code is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
