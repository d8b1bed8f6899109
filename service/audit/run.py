"""Runs an audit from the roster to the last finding; cut off anywhere, it goes on from there."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from data import audits
from data.audits import Head, Kept
from data.names import fold
from service.answer import PROFESSION
from service.asof import end_of
from service.audit.findings import findings
from service.audit.judge import Judge, Settled, register_named
from service.desk import Desk
from service.language import ENGLISH, speaking
from service.roster.people import entry
from service.roster.shape import Roster
from service.verdict import RULES_VERSION

QUICK, _SLOW = 5000, 200  # rows settled between two looks at whether to stop
_MASSAGE = frozenset("massage rmt lmt lmbt cmt massotherapeute massotherapie masso mt".split())


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for an audit, of what profession, as of which day, for which workspace."""

    who: str
    profession: str = PROFESSION
    day: date | None = None
    workspace_id: int | None = None


def _nothing(_done: int, _of: int, _rows: Sequence[Settled]) -> None:
    return None


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Watch:
    """What hears of an audit as it goes: rows done, of how many, the newest; and may stop it."""

    progress: Callable[[int, int, Sequence[Settled]], None] = _nothing
    stopped: Callable[[], bool] = _never


def begin(desk: Desk, roster: Roster, request: Request, now: datetime) -> int:
    """Keep a roster with all of its rows, to be judged by `run`; the audit's number.

    Raises QuestionError for a day to come.
    """
    if request.day:
        end_of(request.day, now)
    head = Head(
        who=request.who[:200],
        created_at=now,
        source=roster.source.name,
        source_digest=roster.source.digest,
        sheet=roster.sheet[:200],
        headings=roster.headings,
        columns={part.value: place for part, place in roster.columns.items()},
        notes=roster.notes,
        profession=request.profession,
        day=request.day,
        rows=len(roster.lines),
        rules_version=RULES_VERSION,
        workspace_id=request.workspace_id,
    )
    with desk.store.begin() as db:
        return audits.create(db, head, rows(desk, roster, request.profession))


def rows(desk: Desk, roster: Roster, profession: str = PROFESSION) -> Iterator[Kept]:
    """Every row of a roster as it is asked about, with its marks."""
    professions = {fold(one.profession): one.profession for one in desk.catalogue}
    for number, line in enumerate(roster.lines, 1):
        said = entry(number, line, roster.columns)
        wanted = _profession(said.role, professions, profession)
        asked = {
            "name": said.name,
            "number": said.number,
            "place": said.place,
            "province": said.province,
            "clinic": said.clinic,
            "role": said.role,
            "register": said.register,
            "profession": wanted or profession,
        }
        marks = [*said.marks, *([] if wanted else ["role_unknown"])]
        if said.register and not register_named(desk, said.register, asked["profession"]):
            marks.append("register_unknown")
        yield Kept(number, said.line, line.cells, asked, tuple(marks))


def _profession(role: str, professions: dict[str, str], usual: str) -> str:
    """The profession that a role names; "" where we know none of that name."""
    plain = fold(role)
    if not plain:
        return usual
    if not _MASSAGE.isdisjoint(plain.split()):
        return PROFESSION
    return professions.get(plain, "")


@speaking(ENGLISH)  # what is kept is English, whoever began it
def run(desk: Desk, audit_id: int, clock: Callable[[], datetime], watch: Watch = Watch()) -> Head:  # noqa: B008 - frozen
    """Judge every row that has no verdict yet, then look over them all; the audit as it is then.

    Every portion is written when it is done, so a stop or a crash loses at most the last one, and
    nothing is judged twice. One view of the store serves all.
    """
    with desk.store.begin() as db:
        head = audits.head_of(db, audit_id)
        audits.set_state(db, audit_id, audits.RUNNING, None)
        done = audits.judged(db, audit_id)
    with desk.store.look() as look:
        judge = Judge(desk, look, clock(), head.day)
        for some in _settled(desk, audit_id, judge):
            with desk.store.begin() as db:
                audits.add_results(db, audit_id, [one.result for one in some])
            done += len(some)
            watch.progress(done, head.rows, some)
            if watch.stopped():
                return _stop(desk, audit_id)
        with desk.store.read() as db:
            found = list(findings(judge, audits.rows_with_results(db, audit_id)))
    with desk.store.begin() as db:
        audits.finish(db, audit_id, found, clock())
        return audits.head_of(db, audit_id)


def _settled(desk: Desk, audit_id: int, judge: Judge) -> Iterator[list[Settled]]:
    """Portions of verdicts: first whoever is found by number, then whoever must be searched for."""
    for some in _unjudged(desk, audit_id, QUICK):
        yield judge.quick(some)
    for some in _unjudged(desk, audit_id, _SLOW):
        yield judge.searched(some)


def _unjudged(desk: Desk, audit_id: int, most: int) -> Iterator[list[Kept]]:
    """Portions of the rows without a verdict, once through the roster."""
    last = 0
    while True:
        with desk.store.read() as db:
            some = audits.unjudged(db, audit_id, last, most)
        if not some:
            return
        yield some
        last = some[-1].row


def _stop(desk: Desk, audit_id: int) -> Head:
    with desk.store.begin() as db:
        audits.set_state(db, audit_id, audits.STOPPED, None)
        return audits.head_of(db, audit_id)
