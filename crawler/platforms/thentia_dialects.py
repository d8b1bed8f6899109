"""Which dialect of Thentia a register speaks: `options.dialect`, `profile` where none is given."""

from collections.abc import Iterator

from config.register import Register
from crawler.ask import Answer, Ask, Found, Platform
from crawler.platforms.thentia import Thentia
from crawler.platforms.thentia_organization import Organization
from crawler.platforms.thentia_portal import Portal
from crawler.platforms.thentia_registrant import Registrant

DIALECTS: dict[str, Platform] = {
    "profile": Thentia(),
    "registrant": Registrant(),
    "organization": Organization(),
    "portal": Portal(),
}


class Dialects:
    """Reads every dialect we know; an unknown one is an error of the register's file."""

    def start(self, register: Register) -> Iterator[Ask]:
        """The questions that begin a sweep."""
        return _of(register).start(register)

    def find(self, register: Register, wanted: str) -> Iterator[Ask]:
        """The questions about one person."""
        return _of(register).find(register, wanted)

    def read(self, register: Register, answer: Answer) -> Iterator[Found]:
        """What an answer says; raises Refused or Unreadable."""
        return _of(register).read(register, answer)


def _of(register: Register) -> Platform:
    return DIALECTS[register.options.get("dialect", "profile")]
