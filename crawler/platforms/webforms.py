"""ASP.NET forms asked one person at a time: myLicense, and forms of the same kind.

Seen in programs that ran against New Jersey, Indiana, Rhode Island and New Hampshire (myLicense),
Nevada and Maryland (boards' own). A form gives `__VIEWSTATE`, `__VIEWSTATEGENERATOR` and
`__EVENTVALIDATION`; sent back with a number it answers a table of results; further pages are asked
for with `__EVENTTARGET`, and people have pages that live only in that session (hence cookies).

YAML: `url` is the form. `options` as for tables, with the values of myLicense unless given:
`number` (name of the field), `button` (name and value of the button), `with` (other fields),
`table`, `plain_rows`, `next` (selector of the link that posts for the next page), `link` ("" where
people have no page), `values`, `dead` (selector of an error's title; such a page is unreadable).
`list` and `list_ignore` are the headings of the results; `fields` and `ignore` the ids of a page.

Known failures: the page of a session that ended has status 200 and the title "Error"; a row's name
cell holds a table; header and pager rows carry a style; broad searches fail. No zero answer was
seen: a page without the table tells nothing.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bs4 import BeautifulSoup, Tag

from config.register import Register
from crawler.ask import Answer, Ask, Found, Unreadable
from crawler.markup import ask_form, read_form, read_page, words_of
from crawler.platforms.table import ask_person, listing, read_people, read_person, whole
from crawler.reading import numbered
from data.names import family_key, number_key
from data.records import Record

_STATE = ("__VIEWSTATE", "__VIEWSTATEGENERATOR", "__EVENTVALIDATION")
_POST = re.compile(r"javascript:__doPostBack\('([^']+)','([^']*)'\)")
_MYLICENSE: dict[str, Any] = {
    "number": "t_web_lookup__license_no",
    "button": {"sch_button": "Search"},
    "table": "table#datagrid_results",
    "plain_rows": "yes",
    "next": "table#datagrid_results > tr[style] > td > span + a",
    "link": "a[href^='Details.aspx']",
    "values": "td.dlabel span[id]",
    "dead": "span#label_pagetitle:-soup-contains('Error')",
}


class Webforms:
    """Asks forms that keep a session."""

    cookies = True

    def start(self, register: Register) -> Iterator[Ask]:  # noqa: ARG002
        """Nothing: such a register is not swept."""
        return iter(())

    def find(self, register: Register, wanted: str) -> Iterator[Ask]:
        """The form; the search, its results and the person's page follow."""
        yield Ask(register.url, "form", {"wanted": wanted})

    def read(self, register: Register, answer: Answer) -> Iterator[Found]:
        """A form, results or a person; raises Refused or Unreadable."""
        options = {**_MYLICENSE, **register.options}
        page = read_page(answer, options)
        if page.select_one(options["dead"]):
            raise Unreadable("The session at the register has ended: its page is an error.")
        if answer.ask.step == "form":
            yield _ask_search(options, page, answer)
        elif answer.ask.step == "results":
            yield from _read_results(register, options, page, answer)
        else:
            yield from _read_detail(register, options, page, answer)


def _state(page: BeautifulSoup, field: str, answer: Answer) -> tuple[str, dict[str, str]]:
    url, fields = read_form(page, field, answer)
    if not all(fields.get(name) for name in _STATE):
        raise Unreadable("The form lacks what it must be sent back with.", answer.url)
    return url, fields


def _ask_search(options: Mapping[str, Any], page: BeautifulSoup, answer: Answer) -> Ask:
    url, fields = _state(page, options["number"], answer)
    wanted = answer.ask.memo["wanted"]
    number = {options["number"]: numbered(wanted, options)}
    said = {**fields, **options.get("with", {}), **number, **options["button"]}
    return ask_form(url, "results", {"wanted": wanted, "pages": [], "found": []}, said)


def _read_results(
    register: Register, options: Mapping[str, Any], page: BeautifulSoup, answer: Answer
) -> Iterator[Found]:
    """The one row with the number asked for, after all pages have been seen."""
    memo = answer.ask.memo
    people = read_people(listing(register, options), options, page, answer)
    records = whole(people, answer)
    keys = [record.key for record, _ in records]
    if keys in memo["pages"]:
        raise Unreadable("The register repeats a page of its results.", answer.url)
    mine = [one for one in records if number_key(one[0].key) == number_key(memo["wanted"])]
    if len(mine) + len(memo["found"]) > 1:
        raise Unreadable("The register lists this number more than once.", answer.url)
    here: list[Ask | Record] = [_told(options, *one, answer) for one in mine]
    memo = {**memo, "pages": [*memo["pages"], keys], "found": [*memo["found"], *here]}
    following = _ask_next(options, page, answer, memo)
    yield from [following] if following else memo["found"]


def _told(options: Mapping[str, Any], record: Record, row: Tag, answer: Answer) -> Ask | Record:
    """The question for a person's page, or the person where the results are all there is."""
    if not options["link"]:
        return record
    ask = ask_person(options, record, row, answer)
    listed = {"word": record.word, "family": record.name.family}
    return Ask(ask.url, ask.step, {**ask.memo, "listed": listed})


def _ask_next(
    options: Mapping[str, Any], page: BeautifulSoup, answer: Answer, memo: Mapping[str, Any]
) -> Ask | None:
    """The next page of results, as the link's script would ask for it."""
    for link in page.select(options["next"]):
        if post := _POST.fullmatch(str(link.get("href", ""))):
            url, fields = _state(page, _STATE[0], answer)
            target = {"__EVENTTARGET": post[1], "__EVENTARGUMENT": post[2]}
            return ask_form(url, "results", memo, {**fields, **target})
        if link.get("href"):
            raise Unreadable(f"“{words_of(link)}” leads where we cannot follow.", answer.url)
    return None


def _read_detail(
    register: Register, options: Mapping[str, Any], page: BeautifulSoup, answer: Answer
) -> Iterator[Found]:
    """A person's page; where it disagrees with the results, the person is doubted."""
    listed = answer.ask.memo["listed"]
    for found in read_person(register, options, page, answer):
        if isinstance(found, Record):
            word = found.word.partition(" / ")[0]
            same = word.casefold() == listed["word"].casefold()
            if not same or family_key(found.name.family) != family_key(listed["family"]):
                found = found.doubted("list_detail_conflict")
        yield found
