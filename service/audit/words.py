"""Every sentence of an audit in one place: marks of rows, findings, headings of reports."""

from collections.abc import Sequence

from service.language import N_, kept

MARK = {
    "number_scientific": "A spreadsheet turned the number into the form 1.2E+05: its digits are "
    "lost. Enter it as text.",
    "number_date": "A spreadsheet turned the number into a date. Enter it as text.",
    "number_rounded": "The number has more digits than a spreadsheet keeps. Enter it as text.",
    "number_error": "The cell of the number holds a spreadsheet's error.",
    "number_fraction": "The number is a fraction in the spreadsheet: zeros at its end may be lost.",
    "number_decimal": "The number ended in .0, which was left out.",
    "number_missing": "The roster gives no number.",
    "formula_text": "A cell holds a formula as text; nothing was computed from it.",
    "formula": "A cell holds a formula; the value stored with it was read.",
    "too_many_cells": "The row has more cells than there are headings: its columns have shifted.",
    "too_few_cells": "The row has fewer cells than there are headings.",
    "key_twice": "The row says one of its keys twice.",
    "merged_name": "The cell of the name is merged with others.",
    "merged_number": "The cell of the number is merged with others.",
    "merged_province": "The cell of the province is merged with others.",
    "merged_city": "The cell of the city is merged with others.",
    "merged_clinic": "The cell of the clinic is merged with others.",
    "merged_role": "The cell of the role is merged with others.",
    "merged_register": "The cell of the register is merged with others.",
    "name_not_text": "The name is a number or date in the spreadsheet.",
    "line_break": "The name or number has a line break in it.",
    "lost_letters": "Letters of the name or number were lost when the file was saved.",
    "empty_row": "The row is empty.",
    "no_name": "The row names nobody. A person is verified by number and name.",
    "role_unknown": "No register we know is of this role; massage therapist was asked for.",
    "register_unknown": "No one register is known by this name; all that fit were searched.",
    "question_refused": "The row could not be asked about.",
}

FINDING = {
    "duplicate": "The same person is also in row {rows}.",
    "number_shared": "The same number stands for somebody of another name in row {rows}.",
    "number_swapped": "The number is that of the person in row {rows}, and theirs is this one's.",
    "number_of_other_row": "The number is that of the person in row {rows}.",
    "wrong_province": "Number and name are listed in {place}, not in {asked}: {register}.",
    "wrong_register": "Number and name are listed in another register: {register}.",
    "wrong_profession": "Number and name are listed as {profession}, not as {asked}: {register}.",
    "left_register": "The {register} no longer lists this number and name.{since}",
    "resigned": "The {register} lists the person as {status}: they have left practice.",
    "clinic_differs": "The register shows another clinic for this person.",
}


LAST_SEEN = N_("It last did on %(day)s.")
_MORE = N_("%(rows)s and %(count)s more")
_LISTED = N_("Somebody of this name is listed in %(listing)s under another number: ask for it.")
_SEVERAL = N_(
    "%(count)s people of this name are listed, one of them in %(listing)s: ask for the number."
)


def listed(count: int, register: str, city: str) -> str:
    """That a name is listed although its number was not found; no number is told."""
    where = f"the {register}" + (f" ({city})" if city and count == 1 else "")
    if count == 1:
        return kept(_LISTED, listing=where)
    return kept(_SEVERAL, count=count, listing=where)


def rows_text(rows: Sequence[int], count: int) -> str:
    """A few rows by number; of many only how many more there are."""
    shown = ", ".join(map(str, rows[:5]))
    return shown if count <= 5 else kept(_MORE, rows=shown, count=count - 5)
