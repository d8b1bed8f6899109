"""Answers that were kept, given again in their order: to go on after an interruption, to replay."""

from collections import defaultdict, deque
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from config.register import Register
from config.vocabulary import Level, RunState
from crawler.ask import Answer, Ask
from crawler.platforms import PLATFORMS, keeps_session
from data import evidence, warc
from data.run import issue_table, run_table
from data.store import Store
from data.warc import QUESTION, Kept


class Recording:
    """The evidence of one run, by question. Each answer is given once, as when it was asked."""

    def __init__(self, store: Store, paths: Iterable[Path], large: Path | None = None) -> None:
        """Read what is there; what follows a damaged place is not. Large answers go to `large`."""
        self.store, self.large = store, large
        self.damage = ""
        self.began: datetime | None = None
        self._waiting: dict[str, deque[tuple[Path, int]]] = defaultdict(deque)
        for path in paths:
            try:
                for kept in warc.walk(path, bodies=False):
                    self._note(path, kept)
            except warc.Damaged as error:
                self.damage = f"{path.name}: {error}"

    def _note(self, path: Path, kept: Kept) -> None:
        self.began = min(self.began or kept.said.at, kept.said.at)
        if question := kept.said.asked.get(QUESTION):
            self._waiting[question].append((path, kept.offset))

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def has(self, ask: Ask) -> bool:
        """Whether there is another answer to this question."""
        return bool(self._waiting.get(ask.question))

    def answer(self, ask: Ask) -> Answer | None:
        """The next answer to this question; None when there is none that can be read."""
        if (ask.stream and not self.large) or not self.has(ask):
            return None
        path, offset = self._waiting[ask.question].popleft()
        kept = warc.read_at(path, offset)
        body = self._body(kept) if kept else None
        if kept is None or body is None:
            return None
        said, file = kept.said, None
        if ask.stream and self.large:
            file, _ = self.large, self.large.write_bytes(body)
            body = b""
        return Answer(ask, said.url, said.status, said.headers, body, said.at, file)

    def _body(self, kept: Kept) -> bytes | None:
        """Its own body, or for bytes that had been kept before, those."""
        digest = kept.said.digest
        if kept.body is not None:
            return kept.body if evidence.digest_of(kept.body) == digest else None
        with suppress(ValueError):
            exhibit = evidence.find(self.store, digest)
            return exhibit.body if exhibit and not exhibit.redacted else None
        return None


def files_of(store: Store, register_id: str, run_id: int) -> list[Path]:
    """The evidence files of a run: one, under whatever name retention gave it."""
    return sorted((store.evidence / register_id).glob(f"run-{run_id}.*warc.gz"))


def unfinished(store: Store, register: Register, run_id: int, oldest: datetime) -> Recording | None:
    """What the run before this one had read when it was interrupted, if all of it is young enough.

    A register that keeps a session knows nothing of the old one: there we begin anew.
    """
    if keeps_session(PLATFORMS[register.platform]):
        return None
    before = _interrupted(store, register.id, run_id)
    recording = Recording(store, files_of(store, register.id, before)) if before else None
    if recording and recording.began and recording.began >= oldest:
        return recording
    return None


def _interrupted(store: Store, register_id: str, run_id: int) -> int | None:
    """The run before, if it ended for no reason but that somebody, or the network, stopped it."""
    mine = sa.and_(run_table.c.register_id == register_id, run_table.c.id < run_id)
    query = sa.select(run_table).where(mine).order_by(run_table.c.id.desc()).limit(1)
    with store.read() as db:
        run = db.execute(query).mappings().first()
        if run is None or run["complete"]:
            return None
        hold = sa.and_(issue_table.c.run_id == run["id"], issue_table.c.level == Level.HOLD.value)
        codes = set(db.scalars(sa.select(issue_table.c.code).where(hold)))
    stopped = run["state"] is RunState.FAILED and codes == {"interrupted"}
    silent = run["state"] is RunState.HELD and codes == {"unreachable"}
    return int(run["id"]) if stopped or silent else None
