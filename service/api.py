"""JSON routes: the same answers as every other door."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from config.vocabulary import Scope, Status
from data import lookup as read
from data.names import MAX_QUERY
from service import answer as answers
from service import registers as coverage
from service import verify as ask
from service.answer import Answer
from service.desk import Desk
from service.given import AtDesk as AtDesk
from service.given import Now as Now
from service.given import the_desk as the_desk
from service.given import the_time as the_time
from service.limit import limited, live_limited
from service.live import look_again
from service.metrics import exposition
from service.paging import (
    AS_LINES,
    MOST,
    NOT_MODIFIED,
    Page,
    Unless,
    cursor,
    lines,
    wants_lines,
)
from service.problems import problems
from service.shapes import AliveOut, CoverageOut, ReadyOut, RunOut, RunsOut, SourceOut
from service.verify import LookAgain
from service.workspace.caller import may, shown

router = APIRouter()


def the_second_look() -> LookAgain:
    """How a register is asked live; tests put another way here."""
    return look_again


SecondLook = Annotated[LookAgain, Depends(the_second_look)]
Limited = Depends(limited)
RegisterId = Annotated[str, Path(max_length=60, examples=["ca_on_cmto"])]
Key = Annotated[
    str,
    Path(
        max_length=MAX_QUERY,
        description="the register's own id, our link name, or the number",
        examples=["A1001"],
    ),
]
Register = Annotated[str | None, Query(max_length=60, description="ask only this register")]
_LOOKS_UP = [Depends(may(Scope.LOOKUP)), Limited]
_ERRORS = problems(401, 403, 404, 422, 429, 503)


class Among:
    """Among whom to look, and where to go on."""

    def __init__(
        self,
        register: Register = None,
        jurisdiction: Annotated[str | None, Query(max_length=MAX_QUERY, examples=["CA-ON"])] = None,
        city: Annotated[
            str | None, Query(max_length=MAX_QUERY, description="city or clinic of work")
        ] = None,
        profession: Annotated[str | None, Query(max_length=60)] = None,
        status: Annotated[Status | None, Query(description="as last listed")] = None,
        cursor: Annotated[str, Query(max_length=100, description="from `next_cursor`")] = "",
    ) -> None:
        """As the query says; FastAPI fills it."""
        self.cursor = cursor
        self.where = {
            "register_id": register,
            "jurisdiction": jurisdiction,
            "city": city,
            "profession": profession,
            "status": status,
        }

    def query(self, text: str) -> answers.Query:
        """The question for this number or name."""
        return answers.Query.model_validate({"text": text, **self.where})


class Verification(BaseModel):
    """Whom to verify: always a name, with the number and the place where they are known."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
        json_schema_extra={
            "examples": [
                {"name": "Ingrith Abelquist", "number": "A1001"},
                {"name": "Ingrith Abelquist", "number": "A1001", "live": True},
            ]
        },
    )

    name: str = Field(min_length=1, max_length=MAX_QUERY, examples=["Ingrith Abelquist"])
    number: str | None = Field(None, max_length=MAX_QUERY, examples=["A1001"])
    register_id: str | None = Field(None, alias="register", max_length=60, examples=["ca_on_cmto"])
    place: str | None = Field(None, max_length=MAX_QUERY, examples=["Ottawa"])
    profession: str | None = Field(None, max_length=60, examples=["massage therapist"])
    live: bool = Field(
        False,
        strict=True,
        description="ask the register itself again, now: takes seconds, and few are allowed a "
        "minute. The first reason says what came of it: `rechecked` (last_checked is when), or "
        "`not_rechecked` (the stored answer stands, and why).",
    )


@router.get("/api/v1/lookup", responses=_ERRORS, dependencies=_LOOKS_UP, tags=["people"])
def lookup(
    request: Request,
    desk: AtDesk,
    now: Now,
    q: Annotated[str, Query(min_length=1, max_length=MAX_QUERY, examples=["A1001"])],
    among: Annotated[Among, Depends()],
) -> Answer:
    """Who bears a number or a name, with standing and last-checked date. Never confirms.

    At most 20 people a page and 50 a question; `next_cursor` leads on.
    """
    return _counted(request, ask.lookup(desk, among.query(q), now, among.cursor))


def _counted(request: Request, answer: Answer) -> Answer:
    shown(request, len(answer.matches))
    return answer


@router.post(
    "/api/v1/verify",
    responses=_ERRORS,
    dependencies=[Depends(may(Scope.VERIFY))],
    tags=["people"],
)
def verify(
    request: Request, desk: AtDesk, now: Now, body: Verification, second_look: SecondLook
) -> Answer:
    """May this person practise? One verdict, with its reasons and until when it holds.

    With `live` the register itself is asked about the one person found, at most once in minutes.
    """
    live_limited(request) if body.live else limited(request)
    query = answers.Query(
        number=body.number,
        name=body.name,
        register_id=body.register_id,
        place=body.place,
        profession=body.profession,
    )
    return _counted(request, ask.verify(desk, query, now, second_look if body.live else None))


@router.get(
    "/api/v1/registrations/{register}/{key:path}",
    response_model=Answer,
    responses=NOT_MODIFIED | _ERRORS,
    dependencies=_LOOKS_UP,
    tags=["people"],
)
def registration(
    request: Request, desk: AtDesk, now: Now, register: RegisterId, key: Key
) -> Response:
    """One registration by the register's own id, our link name, or its number."""
    found = ask.registration(desk, register, key, now)
    if found is None:
        raise HTTPException(404, "Nobody is listed under this key now.")
    return Unless(request).same(_counted(request, found), {"evaluated_at"})


@router.get(
    "/api/v1/registers",
    response_model=CoverageOut,
    responses=NOT_MODIFIED | problems(503),
    tags=["registers"],
)
def registers(request: Request, desk: AtDesk, now: Now) -> Response:
    """Every register with its age and health, and the places that have none."""
    told = CoverageOut.model_validate(coverage.coverage(desk, now))
    return Unless(request).same(told, {"registers": {"__all__": {"age_hours"}}})


@router.get(
    "/api/v1/runs",
    response_model=RunsOut,
    responses=AS_LINES | NOT_MODIFIED | problems(404, 422, 503),
    tags=["registers"],
)
def runs(
    request: Request, desk: AtDesk, page: Annotated[Page, Depends()], register: Register = None
) -> Response:
    """The latest runs and what was found on them; what names people is the operator's to see."""
    if register:
        desk.catalogue.get(register)
    before = page.after("runs")
    if wants_lines(request):
        return lines(_all_runs(desk, register, before))
    found = _runs(desk, register, page.limit, before)
    on = cursor("runs", found[-1].id) if len(found) == page.limit else None
    return Unless(request).same(RunsOut(runs=found, next_cursor=on))


def _runs(desk: Desk, register: str | None, most: int, before: int | None) -> list[RunOut]:
    with desk.store.read() as db:
        found = [answers.run_out(run) for run in read.runs(db, register, most, before)]
    for run in found:
        run["issues"] = [answers.public_issue(issue) for issue in run["issues"]]
    return [RunOut.model_validate(run) for run in found]


def _all_runs(desk: Desk, register: str | None, before: int | None) -> Iterator[RunOut]:
    while found := _runs(desk, register, MOST, before):
        yield from found
        before = found[-1].id


@router.get("/healthz", tags=["health"])
def alive() -> AliveOut:
    """The process answers; says nothing about the data."""
    return AliveOut(status="alive")


@router.get(
    "/readyz",
    responses={503: {"model": ReadyOut, "description": "No register is fresh enough, or no store"}},
    tags=["health"],
)
def ready(desk: AtDesk, now: Now, response: Response) -> ReadyOut:
    """Whether some register is fresh enough to answer from; 503 while none is."""
    ok, unfit = coverage.ready(desk, now)
    response.status_code = 200 if ok else 503
    sources = [SourceOut.model_validate(one) for one in coverage.sources(desk, now)]
    return ReadyOut(status="ready" if ok else "not ready", not_fresh=unfit, registers=sources)


@router.get("/metrics", include_in_schema=False)
def metrics(desk: AtDesk, now: Now) -> Response:
    """For Prometheus: above all, when each register was last read."""
    return Response(exposition(desk, now), media_type="text/plain; version=0.0.4")
