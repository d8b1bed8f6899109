"""The client against the real service: same models, errors as exceptions, polite when refused."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from config.settings import Settings
from config.vocabulary import Scope, Verdict
from service.api import the_time
from service.app import create_app
from service.client import Client, KeyNotGood, Manners, NotThere, Refused, TooMany, Unreachable
from tests.conftest import Clock
from tests.service.clinics import open_clinic
from tests.service.conftest import frozen

SITE = "http://127.0.0.1"


class Wire(httpx.BaseTransport):
    """Brings requests to the service without a network, or loses and refuses some first."""

    def __init__(self, service: TestClient) -> None:
        self.service, self.first, self.asked = service, list[Any](), list[httpx.Request]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.first:
            answer = self.first.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer  # type: ignore[no-any-return]
        headers = [(name, value) for name, value in request.headers.items() if name != "host"]
        path = request.url.raw_path.decode()
        got = self.service.request(
            request.method, path, headers=dict(headers), content=request.read()
        )
        plain = {name: value for name, value in got.headers.items() if name != "content-encoding"}
        return httpx.Response(got.status_code, headers=plain, content=got.content)


class Asking:
    """A client, its wire, and how long it slept."""

    def __init__(self, service: TestClient, key: str) -> None:
        self.wire, self.slept = Wire(service), list[float]()
        manners = Manners(sleep=self.slept.append)
        self.client = Client(SITE, key, manners, self.wire)
        self.nobody = Client(SITE, None, manners, self.wire)


@pytest.fixture
def asking(filled_home: Settings, clock: Clock) -> Iterator[Asking]:
    app = create_app(filled_home)
    app.dependency_overrides[the_time] = lambda: frozen(clock)
    clinic = open_clinic(app.state.desk.store, "cedarlatch", clock.at)
    with TestClient(app) as service:
        yield Asking(service, clinic.key)


def test_questions_about_people(asking: Asking) -> None:
    ask = asking.nobody
    answer = ask.verify("Ingrith Abelquist", "A1001", register="ca_on_cmto")
    assert answer.verdict is Verdict.CONFIRMED and answer.valid_until
    assert ask.lookup("A1001").matches[0].name == "Ingrith Sunniva Abelquist"
    assert ask.registration("ca_on_cmto", "k1").matches[0].key == "k1"
    assert {one.name for one in ask.people("Tamsin Twin", register="ca_on_cmto")} == {"Tamsin Twin"}


def test_registers_runs_and_changes(asking: Asking) -> None:
    found = asking.nobody.registers()
    assert found.registers and found.jurisdictions
    [run] = asking.nobody.runs(register="ca_on_cmto")
    assert run.state.value == "accepted"
    changes = list(asking.client.every_change())
    assert len(changes) == 209 == len({one.id for one in changes})
    page = asking.client.changes(register="ca_on_cmto")
    assert len(page.changes) == 50 and page.next_cursor


def test_a_workspace_is_minded(asking: Asking) -> None:
    ask = asking.client
    assert ask.workspace().name == "cedarlatch" and len(ask.members()) == 1
    made = ask.make_key("desk", [Scope.LOOKUP], days=30)
    rotated = ask.rotate_key(made.id, hours=0)
    assert rotated.key != made.key
    ask.revoke_key(rotated.id)
    assert {one.id for one in ask.api_keys()} > {made.id, rotated.id}
    actions = [line.action for line in ask.access_log()]
    assert "DELETE /api/v1/workspace/keys/{key}" in actions


@pytest.mark.parametrize(
    ("ask", "kind", "status"),
    [
        (lambda a: a.client.registration("ca_on_cmto", "nobody"), NotThere, 404),
        (lambda a: a.client.revoke_key("key_0"), NotThere, 404),
        (lambda a: a.nobody.api_keys(), KeyNotGood, 401),
        (lambda a: a.client.lookup("x" * 300), Refused, 422),
    ],
    ids=["nobody", "nobody's key", "no key", "too long"],
)
def test_an_error_is_an_exception_with_what_was_said(
    asking: Asking, ask: Callable[[Asking], Any], kind: type[Refused], status: int
) -> None:
    with pytest.raises(kind) as refused:
        ask(asking)
    assert refused.value.status == status == refused.value.problem.status
    assert len(asking.wire.asked) == 1 and not asking.slept


def test_it_waits_as_long_as_it_is_asked_to(asking: Asking) -> None:
    asking.wire.first = [httpx.Response(429, headers={"Retry-After": "7"}), httpx.Response(503)]
    assert asking.nobody.lookup("A1001").matches
    assert asking.slept == [7.0, 1.0]


def test_it_gives_up_where_the_wait_is_too_long_or_never_ends(asking: Asking) -> None:
    asking.wire.first = [httpx.Response(429, headers={"Retry-After": "3600"})]
    with pytest.raises(TooMany) as refused:
        asking.nobody.lookup("A1001")
    assert refused.value.retry_after == 3600 and not asking.slept
    asking.wire.first = [httpx.ConnectError("no")] * 4
    with pytest.raises(Unreachable):
        asking.nobody.lookup("A1001")
    assert asking.slept == [0.5, 1.0, 2.0]


def test_what_was_lost_on_the_way_is_done_once(asking: Asking) -> None:
    """The answer to a first POST is lost: the second finds it done, and makes no second key."""
    before = len(asking.client.api_keys())
    real = asking.wire.handle_request

    def lossy(request: httpx.Request) -> httpx.Response:
        real(request)
        asking.wire.handle_request = real  # type: ignore[method-assign]
        raise httpx.ReadTimeout("lost")

    asking.wire.handle_request = lossy  # type: ignore[method-assign]
    with pytest.raises(Refused, match="shown once"):
        asking.client.make_key("desk", ["lookup"])
    assert len(asking.client.api_keys()) == before + 1


def test_an_answer_of_another_kind_is_not_believed(asking: Asking) -> None:
    asking.wire.first = [httpx.Response(200, json={"verdict": "confirmed"})]
    with pytest.raises(Unreachable, match="understands"):
        asking.nobody.verify("Ingrith Abelquist", "A1001")
    asking.wire.first = [httpx.Response(502, content=b"<html>")]
    with pytest.raises(Refused, match="502"):
        asking.nobody.lookup("A1001")


def test_a_key_goes_over_tls_only_and_is_not_shown() -> None:
    with pytest.raises(ValueError, match="https"):
        Client("http://goodstanding.example", "gs_live_x")
    assert "gs_live_x" not in repr(Client("https://goodstanding.example", "gs_live_x"))


def test_every_method_says_what_it_does() -> None:
    public = [one for name, one in inspect.getmembers(Client, inspect.isfunction) if name[0] != "_"]
    assert len(public) > 14 and all(one.__doc__ for one in public)
