"""A client for programs: the API's own models, errors as exceptions, and manners when refused.

with Client("https://goodstanding.example", key="gs_live_…") as ask:
    answer = ask.verify("Ingrith Abelquist", "A1001")
    print(answer.verdict, answer.valid_until)
"""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NotRequired, Self, TypedDict, TypeVar, Unpack
from urllib.parse import quote, urlsplit

import httpx
from pydantic import BaseModel, ValidationError

from config.vocabulary import Scope
from service.answer import Answer, RegistrationOut
from service.problems import Problem
from service.shapes import ChangeOut, ChangesOut, CoverageOut, RunOut, RunsOut
from service.workspace.shapes import (
    AccessOut,
    AccessPage,
    KeyMade,
    KeyOut,
    KeysOut,
    MemberOut,
    MembersOut,
    WorkspaceOut,
)

Model = TypeVar("Model", bound=BaseModel)
_AGAIN = (429, 503)
_HERE = ("127.0.0.1", "::1", "localhost")


class ClientError(Exception):
    """Something was not answered; says why."""


class Unreachable(ClientError):
    """The service did not answer, or not in a way this client understands."""


class Refused(ClientError):
    """The service said no; `problem` is what it said, `status` the code."""

    def __init__(self, problem: Problem, retry_after: float | None = None) -> None:
        """`retry_after`: seconds after which it may answer."""
        super().__init__(
            f"{problem.status} {problem.title}: {problem.detail or 'no more was said'}"
        )
        self.problem, self.status, self.retry_after = problem, problem.status, retry_after


class KeyNotGood(Refused):
    """401 or 403: no key, a wrong or ended one, or one that may not do this."""


class NotThere(Refused):
    """404: there is no such thing, for this key."""


class TooMany(Refused):
    """429: the limit is used up, and waiting as long as it asks was too long."""


_KINDS: dict[int, type[Refused]] = {401: KeyNotGood, 403: KeyNotGood, 404: NotThere, 429: TooMany}


@dataclass(frozen=True, slots=True)
class Manners:
    """How often to ask again, and how long to wait at most, in seconds."""

    tries: int = 4
    longest_wait: float = 60
    timeout: float = 30
    sleep: Callable[[float], None] = time.sleep


class Among(TypedDict):
    """Among whom to look."""

    register: NotRequired[str]
    jurisdiction: NotRequired[str]
    city: NotRequired[str]
    profession: NotRequired[str]
    status: NotRequired[str]


class About(TypedDict):
    """What else is known of a person, and whether to ask the register itself."""

    register: NotRequired[str]
    place: NotRequired[str]
    profession: NotRequired[str]
    live: NotRequired[bool]


class Client:
    """Asks one service. Every method raises Refused or Unreachable."""

    def __init__(
        self,
        url: str,
        key: str | None = None,
        manners: Manners | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`transport` puts another way of asking in place of the network, for tests."""
        where = urlsplit(url)
        if key and where.scheme != "https" and where.hostname not in _HERE:
            raise ValueError("A key is sent over https only, or to this machine.")
        self.manners = manners or Manners()
        headers = {"Accept": "application/json"} | (
            {"Authorization": f"Bearer {key}"} if key else {}
        )
        self._http = httpx.Client(
            base_url=url,
            headers=headers,
            timeout=self.manners.timeout,
            transport=transport,
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def lookup(self, q: str, cursor: str = "", **among: Unpack[Among]) -> Answer:
        """Who bears a number or a name; a page. Never confirms anybody."""
        params = {"q": q, **among} | ({"cursor": cursor} if cursor else {})
        return self._get("/api/v1/lookup", Answer, params)

    def people(self, q: str, **among: Unpack[Among]) -> Iterator[RegistrationOut]:
        """Everybody a look-up finds, page after page."""
        cursor = ""
        while True:
            answer = self.lookup(q, cursor, **among)
            yield from answer.matches
            if not answer.next_cursor:
                return
            cursor = answer.next_cursor

    def verify(self, name: str, number: str | None = None, **about: Unpack[About]) -> Answer:
        """May this person practise? One verdict. Read `verdict`, `valid_until` and the reasons."""
        body = {"name": name, **({"number": number} if number else {}), **about}
        return self._read(self._send("POST", "/api/v1/verify", body=body), Answer)

    def registration(self, register: str, key: str) -> Answer:
        """One registration by the register's own id, our link name, or its number."""
        path = f"/api/v1/registrations/{quote(register, safe='')}/{quote(key, safe='')}"
        return self._get(path, Answer)

    def registers(self) -> CoverageOut:
        """Every register with its age and health, and the places that have none."""
        return self._get("/api/v1/registers", CoverageOut)

    def runs(self, register: str | None = None) -> Iterator[RunOut]:
        """Every run, the newest first."""
        for page in self._pages("/api/v1/runs", RunsOut, _given(register=register)):
            yield from page.runs

    def changes(self, cursor: str | None = None, register: str | None = None) -> ChangesOut:
        """Changes after `cursor`, a page. Keep its `next_cursor` for the next night."""
        asked = _given(cursor=cursor, register=register)
        return self._get("/api/v1/changes", ChangesOut, asked)

    def every_change(self, register: str | None = None) -> Iterator[ChangeOut]:
        """Every change that there is now, the oldest first."""
        cursor: str | None = None
        while (page := self.changes(cursor, register)).changes:
            yield from page.changes
            cursor = page.next_cursor

    def workspace(self) -> WorkspaceOut:
        """The workspace of the key, and what the key may do."""
        return self._get("/api/v1/workspace", WorkspaceOut)

    def api_keys(self) -> list[KeyOut]:
        """Every key of the workspace, without the secrets."""
        return self._get("/api/v1/workspace/keys", KeysOut).keys

    def make_key(self, label: str, scopes: Sequence[Scope | str], days: int = 365) -> KeyMade:
        """A new key; its secret is in this answer only."""
        body = {"label": label, "scopes": list(scopes), "days": days}
        return self._read(self._once("/api/v1/workspace/keys", body), KeyMade)

    def rotate_key(self, id_: str, hours: int = 24) -> KeyMade:
        """A key in the place of this one, which stays good for so many hours."""
        path = f"/api/v1/workspace/keys/{quote(id_, safe='')}/rotate"
        return self._read(self._once(path, {"hours": hours}), KeyMade)

    def revoke_key(self, id_: str) -> None:
        """End a key at once."""
        self._send("DELETE", f"/api/v1/workspace/keys/{quote(id_, safe='')}")

    def members(self) -> list[MemberOut]:
        """Who may sign in to the workspace."""
        return self._get("/api/v1/workspace/people", MembersOut).people

    def access_log(self) -> Iterator[AccessOut]:
        """Who saw or did what, the newest first."""
        for page in self._pages("/api/v1/workspace/access-log", AccessPage, {}):
            yield from page.lines

    def _pages(self, path: str, kind: type[Model], params: dict[str, str]) -> Iterator[Model]:
        while True:
            page = self._get(path, kind, params)
            yield page
            cursor = getattr(page, "next_cursor", None)
            if not cursor:
                return
            params = {**params, "cursor": cursor}

    def _get(self, path: str, kind: type[Model], params: Mapping[str, Any] | None = None) -> Model:
        return self._read(self._send("GET", path, params=params), kind)

    def _once(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        """A POST that does something: the service does it once, however often we have to ask."""
        return self._send("POST", path, body=body, headers={"Idempotency-Key": str(uuid.uuid4())})

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Ask until there is an answer, or it is time to give up."""
        for left in range(self.manners.tries - 1, -1, -1):
            pause = 0.5 * 2 ** (self.manners.tries - 1 - left)
            try:
                response = self._http.request(
                    method, path, params=params, json=body, headers=headers
                )
            except httpx.HTTPError as error:
                if not left:
                    raise Unreachable(f"No answer: {type(error).__name__}.") from error
            else:
                if response.is_success:
                    return response
                pause = _wait(response, pause)
                if (
                    response.status_code not in _AGAIN
                    or not left
                    or pause > self.manners.longest_wait
                ):
                    raise _refusal(response)
            self.manners.sleep(pause)
        raise AssertionError("unreachable")

    @staticmethod
    def _read(response: httpx.Response, kind: type[Model]) -> Model:
        try:
            return kind.model_validate_json(response.content)
        except ValidationError as error:
            raise Unreachable("The answer is not what this client understands.") from error


def _given(**params: str | None) -> dict[str, str]:
    return {name: value for name, value in params.items() if value}


def _wait(response: httpx.Response, usual: float) -> float:
    """Seconds to wait: as Retry-After says (seconds, or a moment), else as usual."""
    said = response.headers.get("retry-after", "")
    if said.isdecimal():
        return float(said)
    try:
        return max((parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return usual


def _refusal(response: httpx.Response) -> Refused:
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        problem = Problem(
            type="about:blank",
            title="An answer that is no problem document",
            status=min(max(response.status_code, 400), 599),
        )
    after = _wait(response, -1.0)
    return _KINDS.get(response.status_code, Refused)(problem, after if after >= 0 else None)
