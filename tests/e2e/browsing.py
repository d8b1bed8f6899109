"""Sites in every state that a person may meet, and a browser that forgives nothing."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import Browser, Page

from config.register import Register
from config.settings import Settings
from config.vocabulary import NameKind, Status
from crawler.ask import Answer, Ask, Unreadable
from crawler.recheck import Rechecked
from data.ingest import state
from data.records import Name, Notice, Record
from data.store import Store
from service.api import the_second_look, the_time
from service.app import create_app
from service.live import look_again
from tests.conftest import Clock
from tests.data.nights import Nights, people, person
from tests.service.conftest import CLINIC, everybody, frozen

FLAGS = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync
    --disable-background-networking --disable-component-update""".split()
NOTICE = Notice(
    "Oral caution about record keeping.",
    since=date(2026, 3, 2),
    until=date(2027, 3, 2),
    link="https://cmto.ca.thentiacloud.net/webs/cmto/register/",
)


def listed() -> list[Record]:
    """Everybody of the other tests, and those whom the journeys look for."""
    married = Name("Wilhelmina", "Sorrelcott", kind=NameKind.FORMER)
    noted = {"status": Status.AUTHORISED_NOTICE, "notices": (NOTICE,), "places": (CLINIC,)}
    gone = {"status": Status.EXPIRED, "word": "Expired", "may_practise": False}
    return [
        *everybody(),
        person(20, name=Name("Wilhelmina", "Thistlewick"), other_names=(married,)),
        person(21, name=Name("Ottoline", "Bramquist"), **noted),
        person(22, name=Name("Casimir", "Larchferry"), expires=date(2025, 12, 31), **gone),
        *(person(100 + n, number=f"B{n}") for n in range(200)),
    ]


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The app on a free port of this machine, up inside the block."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@dataclass(frozen=True, slots=True)
class Sites:
    """The same service on good and bad days: its address on each."""

    good: str
    stale: str  # nobody has read the register for three days
    held: str  # the last reading is not believed
    few: str  # allows three look-ups, two of them while typing
    busy: str  # allows one
    broken: str  # its store cannot be read


@contextmanager
def sites(home: Path, ontario: Register) -> Iterator[Sites]:
    """One filled home for each kind of day, and the service over it."""
    with ExitStack() as stack:
        places = {day: _site(home / day, ontario, day) for day in Sites.__slots__}
        yield Sites(**{day: stack.enter_context(serving(app)) for day, app in places.items()})


def _site(home: Path, ontario: Register, day: str) -> Any:
    clock = Clock()
    settings = Settings(home=home, database_url="", rate_limit=0, public_numbers="masked")
    _fill(settings, ontario, clock, day)
    limit = {"busy": 1, "few": 3}.get(day, 0)
    app = create_app(settings.model_copy(update={"live_limit": 0, "rate_limit": limit}))
    with app.state.desk.store.begin() as db:
        db.execute(state.update().values(url="http://127.0.0.1:9"))
    if day == "stale":
        clock.forward(days=3)
    if day == "broken":
        _break(home)
    app.dependency_overrides[the_time] = lambda: frozen(clock)
    app.dependency_overrides[the_second_look] = lambda: partial(look_again, ask=_tells)
    return app


def _fill(settings: Settings, ontario: Register, clock: Clock, day: str) -> None:
    """Two good nights, between which one person was suspended; perhaps a bad one after them."""
    store = Store.of(settings)
    nights = Nights(store, ontario, clock)
    changed = {"status": Status.AUTHORISED, "word": "Current", "may_practise": True}
    nights.accept([replace(one, **changed) if one.key == "k2" else one for one in listed()])
    nights.accept(listed())
    if day == "held":
        nights.run(people(3))
    store.close()


def _break(home: Path) -> None:
    for file in home.glob("goodstanding.db*"):
        file.write_bytes(b"this is no database, and long enough to be read as one" * 99)


def _tells(_register: Register, key: str) -> Rechecked:
    """The register of these tests, asked live: Perpetua's page does not open."""
    record = next(one for one in listed() if one.key == key)
    if record.name.given == "Perpetua":
        raise Unreadable("The register answered HTTP 404.")
    at = Clock().forward(days=2)
    page = Answer(Ask("http://x/", "detail"), "http://x/", 200, {}, b"raw", at)
    return Rechecked(record, page)


@contextmanager
def visit(browser: Browser, site: str, forgiving: bool = False, **how: Any) -> Iterator[Page]:
    """A page whose every complaint and every request to somebody else fails the test.

    `forgiving`: the browser may complain, as it does of every page that is an error.
    """
    context = browser.new_context(base_url=site, **{"locale": "en-CA"} | how)
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    asked = list[str]()
    page.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    assert forgiving or not complaints, complaints
    assert all(url.startswith(site) for url in asked)
