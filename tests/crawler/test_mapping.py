"""Status, class, flag and notices decide together: every row of the register reference's table."""

import itertools

import pytest

from config.register import Register
from config.vocabulary import AUTHORISED, Status
from crawler.mapping import part_alerts, standing
from data.records import Notice

YES, NO, UNREAD = True, False, None
GENERAL, INACTIVE, EMERGENCY = (
    "General Certificate",
    "Inactive Certificate",
    "Emergency Certificate",
)

TABLE = [  # status, class, authorised, restricted, noticed → ours, why it is unrecognised
    ("Dormant", GENERAL, YES, False, False, "unrecognised", "unknown_word"),
    ("", GENERAL, YES, False, False, "unrecognised", "unknown_word"),
    ("Current", "Golden Certificate", YES, False, False, "unrecognised", "unknown_class"),
    ("Current", "", YES, False, False, "unrecognised", "unknown_class"),
    ("Current", None, YES, False, False, "unrecognised", "unknown_class"),
    ("Deceased", GENERAL, NO, False, False, "deceased", ""),
    ("Revoked", GENERAL, NO, True, True, "revoked", ""),
    ("Resigned", INACTIVE, NO, False, False, "resigned", ""),
    ("Suspended", GENERAL, NO, False, True, "suspended", ""),
    ("Suspended", "", NO, False, False, "suspended", ""),
    ("Suspended", GENERAL, YES, False, False, "unrecognised", "contradiction"),
    ("Revoked", GENERAL, YES, False, False, "unrecognised", "contradiction"),
    ("Resigned", GENERAL, YES, False, False, "unrecognised", "contradiction"),
    ("Deceased", GENERAL, YES, False, False, "unrecognised", "contradiction"),
    ("Current", INACTIVE, NO, False, False, "inactive", ""),
    ("Current", INACTIVE, YES, False, False, "unrecognised", "contradiction"),
    ("Current", GENERAL, NO, False, False, "unrecognised", "contradiction"),
    ("Current", EMERGENCY, NO, False, False, "unrecognised", "contradiction"),
    ("Current", EMERGENCY, YES, False, False, "authorised_conditions", ""),
    ("Current", EMERGENCY, YES, False, True, "authorised_conditions", ""),
    ("Current", GENERAL, YES, True, False, "authorised_conditions", ""),
    ("Current", GENERAL, YES, True, True, "authorised_conditions", ""),
    ("Current", GENERAL, YES, False, True, "authorised_notice", ""),
    ("Current", GENERAL, YES, False, False, "authorised", ""),
    ("Current", GENERAL, UNREAD, False, False, "unrecognised", "flag_unreadable"),
    ("Suspended", GENERAL, UNREAD, False, False, "unrecognised", "flag_unreadable"),
]


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_the_table(
    ontario: Register, row: tuple[str, str | None, bool | None, bool, bool, str, str]
) -> None:
    *said, status, doubt = row
    assert standing(ontario, *said) == (status, doubt)  # type: ignore[arg-type]


def test_only_current_with_a_class_and_a_yes_is_ever_authorised(ontario: Register) -> None:
    words = [*ontario.status, "", "current*", "Current, conditions"]
    classes = [*ontario.category, None, "", "General*"]
    for word, kind, may in itertools.product(words, classes, (YES, NO, UNREAD)):
        status, doubt = standing(ontario, word, kind, may, restricted=False, noticed=False)
        if status in AUTHORISED:
            assert word == "Current" and may is YES and not doubt
            assert ontario.category[kind or ""] in AUTHORISED


@pytest.mark.parametrize("word", ["current", " CURRENT ", "Current"])
def test_case_and_spaces_do_not_change_a_word(ontario: Register, word: str) -> None:
    status, _ = standing(ontario, word, "general  certificate", YES, False, False)
    assert status is Status.AUTHORISED


@pytest.mark.parametrize(
    "word", ["Currently", "Current?", "Not Current", "Curr ent", "Cur\u0301rent"]
)
def test_almost_a_word_is_not_the_word(ontario: Register, word: str) -> None:
    status, doubt = standing(ontario, word, GENERAL, YES, False, False)
    assert (status, doubt) == (Status.UNRECOGNISED, "unknown_word")


def test_a_register_without_flag_and_class_goes_by_its_word(louisiana: Register) -> None:
    assert standing(louisiana, "ACTIVE", None, None, False, False) == (Status.AUTHORISED, "")
    assert standing(louisiana, "EXPIRED", None, None, False, False)[0] is Status.UNRECOGNISED


@pytest.mark.parametrize(
    ("words", "restricts"),
    [
        ("Term, Condition or Limitation", True),
        ("Conditions apply.", True),
        ("LIMITATIONS: may not treat minors", True),
        ("Must practise under restriction-s", True),
        ("Oral caution", False),
        ("Determination of the committee", False),
        ("Unconditional apology", False),
    ],
)
def test_a_notice_that_limits_is_a_restriction(
    ontario: Register, words: str, restricts: bool
) -> None:
    restrictions, others = part_alerts(ontario, [Notice(words)])
    assert (len(restrictions), len(others)) == (int(restricts), int(not restricts))
