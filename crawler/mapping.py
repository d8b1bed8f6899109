"""What a register's words mean, by its file: status, class, flag and notices decide together."""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from config.register import Register
from config.vocabulary import ADVERSE, AUTHORISED, Status
from data.names import fold
from data.records import Notice, Record

# What makes a record unfit to confirm anybody; service/words.py says each in plain language.
UNKNOWN_WORD = "unknown_word"
UNKNOWN_CLASS = "unknown_class"
CONTRADICTION = "contradiction"
NO_FLAG = "flag_unreadable"
# What the operator is told of them, by the first person they are met at.
TOLD = {
    UNKNOWN_WORD: "A status word that the register's file does not know: “{word}”.",
    UNKNOWN_CLASS: "A class of registration that the register's file does not know: “{category}”.",
    CONTRADICTION: "The yes or no on practising contradicts “{category} / {word}”.",
    NO_FLAG: "The yes or no on practising cannot be read.",
}


def _meaning(word: str, table: dict[str, Status]) -> Status | None:
    said = plain(word)
    return next((status for printed, status in table.items() if plain(printed) == said), None)


@lru_cache(4096)
def plain(word: str) -> str:
    """A printed word for comparing: case, spaces and kinds of dash do not count."""
    return " ".join(word.replace("\u2013", "-").replace("\u2014", "-").casefold().split())


def standing(
    register: Register,
    word: str,
    category: str | None,
    may_practise: bool | None,
    restricted: bool,
    noticed: bool,
) -> tuple[Status, str]:
    """Our status for a registration, and why it is unrecognised when it is ("" otherwise).

    Follows the registers' reference, table 2.6: nothing unknown or contradictory ever passes as
    authorised. `category` None means the class is not known yet (a listing without its detail).
    """
    status = _meaning(word, register.status)
    if status is None:
        return Status.UNRECOGNISED, UNKNOWN_WORD
    if status in AUTHORISED and register.category:
        by_class = None if category is None else _meaning(category, register.category)
        if by_class is None:
            return Status.UNRECOGNISED, UNKNOWN_CLASS
        status = by_class if by_class is not Status.AUTHORISED else status
    if register.flag_printed:
        if may_practise is None:
            return Status.UNRECOGNISED, NO_FLAG
        if may_practise is (status in ADVERSE):
            return Status.UNRECOGNISED, CONTRADICTION
    return _with_alerts(status, restricted, noticed), ""


def _with_alerts(status: Status, restricted: bool, noticed: bool) -> Status:
    if status not in (Status.AUTHORISED, Status.AUTHORISED_NOTICE):
        return status
    if restricted:
        return Status.AUTHORISED_CONDITIONS
    return Status.AUTHORISED_NOTICE if noticed else status


def part_alerts(
    register: Register, notices: Iterable[Notice]
) -> tuple[tuple[Notice, ...], tuple[Notice, ...]]:
    """(restrictions, others): a notice that speaks of a condition or limit is a restriction."""
    words = [fold(word) for word in register.restriction_words]
    restrictions: list[Notice] = []
    others: list[Notice] = []
    for notice in notices:
        said = f" {fold(notice.text)} "
        limits = any(f" {word} " in said or f" {word}s " in said for word in words)
        (restrictions if limits else others).append(notice)
    return tuple(restrictions), tuple(others)


def with_alerts(
    register: Register, record: Record, limits: Iterable[Notice], notices: Iterable[Notice]
) -> Record:
    """`record` with what its page tells beside the row: restrictions, and notices of any kind."""
    restrictions, others = part_alerts(register, notices)
    restrictions = tuple(dict.fromkeys((*record.restrictions, *limits, *restrictions)))
    others = tuple(dict.fromkeys((*record.notices, *others)))
    status, _ = standing(
        register,
        record.word,
        record.category,
        record.may_practise,
        bool(restrictions),
        bool(others),
    )
    return replace(record, status=status, restrictions=restrictions, notices=others)
