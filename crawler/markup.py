"""Web pages to values: tables by their headings, label and value pairs, forms and links."""

from codecs import BOM_UTF8
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from crawler.ask import Answer, Ask, Refused, Unreadable
from crawler.mapping import plain
from crawler.reading import is_html, page_title, refuse_walls
from data.names import clean

_ROWS = ":scope > tr, :scope > thead > tr, :scope > tbody > tr, :scope > tfoot > tr"
_UNSENT = frozenset({"submit", "button", "image", "reset", "file", "checkbox", "radio"})


def read_page(answer: Answer, options: Mapping[str, Any]) -> BeautifulSoup:
    """The page of an answer, decoded strictly as `encoding` (utf-8 unless declared).

    Raises Refused at walls, Unreadable for whatever is no page, for another encoding, and where the
    page prints one of the `refusals`: words by which this register says that it did not answer.
    """
    body = answer.body.removeprefix(BOM_UTF8)
    refuse_walls(answer.status, body, answer.url)
    if answer.status != 200:
        raise Unreadable(f"The register answered HTTP {answer.status}.", answer.url)
    if not is_html(body):
        raise Unreadable("Instead of a web page the register sent something else.", answer.url)
    encoding = options.get("encoding", "utf-8")
    try:
        page = BeautifulSoup(body.decode(encoding), "lxml")
    except UnicodeDecodeError as error:
        words = f"The page is not {encoding}: byte {error.start} cannot be read."
        raise Unreadable(words, answer.url) from error
    if b"</html>" not in body.lower():
        raise Unreadable("The page breaks off before its end.", answer.url)
    said = plain(page.get_text(" "))
    for words in options.get("refusals", []):
        if plain(words) in said:
            raise Unreadable(f"The register did not answer; its page says “{words}”.", answer.url)
    return page


def words_of(tag: Tag) -> str:
    """What an element shows, as one line."""
    return clean(tag.get_text(" "), 4000)


def read_table(
    page: BeautifulSoup, options: Mapping[str, Any], columns: Collection[str], url: str
) -> Iterator[tuple[dict[str, str] | None, Tag]]:
    """The rows of the one table `options.table` selects; None for a row of the wrong width.

    Only direct cells count, so that a table inside a cell stays inside it. The heading (the first
    row) must be exactly `columns`, in any order. With `plain_rows`, a row with a style of its own
    is no person. Raises Unreadable when there is no such table, or two.
    """
    tables = page.select(options.get("table", "table"))
    if len(tables) != 1:
        words = f"{len(tables) or 'no'} tables of people, titled “{page_title(str(page).encode())}”"
        raise Unreadable(f"Instead of one list the page holds {words}.", url)
    rows = [(row, _cells(row)) for row in tables[0].select(_ROWS)]
    heading = [words_of(cell) for cell in rows[0][1]] if rows else []
    check_columns(heading, columns, url)
    for row, cells in rows[1:]:
        styled = bool(options.get("plain_rows")) and row.has_attr("style")
        if len(cells) == len(heading) and not styled:
            said = zip(heading, map(words_of, cells), strict=True)
            yield {name: words for name, words in said if name}, row  # "" would be every fact's
        elif not _is_furniture(row, cells, plain=styled or len(rows) == 2):
            yield None, row


def _cells(row: Tag) -> list[Tag]:
    return list(row.select(":scope > td, :scope > th"))


def _is_furniture(row: Tag, cells: Sequence[Tag], plain: bool) -> bool:
    """Whether a row is one broad cell with the links to further pages, or says that nobody is."""
    broad = len(cells) == 1 and cells[0].has_attr("colspan")
    return broad and (plain or bool(row.select("a")))


def check_columns(found: Sequence[str], columns: Collection[str], url: str) -> None:
    """Raise Unreadable unless `found` are exactly `columns`: any other changes what a page says."""
    if sorted(found) != sorted(columns):
        lost = ", ".join(sorted(set(columns) - set(found))) or "none"
        new = clean(", ".join(sorted(set(found) - set(columns))), 200) or "none, or one twice"
        words = f"The headings of the page have changed (missing: {lost}; new: {new})."
        raise Unreadable(words, url)


def read_labels(page: BeautifulSoup, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a page about one person says: by `values` (elements with an id) or `pairs` (th, td)."""
    if "values" in options:
        for element in page.select(options["values"]):
            yield str(element.get("id", "")), words_of(element)
    else:
        for row in page.select(options["pairs"]):
            label, *values = [words_of(cell) for cell in _cells(row)] or [""]
            yield label.rstrip(": "), " ".join(values)


def read_form(page: BeautifulSoup, field: str, answer: Answer) -> tuple[str, dict[str, str]]:
    """Where the form that holds `field` is sent, and what it sends when nobody fills it in."""
    forms = [form for form in page.select("form") if form.select(f'[name="{field}"]')]
    if len(forms) != 1:
        title = page_title(answer.body)
        raise Unreadable(f"The page “{title}” has no search form as we know it.", answer.url)
    said = {}
    for tag in forms[0].select("input[name], select[name]"):
        if str(tag.get("type", "")).casefold() not in _UNSENT:
            said[str(tag["name"])] = _value(tag)
    return joined(answer, str(forms[0].get("action", ""))), said


def _value(tag: Tag) -> str:
    if tag.name == "select":
        chosen = tag.select_one("option[selected]") or tag.select_one("option")
        return str(chosen.get("value", words_of(chosen))) if chosen else ""
    return str(tag.get("value", ""))


def joined(answer: Answer, link: str) -> str:
    """A link of a page as an address on the same host; raises Refused for any other host."""
    target = urljoin(answer.url, link)
    if urlsplit(target)[:2] != urlsplit(answer.url)[:2]:
        host = clean(urlsplit(target).netloc or target, 100)
        words = f"The register's page sends us on to another host ({host}). We do not follow."
        raise Refused(words, answer.url)
    return target


def ask_form(url: str, step: str, memo: Mapping[str, Any], fields: Mapping[str, str]) -> Ask:
    """A form as the question that sends it."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return Ask(url, step, memo, "POST", urlencode(fields).encode(), headers)
