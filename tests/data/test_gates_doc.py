"""docs/gates.md is written from data/findings.py by this test, which fails when it had to; and no
code that the rooms give a finding is missing there."""

import ast
from collections.abc import Iterator
from pathlib import Path

from crawler import ask
from crawler.mapping import TOLD
from data.findings import FINDINGS

HOME = Path(__file__).parents[2]
PAGE = HOME / "docs" / "gates.md"
_GIVEN = {"Issue", "Oddity", "_hold", "odd"}

HEAD = """# What a run must pass before it goes live

Written by the test suite from `data/findings.py`; edit that, not this page.

A run writes to staging. When the sweep has ended, `data/gates.py` looks at what was counted; any
finding of level **hold** keeps the whole run from going live. A **withhold** finding lets the run
through and answers `cannot_confirm` for the people it names. `goodstanding runs show ID` prints
every finding with its count and a few examples; `runs approve ID --why …` publishes a held run on a
person's word (not one that did not come to its end), `runs reject ID --why …` puts it aside. Who
decided, when and why is kept with the run and in the audit log.

| code | level | when |
|---|---|---|
"""
TAIL = """
The completeness of Ontario: the five `registrationStatus` lists are swept, each must hold what it
says, and together what `all` says. A list that does not is read once more; if they still do not add
up, `all` is read for whoever is in none of the five.
"""


def page() -> str:
    rows = [f"| `{code}` | {level} | {when} |" for code, (level, when) in FINDINGS.items()]
    return HEAD + "\n".join(rows) + "\n" + TAIL


def given() -> Iterator[str]:
    """Every code that is written out where a finding is made."""
    yield from TOLD
    for error in vars(ask).values():
        if isinstance(error, type) and issubclass(error, ask.CrawlError):
            yield error.code
    for path in [*(HOME / "data").rglob("*.py"), *(HOME / "crawler").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in _GIVEN:
                    yield from _words(node.args[0])
                elif name == "append" and isinstance(node.args[0], ast.Tuple):
                    yield from _words(node.args[0].elts[0])


def _words(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from (*_words(node.body), *_words(node.orelse))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def test_every_code_is_explained() -> None:
    found = set(given()) - {"crawl_error"}
    assert found <= FINDINGS.keys()
    assert FINDINGS.keys() - found <= {"failed"}  # made by crawler/refresh.py of two


def test_the_page_says_what_the_gates_do() -> None:
    before = PAGE.read_text("utf-8") if PAGE.exists() else ""
    PAGE.write_text(page(), "utf-8")
    assert before == page(), "docs/gates.md was out of date and has been rewritten: look at it"
