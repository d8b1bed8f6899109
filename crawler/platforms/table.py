"""Registers as HTML tables, read by their heading words, with a page for each person or without.

YAML: `url` is the first page of the list. `fields` maps our facts to headings, `ignore` lists the
headings we chose not to read; together they must be the whole heading. `options`:

* `numbers`: what this profession's numbers look like, where a list mixes several (pattern);
* `table`: CSS selector of the one table of people (`table`); `plain_rows`: "yes" where a row with a
  style of its own is no person; `encoding` (utf-8); `dates`, `names` as for files;
* `next`: selector of the link to the next page, or `page`: a query parameter counted up from 1
  until a page lists nobody;
* `link`: selector, within a row, of the link to the person's own page. Then `fields` and `ignore`
  are of that page, `list` maps our facts to the list's headings and `list_ignore` lists the rest;
* `values`: selector of a person's values, each an element with an id; or `pairs`: selector of rows
  that hold a label and its value. `clean`: a sentence that pages of people without discipline
  print; it becomes the column `clean`, for `alerts`: without the sentence the person is doubted;
* `search`: for registers that are asked: `field` (the number's), `path`, `step` (`person`: a list
  answers, `detail`: the person's page does), `width` (of zero-padded numbers), `with` (other
  fields); `refusals`: words by which a page says that it did not answer.

Known failures: walls and errors with status 200, one heading more, a footer row that looks like a
person, links that lead to somebody else's page, "too many records".
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from config.register import Register
from crawler.ask import Answer, Ask, Found, Oddity, Seen, Unreadable
from crawler.markup import ask_form, check_columns, joined, read_labels, read_page, read_table
from crawler.reading import numbered
from crawler.rows import kept, read_row
from data.names import number_key
from data.records import Record

Person = tuple[Record | Oddity, Tag]
_LOST = ("broken_row", "unreadable_row")


class Table:
    """Reads HTML tables."""

    def start(self, register: Register) -> Iterator[Ask]:
        """The first page of the list; nothing where one person at a time is asked for."""
        if not register.lookup_only:
            yield _ask_page(register, 1)

    def find(self, register: Register, wanted: str) -> Iterator[Ask]:
        """The search for a number; without one, the list itself where it is one page."""
        search, memo = register.options.get("search"), {"wanted": wanted}
        if search:
            fields = {**search.get("with", {}), search["field"]: numbered(wanted, search)}
            url = urljoin(register.url, search.get("path", ""))
            yield ask_form(url, search["step"], memo, fields)
        elif not {"next", "page"} & set(register.options):
            yield Ask(register.url, "person", memo)

    def read(self, register: Register, answer: Answer) -> Iterator[Found]:
        """A list page or a person's; raises Refused or Unreadable."""
        options = register.options
        page = read_page(answer, options)
        if answer.ask.step == "detail":
            yield from read_person(register, options, page, answer)
        elif answer.ask.step == "person":
            yield from _read_wanted(register, page, answer)
        else:
            yield from _read_list(register, page, answer)


def listing(register: Register, options: Mapping[str, Any]) -> Register:
    """The register as its list declares it, where people have pages of their own."""
    if "list" not in options:
        return register
    listed = {"fields": options["list"], "ignore": options.get("list_ignore", [])}
    return register.model_copy(update={**listed, "category": {}, "alerts": {}, "keep": {}})


def read_people(
    register: Register, options: Mapping[str, Any], page: BeautifulSoup, answer: Answer
) -> Iterator[Person]:
    """Everybody on a list page with the row that names them, and what was odd about rows."""
    today = register.local_day(answer.at)
    rows = read_table(page, options, _columns(register), answer.url)
    for place, (row, tag) in enumerate(rows, start=1):
        if row is None:
            yield Oddity("broken_row", "Rows with a wrong number of cells, not read."), tag
        elif _mine(register, row):
            for found in read_row(register, row, f"row {place}", today):
                yield found, tag


def _mine(register: Register, row: Mapping[str, str]) -> bool:
    """Whether a row is of this profession, by its columns and by the shape of its number."""
    shape = register.options.get("numbers", ".*")
    return kept(register, row) and bool(re.fullmatch(shape, row[register.fields["number"]]))


def whole(people: Iterable[Person], answer: Answer) -> list[tuple[Record, Tag]]:
    """The people of an answer to one question; raises Unreadable where a row may hide somebody."""
    found = list(people)
    lost = {one.code for one, _ in found if isinstance(one, Oddity)} & set(_LOST)
    if lost:
        raise Unreadable(f"A row of the answer cannot be read ({', '.join(lost)}).", answer.url)
    return [(one, row) for one, row in found if isinstance(one, Record)]


def _columns(register: Register) -> list[str]:
    """Every heading or label the register's file declares."""
    named = [*register.fields.values(), *register.alerts, *register.filters]
    return [*(name for name in dict.fromkeys(named) if name != "clean"), *register.ignore]


def ask_person(options: Mapping[str, Any], record: Record, row: Tag, answer: Answer) -> Ask:
    """The question for the page a row links to; the memo says whose page it must be."""
    links = {str(link.get("href", "")) for link in row.select(options["link"])}
    if len(links) != 1:
        raise Unreadable("A row of the list does not link to one page.", answer.url)
    return Ask(joined(answer, links.pop()), "detail", {"wanted": record.key})


def read_person(
    register: Register, options: Mapping[str, Any], page: BeautifulSoup, answer: Answer
) -> Iterator[Record | Oddity]:
    """The person of a page of their own, who must be the one asked for."""
    pairs = list(read_labels(page, options))
    check_columns([label for label, _ in pairs], _columns(register), answer.url)
    row = dict(pairs)
    if "clean" in options:
        row["clean"] = options["clean"] if options["clean"] in _said(page) else "not printed"
    wanted = answer.ask.memo["wanted"]
    if number_key(row[register.fields["number"]]) != number_key(wanted):
        raise Unreadable(f"Asked for {wanted}, the register sent somebody else.", answer.url)
    if _mine(register, row):
        yield from read_row(register, row, wanted, register.local_day(answer.at))


def _said(page: BeautifulSoup) -> str:
    return " ".join(page.get_text(" ").split())


def _ask_page(register: Register, number: int, url: str = "") -> Ask:
    url = url or register.url
    if parameter := register.options.get("page"):
        mark = "&" if urlsplit(register.url).query else "?"
        url = f"{register.url}{mark}{urlencode({parameter: number})}"
    return Ask(url, "list", {"page": number})


def _read_list(register: Register, page: BeautifulSoup, answer: Answer) -> Iterator[Found]:
    options, rows = register.options, 0
    for found, row in read_people(listing(register, options), options, page, answer):
        if isinstance(found, Oddity):
            yield found
        else:
            rows += 1
            detail = ask_person(options, found, row, answer) if "link" in options else None
            digest = found.content_hash if detail else None
            yield Seen("", found, digest, detail, alert=bool(found.notices))
    yield from _following(register, page, answer, rows)


def _following(
    register: Register, page: BeautifulSoup, answer: Answer, rows: int
) -> Iterator[Ask | Oddity]:
    number, selector = answer.ask.memo["page"] + 1, register.options.get("next")
    if selector:
        links = {str(link["href"]) for link in page.select(selector) if link.get("href")}
        if len(links) > 1:
            raise Unreadable("The page names several next pages.", answer.url)
        for link in links:
            yield _ask_page(register, number, joined(answer, link))
    elif "page" in register.options and rows:
        yield _ask_page(register, number)


def _read_wanted(register: Register, page: BeautifulSoup, answer: Answer) -> Iterator[Found]:
    """Whom a search lists, or of a whole list the one person asked for."""
    options, wanted = register.options, answer.ask.memo["wanted"]
    people = read_people(listing(register, options), options, page, answer)
    for record, row in whole(people, answer):
        if number_key(record.key) == number_key(wanted):
            yield ask_person(options, record, row, answer) if "link" in options else record
