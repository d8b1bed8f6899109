"""How hard a text is to read, by the usual formulas: English in school grades, French in points."""

import re

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_END = re.compile(r"[.!?…]+(?=\s|$)")
_ENGLISH = re.compile(r"[aeiouy]+")
_FRENCH = re.compile(r"[aeiouyàâäéèêëîïôöùûüœæ]+")


def grade(text: str) -> float:
    """Flesch-Kincaid: the year of school whose pupils read this (Kincaid et al., 1975)."""
    sentences, said = _parts(text)
    syllables = sum(_english(word) for word in said)
    return 0.39 * len(said) / sentences + 11.8 * syllables / len(said) - 15.59


def ease(text: str) -> float:
    """Flesch for French (Kandel and Moles, 1958): 60 and more is plain, as in the eighth year."""
    sentences, said = _parts(text)
    syllables = sum(_french(word) for word in said)
    return 207 - 1.015 * len(said) / sentences - 73.6 * syllables / len(said)


def _parts(text: str) -> tuple[int, list[str]]:
    said = _WORD.findall(text.lower())
    return max(len(_END.findall(text)), 1), said


def _english(word: str) -> int:
    """Groups of vowels; an e at the end is silent, but not in `people` or `be`."""
    word = re.sub(r"['’].*", "", word)
    groups = len(_ENGLISH.findall(word))
    silent = re.search(r"[^aeiouyl]es?$|[^aeioudty]ed$", word) is not None
    return max(groups - silent, 1)


def _french(word: str) -> int:
    """Groups of vowels; an e, es or ent at the end is silent, and so is a u after q or g."""
    word = re.sub(r"([qg])u(?=[aeiouéèêàâî])", r"\1", re.sub(r"^.{1,2}['’]", "", word))
    groups = len(_FRENCH.findall(word))
    silent = re.search(r"[^aeiouyàâéèêîôûœ](e|es|ent)$", word) is not None
    return max(groups - silent, 1)
