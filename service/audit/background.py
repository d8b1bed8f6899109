"""Judges the audits of workspaces beside the answers: a few at a time, one of each workspace.

What is to be done stands in the store: an audit in the state `running`. A process that ends or is
killed loses nothing, whichever process comes next goes on, and nothing is judged twice.
"""

import logging
import secrets
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

from data import audits, turns
from data.store import StoreError
from service import log
from service.audit.judge import Settled
from service.audit.run import Watch, run
from service.desk import Desk

SECONDS = 0.5  # between two looks at what is to be done
AT_ONCE = 2


class _Ending(Exception):
    """This process ends, or another has the turn: the audit stays as it is, to be gone on with."""


class Auditor:
    """The audits that this process judges."""

    def __init__(self, desk: Desk, clock: Callable[[], datetime]) -> None:
        """Nothing is being judged."""
        self.desk, self.clock = desk, clock
        self.owner = secrets.token_hex(8)
        self._ending = threading.Event()
        self._pool = ThreadPoolExecutor(AT_ONCE, "audit")
        self._busy: set[Future[None]] = set()

    def begin_what_waits(self) -> None:
        """Take on what waits, as far as there is room; raises StoreError."""
        self._busy = {one for one in self._busy if not one.done()}
        with self.desk.store.read() as db:
            waiting = turns.waiting(db, self.clock())
        for one in waiting:
            if len(self._busy) >= AT_ONCE or self._ending.is_set():
                return
            with self.desk.store.brief() as db:
                ours = turns.take(db, one, self.owner, self.clock())
            if ours:
                self._busy.add(self._pool.submit(self.judge, one[1]))

    def judge(self, audit_id: int) -> None:
        """Judge one audit whose turn is ours, and give the turn back."""
        try:
            run(self.desk, audit_id, self.clock, self._watch(audit_id))
        except _Ending:
            pass
        except StoreError:  # the turn runs out, then somebody tries again
            log.event("audit_waits", level=logging.WARNING, ref=str(audit_id))
            return
        except Exception as error:
            log.failed("audit_broke", error, ref=str(audit_id))
            with self.desk.store.begin() as db:
                audits.set_state(db, audit_id, audits.STOPPED, None)
        with self.desk.store.begin() as db:
            turns.leave(db, audit_id, self.owner)

    def _watch(self, audit_id: int) -> Watch:
        def progress(_done: int, _of: int, _rows: Sequence[Settled]) -> None:
            if self._ending.is_set():
                raise _Ending
            with self.desk.store.begin() as db:
                if not turns.beat(db, audit_id, self.owner, self.clock()):
                    raise _Ending

        def stopped() -> bool:
            with self.desk.store.read() as db:
                return audits.head_of(db, audit_id).state == audits.STOPPED

        return Watch(progress, stopped)

    def close(self) -> None:
        """End after the portions at hand; what is left is gone on with by whoever comes next."""
        self._ending.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
