"""The product's command line in processes of its own, without importing it anew for each.

One process imports everything once and forks for every command: a night takes half a second.
"""

import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn, Self

from scrapy.settings import default_settings as scrapy_defaults
from scrapy.utils.misc import load_object

from crawler.invented import Person, invent
from service.cli import main

PEOPLE = invent(120, numbers=True)
FIRST = PEOPLE[0]  # authorised, without notices
WITNESS = PEOPLE[1]  # another such person
LIMITED = PEOPLE[37]  # authorised, with a limit inside a workplace
REGISTER = "ca_on_cmto"
ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
_MOVING = ("last_checked", "detail_checked")


def environment(home: Path, **more: str) -> dict[str, str]:
    """Only what a command needs; nothing of ours leaks into it."""
    ours = {key: value for key, value in os.environ.items() if not key.startswith("GOODSTANDING_")}
    return {**ours, "GOODSTANDING_HOME": str(home), "USER": "tester", **more}


@dataclass(frozen=True)
class Done:
    """How a command ended; `peak` is its memory in MiB."""

    code: int
    out: str
    err: str
    peak: float

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def holds(self) -> dict[str, str]:
        """Of a run: code and sentence of everything that keeps it from going live."""
        return {one["code"]: one["text"] for one in self.json["issues"] if one["level"] == "hold"}

    @property
    def codes(self) -> dict[str, list[str]]:
        """Of a run: every issue with its examples."""
        return {one["code"]: one["examples"] for one in self.json["issues"]}


class Stem:
    """The process that forks; up inside its `with` block."""

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.cli"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate(timeout=PATIENCE)

    def run(self, home: Path, args: Iterable[str], more: dict[str, str]) -> Done:
        """One command, to its end."""
        assert self.process.stdin and self.process.stdout
        pid, *paths = (home.with_name(f"{home.name}.{name}") for name in ("pid", "out", "err"))
        order = {"args": list(args), "env": environment(home, **more), "pid": str(pid)}
        order["to"] = list(map(str, paths))
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        code, peak = json.loads(self.process.stdout.readline())
        out, err = (path.read_text(errors="replace") for path in paths)
        return Done(code, out, err, peak)


class Home:
    """One installation, and the commands its people use."""

    def __init__(self, path: Path, stem: Stem) -> None:
        self.path, self.stem = path, stem

    def run(self, *args: str, **more: str) -> Done:
        done = self.stem.run(self.path, args, more)
        assert "Traceback" not in done.err, done.err
        return done

    def refresh(self, url: str, *more: str, **env: str) -> Done:
        """One night, read from a stand-in."""
        return self.run("refresh", REGISTER, "--url", url, "--delay", "0", "--json", *more, **env)

    def accept(self, url: str, *more: str) -> Any:
        """A night that must be accepted: its run."""
        done = self.refresh(url, *more)
        assert done.code == 0, done.out + done.err
        return done.json

    def kill(self) -> None:
        """End the command that is running, as a power cut would."""
        with suppress(ProcessLookupError):  # it was faster
            os.kill(int(self.path.with_name(f"{self.path.name}.pid").read_text()), signal.SIGKILL)

    def export(self) -> str:
        return self.run("export").out

    def person(self, key: str) -> Any:
        """One registration as exported."""
        return next(one for one in map(json.loads, self.export().splitlines()) if one["key"] == key)

    def verdict(self, person: Person = FIRST, **changed: str) -> str:
        """The answer on a person by number and name."""
        said = {**person, **changed}
        name = f"{said['firstName']} {said['lastName']}"
        done = self.run("verify", "--number", said["registrationNumber"], "--name", name, "--json")
        verdict: str = done.json["verdict"]
        assert done.code == (not verdict.startswith("confirmed"))
        return verdict


def lasting(export: str, *moving: str) -> list[dict[str, Any]]:
    """An export without the dates that every accepted night moves, in order."""
    rows = map(json.loads, export.splitlines())
    drop = (*_MOVING, *moving)
    return [{key: value for key, value in row.items() if key not in drop} for row in rows]


def until(happened: Callable[[], Any], patience: float = PATIENCE) -> None:
    """Wait for something, not for ever."""
    deadline = time.monotonic() + patience
    while not happened():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.005)


def _obey(order: dict[str, Any]) -> NoReturn:
    """Be the command: in the forked child."""
    os.environ.clear()
    os.environ.update(order["env"])
    if ill := os.environ.pop("ILL", ""):
        import_module("tests.e2e.ills").befall(ill)
    Path(order["pid"]).write_text(str(os.getpid()))
    for number, path in enumerate(order["to"], 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.argv = ["goodstanding", *order["args"]]
    code: Any = 0
    try:
        main()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


def _import_everything() -> None:
    """Also what Scrapy would import by name when it starts."""
    for module in ("crawler.spider", "crawler.refresh", "service.report", "service.verify"):
        import_module(module)
    for parts in (
        scrapy_defaults.DOWNLOADER_MIDDLEWARES_BASE,
        scrapy_defaults.SPIDER_MIDDLEWARES_BASE,
        scrapy_defaults.EXTENSIONS_BASE,
        scrapy_defaults.DOWNLOAD_HANDLERS_BASE.values(),
    ):
        for part in parts:
            load_object(part)


def _serve() -> None:
    """Fork for every order read, and say how the child ended."""
    _import_everything()
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            _obey(json.loads(line))
        _, status, used = os.wait4(pid, 0)
        end = [os.waitstatus_to_exitcode(status), used.ru_maxrss / 1024]
        sys.stdout.write(json.dumps(end) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
