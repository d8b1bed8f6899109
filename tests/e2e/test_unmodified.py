"""A register that says "not modified" unasked is refused, not asked for ever."""

from crawler.standin import Reply, Request, Standin
from tests.e2e.cli import PEOPLE, Home


def unmodified(request: Request, honest: Reply) -> Reply:
    """304 to every question about people."""
    return honest if request.path == "/robots.txt" else Reply(304, b"")


def test_not_modified_unasked_ends_the_run(home: Home, before: str) -> None:
    with Standin(PEOPLE, unmodified) as site:
        done = home.refresh(site.url)
        asked = len(site.requests)
    assert done.code == 3 and "unreadable" in done.holds
    assert asked <= 20
    assert home.export() == before
