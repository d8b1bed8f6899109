"""Writes a report as XLSX, CSV, JSON or a page. No cell of it is ever a formula (ASVS 1.2.10).

All but JSON speak the reader's language. The headings of CSV are keys, for programs: they stay.
"""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from config.vocabulary import Verdict
from data.audits import Row
from service.audit.page import write_page
from service.audit.report import (
    COLOURS,
    Report,
    about_out,
    decision_text,
    moment_text,
    row_out,
    status_text,
    summary,
    verdict_text,
)
from service.audit.telling import reason
from service.language import ENGLISH, N_, say, speaking
from service.retold import retold

OURS = (
    N_("row"),
    N_("verdict"),
    N_("in_words"),
    N_("assurance"),
    N_("reasons"),
    N_("doubts"),
    N_("status"),
    N_("register"),
    N_("number_printed"),
    N_("listed_as"),
    N_("register_word"),
    N_("alerts"),
    N_("last_checked"),
    N_("valid_until"),
    N_("suggestion"),
    N_("findings"),
    N_("decision"),
)
_STARTS = frozenset("=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20|%")
_SPACES = "\n\t\u00a0\u202f"  # French has spaces that do not break
_LONGEST = 32_000  # characters; a cell of XLSX holds 32,767


def harmless(text: str) -> str:
    """A cell that no spreadsheet computes: what could begin a formula gets an apostrophe before."""
    bare = text.lstrip(" \u00a0\u202f\u200b\ufeff\u3000")
    return f"'{text}" if bare and bare[0] in _STARTS else text


def headings(report: Report, ours: Sequence[str] = OURS) -> list[str]:
    """The roster's own headings, then ours; one that is there already gets another name."""
    own = list(report.head.headings)
    taken = {heading.casefold() for heading in own}
    apart = [f"goodstanding_{one}" if one.casefold() in taken else one for one in ours]
    return [*map(harmless, own), *apart]


def cells(report: Report, row: Row) -> list[str]:
    """A row of a table: the roster's own cells, then what came of them."""
    width = len(report.head.headings)
    own = [*row.kept.cells[:width], *[""] * (width - len(row.kept.cells))]
    if extra := [cell for cell in row.kept.cells[width:] if cell]:
        own[-1] = " | ".join([own[-1], *extra])
    return [harmless(_shown(cell)) for cell in [*own, *_ours(report, row)]]


def _ours(report: Report, row: Row) -> Iterator[str]:
    one, kept = row.result, row.kept
    yield str(kept.row)
    if one is None:
        yield from ("", say("not judged yet"), *[""] * (len(OURS) - 3))
        return
    yield one.verdict
    yield verdict_text(one.verdict, one.assurance)
    yield one.assurance
    yield " ".join(reason(code, one.refused) for code in one.reasons)
    yield " ".join(reason(mark) for mark in kept.marks)
    yield status_text(one.status)
    yield say(report.registers.get(one.register_id, one.register_id))
    yield one.number
    yield one.listed_as
    yield one.register_word
    yield one.alerts
    yield moment_text(one.last_checked)
    yield moment_text(one.valid_until)
    yield retold(one.suggestion)
    yield " ".join(retold(finding.text) for finding in row.findings)
    yield decision_text(row)


def _shown(text: str) -> str:
    """A cell without characters that no table can hold."""
    kept = "".join(one for one in text if one.isprintable() or one in _SPACES) if text else ""
    return kept if len(kept) <= _LONGEST else f"{kept[:_LONGEST]} …"


def write_csv(report: Report, path: Path) -> None:
    """Commas, UTF-8, every cell quoted."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(headings(report))
        writer.writerows(cells(report, row) for row in report.rows)


@speaking(ENGLISH)
def write_json(report: Report, path: Path) -> None:
    """Everything that is kept, a row a line."""
    head = json.dumps(about_out(report), ensure_ascii=False, default=_plain)
    with path.open("w", encoding="utf-8") as file:
        file.write(f'{head[:-1]}, "rows": [\n')
        for row in report.rows:
            text = json.dumps(
                row_out(report.head, report.registers, row), ensure_ascii=False, default=_plain
            )
            file.write(text if row.kept.row == 1 else f",\n{text}")
        file.write("\n]}\n")


def _plain(value: Any) -> str:
    return value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else str(value)


def write_xlsx(report: Report, path: Path) -> None:
    """A summary sheet and one of rows: heading frozen, filters, verdicts in colour and in words."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    options |= {"strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        _summary_sheet(book, report)
        _rows_sheet(book, report)


def _summary_sheet(book: Any, report: Report) -> None:
    sheet, bold = book.add_worksheet(say("Summary")), book.add_format({"bold": True})
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 60)
    for number, (name, value, verdict) in enumerate(summary(report)):
        form = _colour(book, verdict) if verdict else bold
        sheet.write_string(number, 0, harmless(name), form)
        if isinstance(value, int):
            sheet.write_number(number, 1, value)
        else:
            sheet.write_string(number, 1, harmless(_shown(value)))


def _colour(book: Any, verdict: Verdict) -> Any:
    letters, ground = COLOURS[verdict]
    return book.add_format({"font_color": letters, "bg_color": ground, "bold": True})


def _rows_sheet(book: Any, report: Report) -> None:
    sheet = book.add_worksheet(say("Rows"))
    names = headings(report, [say(one) for one in OURS])
    bold = book.add_format({"bold": True, "text_wrap": True})
    own = len(report.head.headings)
    forms = {verdict.value: _colour(book, verdict) for verdict in Verdict}
    for place, name in enumerate(names):
        sheet.set_column(place, place, 18 if place < own else 24)
        sheet.write_string(0, place, name, bold)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(report.head.rows, 1), len(names) - 1)
    for number, row in enumerate(report.rows, 1):
        verdict = row.result.verdict if row.result else ""
        for place, text in enumerate(cells(report, row)):
            coloured = place in (own + 1, own + 2)
            sheet.write_string(number, place, text, forms.get(verdict) if coloured else None)


WRITERS: dict[str, Callable[[Report, Path], None]] = {
    ".csv": write_csv,
    ".html": write_page,
    ".json": write_json,
    ".xlsx": write_xlsx,
}
KINDS: Sequence[str] = tuple(WRITERS)


def write(report: Report, path: Path) -> None:
    """Write a report whole or not at all, in the kind that the name of the file says."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        WRITERS[path.suffix.casefold()](report, unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
