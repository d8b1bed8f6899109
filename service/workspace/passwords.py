"""Passwords of people: what may be one, and whether a given one is right, always as slowly."""

import secrets
import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from service.language import say

SHORTEST, LONGEST = 12, 200
_HASHER = PasswordHasher()  # argon2id, 64 MiB, three passes (RFC 9106)
_AT_ONCE = threading.Semaphore(2)  # each takes 64 MiB and a core


class PasswordRefused(ValueError):
    """This cannot be a password; says why."""


def digest(password: str, *about: str) -> str:
    """What is kept of a new password; `about` must not stand in it. Raises PasswordRefused."""
    said = _plain(password)
    if not SHORTEST <= len(said) <= LONGEST:
        raise PasswordRefused(
            say(
                "A password has %(least)s to %(most)s characters. A few words in a row will do.",
                least=SHORTEST,
                most=LONGEST,
            )
        )
    if len(set(said)) < 6:
        raise PasswordRefused(say("This password repeats too few characters. Take another."))
    if any(len(word) > 3 and word.casefold() in said.casefold() for word in about):
        raise PasswordRefused(say("The password holds your address or workspace. Take another."))
    with _AT_ONCE:
        return _HASHER.hash(said)


def right(kept: str, given: str) -> bool:
    """Whether this is the password; without one kept, as slowly, no."""
    said = _plain(given[: LONGEST * 4])
    with _AT_ONCE:
        try:
            return _HASHER.verify(kept or _nobodys(), said) and bool(kept)
        except (VerificationError, InvalidHashError):
            return False


@cache
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_hex(16))


def _plain(password: str) -> str:
    """However a keyboard composes its letters."""
    return unicodedata.normalize("NFKC", password)
