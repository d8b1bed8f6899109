"""What a platform says of a row of a list: whether it moved, and what nobody declared."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from config.register import Register
from crawler import reading
from crawler.ask import Oddity


def digest_of(register: Register, *said: Any) -> str:
    """Changes when a listing changes, or our reading of it does."""
    parts = [register.reading_digest, *said]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def undeclared(said: Iterable[str], known: set[str], register: Register) -> Iterator[Oddity]:
    """A word about every field that nobody declared."""
    for name in sorted(set(said) - known - set(register.ignore)):
        shown = reading.text(name, 60)
        yield Oddity("undeclared_field", f"The register sends a field we do not know: {shown}.")
