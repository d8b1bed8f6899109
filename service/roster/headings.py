"""Guesses from its headings, English or French, what each column of a roster is."""

from collections.abc import Iterable, Mapping, Sequence

from data.names import clean, fold
from service.language import N_, kept, say
from service.roster.shape import Line, Part, RosterError, column_name

# Headings as they are after folding (no case, accents, hyphens), the surest first.
_EXACT: dict[Part, str] = {
    Part.NAME: (
        "name|full name|legal name|staff name|name of therapist|therapist name|therapist|"
        "practitioner|practitioner name|provider|provider name|employee|employee name|member name|"
        "registrant|registrant name|rmt name|rmt|person|nom complet|nom et prenom|nom prenom|"
        "prenom et nom|prenom nom|noms|nom du therapeute|therapeute|massotherapeute|"
        "nom du massotherapeute|praticien|praticienne|employe|employee s name|nom de lemploye"
    ),
    Part.GIVEN: (
        "first name|firstname|given name|given names|first|given|forename|forenames|first names|"
        "legal first name|prenom|prenoms|prenom usuel"
    ),
    Part.FAMILY: (
        "last name|lastname|family name|surname|last|family|surnames|legal last name|"
        "nom de famille|nom famille"
    ),
    Part.NUMBER: (
        "number|registration number|registration no|registration num|registration|reg number|"
        "reg no|reg|registration id|registrant number|registrant no|licence number|licence no|"
        "license number|license no|licence|license|lic no|lic number|lic|license id|licence id|"
        "certificate number|certificate no|permit number|permit no|permit|member number|member no|"
        "membership number|membership no|college number|college no|rmt number|rmt no|lmt number|"
        "lmt no|cmto number|cmto no|no|numero|numero dinscription|numero de permis|"
        "numero de licence|numero de membre|numero denregistrement|no dinscription|no de permis|"
        "no permis|no de licence|no de membre|no membre|permis|inscription|num|n|"
        "numero d inscription|no d inscription|numero d enregistrement"
    ),
    Part.PROVINCE: (
        "province|state|prov|province or state|province state|state province|jurisdiction|"
        "province territory|province or territory|territory|etat|territoire|province ou etat|"
        "province ou territoire|juridiction"
    ),
    Part.CITY: "city|town|municipality|work city|clinic city|ville|municipalite|localite",
    Part.CLINIC: (
        "clinic|clinic name|location|workplace|place of work|practice|branch|site|office|spa|"
        "place|clinique|nom de la clinique|succursale|etablissement|lieu de travail|lieu|cabinet"
    ),
    Part.ROLE: (
        "role|profession|job title|position|occupation|discipline|designation|credential|"
        "credentials|title|fonction|poste|titre|metier|titre de poste"
    ),
    Part.REGISTER: "register|college|regulator|registre|ordre|board|regulatory body",
}
# Words that make a longer heading one of these, and words that never do.
_WORDS: dict[Part, frozenset[str]] = {
    Part.NUMBER: frozenset(
        "registration licence license permit permis inscription certificate certificat lic reg "
        "membership enregistrement".split()
    ),
    Part.GIVEN: frozenset("prenom firstname forename".split()),
    Part.FAMILY: frozenset("surname lastname".split()),
    Part.PROVINCE: frozenset(["province"]),
    Part.CITY: frozenset("city ville".split()),
    Part.CLINIC: frozenset("clinic clinique".split()),
    Part.ROLE: frozenset(["profession"]),
}
_NEVER = frozenset(
    "phone telephone tel cell mobile fax date expiry expires expiration renewal renouvellement "
    "status statut class classe type email courriel address adresse emergency previous former "
    "fee amount insurance assurance start end debut fin issued notes note comments".split()
)
_OTHER_NUMBERS = frozenset(
    "staff employee employe row line item room unit file client account billing payroll seq "
    "sequence street house ligne dossier compte".split()
)
_TABLE = {
    heading: (part, rank)
    for part, said in _EXACT.items()
    for rank, heading in enumerate(said.split("|"))
}
_ALSO = N_("“%(heading)s” could be the %(part)s too; “%(read)s” is read.")
_HEADING_WITHIN = 15  # rows: a title may stand above


def recognised(headings: Sequence[str]) -> dict[Part, int]:
    """Which columns are which: the surest heading wins, then the first."""
    found: dict[Part, tuple[int, int]] = {}
    folded = [_folded(heading) for heading in headings]
    for place, heading in enumerate(folded):
        part, rank = _meaning(heading)
        if part and (part not in found or rank < found[part][0]):
            found[part] = (rank, place)
    columns = {part: place for part, (_, place) in found.items()}
    return _french_nom(folded, columns)


def _folded(heading: str) -> str:
    """A heading as the table has it: `Registration #` is its number, a bare `#` counts rows."""
    plain = fold(heading.replace("#", " number ")) if heading.strip() != "#" else ""
    return plain.removesuffix(" s")  # Name(s)


def _meaning(heading: str) -> tuple[Part | None, int]:
    if heading in _TABLE:
        return _TABLE[heading]
    words = set(heading.split())
    if len(words) > 8 or words & _NEVER:
        return None, 0
    if words & {"number", "no", "numero"} and not words & _OTHER_NUMBERS:
        return Part.NUMBER, 500
    for part, some in _WORDS.items():
        if words & some:
            return part, 1000
    return None, 0


def _french_nom(folded: Sequence[str], columns: dict[Part, int]) -> dict[Part, int]:
    """`Nom` is the family name beside `Prénom`, and else the whole name; so is a bare `Name`."""
    if Part.GIVEN in columns and Part.FAMILY not in columns:
        for word in ("nom", "noms", "name"):
            if word in folded:
                columns[Part.FAMILY] = folded.index(word)
                if columns.get(Part.NAME) == columns[Part.FAMILY]:
                    del columns[Part.NAME]
                break
    elif Part.GIVEN not in columns and Part.NAME not in columns and "nom" in folded:
        columns[Part.NAME] = folded.index("nom")
    if Part.GIVEN in columns and Part.FAMILY in columns:
        columns.pop(Part.NAME, None)
    return dict(sorted(columns.items(), key=lambda one: list(Part).index(one[0])))


def heading_line(lines: Sequence[Line]) -> int | None:
    """Which of the first lines holds the headings; None where none names the people."""
    best, at = 0, None
    for place, line in enumerate(lines[:_HEADING_WITHIN]):
        found = recognised(line.cells)
        if _names_people(found) and len(found) > best:
            best, at = len(found), place
    return at


def also_possible(headings: Sequence[str], columns: Mapping[Part, int]) -> list[str]:
    """Columns that could have been meant as well, for somebody to look at."""
    notes = []
    for place, heading in enumerate(headings):
        part, _ = _meaning(_folded(heading))
        taken = part is not None and part in columns and columns[part] != place
        if taken and part is not None and place not in columns.values():
            read = headings[columns[part]]
            notes.append(kept(_ALSO, heading=heading, part=part.value, read=read))
    return notes


def _names_people(columns: Mapping[Part, int]) -> bool:
    return Part.NAME in columns or (Part.GIVEN in columns and Part.FAMILY in columns)


def settled(headings: Sequence[str], told: Mapping[str, str]) -> dict[Part, int]:
    """The columns as guessed and as `told` (part → heading or #place); raises RosterError.

    An empty heading means that this column is not to be read.
    """
    columns = recognised(headings)
    for name, heading in told.items():
        part = _part(name)
        columns.pop(part, None)
        if heading.strip():
            place = _place(headings, heading.strip())
            columns = {one: at for one, at in columns.items() if at != place or one in told}
            columns[part] = place
    if {Part.GIVEN, Part.FAMILY} & {_part(name) for name, said in told.items() if said.strip()}:
        columns.pop(Part.NAME, None)
    elif told.get(Part.NAME, "").strip():
        columns.pop(Part.GIVEN, None)
        columns.pop(Part.FAMILY, None)
    _check(headings, columns, told)
    return columns


def _part(name: str) -> Part:
    if name not in set(Part):
        raise RosterError(
            say(
                "%(said)s is no column we read. Known: %(known)s.",
                said=repr(clean(name, 40)),
                known=", ".join(Part),
            )
        )
    return Part(name)


def _place(headings: Sequence[str], said: str) -> int:
    if said.startswith("#") and said[1:].isdecimal() and 1 <= int(said[1:6]) <= len(headings):
        return int(said[1:]) - 1
    places = [place for place, one in enumerate(headings) if fold(one) == fold(said) and fold(said)]
    if len(places) != 1:
        raise RosterError(f"{_called(len(places), clean(said, 60))} {_by_place(headings)}")
    return places[0]


def _called(count: int, said: str) -> str:
    if not count:
        return say("No columns are called “%(said)s”.", said=said)
    return say("%(count)s columns are called “%(said)s”.", count=count, said=said)


def _by_place(headings: Sequence[str]) -> str:
    return say(
        "Say which one by its place, for example #2. The headings are: %(headings)s.",
        headings=_list(headings),
    )


def _check(headings: Sequence[str], columns: Mapping[Part, int], told: Mapping[str, str]) -> None:
    """Raise where nobody would know which column is meant."""
    if not _names_people(columns):
        raise RosterError(
            say(
                "No column of names was recognised. The headings are: %(headings)s. Say which it "
                "is.",
                headings=_list(headings),
            ),
            'Use --columns name="…", or given="…" and family="…".',
        )
    for part, place in columns.items():
        same = [n for n, one in enumerate(headings) if fold(one) == fold(headings[place])]
        if len(same) > 1 and part not in told and fold(headings[place]):
            raise RosterError(
                say(
                    "Columns %(columns)s are all called “%(heading)s”. Rename all but one, or say "
                    "which to read.",
                    columns=", ".join(map(column_name, same)),
                    heading=clean(headings[place], 60),
                ),
                f"Use --columns {part}=#{same[0] + 1}.",
            )
    places = list(columns.values())
    if twice := [place for place in set(places) if places.count(place) > 1]:
        raise RosterError(
            say(
                "Column %(column)s cannot be two things at once: %(parts)s.",
                column=column_name(twice[0]),
                parts=", ".join(say(part) for part, at in columns.items() if at == twice[0]),
            )
        )


def _list(headings: Iterable[str]) -> str:
    shown = [say("“%(name)s”", name=clean(one, 40)) for one in headings if one.strip()][:20]
    return ", ".join(shown) or say("none")
