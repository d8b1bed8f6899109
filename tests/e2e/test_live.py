"""The live check in processes of its own, against a real server: one memory, one pace."""

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

from crawler.standin import Reply, Request, Standin
from tests.e2e.cli import FIRST, ROOT, WITNESS, Home, environment


def words(person: Any = FIRST) -> list[str]:
    name = f"{person['firstName']} {person['lastName']}"
    return ["verify", "--number", person["registrationNumber"], "--name", name, "--live", "--json"]


def told(answer: Any) -> tuple[str, str]:
    return answer["reasons"][0]["code"], answer["reasons"][0]["text"]


def visited(site: Standin, since: int) -> list[str]:
    return [request.path.rsplit("/", 2)[-2] for request in site.requests[since:]]


def test_commands_at_once_ask_the_register_once(home: Home, site: Standin) -> None:
    home.accept(site.url)
    before = len(site.requests)
    command = [sys.executable, "-m", "service", *words()]
    here = environment(home.path)
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=here)
        for _ in range(3)
    ]
    answers = [json.loads(process.communicate(timeout=60)[0]) for process in running]
    assert [told(answer)[0] for answer in answers] == ["rechecked"] * 3
    assert visited(site, before) == ["", "get"]


def test_pace_cache_and_live_rows(home: Home, site: Standin) -> None:
    home.accept(site.url)
    stored, before = home.export(), len(site.requests)
    answers = [home.run(*words(one)).json for one in (FIRST, WITNESS, FIRST)]
    assert [told(answer)[0] for answer in answers] == ["rechecked"] * 3
    assert visited(site, before) == ["", "get", "get"]
    moments = [request.at for request in site.requests[before:]]
    gaps = [b - a for a, b in zip(moments, moments[1:], strict=False)]
    assert min(gaps) > 0.9
    assert home.export() == stored


def test_a_register_that_asks_for_peace_gets_it_from_every_process(
    home: Home, site: Standin
) -> None:
    home.accept(site.url)
    before = len(site.requests)
    peace = {"Retry-After": "1800"}

    def busy(_request: Request, reply: Reply) -> Reply:
        return replace(reply, status=429, headers=peace)

    site.tamper = busy
    first = home.run(*words())
    second = home.run(*words(WITNESS))
    assert [told(done.json)[0] for done in (first, second)] == ["not_rechecked"] * 2
    assert (first.code, first.json["verdict"]) == (0, "confirmed")  # what was stored
    assert len(site.requests) == before + 1
