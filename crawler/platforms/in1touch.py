"""in1touch rosters, on the regulator's own domain ("Powered by in1touch").

No official documentation; learnt from a public program that ran against the roster of
Saskatchewan's pharmacists. The page of a search form holds the hidden fields that choose a roster
(`clientRosterId`, filters); sent back with `page` it answers 25 people a page under a banner:
"1,996 Profiles found, displaying 1 to 25." A row has columns without headings and a link with
`clientId`, our key; numbers are not printed. Members' own pages are not read.

YAML: `url` is the page with the form, `options.columns` what the columns are called, in order;
`fields` maps our facts to those names and `key` to `clientId`, `ignore` lists the other names.
`unprinted` is the word of everybody on a roster that prints classes and no status; `category` maps
the classes. `options.names` and `options.dates` as for files.

Known failures: without headings a new column moves all others, so the number of columns, the place
of the link and the order of dates are looked at; a page beyond the last repeats or is empty. Some
sites forbid /client/roster/ in robots.txt: those are never read.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from bs4 import BeautifulSoup, Tag

from config.register import Register
from crawler.ask import Answer, Ask, Found, Oddity, Seen, Total, Unreadable
from crawler.markup import ask_form, read_form, read_page, words_of
from crawler.rows import read_row
from data.records import Record

_COUNT = "([0-9][0-9,]{0,9})"
_BANNER = re.compile(f"{_COUNT} Profiles? found, displaying {_COUNT} to {_COUNT}[.]?")
_ROSTER = "clientRosterId"
KEY = "clientId"


class In1touch:
    """Reads rosters."""

    def start(self, register: Register) -> Iterator[Ask]:
        """The page with the form."""
        yield _ask_form(register)

    def find(self, register: Register, wanted: str) -> Iterator[Ask]:  # noqa: ARG002
        """Nothing: the fields of a search differ by site and were not seen filled."""
        return iter(())

    def read(self, register: Register, answer: Answer) -> Iterator[Found]:
        """The form, or a page of the roster; raises Refused or Unreadable."""
        page = read_page(answer, register.options)
        if answer.ask.step == "form":
            url, fields = read_form(page, _ROSTER, answer)
            yield _ask_page(url, fields, 1, first=1)
        else:
            yield from _read_roster(register, page, answer)


def _ask_form(register: Register) -> Ask:
    return Ask(register.url, "form")


def _ask_page(url: str, fields: Mapping[str, str], number: int, first: int) -> Ask:
    """A page of the roster, which must begin with the person in place `first`."""
    memo = {"fields": dict(fields), "page": number, "first": first}
    return ask_form(url, "list", memo, {**fields, "page": str(number)})


def _read_roster(register: Register, page: BeautifulSoup, answer: Answer) -> Iterator[Found]:
    memo = answer.ask.memo
    rows = _rows(page, memo["fields"][_ROSTER], answer)
    count, first, last = _banner(page, answer)
    if first != memo["first"] or last - first + 1 != len(rows) or last > count:
        words = f"Asked from {memo['first']}, the register shows {first} to {last} of {count}"
        raise Unreadable(f"{words} and sends {len(rows)} rows.", answer.url)
    yield Total("", count, again=_ask_form(register))
    for place, row in enumerate(rows, first):
        yield from _read_person(register, row, place, answer)
    if last < count:
        yield _ask_page(answer.ask.url, memo["fields"], memo["page"] + 1, last + 1)


def _rows(page: BeautifulSoup, roster: str, answer: Answer) -> list[Tag]:
    lists = page.select("#rosterRecords")
    if len(lists) != 1 or lists[0].get("data-roster") != f"clientRoster-{roster}":
        raise Unreadable("The page does not hold the roster that was asked for.", answer.url)
    return list(lists[0].select("div.registryBlock"))


def _banner(page: BeautifulSoup, answer: Answer) -> tuple[int, int, int]:
    """How many people there are, and which of them this page shows."""
    found = _BANNER.fullmatch(" ".join(map(words_of, page.select("span.pagebanner"))))
    if not found:
        raise Unreadable("The page does not say how many people there are.", answer.url)
    count, first, last = (int(said.replace(",", "")) for said in found.groups())
    return count, first, last


def _read_person(register: Register, row: Tag, place: int, answer: Answer) -> Iterator[Found]:
    said = _columns(register, row)
    if said is None:
        yield Oddity("broken_row", "Rows with other columns than declared, not read.", f"{place}")
        return
    for found in read_row(register, said, f"row {place}", register.local_day(answer.at)):
        if isinstance(found, Record):
            record = _in_order(found)
            yield Seen("", record)
        else:
            yield found


def _columns(register: Register, row: Tag) -> dict[str, str] | None:
    """The columns by their names, and the key of the link in the last one; None when others."""
    *cells, last = list(row.select(':scope > div[class*="col-"]')) or [row]
    links = {str(link["href"]) for link in row.select("a[href]")}
    inside = {str(link["href"]) for link in last.select("a[href]")}
    names: list[str] = register.options["columns"]
    if len(cells) != len(names) or len(links) != 1 or links != inside:
        return None
    keys = parse_qs(urlsplit(links.pop()).query).get(KEY, [])
    if len(keys) != 1 or not keys[0].isdecimal():
        return None
    return {**dict(zip(names, map(words_of, cells), strict=True)), KEY: keys[0]}


def _in_order(record: Record) -> Record:
    """Dates that run backwards stand in each other's column: nothing may rest on them."""
    since, until = record.effective, record.expires
    backwards = since is not None and until is not None and since > until
    return replace(record, expires=None).doubted("bad_date") if backwards else record
