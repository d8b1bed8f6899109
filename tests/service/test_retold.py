"""What was kept in English is said in the reader's language: every sentence that may be kept."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service import messages
from service.audit.words import FINDING, LAST_SEEN, listed, rows_text
from service.language import LANGUAGES, kept, say, speaking
from service.retold import retold, stays_english
from service.roster.read import Telling, read_roster
from service.roster.shape import PARTS, Part

COLLEGE = "College of Massage Therapists of Ontario"
HERE = ("service/suggest.py", "service/audit/words.py", "service/verify.py")
ROOMS = (*HERE, "service/roster/read.py", "service/roster/text.py", "service/roster/headings.py")
GAP = re.compile(r"%\((\w+)\)s|\{(\w+)\}")
# A gap, what it holds in English, and the same in French; any other holds what stays as it is.
HELD = {
    "day": ("March 3, 2026", "3 mars 2026"),
    "since": (" It last did on March 3, 2026.", " La dernière fois\xa0: le 3 mars 2026."),
    "rows": ("1, 2, 3, 4, 5 and 7 more", "1, 2, 3, 4, 5 et 7 de plus"),
    "status": ("resigned", "démission"),
    "place": ("British Columbia", "Colombie-Britannique"),
    "asked": ("Quebec", "Québec"),
    "named": ("Quebec", "Québec"),
    "chosen": ("British Columbia", "Colombie-Britannique"),
    "profession": ("massage therapist", "massothérapeute"),
    "mark": ("a semicolon", "un point-virgule"),
    "part": ("number", "numéro"),
    "what": ("The name", "Nom"),
    "register": (COLLEGE, ""),
    "listing": (f"the {COLLEGE} (Reading)", ""),
}
FRENCH = messages.read_catalogue("fr")


def french(message: str) -> str:
    with speaking("fr"):
        return say(message)


def held(gap: str, language: str) -> str:
    """What a gap holds in a language."""
    english, other = HELD.get(gap, ("Name", "Name"))
    if language == "en":
        return english
    return other or english.removeprefix("the ").replace(COLLEGE, french(COLLEGE))


def filled(message: str, language: str) -> str:
    said = message if language == "en" else french(message)
    return GAP.sub(lambda gap: held(gap[1] or gap[2], language), said)


def sentences() -> Iterator[str]:
    """Whatever of those rooms may be kept, and more: each message that is a sentence."""
    for one in messages.gather():
        here = any(file in ROOMS for file, _ in one.locations)
        if here and isinstance(one.id, str) and one.id.endswith((".", "?", "{since}")):
            yield one.id


@pytest.mark.parametrize("message", sorted(set(sentences())))
def test_every_sentence_that_may_be_kept_is_said_in_french(message: str) -> None:
    english, said = filled(message, "en"), filled(message, "fr")
    assert english != said
    with speaking("fr"):
        assert retold(english) == said
        assert not stays_english(english)
    assert retold(english) == english


def test_what_the_gaps_hold_has_a_translation() -> None:
    assert "rows" in HELD and len(list(sentences())) > 50
    for english, said in HELD.values():
        assert said != english
    assert french(COLLEGE) != COLLEGE


@pytest.mark.parametrize(
    ("count", "city", "start"),
    [(1, "", "Une personne"), (1, "Reading", "Une personne"), (3, "Reading", "3 personnes")],
)
def test_a_name_that_is_listed_is_told_with_its_register_and_city(
    count: int, city: str, start: str
) -> None:
    with speaking("fr"):
        said = retold(listed(count, COLLEGE, city))
    assert said.startswith(start) and french(COLLEGE) in said
    assert ("(Reading)" in said) is (city != "" and count == 1)


def test_a_register_that_has_no_french_name_keeps_its_own() -> None:
    for name in ("Find a Masseur (massage)", "Nowhere Board"):
        with speaking("fr"):
            assert f"Registre\xa0: {name} (Reading)." in retold(listed(1, name, "Reading"))
            assert f"Registre\xa0: {name}." in retold(listed(1, name, ""))


@pytest.mark.parametrize("glue", [" ", "\n"])
def test_several_sentences_are_said_one_after_the_other(glue: str) -> None:
    misread = "Nobody bears this number. Somebody bears %(number)s: was it misread?"
    some = [kept(misread, number=number) for number in ("A1001", "B. 2", "C3")]
    with speaking("fr"):
        assert retold(glue.join(some)) == glue.join(map(retold, some))
        assert not stays_english(glue.join(some))
        assert retold(glue.join([*some, "Something else."])).endswith("Something else.")
        assert stays_english(glue.join([*some, "Something else."]))


@pytest.mark.parametrize(
    "text",
    [
        "Nobody knows this sentence.",
        "The same person is also in row",
        "the same person is also in row 3.",
        "The name",
        "March 3, 2026",
        "%(name)s {rows} %s",
        "x. " * 3000,
    ],
)
def test_what_fits_no_message_stays_and_is_marked(text: str) -> None:
    whole = text in {one.id for one in FRENCH}
    with speaking("fr"):
        assert (retold(text) == text) is not whole
        assert stays_english(text) is not whole
    assert not stays_english(text)


def test_nothing_is_said_of_nothing() -> None:
    with speaking("fr"):
        assert retold("") == "" and not stays_english("")


def test_a_day_that_is_none_stays_as_it_is() -> None:
    with speaking("fr"):
        assert retold(kept(LAST_SEEN, day="2026-03-03")).endswith("le 2026-03-03.")


def test_few_rows_are_told_as_they_are() -> None:
    with speaking("fr"):
        assert retold(FINDING["duplicate"].format(rows=rows_text([3, 4], 2))).endswith("3, 4.")


@given(st.text(max_size=80), st.text(max_size=80))
def test_headings_of_somebodys_own_are_never_said_anew(heading: str, read: str) -> None:
    assume("” could be the " not in heading and " too; “" not in heading)
    ours = kept("“%(heading)s” could be the number too; “%(read)s” is read.", **locals())
    with speaking("fr"):
        said = say("“%(heading)s” could be the %(part)s too; “%(read)s” is read.").replace
        wanted = said("%(part)s", "numéro")
        assert retold(ours) == wanted % {"heading": heading, "read": read}


@given(st.text(alphabet="The namergist%()s{}.: ?", max_size=200))
def test_whatever_was_kept_can_be_shown(text: str) -> None:
    with speaking("fr"):
        assert (retold(text) == text) or not stays_english(text)


def test_notes_on_a_roster_are_kept_in_english_and_said_in_french() -> None:
    data = "Liste\nName;Registration number;Licence no\nRené;A1;B2\n".encode("cp1252")
    with speaking("fr"):
        notes = read_roster(data, Telling()).notes
        said = [retold(note) for note in notes]
        assert not any(map(stays_english, notes))
    assert notes == read_roster(data, Telling()).notes
    assert said == [
        "Lu en Windows-1252. Si les accents sont faux, enregistrez le fichier en CSV UTF-8.",
        "Ce qui sépare les colonnes\xa0: un point-virgule.",
        "Les titres sont à la ligne 2. Ce qui est au-dessus a été laissé de côté.",
        "«\xa0Licence no\xa0» pourrait aussi servir pour ceci\xa0: numéro. "
        "C’est «\xa0Registration number\xa0» qui est lu.",
    ]


def test_every_part_has_a_name() -> None:
    assert set(PARTS) == {part.value for part in Part}
    for language in LANGUAGES[1:]:
        with speaking(language):
            assert all(say(part) for part in PARTS)
