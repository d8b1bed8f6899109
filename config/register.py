"""The shape of a register file: one YAML per register, checked whole when it is loaded."""

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from config.settings import MAX_AGE_HOURS
from config.vocabulary import AUTHORISED, NumberPublished, Status

FOLDER = Path(__file__).parent / "registers"
_RANGE = re.compile(r"(.+)\[([0-9]{1,3})-([0-9]{1,3})\]")


class RegisterError(Exception):
    """A register file cannot be used; the message names the file and the line or field."""


class UnknownRegister(RegisterError):
    """No register file bears that id."""


class StrictLoader(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]
    """Every scalar stays text (`ON`, `NO`, `007`), and a key said twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuse duplicate keys, which YAML loaders silently let overwrite each other."""
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise RegisterError(f"line {node.start_mark.line + 1}: {key!r} is said twice")
        said: dict[Any, Any] = super().construct_mapping(node, deep)
        return said


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(f"{name!r} is not a time zone") from error
    return name


def _yearly(day: str) -> str:
    month, number = (int(part) for part in day.split("-"))
    date(2001, month, number)  # not a leap year: a deadline must exist every year
    return day


def _spread(names: Any) -> Any:
    """`Code_[1-3]` as Code_1, Code_2, Code_3: files number the columns they repeat."""
    return [one for name in names for one in _numbered(name)] if isinstance(names, list) else names


def _numbered(name: Any) -> list[Any]:
    found = _RANGE.fullmatch(name) if isinstance(name, str) else None
    if not found:
        return [name]
    return [f"{found[1]}{number}" for number in range(int(found[2]), int(found[3]) + 1)]


Columns = Annotated[list[str], BeforeValidator(_spread)]


class Strict(BaseModel):
    """A part of a register file: nothing undeclared, nothing changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Terms(Strict):
    """What the publisher says of automated reading, and when a person last looked."""

    automated: Literal["allowed", "unstated", "permission", "forbidden"]
    note: str
    read: date


class Pace(Strict):
    """How gently to read: seconds between two requests to the host, and requests in a night.

    The lists, and whose details must be read, are read whatever the limit. People with an alert
    are read before their turn only as far as it leaves room.
    """

    delay: float = Field(1.0, ge=0)
    requests: int | None = Field(None, ge=0)


class Renewal(Strict):
    """A published yearly deadline, around which many people change status in one night."""

    deadline: Annotated[str, AfterValidator(_yearly)] = Field(
        pattern=r"^[0-9]{2}-[0-9]{2}$", description="month-day, local"
    )
    days: int = Field(3, ge=0, le=60, description="how far the wave reaches on both sides")
    flips: float = Field(0.25, gt=0, le=1, description="share of people who may change in a night")
    source: str

    def covers(self, day: date) -> bool:
        """Whether `day` lies within the wave of this deadline."""
        return any(abs((day - there).days) <= self.days for there in self.near(day.year))

    def near(self, year: int) -> list[date]:
        """This deadline in the year before, of and after `year`."""
        month, day = (int(part) for part in self.deadline.split("-"))
        return [date(y, month, day) for y in (year - 1, year, year + 1)]


class NumberForm(Strict):
    """Another way to write a register's numbers: older, or shorter than it prints them now.

    Only letters before the digits are exchanged, so two numbers that differ stay different.
    """

    given: str = Field(pattern="^[A-Z]*$", description="letters before the digits, as asked")
    printed: str = Field(description="what the register prints before the digits")
    digits: int = Field(ge=1, le=15, description="how many it prints, with leading zeros")
    source: str


class AnyOf(Strict):
    """Columns of which one must hold one of the values: a file with a profession in 15 places."""

    columns: Columns
    values: list[str] = Field(min_length=1)


class Expect(Strict):
    """What a healthy run looks like; a broken expectation holds the run."""

    records_min: int = Field(1, ge=1)
    records_max: int = Field(10_000_000, ge=1)
    repeats: float = Field(0.001, ge=0, le=0.05, description="share of rows known to repeat")
    filled: dict[str, float] = Field(
        default_factory=dict, description="share of people who have it"
    )


class Example(Strict):
    """A person on the saved page, with what must be read of them."""

    key: str
    name: str
    status: Status
    number: str = ""
    expires: date | None = None


class Register(Strict):
    """One official public register: who keeps it, how to read it, and what its words mean."""

    id: str = Field(pattern=r"^[a-z]{2}_[a-z]{2,}_[a-z0-9_]+$")
    name: str
    regulator: str
    jurisdiction: str = Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$", description="ISO 3166-2")
    profession: str
    titles: list[str]
    covers: str = Field(description="who is in it, and who is not")
    official_url: str = Field(pattern=r"^https?://")
    terms: Terms
    verified: bool = Field(description="whether somebody has seen the real service answer")
    enabled: bool = True
    notes: str = ""

    platform: str
    url: str = Field("", description="where to read; empty means the inbox")
    timezone: Annotated[str, AfterValidator(_zone)]
    language: str = "en"
    pace: Pace = Pace()
    schedule: str = Field(
        "15 2 * * *",
        pattern=r"^(\S+ ){4}[a-z*,-]+$",
        description="cron, local time; days of the week by name (mon), not by number",
    )
    fresh_hours: float = Field(0, ge=0, le=MAX_AGE_HOURS, description="0 means the default")
    renewal: list[Renewal] = Field(default_factory=list)
    renewal_note: str = Field("", description="why no yearly deadline stands here")

    confirms: bool = Field(
        True, description="false: nothing in it proves that a person may practise"
    )
    number_published: NumberPublished = NumberPublished.YES
    number_forms: list[NumberForm] = Field(default_factory=list)
    active_only: bool = Field(False, description="lists only people in good standing")
    flag_printed: bool = Field(False, description="whether a yes/no 'may practise' is printed")
    status: dict[str, Status] = Field(description="every status word it uses")
    category: dict[str, Status] = Field(default_factory=dict, description="every class it uses")
    restriction_words: list[str] = Field(default_factory=list)
    fields: dict[str, str] = Field(default_factory=dict, description="our fact → its column")
    identity: list[str] = Field(default=["number"], description="facts that make the key")
    keep: dict[str, list[str]] = Field(
        default_factory=dict, description="column → values; other rows are not this profession's"
    )
    keep_any: AnyOf | None = None
    alerts: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="column → value → notice text, empty for no notice"
    )
    status_by_expiry: bool = Field(
        False, description="prints no status: in date or expired by the printed date alone"
    )
    unprinted: str = Field("", description="stands for the status word where none is printed")
    caveat: str = Field("", description="what every answer from this register must say beside it")
    lookup_only: bool = Field(False, description="can be asked one person at a time, never swept")
    options: dict[str, Any] = Field(default_factory=dict, description="for the platform")
    ignore: Columns = Field(default_factory=list, description="columns we chose not to read")
    expect: Expect = Expect()
    examples: list[Example] = Field(default_factory=list)

    @model_validator(mode="after")
    def _proof(self) -> Self:
        """What confirms nobody has no word that authorises, and no form of a number twice."""
        meant = {*self.status.values(), *self.category.values()}
        if not self.confirms and meant & AUTHORISED:
            raise ValueError("`confirms` is false, but a word means authorised")
        forms = [form.given for form in self.number_forms]
        if len(set(forms)) != len(forms):
            raise ValueError("two number_forms begin alike")
        return self

    @property
    def filters(self) -> list[str]:
        """The columns that say whether a row is of this profession."""
        return [*self.keep, *(self.keep_any.columns if self.keep_any else [])]

    @property
    def swept(self) -> bool:
        """Whether the night reads it: switched on, and not only to be asked about one person."""
        return self.enabled and not self.lookup_only

    @property
    def zone(self) -> ZoneInfo:
        """The register's own time zone, in which its dates are days."""
        return ZoneInfo(self.timezone)

    @property
    def reading_digest(self) -> str:
        """Changes when the same page would be read differently, so that everybody is re-read."""
        parts = self.model_dump(
            mode="json",
            include={"platform", "status", "category", "fields", "options", "flag_printed"}
            | {"restriction_words", "timezone", "profession", "identity", "keep", "alerts"}
            | {"keep_any", "unprinted"},
        )
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]

    def local_day(self, moment: datetime) -> date:
        """The calendar day at the register when it is `moment` (aware)."""
        return moment.astimezone(self.zone).date()

    def in_renewal(self, day: date) -> Renewal | None:
        """The renewal wave that covers `day`, if any."""
        return next((renewal for renewal in self.renewal if renewal.covers(day)), None)

    def next_deadline(self, day: date) -> date | None:
        """The first renewal deadline on or after `day`."""
        coming = [d for renewal in self.renewal for d in renewal.near(day.year) if d >= day]
        return min(coming, default=None)

    def age_budget(self, moment: datetime, usual: float, near_deadline: float) -> timedelta:
        """How old this register's data may be at `moment` and still be answered from (T3)."""
        hours = self.fresh_hours or usual
        if not self.fresh_hours and self.in_renewal(self.local_day(moment)):
            hours = min(hours, near_deadline)
        return timedelta(hours=min(hours, MAX_AGE_HOURS))

    def at(self, url: str) -> Self:
        """The same register, read from a mirror or stand-in instead of its real address."""
        return self.model_copy(update={"url": url})


def read_register(path: Path) -> Register:
    """Load one register file.

    Raises RegisterError naming the file and what is wrong in it.
    """
    try:
        said = yaml.load(path.read_text("utf-8"), Loader=StrictLoader)  # noqa: S506 - text only
        register = Register.model_validate({"id": path.stem, **(said or {})})
        if register.id != path.stem:
            raise RegisterError(f"its id {register.id!r} is not the name of the file")
        return register
    except (yaml.YAMLError, RegisterError, TypeError, ValueError, OSError) as error:
        raise RegisterError(f"{path.name} cannot be used: {error}") from error


def _switched_on(register: Register) -> Register:
    """The register, on by an operator's word; raises RegisterError where no word can do that."""
    if register.terms.automated == "forbidden":
        raise RegisterError(
            f"GOODSTANDING_ENABLE names {register.id}, whose terms forbid reading it by program: "
            f"{register.terms.note} Take it out; nothing was read."
        )
    return register.model_copy(update={"enabled": True})


class Catalogue:
    """Every register known here: the bundled files and the operator's extra folder."""

    def __init__(self, extra: Path | None = None, enable: str = "") -> None:
        """Read all register files at once; one that is wrong stops everything, by name.

        `enable` names registers, with commas between, that the operator switches on.
        """
        files = sorted(FOLDER.glob("*.yml"))
        if extra is not None:
            if not extra.is_dir():
                raise RegisterError(f"GOODSTANDING_REGISTERS names {extra}, which is not a folder")
            files += sorted(extra.glob("*.yml"))
        self.registers = {path.stem: read_register(path) for path in files}
        for id_ in filter(None, map(str.strip, enable.split(","))):
            self.registers[id_] = _switched_on(self.get(id_))
        self.with_forms = [one for one in self.registers.values() if one.number_forms]

    def __iter__(self) -> Iterator[Register]:
        return iter(self.registers.values())

    def get(self, register_id: str) -> Register:
        """The register of that id; raises UnknownRegister with the ids there are."""
        try:
            return self.registers[register_id]
        except KeyError:
            known = ", ".join(self.registers)
            raise UnknownRegister(
                f"No register is called {register_id[:60]!r}. Known here: {known}."
            ) from None
