"""What today's readers make of kept answers, as data and as text."""

from collections.abc import Iterator
from typing import Any

from crawler.replay import Differs, NoReplay, Replayed, beside_live, read_again
from data.evidence import Exhibit
from data.names import clean
from service.desk import Desk

_SHOWN = 20


def read_out(desk: Desk, exhibit: Exhibit) -> dict[str, Any]:
    """One answer: where it is from, whom it tells of, and what is live of them otherwise."""
    told: dict[str, Any] = {
        "id": exhibit.id,
        "register": exhibit.register_id,
        "run": exhibit.run_id,
        "url": exhibit.url,
        "fetched_at": exhibit.fetched_at,
        "redacted": exhibit.redacted,
        "people": [],
        "trouble": "",
    }
    register = desk.catalogue.get(exhibit.register_id)
    try:
        for record, whole in read_again(register, exhibit):
            differs = beside_live(desk.store, register, record) if whole else []
            told["people"].append(
                {
                    "key": record.key,
                    "name": record.name.full,
                    "status": record.status,
                    "word": record.word,
                    "live": differs is not None,
                    "differs": [_out(one) for one in differs or []],
                }
            )
    except NoReplay as error:
        told["trouble"] = str(error)
    return told


def _out(one: Differs) -> dict[str, Any]:
    return {"fact": one.fact, "live": one.published, "read": one.read}


def read_text(told: dict[str, Any]) -> str:
    """The same for a terminal."""
    return "\n".join(_lines(told))


def _lines(told: dict[str, Any]) -> Iterator[str]:
    if told["redacted"]:
        yield "Somebody who was erased has been taken out of it."
    if told["trouble"]:
        yield told["trouble"]
    people = told["people"]
    for one in people[:_SHOWN]:
        yield f"Read today: {one['key']}  {clean(one['name'], 80)}  {one['status'].value}"
        if not one["live"]:
            yield "  is not live"
        for fact in one["differs"]:
            yield f"  {fact['fact']}: live {_short(fact['live'])}, read {_short(fact['read'])}"
    if len(people) > _SHOWN:
        yield f"… and {len(people) - _SHOWN} more; --json shows everybody."


def _short(value: Any) -> str:
    return repr(clean(str(value), 80))


def replayed_text(told: Replayed) -> str:
    """A replayed run for a terminal."""
    lines = [
        f"Run {told.run_id} read again from {told.answers} kept answers: {told.read} people "
        f"derived, {told.same} as published."
    ]
    lines += [f"  damaged: {told.damage}"] if told.damage else []
    if told.unanswered:
        lines.append(f"  {told.unanswered} answers are not in the evidence.")
    for name, keys in (("not derived again", told.lost), ("never published", told.extra)):
        if keys:
            lines.append(f"  {name}: {len(keys)} [{', '.join(keys[:3])}]")
    lines += [
        f"  {one.key} {one.fact}: published {_short(one.published)}, read {_short(one.read)}"
        for one in told.differs[:_SHOWN]
    ]
    if len(told.differs) > _SHOWN:
        lines.append(f"  … and {len(told.differs) - _SHOWN} more; --json shows all.")
    return "\n".join([*lines, *(f"  finding: {one}" for one in told.findings)])
