"""Looks for garbage less often than Python would: nearly nothing here is a circle."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def calm() -> Iterator[None]:
    """For a process that makes millions of small things (an audit), or has much to look through
    while somebody waits (the service: a search for garbage among what it remembers takes 0.2 s).

    What is new is looked through in steps of about a millisecond, what has lasted rarely.
    """
    usual = gc.get_threshold()
    gc.set_threshold(5_000, 1_000, 50)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
