"""The demonstration: invented registers on this machine, read by the real spider, then served."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from config.register import Catalogue
from config.settings import Settings
from crawler.invented import invent
from crawler.standin import Standin

PEOPLE = 250
_LOOK_UP = "Abelquist"


def run(port: int, once: bool) -> None:
    """Read the stand-in into a store of its own, print one look-up, and serve unless `once`."""
    home = Settings().home / "demo"
    shutil.rmtree(home, ignore_errors=True)
    environment = {**os.environ, "GOODSTANDING_HOME": str(home), "GOODSTANDING_DEMO": "1"}
    environment.pop("GOODSTANDING_DATABASE_URL", None)
    _note("Everybody in this demonstration is invented.")
    with Standin(invent(PEOPLE, numbers=True)) as register:
        _note(f"An invented Ontario register answers at {register.url}; reading it …")
        _goodstanding(environment, "refresh", "ca_on_cmto", "--url", register.url, "--delay", "0")
        _drop_roster(home)
        _goodstanding(environment, "refresh", "us_la_bmt")
        _note(f"\n$ goodstanding lookup {_LOOK_UP}")
        _goodstanding(environment, "lookup", _LOOK_UP)
        if once:
            return
        _note(f"\nOpen http://127.0.0.1:{port} and try: Ingrith Abelquist, number A1001.")
        _goodstanding(environment, "serve", "--port", str(port))


def _goodstanding(environment: dict[str, str], *words: str) -> None:
    command = [sys.executable, "-m", "service", *words]
    done = subprocess.run(command, env=environment, check=False)  # noqa: S603 - our own command
    if done.returncode not in (0, 1):
        sys.exit(done.returncode)


def _drop_roster(home: Path) -> None:
    """A small roster of invented people in the inbox, as an operator would leave it there."""
    inbox = home / "inbox" / "us_la_bmt"
    inbox.mkdir(parents=True)
    today = Catalogue().get("us_la_bmt").local_day(datetime.now(UTC))
    rows = ["Name,License #,Licensed Since,Issue Date,Expiration,Status"]
    for index, person in enumerate(invent(40, seed=11)):
        name = f"{person['firstName']} {person['lastName']}".upper()
        rows.append(
            f"{name},LA{9900 + index},1/11/2010,4/1/{today.year},3/31/{today.year + 1},ACTIVE"
        )
    path = inbox / f"us_la_bmt-{today:%Y-%m-%d}.csv"
    path.write_text("\r\n".join(rows) + "\r\n", "utf-8")


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201
