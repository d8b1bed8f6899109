"""An audit as one page to read, print or keep as PDF: what came of it, a chart, and whom to ask."""

from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from jinja2 import Template

from config.vocabulary import Verdict
from data.audits import Result, Row
from service import words
from service.audit.report import (
    COLOURS,
    Report,
    decision_text,
    found_text,
    moment_text,
    status_text,
    summary,
    verdict_text,
)
from service.audit.telling import reason
from service.language import say, spoken
from service.retold import retold, stays_english
from service.templating import templates

_MOST = 2000  # rows of a page; the tables hold them all
_WIDE = 330  # pixels of the longest bar
_TEMPLATE = "audit_report.html"


def write_page(report: Report, path: Path) -> None:
    """The page, in a file that needs no other."""
    path.write_text(page(report), "utf-8")


def page(report: Report) -> str:
    """The page as HTML; everything that came from outside is escaped."""
    open_rows = (row for row in report.rows if _open(row))
    lines = [_line(report, row) for row in islice(open_rows, _MOST)]
    found = {found_text(code): count for code, count in report.findings.items()}
    facts = [
        (name, value)
        for name, value, verdict in summary(report)
        if name and not verdict and name not in found
    ]
    return _template(spoken()).render(
        language=spoken(),
        head=report.head,
        facts=facts,
        bars=list(_bars(report)),
        found=list(found.items()),
        rows=lines,
        open=len(lines) + sum(1 for _ in open_rows),
    )


@cache
def _template(language: str) -> Template:
    made = templates(language)
    made.filters["count"] = words.count
    return made.get_template(_TEMPLATE)


def _open(row: Row) -> bool:
    """Whether somebody should look at a row."""
    plain = row.result is not None and row.result.verdict == Verdict.CONFIRMED
    return not plain or bool(row.findings or row.kept.marks)


def _bars(report: Report) -> Iterator[dict[str, Any]]:
    most = max(report.counts.values(), default=1)
    for verdict in Verdict:
        if count := report.counts.get(verdict, 0):
            letters, ground = COLOURS[verdict]
            yield {
                "words": say(words.VERDICT[verdict]),
                "count": count,
                "width": max(2, round(_WIDE * count / most)),
                "letters": letters,
                "ground": ground,
            }


def _line(report: Report, row: Row) -> dict[str, Any]:
    one, asked = row.result, row.kept.asked
    line = {"row": row.kept.row, "name": asked["name"], "number": asked["number"]}
    line |= {"decision": decision_text(row)}
    if one is None:
        return line | {
            "words": say("Not judged yet"),
            "letters": "#37474f",
            "why": [],
            "listed": "",
        }
    register = say(report.registers.get(one.register_id, ""))
    listed = [one.listed_as, status_text(one.status), register]
    if one.last_checked:
        listed.append(say("read %(when)s", when=moment_text(one.last_checked)))
    return line | {
        "words": verdict_text(one.verdict, one.assurance),
        "letters": COLOURS[Verdict(one.verdict)][0],
        "why": list(_why(row, one)),
        "listed": ", ".join(part for part in listed if part),
    }


def _why(row: Row, one: Result) -> Iterator[tuple[str, bool]]:
    """Sentences on a row, and whether each is still English on a page that is not."""
    for code in one.reasons:
        yield reason(code, one.refused), code == "question_refused" and stays_english(one.refused)
    for mark in row.kept.marks:
        if mark not in one.reasons:
            yield reason(mark), False
    for text in (one.suggestion, *(finding.text for finding in row.findings)):
        if text:
            yield retold(text), stays_english(text)
