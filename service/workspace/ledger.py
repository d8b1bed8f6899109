"""Writes down who saw what without making anybody wait: lines are kept here, and written together.

A night's publication holds SQLite for seconds, and no look-up may wait for that. Lines are written
every few seconds and when the service stops; a process that is killed loses those of that time.
"""

import logging
import threading
from datetime import datetime

import sqlalchemy as sa

from data import accesslog, apikeys, signins
from data.accesslog import Access
from data.store import Store, StoreError
from service import log

SECONDS = 2.0
_MOST = 100_000  # lines that wait while the store cannot be written


class Ledger:
    """What is to be written down, of all threads of this process."""

    def __init__(self, store: Store) -> None:
        """Nothing is waiting."""
        self.store = store
        self._lock = threading.Lock()
        self._lines: list[Access] = []
        self._keys: set[str] = set()
        self._sign_ins: set[str] = set()

    def note(self, line: Access) -> None:
        """Somebody saw or did something."""
        with self._lock:
            self._lines.append(line)

    def key_used(self, ref: str) -> None:
        """A key is in use."""
        with self._lock:
            self._keys.add(ref)

    def sign_in_used(self, digest: str) -> None:
        """A sign-in is in use, so it is not idle."""
        with self._lock:
            self._sign_ins.add(digest)

    def flush(self, now: datetime) -> None:
        """Write what waits; where that is not possible now, it goes on waiting."""
        with self._lock:
            lines, self._lines = self._lines, []
            keys, self._keys = self._keys, set()
            sign_ins, self._sign_ins = self._sign_ins, set()
        if not (lines or keys or sign_ins):
            return
        try:
            with self.store.brief() as db:
                accesslog.append(db, lines)
                apikeys.used(db, keys, now)
                signins.seen(db, sorted(sign_ins), now)
        except (StoreError, sa.exc.IntegrityError):
            self._take_back(lines, keys, sign_ins)

    def _take_back(self, lines: list[Access], keys: set[str], sign_ins: set[str]) -> None:
        with self._lock:
            self._lines = (lines + self._lines)[-_MOST:]
            self._keys |= keys
            self._sign_ins |= sign_ins
            waiting = len(self._lines)
        log.event("access_log_waits", level=logging.WARNING, count=waiting)
