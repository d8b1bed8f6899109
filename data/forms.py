"""Other ways to write a register's numbers, for questions only: what is stored stays as printed."""

from collections.abc import Callable, Iterable

from config.register import NumberForm, Register
from data.lookup import Registered
from data.names import number_key

Bearers = Callable[[str], list[Registered]]  # who bears the number of a key, in any register


def number_keys(register: Register, asked: str) -> list[str]:
    """The keys a number may stand under in a register: as it was asked, then as it prints it."""
    forms = (_printed(form, number_key(asked)) for form in register.number_forms)
    return [number_key(asked), *(key for key in forms if key)]


def _printed(form: NumberForm, key: str) -> str:
    """The key of the number as the register prints it; empty when `form` is not how it was asked.

    The digits stay the same, so different numbers stay different. More digits than the register
    prints are no number of this form.
    """
    letters = key.rstrip("0123456789")
    digits = key[len(letters) :]
    if letters != form.given or not 0 < len(digits) <= form.digits:
        return ""
    return number_key(form.printed + digits.zfill(form.digits))


def by_other_form(bearers: Bearers, asked: str, registers: Iterable[Register]) -> list[Registered]:
    """Who bears a number in another form, in registers where nobody bears it as it was asked."""
    return [
        one
        for register in registers
        for key in number_keys(register, asked)[1:]
        for one in bearers(key)
        if one.register_id == register.id
    ]
