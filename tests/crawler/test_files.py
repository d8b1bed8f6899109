"""Files of every declared layout, whole or not at all, and never more in memory than a few rows."""

import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.ask import Answer, Ask, Refused, Unreadable
from crawler.files import Shape, read_rows

URL = "http://register.example/file"
AT = datetime(2026, 6, 20, tzinfo=UTC)


def answer(body: bytes | Path, status: int = 200) -> Answer:
    path = body if isinstance(body, Path) else None
    raw = body if isinstance(body, bytes) else b""
    return Answer(Ask(URL, "file", stream=True), URL, status, {}, raw, AT, path)


def rows(body: bytes | Path, columns: str = "Name,No", **how: Any) -> list[Any]:
    return list(read_rows(answer(body), columns.split(","), Shape.model_validate(how)))


def values(body: bytes | Path, **how: Any) -> list[Any]:
    return [row and tuple(row.values()) for _, row in rows(body, **how)]


def test_rows_by_heading_in_any_order() -> None:
    body = b'\xef\xbb\xbfNo, Name\n1,"Ana\nLou"\n\n2,Bo\n'
    assert rows(body) == [(3, {"No": "1", "Name": "Ana\nLou"}), (5, {"No": "2", "Name": "Bo"})]


def test_a_row_of_another_width_is_none_with_its_line() -> None:
    assert rows(b"Name,No\nAna\nBo,2,3\n") == [(2, None), (3, None)]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"Name,Number\nAna,1\n", "missing: No; new: Number"),
        (b"Name,No,Extra\n", "new: Extra"),
        (b"Name\n", "missing: No"),
        (b"Name,No,No\n", "columns"),
        (b"Name;No\nAna;1\n", "columns"),
        (b"Ana,1\n", "columns"),
        (b"Name,No\n\xe9,1\n", "not utf-8: .* after line 0"),
        (b'Name,No\n"Ana,1\n', "broken"),
        (b'Name,No\n"A"na,1\n', "broken"),
        (b"<html><title>Gone</title>", "Gone"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        ("Name,No\nAna,1\n".encode("utf-16-le"), "zero bytes"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_another_file_than_declared_is_unreadable(body: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        rows(body)


def test_another_status_is_unreadable_and_a_refusal_refused() -> None:
    for status, error in ((404, Unreadable), (500, Unreadable), (403, Refused)):
        with pytest.raises(error, match=str(status)):
            list(read_rows(answer(b"Name,No\n", status), ["Name", "No"], Shape()))


@pytest.mark.parametrize(
    ("written", "declared"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-8"),
        ("utf-8", ["utf-8", "cp1252"]),
        ("utf-8-sig", ["utf-8", "cp1252"]),
        ("cp1252", ["utf-8", "cp1252"]),
        ("latin-1", ["utf-8", "latin-1"]),
        ("cp1252", "cp1252"),
    ],
)
def test_encodings(written: str, declared: str | list[str]) -> None:
    body = "Name,No\nRené,1\n".encode(written)
    assert values(body, encoding=declared) == [("René", "1")]


def test_the_fallback_is_chosen_for_the_whole_file() -> None:
    late = b"Name,No\n" + b"Ana,1\n" * 60_000 + "Zoë,2\n".encode("cp1252")
    assert values(late, encoding=["utf-8", "cp1252"])[-1] == ("Zoë", "2")
    with pytest.raises(Unreadable, match="not charmap|not cp1252"):
        rows(b"Name,No\n\x81,1\n", encoding=["utf-8", "cp1252"])


def test_tabs_and_stray_quotes_without_quoting() -> None:
    body = b'Name\tNo\n"DE\t1\nBo "B" Lou\t2\n'
    assert values(body, delimiter="\t", quoting="false") == [('"DE', "1"), ('Bo "B" Lou', "2")]


def test_rows_that_end_with_a_delimiter() -> None:
    body = b"Name|No\nAna|1|\nBo|2\nCy|3|x\nDi|4||\n"
    assert values(body, delimiter="|", row_end="true") == [("Ana", "1"), None, None, None]


def test_unnamed_cells_are_tolerated_only_as_declared() -> None:
    body = b"Name,No\nAna,1\nBo,2,x\nCy,3,x,y\nDi\n"
    assert values(body) == [("Ana", "1"), None, None, None]
    assert values(body, extra=["2"]) == [("Ana", "1"), None, ("Cy", "3"), None]


def test_a_file_without_a_heading_has_its_columns_declared() -> None:
    shape = Shape.model_validate({"columns": ["No", "Name"]})
    assert list(read_rows(answer(b"1,Ana\n"), ["Name", "No"], shape)) == [
        (1, {"No": "1", "Name": "Ana"})
    ]
    with pytest.raises(Unreadable, match="missing: Other"):
        list(read_rows(answer(b"1,Ana\n"), ["Name", "Other"], shape))


def test_misspelt_options_are_refused() -> None:
    for wrong in ({"delimeter": ","}, {"encoding": "utf8x"}, {"delimiter": "||"}, {"names": "x"}):
        with pytest.raises((ValueError, LookupError)):
            Shape.model_validate(wrong)


def _plain(path: Path, count: int) -> None:
    with path.open("w") as file:
        file.write("Name,No\n")
        file.writelines(f"Ana {'x' * 200},{n}\n" for n in range(count))


def _packed(path: Path, count: int) -> None:
    text = path.with_suffix(".csv")
    _plain(text, count)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        made.write(text, "people.csv")


def _endless(path: Path, count: int) -> None:
    path.write_bytes(b"Name,No\n" + b"x" * (count * 200))


@pytest.mark.parametrize("make", [_plain, _packed, _endless])
def test_a_large_file_is_never_in_memory(tmp_path: Path, make: Callable[[Path, int], None]) -> None:
    path, count, read = tmp_path / "big", 200_000, 0
    make(path, count)
    tracemalloc.start()
    try:
        for _ in read_rows(answer(path), ["Name", "No"], Shape(encoding=("utf-8", "cp1252"))):
            read += 1
    except Unreadable as error:
        assert make is _endless and "million" in error.text
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * 2**20 and read == (0 if make is _endless else count)
