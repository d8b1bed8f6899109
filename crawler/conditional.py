"""Asks for what changed only: a server that says "not modified" vouches for the answer we keep."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from crawler.ask import Answer, Ask
from data import evidence
from data.marks import Mark, marks
from data.store import Store

_OLD = frozenset({"age", "content-length", "date"})  # of the kept answer; the new one has its own


class Conditional:
    """What a server told us to recognise its answers by, while we still have them."""

    def __init__(self, store: Store, register_id: str) -> None:
        """Remember the marks of one register."""
        self.store = store
        self.marks: dict[str, Mark] = marks(store, register_id)

    def headers(self, ask: Ask) -> dict[str, str]:
        """What to ask with; nothing where we have no answer, or must not take one twice."""
        mark = self.marks.get(ask.question)
        if mark is None or not may_be_kept(ask):
            return {}
        if evidence.first_kept(self.store, mark.evidence_id) is None:
            del self.marks[ask.question]
            return {}
        said = {"If-None-Match": mark.etag, "If-Modified-Since": mark.modified}
        return {name: value for name, value in said.items() if value}

    def answer(self, ask: Ask, said: Mapping[str, str], at: datetime, large: Path) -> Answer | None:
        """The kept answer as one of this moment; None when it cannot be read any more.

        `said` are the headers of the "not modified": how old that is, is theirs to say. A large
        answer is written to the file `large`.
        """
        mark = self.marks.pop(ask.question, None)
        if mark is None:
            return None
        kept = evidence.take(self.store, mark.evidence_id, large if ask.stream else None)
        if kept is None:
            return None
        old = {name: value for name, value in kept.said.headers.items() if name not in _OLD}
        headers = {**old, **{name: value for name, value in said.items() if name in _OLD}}
        headers.pop("content-length", None)
        path = large if ask.stream else None
        return Answer(ask, kept.said.url, 200, headers, kept.body or b"", at, path)


def may_be_kept(ask: Ask) -> bool:
    """Whether an answer to this question may be taken again: a page, asked for what it is."""
    return ask.method == "GET" and not ask.bust and ask.url.startswith("http")


def mark_of(ask: Ask, answer: Answer, evidence_id: str) -> Mark | None:
    """What to recognise this answer by, if the server gave anything."""
    etag, modified = (answer.headers.get(name, "") for name in ("etag", "last-modified"))
    if answer.status != 200 or not (etag or modified) or not may_be_kept(ask):
        return None
    if len(etag) > 200 or len(modified) > 60:
        return None
    return Mark(ask.question, evidence_id, etag, modified)
