"""Structured logs: events with a closed list of fields, so that no name of a person can enter.

One JSON object a line where no terminal watches (`--log json`), else short text. Errors appear as
their kind and place, never with their words, which may quote a page or a question.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

FIELDS = frozenset(
    "register run slot attempt state seconds code codes channel ref tries count method route "
    "status millis error next pid jump".split()
)
_LOGGER = logging.getLogger("goodstanding")
Style = Literal["auto", "json", "text"]


def setup(style: Style, out: TextIO | None = None) -> None:
    """Send our events, and the warnings of the web server, to stderr (or `out`) in one form."""
    out = out or sys.stderr
    as_json = not out.isatty() if style == "auto" else style == "json"
    handler = logging.StreamHandler(out)
    handler.setFormatter(_Json() if as_json else _Text())
    ours = logging.DEBUG if as_json else logging.INFO  # requests only where programs read
    for name, level in (
        ("goodstanding", ours),
        ("uvicorn", logging.WARNING),
        ("apscheduler", logging.ERROR),
    ):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level)


def event(name: str, *, level: int = logging.INFO, **fields: Any) -> None:
    """Log one event. Raises TypeError for a field that is not on the list."""
    if strangers := set(fields) - FIELDS:
        raise TypeError(f"Not fields of our log: {', '.join(sorted(strangers))}")
    told = {key: value for key, value in fields.items() if value is not None}
    _LOGGER.log(level, name, extra={"fields": told})


def failed(name: str, error: BaseException, **fields: Any) -> None:
    """Log that something broke: the kind of the error and where, never what it says."""
    event(name, level=logging.ERROR, error=_where(error), **fields)


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    last = f" at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{last}"


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    """What is told of a record. Of others' records neither arguments nor error texts."""
    fields: dict[str, Any] | None = getattr(record, "fields", None)
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    facts = {"at": at.replace("+00:00", "Z"), "level": record.levelname.lower()}
    if fields is not None:
        return facts | {"event": record.msg} | fields
    facts |= {"event": record.name, "text": str(record.msg).splitlines()[0][:200]}
    if record.exc_info and record.exc_info[1]:
        facts["error"] = _where(record.exc_info[1])
    return facts


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(_facts(record), default=str)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        facts = _facts(record)
        head = f"{facts.pop('at')[:19]}Z {facts.pop('event')}"
        del facts["level"]
        return " ".join([head, *(f"{key}={value}" for key, value in facts.items())])
