"""What every command shares: the desk, the clock, the two streams, the exit codes."""

import json
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from service.desk import Desk

OK, NEGATIVE, USAGE, RUN, TROUBLE = range(5)

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
RegisterOption = Annotated[str | None, typer.Option("--register", help="Ask only this register.")]


def the_desk() -> "Desk":
    """Everything an answer needs, opened as the settings say; raises StoreError, RegisterError."""
    from config.jurisdiction import Coverage
    from config.register import Catalogue
    from config.settings import Settings
    from data.live import Memory
    from data.store import Store, StoreError
    from service.desk import Desk

    settings = Settings()
    catalogue = Catalogue(settings.registers, settings.enable)
    store = Store.of(settings)
    with suppress(StoreError):  # where no service runs that tidies up every minute
        Memory(store, timedelta(minutes=settings.live_minutes)).forget(utc_now())
    return Desk(store, catalogue, Coverage(), settings)


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def deliver(desk: "Desk") -> int:
    """Do what runs left to do for watch lists, and send what waits in the outbox, one pass; how
    many deliveries were tried."""
    from random import Random

    from service.notify import Notifier
    from service.watch import round as watching

    watching.look(desk, utc_now)
    return Notifier(desk, utc_now, Random()).deliver()  # noqa: S311 - spreads load only


def say(text: str) -> None:
    """A result, to stdout."""
    print(text)  # noqa: T201


def note(text: str) -> None:
    """A message for a person, to stderr."""
    print(text, file=sys.stderr)  # noqa: T201


def as_text(value: Any) -> str:
    """A value as JSON."""

    def plain(other: Any) -> Any:
        return (
            other.isoformat().replace("+00:00", "Z") if hasattr(other, "isoformat") else str(other)
        )

    return json.dumps(value, ensure_ascii=False, indent=2, default=plain)
