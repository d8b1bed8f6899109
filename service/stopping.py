"""Lets Ctrl-C and SIGTERM end a long work between two portions instead of in the middle of one."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def stopping() -> Iterator[Callable[[], bool]]:
    """Whether somebody has asked to stop; the second time asks Python's usual way."""
    asked = threading.Event()
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}

    def ask(_signal: int, _frame: object) -> None:
        asked.set()
        for one, handler in before.items():
            signal.signal(one, handler)

    for one in before:
        signal.signal(one, ask)
    try:
        yield asked.is_set
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
