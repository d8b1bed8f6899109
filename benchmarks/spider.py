"""CPU of our spider for each request, beside the same spider under Scrapy's stock settings.

Runs in a process of its own each time: `python -m benchmarks.spider ours|stock URL HOME`.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.document import table
from config.register import Catalogue
from config.settings import Settings
from crawler import pace
from crawler import spider as ours
from crawler.invented import invent
from crawler.refresh import refresh
from crawler.standin import Standin
from data import lookup as read
from data.store import Store

_PEOPLE, _ROUNDS = 1500, 5
# What the spider cannot do without: who it is, robots.txt, patience, answers of every status. Logs
# are as quiet as ours; the rest is what Scrapy does when nobody sets anything.
_NEEDED = """USER_AGENT ROBOTSTXT_OBEY DOWNLOADER_MIDDLEWARES HTTPERROR_ALLOW_ALL LOG_LEVEL
LOG_INSTALL_ROOT_HANDLER RETRY_ENABLED REDIRECT_ENABLED""".split()


def measure(home: Path) -> str:
    """A table: CPU milliseconds a request, ours and stock in turn, over the bundled stand-in."""
    taken: dict[str, list[tuple[float, int]]] = {"ours": [], "stock": []}
    with Standin(invent(_PEOPLE, numbers=True)) as standin:
        for _ in range(_ROUNDS):
            for which, rounds in taken.items():
                rounds.append(_crawl_apart(which, standin.url, home / which))
    cost = {which: median(1000 * cpu / n for cpu, n in runs) for which, runs in taken.items()}
    rows = [
        [which, taken[which][0][1], f"{ms:.2f}", f"{ms / cost['stock']:.2f}"]
        for which, ms in cost.items()
    ]
    return table(["spider settings", "requests", "CPU ms a request", "/ stock"], rows)


def _crawl_apart(which: str, url: str, home: Path) -> tuple[float, int]:
    """CPU seconds and requests of one crawl into an empty store."""
    shutil.rmtree(home, ignore_errors=True)
    words = [sys.executable, "-m", "benchmarks.spider", which, url, str(home)]
    said = subprocess.run(words, capture_output=True, text=True, check=True, env=os.environ)
    cpu, requests = json.loads(said.stdout)
    return cpu, requests


def _stock(settings: Settings, delay: float, cookies: bool = False) -> dict[str, Any]:
    polite = pace.scrapy_settings(settings, delay, cookies)
    return {name: polite[name] for name in _NEEDED}


def main(which: str, url: str, home: Path) -> None:
    """Crawl once; print CPU seconds (start-up excluded) and requests."""
    settings = Settings(home=home)
    if which == "stock":
        vars(ours)["scrapy_settings"] = _stock
    store = Store.of(settings)
    register = Catalogue().get("ca_on_cmto").at(url)
    began = time.process_time()
    refresh(store, register, settings, full=True, delay=0)
    cpu = time.process_time() - began
    with store.read() as db:
        [run] = read.runs(db, most=1)
    store.close()
    print(json.dumps([cpu, run["requests"]]))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
