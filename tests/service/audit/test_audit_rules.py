"""The verdict of a row is the one that `verify` gives: there are no second rules."""

import random
from collections.abc import Iterator

import pytest

from data.audits import Kept, Result
from service.answer import Answer
from service.asof import verify_on
from service.audit.judge import Judge, query_of
from service.verify import QuestionError, verify
from tests.service.crowd import KINDS, Crowd, Kind, Somebody, crowd

ROWS = 400


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.name)
def everybody(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Crowd]:
    kind: Kind = request.param
    with crowd(kind, tmp_path_factory.mktemp("crowd") / "home") as made:
        yield made


def _row(row: int, crowd: Crowd, one: Somebody, chance: random.Random) -> Kept:
    """A question about somebody, as often wrong in some way as right."""
    record, other = one.record, crowd.other(one, chance).record
    name = chance.choice(record.names).full
    name = chance.choice([name] * 5 + [name.upper(), record.name.family, other.name.full, "Ng", ""])
    number = chance.choice([record.number] * 5 + [other.number, f"{record.number}9", "", "1O23"])
    number = number[:-1] if chance.random() < 0.05 else number
    place = record.places[0] if record.places else None
    city = place.city if place else "Ottawa"
    where = chance.choice(["", city, f"{city}, Ontario", "Ontario", "Utah", "Wyoming", "Elsewhere"])
    register = chance.choice(["", "", "", record.register, "no such register"])
    profession = chance.choice(["massage therapist"] * 9 + ["physiotherapist"])
    said = {"name": name, "number": number, "place": where, "register": register}
    said |= {"province": "", "clinic": "", "role": "", "profession": profession}
    return Kept(row, row, (), said, ())


def _rows(crowd: Crowd) -> list[Kept]:
    chance = random.Random(f"{crowd.kind.name} rows")
    return [_row(n, crowd, chance.choice(crowd.people), chance) for n in range(1, ROWS + 1)]


def _same(result: Result, answer: Answer) -> None:
    said = tuple(
        reason.code for reason in answer.reasons if reason.code not in ("as_of_day", "source")
    )
    assert (result.verdict, result.reasons) == (answer.verdict.value, said)
    assert (result.assurance or None) == answer.assurance
    assert result.valid_until == answer.valid_until
    if len(answer.matches) == 1 and result.listed_as:
        match = answer.matches[0]
        assert (result.number or None, result.key) == (match.number, match.key)
        assert (result.listed_as, result.last_checked) == (match.name, match.last_checked)
        assert result.status in ("", match.status)
    if answer.suggestions:
        assert result.suggestion == " ".join(answer.suggestions)


def test_every_row_is_judged_as_verify_judges(everybody: Crowd) -> None:
    rows, now = _rows(everybody), everybody.clock.at
    with everybody.desk.store.look() as look:
        judge = Judge(everybody.desk, look, now)
        results = {one.kept.row: one.result for one in judge.quick(rows)}
        left = [kept for kept in rows if kept.row not in results]
        results |= {one.kept.row: one.result for one in judge.searched(left)}
    assert sorted(results) == [kept.row for kept in rows]
    verdicts = set()
    for kept in rows:
        result = results[kept.row]
        try:
            answer = verify(everybody.desk, query_of(everybody.desk, kept), now)
        except QuestionError as error:
            assert (result.verdict, result.refused) == ("cannot_confirm", str(error))
            continue
        _same(result, answer)
        verdicts.add(result.verdict)
    assert len(verdicts) >= 6


def test_and_so_is_every_row_of_an_earlier_day(everybody: Crowd) -> None:
    rows, now = _rows(everybody)[:100], everybody.clock.at
    for back in (1, 2):
        day = now.date().fromordinal(now.date().toordinal() - back)
        with everybody.desk.store.look() as look:
            judge = Judge(everybody.desk, look, now, day)
            results = judge.searched(rows)
        for one in results:
            if one.result.reasons != ("question_refused",):
                query = query_of(everybody.desk, one.kept)
                _same(one.result, verify_on(everybody.desk, query, day, now))
