"""Answers as of an earlier day, on two clocks: what we had seen by then, and what is known since.

For the command line only: what a register has taken down is not shown to the public any more.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time

from config.vocabulary import ADVERSE, AUTHORISED, Verdict
from data.past import readings_at, registered_at
from data.reader import Reader
from data.records import Notice, Record
from service import words
from service.answer import Answer, Query, Reason
from service.candidates import Finder, Found
from service.desk import Conditions, Desk
from service.language import say
from service.telling import tell
from service.verdict import Candidate, Judgement
from service.verify import QuestionError, judged, question

CONFIRMING = (Verdict.CONFIRMED, Verdict.CONFIRMED_WITH_CONDITIONS)


def verify_on(desk: Desk, query: Query, day: date, now: datetime) -> Answer:
    """The verdict there would have been at the end of `day` (UTC), unless more is known since.

    What the register has said later about that day (a suspension or notice dated back, a first
    registration after it) can only take a confirmation away. Raises QuestionError for a day to
    come.
    """
    then = end_of(day, now)
    asked = question(desk, query)
    with desk.store.look() as look:
        conditions = Conditions(desk, readings_at(look, then), then)
        verdict, found = settle_on(Finder(desk, look, conditions, asked), day, then)
    answer = tell(desk, asked, verdict, found, then)
    said = words.reason("as_of_day", day=words.day(day))
    return answer.model_copy(
        update={
            "reasons": [Reason(code="as_of_day", text=said), *answer.reasons],
            "query": answer.query.model_copy(update={"on": day}),
            "evaluated_at": now,
            "valid_until": None,
        }
    )


def end_of(day: date, now: datetime) -> datetime:
    """The moment that `day` is asked about; raises QuestionError for a day to come."""
    if day > now.date():
        raise QuestionError(
            say("%(day)s is still to come. Ask about today or an earlier day.", day=day)
        )
    return min(now, datetime.combine(day, time(23, 59, 59), UTC))


def settle_on(finder: Finder, day: date, then: datetime) -> tuple[Judgement, Found]:
    """Verdict and people on one question as of a day; its `conditions` are those of `then`."""
    found = finder.find_all()  # whoever bears the number now may not have been seen then
    today = {one.registered.id: one.registered.record for one in found.candidates}
    back = _back(finder.look, finder.conditions, found, then)
    found = Found(list(back), found.searched)
    if today and not found.candidates:
        return Judgement(Verdict.CANNOT_CONFIRM, ("not_seen_then",)), found
    return _corrected(judged(found, finder.conditions, finder.question, then), today, day), found


def _back(
    look: Reader, conditions: Conditions, found: Found, then: datetime
) -> Iterator[Candidate]:
    """The candidates as they stood then; whoever had not been seen yet is none."""
    for one in found.candidates:
        reading = conditions.readings.get(one.registered.record.register)
        was = registered_at(look, one.registered, reading, then)
        if was is not None:
            yield replace(one, registered=was)


def _corrected(found: Judgement, today: dict[int, Record], day: date) -> Judgement:
    """The judgement less what has become known since."""
    if found.verdict not in CONFIRMING:
        return found
    [one] = found.about
    known = list(_known_since(one.registered.record, today[one.registered.id], day))
    if not known:
        return found
    return replace(found, verdict=Verdict.CANNOT_CONFIRM, reasons=(*known, *found.reasons))


def _known_since(then: Record, now: Record, day: date) -> Iterator[str]:
    if now.first_registered and now.first_registered > day:
        yield "registered_later"
    later = now.status in ADVERSE and now.effective is not None and now.effective <= day
    if later and then.status in AUTHORISED:
        yield "adverse_since_known"
    noted = {*then.notices, *then.restrictions}
    if any(_covers(one, day) for one in {*now.notices, *now.restrictions} - noted):
        yield "notice_since_known"


def _covers(notice: Notice, day: date) -> bool:
    """Whether a notice was in force that day by its own dates."""
    begun = notice.since is not None and notice.since <= day
    return begun and (notice.until is None or notice.until >= day)
