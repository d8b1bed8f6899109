"""A register as one file: dated by its publisher, read by its heading, whole or not at all."""

from datetime import UTC, date, datetime

import pytest

from config.register import Register
from config.vocabulary import Status
from crawler.ask import Answer, Ask, AsOf, Found, Oddity, Seen, Unreachable, Unreadable
from crawler.inbox import newest
from crawler.platforms import PLATFORMS

BULK = PLATFORMS["bulk"]
HEAD = "Name,License #,Licensed Since,Issue Date,Expiration,Status\n"
ANA = "ANA LOU DAHL,LA9990,1/11/2010,4/1/2026,3/31/2027,ACTIVE\n"
NAME = "file:///inbox/roster-2026-06-16.csv"


def read(register: Register, body: str | bytes, url: str = NAME, **headers: str) -> list[Found]:
    raw = body.encode() if isinstance(body, str) else body
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    at = datetime(2026, 6, 20, tzinfo=UTC)
    return list(BULK.read(register, Answer(Ask(url, "file"), url, 200, named, raw, at)))


def codes(found: list[Found]) -> list[str]:
    return [one.code for one in found if isinstance(one, Oddity)]


def seen(found: list[Found]) -> list[Seen]:
    return [one for one in found if isinstance(one, Seen)]


def test_a_row_becomes_a_record(louisiana: Register) -> None:
    [one] = seen(read(louisiana, HEAD + ANA))
    record = one.record
    assert (record.name.full, record.name.family, record.number) == (
        "ANA LOU DAHL",
        "DAHL",
        "LA9990",
    )
    assert (record.status, record.word, record.key) == (Status.AUTHORISED, "ACTIVE", "LA9990")
    assert (record.first_registered, record.expires) == (date(2010, 1, 11), date(2027, 3, 31))
    assert one.detail is None and one.digest is None


@pytest.mark.parametrize(
    ("url", "modified", "when"),
    [
        (NAME, "", datetime(2026, 6, 16, 5, tzinfo=UTC)),
        (NAME, "Fri, 19 Jun 2026 00:00:00 GMT", datetime(2026, 6, 16, 5, tzinfo=UTC)),
        ("http://x/active%20lmt%206-16-2026.csv", "", datetime(2026, 6, 16, 5, tzinfo=UTC)),
        ("http://x/01-02-2026.csv", "", datetime(2026, 1, 2, 6, tzinfo=UTC)),
        ("http://x/roster.csv?2026-06-16", "", None),
        ("http://x/2026-06-16/roster.csv", "", None),
        ("http://x/2026-02-30.csv", "", None),
        ("http://x/roster.csv", "Fri, 19 Jun 2026 00:00:00 GMT", datetime(2026, 6, 19, tzinfo=UTC)),
        ("http://x/roster.csv", "whenever", None),
        ("file:///inbox/roster.csv", "", None),
    ],
)
def test_the_age_of_a_file_is_its_publishers(
    louisiana: Register, url: str, modified: str, when: datetime | None
) -> None:
    headers = {"last_modified": modified} if modified else {}
    [as_of] = [one for one in read(louisiana, HEAD + ANA, url, **headers) if isinstance(one, AsOf)]
    assert as_of.when == when


def test_an_unknown_word_never_passes(louisiana: Register) -> None:
    [one] = seen(read(louisiana, HEAD + ANA.replace("ACTIVE", "PROBATION")))
    assert (one.record.status, one.record.doubts) == (Status.UNRECOGNISED, ("unknown_word",))


@pytest.mark.parametrize("said", ["31/3/2027", "2/30/2027", "2027", "3/31/27", "x"])
def test_an_impossible_expiry_withholds(louisiana: Register, said: str) -> None:
    found = read(louisiana, HEAD + ANA.replace("3/31/2027", said))
    assert seen(found)[0].record.doubts == ("bad_date",) and codes(found) == ["bad_date"]


def test_garbled_names_are_mended_and_told(louisiana: Register) -> None:
    found = read(louisiana, HEAD + ANA.replace("ANA", "RenÃ©e"))
    assert seen(found)[0].record.name.given == "Renée" and codes(found) == ["garbled_text"]


@pytest.mark.parametrize("lost", ["ANA LOU DAHL", "LA9990"])
def test_a_row_of_nobody_is_told(louisiana: Register, lost: str) -> None:
    found = read(louisiana, HEAD + ANA.replace(lost, " ") + ANA)
    assert len(seen(found)) == 1 and codes(found) == ["unreadable_row"]


def test_a_number_too_long_to_be_one_is_told(louisiana: Register) -> None:
    assert codes(read(louisiana, HEAD + ANA.replace("LA9990", "9" * 81))) == ["unreadable_row"]


def test_a_broken_row_is_told_and_a_cut_file_too(louisiana: Register) -> None:
    assert codes(read(louisiana, HEAD + "ANA,LA1\n" + ANA)) == ["broken_row"]
    assert codes(read(louisiana, HEAD + ANA + ANA[:30])) == ["broken_row", "cut_file"]


def test_a_file_cut_inside_its_last_word_confirms_nobody_by_it(louisiana: Register) -> None:
    last = seen(read(louisiana, HEAD + ANA + ANA[:-3]))[-1]
    assert last.record.status is Status.UNRECOGNISED


@pytest.mark.parametrize(
    "body",
    [b"", HEAD.replace("Status", "State"), HEAD.replace(",", ";"), ANA, b"\xff" * 9, "<html>Gone"],
    ids=repr,
)
def test_another_file_is_unreadable(louisiana: Register, body: str | bytes) -> None:
    with pytest.raises(Unreadable):
        read(louisiana, body)


def test_a_heading_alone_lists_nobody(louisiana: Register) -> None:
    assert not seen(read(louisiana, HEAD)) and not codes(read(louisiana, HEAD))


def test_a_file_is_asked_for_whole(louisiana: Register) -> None:
    assert [ask.url for ask in BULK.start(louisiana)] == ["inbox:us_la_bmt"]
    assert [ask.url for ask in BULK.start(louisiana.at("http://x/f.csv"))] == ["http://x/f.csv"]
    assert not list(BULK.find(louisiana, "LA9990"))


def test_the_inbox_gives_the_newest_by_the_date_in_its_name(
    louisiana: Register, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("inbox")
    names = ["b-2026-06-16.csv", "a-6-17-2026.csv", "z-2025-12-31.csv", "zz.csv", ".2027-01-01.csv"]
    for name in names:
        (folder / name).touch()
    assert newest(folder, louisiana).name == "a-6-17-2026.csv"


def test_an_empty_inbox_says_what_to_do(
    louisiana: Register, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("inbox") / "us_la_bmt"
    with pytest.raises(Unreachable, match="inbox of us_la_bmt is empty.*date in the name"):
        newest(folder, louisiana)
    assert folder.is_dir()
