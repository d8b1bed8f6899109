"""Begins a new register: its file, its folder of saved pages, and what is left to do by hand."""

import re
import subprocess
import sys
from datetime import date

from config.register import FOLDER, RegisterError
from crawler.platforms import PLATFORMS

_SAMPLES = FOLDER.parents[1] / "tests" / "samples"
_CONTRACT = FOLDER.parents[1] / "tests" / "registers"
_ID = re.compile(r"[a-z]{2}_[a-z]{2,}_[a-z0-9_]+")

_FILE = """\
name: # what the register calls itself
regulator: # the body that keeps it
jurisdiction: {place}
profession: massage therapist
titles: []
covers: # who is in it, and who is not
official_url: # the page people look at
verified: false # true once somebody has seen the real service answer
enabled: false # true once terms and shape allow it
terms: {{automated: unstated, note: "", read: "{today}"}}
notes: # what is inferred, and what the first real reading must settle

platform: {platform}
url: ""
timezone: # of the register, for example America/Toronto
renewal: [] # yearly deadlines, each with its source; else say why there is none:
renewal_note: ""
lookup_only: "false" # true where it can only be asked about one person
number_published: "yes"
fields: {{}}
status: {{}} # every word it uses; a word that is missing confirms nobody
expect: {{records_min: 1, filled: {{family: 0.999, status: 0.999}}}}
examples: [] # people on the saved page: key, name, status
"""

_LEFT = """\
Left to do:
  1. Fill in {file}; every fact with its source.
  2. Save the register's answers, with invented people only, in {samples},
     each named after the step that asks for it (list, detail, form, results, person, file).
  3. Name some of those people under `examples:`.
  4. goodstanding register check {id} (the first time it writes expected.json to look at)
The docstring of crawler/platforms/{platform}.py says what goes into `options`."""


def new(register_id: str, platform: str, today: date) -> str:
    """Write the file and the folder of a new register; what is left to do, in words.

    Raises RegisterError when the id or the platform will not do, or the file is there already.
    """
    if not _ID.fullmatch(register_id):
        raise RegisterError(
            f"{register_id[:60]!r} is not an id: country_region_body in small letters, for example "
            "ca_on_cmto. Nothing was written."
        )
    if platform not in PLATFORMS:
        known = ", ".join(sorted(PLATFORMS))
        raise RegisterError(f"No platform is called {platform[:60]!r}. Known: {known}.")
    path, samples = FOLDER / f"{register_id}.yml", _SAMPLES / register_id
    if path.exists():
        raise RegisterError(f"{path} is there already. Nothing was written.")
    country, region, _ = register_id.upper().split("_", 2)
    place = f"{country}-{region}" if len(region) <= 3 else country
    path.write_text(_FILE.format(place=place, platform=platform, today=today), "utf-8")
    samples.mkdir(parents=True, exist_ok=True)
    return f"Wrote {path}.\n" + _LEFT.format(
        file=path, samples=samples, id=register_id, platform=platform
    )


def check(register_id: str) -> int:
    """Run the contract on one register's saved pages; pytest's exit code.

    Raises RegisterError where the tests are not at hand: the contract needs a checkout.
    """
    if not _CONTRACT.is_dir():
        raise RegisterError("The contract is part of the tests: run this in a source checkout.")
    command = [sys.executable, "-m", "pytest", "-q", str(_CONTRACT), "-k", register_id]
    return subprocess.run(command, check=False, cwd=FOLDER.parents[1]).returncode  # noqa: S603
