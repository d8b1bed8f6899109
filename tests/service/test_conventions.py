"""What every route keeps to: problems, limits told, keys, repeated requests, pages, lines, tags."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.testclient import TestClient

from config.settings import Settings
from config.vocabulary import Scope
from data import apikeys, replays
from data.apikeys import NewKey
from data.store import Store
from service.api import the_time
from service.app import create_app
from service.repeat import RepeatableRoute
from service.workspace.caller import Caller, needs
from tests.conftest import Clock
from tests.service.clinics import YEAR, Clinic, bearer, open_clinic
from tests.service.conftest import frozen

DONE: list[Any] = []
router = APIRouter(route_class=RepeatableRoute)


@router.post("/api/v1/things", status_code=201, include_in_schema=False)
def thing(body: dict[str, Any], caller: Caller = Depends(needs(Scope.AUDITS_WRITE))) -> Any:  # noqa: B008
    """Something that is done, to be done once."""
    DONE.append((caller.workspace_id, body))
    return {"thing": len(DONE), **body}


class Service:
    """The service over a filled store, with a clinic and a ticking clock for the limits."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.clock, self.ticks = clock, 0.0
        self.app: FastAPI = create_app(settings, clock=lambda: self.ticks)
        self.app.include_router(router)
        self.app.dependency_overrides[the_time] = lambda: frozen(clock)
        self.store: Store = self.app.state.desk.store
        self.clinic: Clinic = open_clinic(self.store, "cedarlatch", clock.at)
        self.client = TestClient(self.app, raise_server_exceptions=False)
        DONE.clear()

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers=self.clinic.auth | headers)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(path, json=body, headers=self.clinic.auth | named)

    def key(self, *scopes: Scope) -> str:
        with self.store.begin() as db:
            new = NewKey("one", frozenset(scopes), YEAR, "t")
            return apikeys.make(db, self.clinic.id, new, self.clock.at)[1]


@pytest.fixture
def service(filled_home: Settings, clock: Clock) -> Iterator[Service]:
    made = Service(filled_home.model_copy(update={"rate_limit": 3, "key_rate_limit": 6}), clock)
    with made.client:
        yield made


@pytest.mark.parametrize("path", ["/api/v1/lookup?q=A1001", "/api/v1/lookup?q=Ingrith+Abelquist"])
def test_what_is_left_is_told_at_both_doors(service: Service, path: str) -> None:
    for left in (2, 1, 0):
        headers = service.client.get(path).headers
        assert headers["ratelimit-policy"] == '"anonymous";q=3;w=60'
        assert headers["ratelimit"] == f'"anonymous";r={left};t={60 - left * 20}'
    refused = service.client.get(path)
    assert refused.status_code == 429 and refused.headers["ratelimit"].startswith('"anonymous";r=0')
    assert refused.headers["retry-after"] == "20"


def test_a_key_has_a_limit_of_its_own_above_everybodys(service: Service) -> None:
    for _ in range(4):
        service.client.get("/api/v1/lookup?q=A1001")
    codes = [service.get("/api/v1/lookup?q=A1001").status_code for _ in range(7)]
    assert codes == [200] * 6 + [429]
    other = service.client.get("/api/v1/lookup?q=A1001", headers=bearer(service.key(Scope.LOOKUP)))
    assert other.headers["ratelimit-policy"] == '"key";q=6;w=60'


def test_guessing_keys_counts_as_looking_up(service: Service) -> None:
    codes = [
        service.client.get("/api/v1/workspace", headers=bearer(apikeys.new_secret())).status_code
        for _ in range(4)
    ]
    assert codes == [401, 401, 401, 429]


def test_a_revoked_key_is_refused_at_the_next_request(service: Service) -> None:
    [key] = service.get("/api/v1/workspace/keys").json()["keys"]
    assert service.get("/api/v1/lookup?q=A1001").status_code == 200
    with service.store.begin() as db:  # as another process would
        apikeys.revoke(db, service.clinic.id, key["id"], service.clock.at)
    for path in ("/api/v1/lookup?q=A1001", "/api/v1/workspace"):
        assert service.get(path).status_code == 401


def test_a_key_counts_in_the_header_only(service: Service) -> None:
    key = service.clinic.key
    for name in ("key", "api_key", "access_token", "authorization"):
        assert service.client.get(f"/api/v1/workspace?{name}={key}").status_code in (401, 429)
    service.ticks = 60.0
    assert service.client.get("/api/v1/workspace", headers={"X-Api-Key": key}).status_code == 401
    basic = service.client.get("/api/v1/workspace", headers={"Authorization": f"Basic {key}"})
    assert basic.status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/workspace/nothing", 404),
        ("PUT", "/api/v1/workspace/keys", 405),
        ("TRACE", "/healthz", 405),
        ("DELETE", "/api/v1/workspace/keys/key_0", 404),
        ("GET", "/api/v1/workspace/access-log?limit=0", 422),
        ("GET", "/api/v1/workspace/access-log?cursor=nonsense", 404),
        ("GET", "/api/v1/changes?register=nowhere", 404),
        ("POST", "/api/v1/workspace/keys", 422),
        ("POST", "/api/v1/nothing", 404),
    ],
)
def test_every_no_is_a_problem(service: Service, method: str, path: str, status: int) -> None:
    answer = service.client.request(method, path, headers=service.clinic.auth)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"]


def test_problems_before_the_body_is_read(service: Service) -> None:
    large = service.client.post("/api/v1/workspace/keys", content=b"x" * 70_000)
    chunked = service.client.post("/api/v1/workspace/keys", content=iter([b"{}"]))
    broken = service.client.post(
        "/api/v1/verify", content=b"\xff{", headers={"Content-Type": "application/json"}
    )
    for answer, status in ((large, 413), (chunked, 411), (broken, 400)):
        assert (answer.status_code, answer.json()["status"]) == (status, status)
        assert answer.headers["content-type"] == "application/problem+json"


def test_allow_names_every_method(service: Service) -> None:
    answer = service.client.put("/api/v1/workspace/keys")
    assert answer.headers["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize("path", ["/api/v1/registers", "/healthz", "/api/v1/runs"])
def test_head_is_get_without_the_body(service: Service, path: str) -> None:
    got, head = service.client.get(path), service.client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == got.headers["content-type"]


def test_sent_twice_done_once(service: Service) -> None:
    first = service.post("/api/v1/things", {"a": 1}, Idempotency_Key="k1")
    again = service.post("/api/v1/things", {"a": 1}, Idempotency_Key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content and len(DONE) == 1
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert service.post("/api/v1/things", {"a": 1}, Idempotency_Key="k2").json()["thing"] == 2
    assert service.post("/api/v1/things", {"a": 1}).json()["thing"] == 3


def test_a_key_that_came_with_another_request_is_refused(service: Service) -> None:
    service.post("/api/v1/things", {"a": 1}, Idempotency_Key="k1")
    other = service.post("/api/v1/things", {"a": 2}, Idempotency_Key="k1")
    assert other.status_code == 422 and len(DONE) == 1


def test_while_the_first_is_under_way_the_second_waits(service: Service, monkeypatch: Any) -> None:
    monkeypatch.setattr(replays, "settle", lambda *_: None)  # as if it had not ended
    service.post("/api/v1/things", {"a": 1}, Idempotency_Key="k1")
    second = service.post("/api/v1/things", {"a": 1}, Idempotency_Key="k1")
    assert second.status_code == 409 and second.headers["retry-after"] == "2"
    service.clock.forward(minutes=11)  # whoever began is gone
    assert service.post("/api/v1/things", {"a": 1}, Idempotency_Key="k1").status_code == 201


def test_what_failed_may_be_tried_again_with_the_same_key(service: Service) -> None:
    assert service.post("/api/v1/things", "no", Idempotency_Key="k1").status_code == 422
    assert service.post("/api/v1/things", {"a": 1}, Idempotency_Key="k1").status_code == 201
    assert service.post("/api/v1/things", {"a": 1}, Idempotency_Key="x" * 201).status_code == 422


def test_a_day_later_it_is_another_request(service: Service) -> None:
    service.post("/api/v1/things", {"a": 1}, Idempotency_Key="k1")
    service.clock.forward(hours=25)
    assert service.post("/api/v1/things", {"a": 1}, Idempotency_Key="k1").json()["thing"] == 2


def test_the_same_key_in_another_workspace_is_another_request(service: Service) -> None:
    other = open_clinic(service.store, "other", service.clock.at)
    service.post("/api/v1/things", {"a": 1}, Idempotency_Key="k1")
    theirs = service.client.post(
        "/api/v1/things", json={"a": 2}, headers=other.auth | {"Idempotency-Key": "k1"}
    )
    assert theirs.json() == {"thing": 2, "a": 2}
    assert [workspace for workspace, _ in DONE] == [service.clinic.id, other.id]


def test_an_answer_with_a_secret_is_not_kept(service: Service) -> None:
    body = {"label": "desk", "scopes": ["lookup"]}
    made = service.post("/api/v1/workspace/keys", body, Idempotency_Key="k1")
    again = service.post("/api/v1/workspace/keys", body, Idempotency_Key="k1")
    assert (made.status_code, again.status_code) == (201, 409)
    assert "shown once" in again.json()["detail"]
    with service.store.read() as db:
        kept = db.execute(replays.replay_table.select()).all()
    assert len(kept) == 1 and made.json()["key"] not in str(kept)
    assert len(service.get("/api/v1/workspace/keys").json()["keys"]) == 2


def test_pages_lead_on_and_lines_hold_everything(service: Service) -> None:
    found, cursor = list[int](), ""
    service.app.state.key_limit.per_minute = 0
    while True:
        page = service.get(f"/api/v1/changes?limit=60{cursor}").json()
        if not page["changes"]:
            break
        found += [one["id"] for one in page["changes"]]
        cursor = f"&cursor={page['next_cursor']}"
    lines = service.get("/api/v1/changes", Accept="application/x-ndjson")
    assert lines.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line)["id"] for line in lines.text.splitlines()] == found
    assert len(found) == 209 and found == sorted(set(found))
    wrong = service.get(f"/api/v1/workspace/access-log?{cursor[1:]}")  # of another list
    assert wrong.status_code == 404


def test_changes_mask_numbers_and_need_a_key(service: Service) -> None:
    assert service.client.get("/api/v1/changes").status_code == 401
    text = service.get("/api/v1/changes?limit=200").text
    assert "A1001" not in text and "A•••1" in text


@pytest.mark.parametrize(
    "path", ["/api/v1/registers", "/api/v1/runs", "/api/v1/registrations/ca_on_cmto/k1"]
)
def test_what_is_the_same_is_not_sent_again(service: Service, path: str) -> None:
    first = service.get(path)
    tag = first.headers["etag"]
    service.clock.forward(minutes=1)
    again = service.get(path, **{"If-None-Match": f'"x", {tag}'})
    assert (again.status_code, again.content) == (304, b"") and again.headers["etag"] == tag
    assert first.headers["cache-control"] == "private, no-cache"
    if "runs" not in path:
        service.clock.forward(hours=40)  # now it is stale, which is another answer
        assert service.get(path, **{"If-None-Match": tag}).status_code == 200


def test_who_saw_what_is_written_down_without_whom(service: Service) -> None:
    service.get("/api/v1/lookup?q=Ingrith+Abelquist&register=ca_on_cmto")
    service.get("/api/v1/lookup?q=A1001&register=nowhere")  # answered nothing
    [line] = service.get("/api/v1/workspace/access-log").json()["lines"]
    assert line["action"] == "GET /api/v1/lookup" and line["count"] == 1
    assert line["who"].startswith("key:key_") and "Abelquist" not in str(line)


def test_the_log_waits_for_a_store_that_cannot_be_written(service: Service) -> None:
    service.get("/api/v1/lookup?q=A1001")
    ledger, db = service.app.state.ledger, service.store.engine.raw_connection()
    db.execute("BEGIN IMMEDIATE")  # a night's publication
    ledger.flush(service.clock.at)
    db.rollback()
    db.close()
    ledger.flush(service.clock.at)
    assert len(service.get("/api/v1/workspace/access-log").json()["lines"]) == 1


def test_expired_keys_are_refused(service: Service) -> None:
    service.clock.at += timedelta(days=366)
    assert service.get("/api/v1/workspace").status_code == 401


def test_the_schema_tells_of_keys_errors_and_limits(service: Service) -> None:
    told = service.client.get("/api/v1/openapi.json").json()
    assert told["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    paths = told["paths"]
    assert paths["/api/v1/workspace"]["get"]["security"] == [{"key": []}]
    assert {} in paths["/api/v1/lookup"]["get"]["security"]
    assert "HTTPValidationError" not in told["components"]["schemas"]
    for path, operations in paths.items():
        for operation in operations.values():
            errors = [one for code, one in operation["responses"].items() if code[0] in "45"]
            assert path in ("/healthz", "/readyz") or errors
            for error in errors:
                assert path == "/readyz" or "application/problem+json" in error["content"]
    body = paths["/api/v1/workspace/keys"]["post"]["responses"]
    assert {"201", "400", "401", "403", "409", "411", "413", "422", "429", "503"} <= set(body)


def test_the_docs_name_every_route() -> None:
    said = (Path(__file__).parents[2] / "docs/api.md").read_text()
    app = create_app(Settings(database_url="sqlite://"))
    paths = app.openapi()["paths"]
    app.state.desk.store.close()
    assert [path for path in paths if path.replace("/api/v1", "", 1) not in said] == []
