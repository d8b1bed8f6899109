"""A benchmark writes its own tables into the page and leaves the rest of it alone."""

from pathlib import Path

import pytest

from benchmarks.document import FILE, table, write

PAGE = "# Page\n\n<!-- one -->\nold\n<!-- /one -->\n\nWords.\n\n<!-- two -->\n<!-- /two -->\n"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "page.md"
    file.write_text(PAGE, "utf-8")
    return file


def test_only_the_block_of_that_name_changes(page: Path) -> None:
    write("one", r"new \1 é", page)
    assert page.read_text("utf-8") == PAGE.replace("old", r"new \1 é")


def test_an_empty_block_is_filled(page: Path) -> None:
    write("two", "x", page)
    assert page.read_text("utf-8").endswith("<!-- two -->\nx\n<!-- /two -->\n")


def test_a_block_that_is_not_there_is_named(page: Path) -> None:
    with pytest.raises(ValueError, match="three"):
        write("three", "x", page)
    assert page.read_text("utf-8") == PAGE


def test_a_table_has_a_line_for_each_row() -> None:
    said = "| a | b |\n| --- | --- |\n| 1 | x |\n| 2 | y |"
    assert table(["a", "b"], [[1, "x"], (2, "y")]) == said


@pytest.mark.parametrize("block", ["nights", "search", "numbers", "ingest"])
def test_the_published_page_has_every_block(block: str) -> None:
    page = FILE.read_text("utf-8")
    assert page.index(f"<!-- {block} -->") < page.index(f"<!-- /{block} -->")
