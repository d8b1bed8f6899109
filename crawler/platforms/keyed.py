"""Registers that answer JSON about one person at a time, by the number (NY rosa, PA PALS).

YAML: `url` is the service. `fields` and `ignore` are the keys of the answer and must be all of
them; a value may be wrapped as `{value, label}`. `options`: `path` and `body` (JSON, sent by POST
where given) with `{number}` where the number goes, `width` of zero-padded numbers, `names`:
`family_first` where a name is printed `LAST FIRST MIDDLE` without a comma, `dates` as for files.
`keep` says which profession's answers are meant: one number may stand under several.

Known failures: a missing key of the service is refused (401, 403); errors arrive as objects.
A family name of several words cannot be told from given names: its first word counts as family
name and all others must agree with what is asked.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from config.register import Register
from crawler import reading
from crawler.ask import Answer, Ask, Found, Unreadable
from crawler.markup import check_columns
from crawler.rows import kept, read_row
from data.names import number_key


class Keyed:
    """Asks services that know one person at a time."""

    def start(self, register: Register) -> Iterator[Ask]:  # noqa: ARG002
        """Nothing: such a register is not swept."""
        return iter(())

    def find(self, register: Register, wanted: str) -> Iterator[Ask]:
        """The answer about a number."""
        options, memo = register.options, {"wanted": wanted}
        number = reading.numbered(wanted, options)
        url = register.url.rstrip("/") + options["path"].replace("{number}", quote(number, safe=""))
        if "body" in options:
            body = options["body"].replace("{number}", json.dumps(number)).encode()
            yield Ask(url, "person", memo, "POST", body, {"Content-Type": "application/json"})
        else:
            yield Ask(url, "person", memo)

    def read(self, register: Register, answer: Answer) -> Iterator[Found]:
        """The person asked for; raises Refused or Unreadable."""
        row = _row(register, reading.read_json(answer), answer)
        wanted = answer.ask.memo["wanted"]
        if number_key(row[register.fields["number"]]) != number_key(wanted):
            raise Unreadable(f"Asked for {wanted}, the register sent somebody else.", answer.url)
        if register.options.get("names") == "family_first":
            register = _with_comma(register, row)
        if kept(register, row):
            yield from read_row(register, row, wanted, register.local_day(answer.at))


def _row(register: Register, body: Any, answer: Answer) -> dict[str, str]:
    if not isinstance(body, dict):
        raise Unreadable("The register's answer is not about one person.", answer.url)
    columns = {*register.fields.values(), *register.ignore, *register.alerts, *register.filters}
    check_columns(list(body), list(columns), answer.url)
    return {name: _cell(name, said, answer) for name, said in body.items()}


def _cell(name: str, said: Any, answer: Answer) -> str:
    """A value, bare or wrapped; raises Unreadable for any other shape."""
    wrapped = isinstance(said, dict) and set(said) == {"value", "label"}
    bare = said["value"] if wrapped else said
    if bare is not None and (isinstance(bare, bool) or not isinstance(bare, str | int)):
        raise Unreadable(f"`{name}` does not hold what this platform knows.", answer.url)
    return reading.text(bare)


def _with_comma(register: Register, row: dict[str, str]) -> Register:
    """Set a comma after the first word of the name, and read it as `LAST, FIRST MIDDLE`."""
    column = register.fields["name"]
    if "," not in row[column]:
        family, _, rest = row[column].partition(" ")
        row[column] = f"{family}, {rest}"
    options = {**register.options, "names": "family_given"}
    return register.model_copy(update={"options": options})
