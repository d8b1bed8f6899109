"""A roster about the people of `everybody` (conftest), and an audit of it from end to end."""

import json
from collections.abc import Sequence

from data import audits
from data.audits import Head, Row
from service.audit.report import Report
from service.audit.run import Request, Watch, begin, run
from service.desk import Desk
from service.roster.read import Telling, read_roster
from service.roster.shape import Roster
from tests.conftest import Clock

HEAD = ("Name", "Number", "City", "Province", "Clinic", "Role", "College")


def roster(*rows: Sequence[str], head: Sequence[str] = HEAD) -> Roster:
    """A roster of these rows, each as long as it needs to be."""
    full = [[*row, *[""] * (len(head) - len(row))] for row in rows]
    said = json.dumps([dict(zip(head, row, strict=True)) for row in full])
    return read_roster(said.encode(), Telling("staff.json"))


def audited(desk: Desk, clock: Clock, *rows: Sequence[str], **asked: object) -> Report:
    """The report of an audit of these rows."""
    made = begin(desk, roster(*rows), Request("tests", **asked), clock())  # type: ignore[arg-type]
    return Report.of(desk, run(desk, made, clock))


def codes(report: Report) -> list[list[str]]:
    """The codes found of each row."""
    return [[one.code for one in row.findings] for row in report.rows]


def verdicts(report: Report) -> list[str]:
    return [str(row.result and row.result.verdict) for row in report.rows]


def kept(desk: Desk, audit_id: int) -> tuple[Head, list[Row]]:
    with desk.store.read() as db:
        return audits.head_of(db, audit_id), list(audits.rows_of(db, audit_id))


def stopping(after: int) -> Watch:
    """Asks to stop once so many rows are judged."""
    seen = [0]

    def progress(done: int, _of: int, _rows: object) -> None:
        seen[0] = done

    return Watch(progress, lambda: seen[0] >= after)
