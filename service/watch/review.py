"""What people and programs do to a watch list of their workspace, the same on every door.

What belongs to another workspace is answered like what does not exist.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import HTTPException
from sqlalchemy.engine import Connection

from data import watch_alerts, watches
from data.watch_alerts import Action
from data.watches import Head, NoWatch, WatchRefused
from service.desk import Desk
from service.outgoing import Forbidden, NotSent
from service.roster.shape import RosterError
from service.workspace.api import nothing
from service.workspace.caller import Caller


@contextmanager
def refusals() -> Iterator[None]:
    """Answers of ours for what is not there or cannot be done; of anybody else's lists: nothing."""
    try:
        yield
    except NoWatch:
        nothing()
    except WatchRefused as error:
        raise HTTPException(409, str(error)) from None
    except (RosterError, Forbidden, NotSent) as error:
        raise HTTPException(422, str(error)) from None


def the_list(db: Connection, caller: Caller, watch: str) -> Head:
    """The list of whoever asks; raises 404."""
    with refusals():
        return watches.find(db, caller.workspace_id, watch)


def act(desk: Desk, which: tuple[Caller, str, int], done: Action) -> dict[str, Any]:
    """Acknowledge or reopen an alert (whose, of which list, its number), as it is then; raises
    404."""
    caller, watch, alert = which
    with desk.store.brief() as db, refusals():
        head = the_list(db, caller, watch)
        watch_alerts.alert_in(db, [head.id], alert)
        watch_alerts.act(db, alert, done)
        return watch_alerts.alert_in(db, [head.id], alert)


def end(desk: Desk, caller: Caller, watch: str) -> Head:
    """Take out a list with everything in it; raises 404."""
    with desk.store.brief() as db:
        watches.take_turn(db)
        head = the_list(db, caller, watch)
        watches.delete(db, head.id)
    return head
