"""An interrupted night goes on where it was, asks nobody twice, and mixes no old day into a new."""

import random
import signal
import subprocess
import sys
from typing import Any

import pytest

from crawler.standin import Reply, Request, Standin
from tests.e2e.cli import PATIENCE, REGISTER, ROOT, Home, environment, until
from tests.e2e.test_killed import NEXT, after, assert_whole, said

__all__ = ["after"]
POINTS = sorted(random.Random(11).sample(range(2, 95), 20))  # per cent of a night's requests


def killed(home: Home, site: Standin, count: int) -> None:
    """A night that is killed when its request number `count` has come."""

    def kill(_: Request, honest: Reply) -> Reply:
        if len(site.requests) >= count:
            home.kill()
        return honest

    site.tamper = kill
    assert home.refresh(site.url).code == -9
    site.tamper = None


def questions(site: Standin) -> list[tuple[str, str]]:
    """What was asked, without what only tells the time."""
    return [
        (one.path, str(sorted(pair for pair in one.query.items() if pair[0] != "_")))
        for one in site.requests
    ]


@pytest.mark.parametrize("share", POINTS)
def test_a_killed_night_goes_on(
    share: int, home: Home, before: str, after: tuple[str, int]
) -> None:
    expected, usual = after
    with Standin(NEXT) as site:
        killed(home, site, max(2, usual * share // 100))
        assert_whole(home, before, expected)
        first = questions(site)
        run = home.accept(site.url)
        again = questions(site)[len(first) :]
    assert said(home.export()) == said(expected)
    assert len(first) + len(again) <= usual + 2  # robots.txt, and the answer that was on its way
    assert run["requests"] == len(again)
    assert home.run("audit-log", "verify").code == 0


def test_a_night_interrupted_twice(home: Home, after: tuple[str, int]) -> None:
    expected, usual = after
    with Standin(NEXT) as site:
        killed(home, site, usual // 3)
        killed(home, site, 2 * usual // 3)
        home.accept(site.url)
        assert len(site.requests) <= usual + 4
    assert said(home.export()) == said(expected)


def test_what_goes_on_is_as_old_as_its_first_answer(home: Home, after: tuple[str, int]) -> None:
    with Standin(NEXT) as site:
        killed(home, site, after[1] // 2)
        run = home.accept(site.url)
    [_, interrupted, *_] = home.run("runs", "--json").json["runs"]
    assert interrupted["started_at"] <= run["as_of"] < run["started_at"]
    assert "resumed" in {one["code"] for one in run["issues"]}


def test_what_is_too_old_is_asked_anew(home: Home, after: tuple[str, int]) -> None:
    expected, usual = after
    with Standin(NEXT) as site:
        killed(home, site, usual // 2)
        count = len(site.requests)
        done = home.run(
            *("refresh", REGISTER, "--url", site.url, "--delay", "0", "--json"),
            GOODSTANDING_RESUME_HOURS="0",
        )
        assert done.code == 0 and len(site.requests) - count == usual
    assert done.json["as_of"] >= done.json["started_at"]
    assert said(home.export()) == said(expected)


def test_a_cut_evidence_file_only_costs_what_was_cut(home: Home, after: tuple[str, int]) -> None:
    expected, usual = after
    with Standin(NEXT) as site:
        killed(home, site, usual // 2)
        [path] = (home.path / "evidence" / REGISTER).glob("run-2.*")
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
        home.accept(site.url)
        assert len(site.requests) < usual * 4 // 3
    assert said(home.export()) == said(expected)


def test_a_silent_register_is_gone_on_with(home: Home, after: tuple[str, int]) -> None:
    """Held because it fell silent; the next try asks for the rest only."""
    expected, usual = after

    def wait(_: Request, honest: Reply) -> Reply:
        late = len(site.requests) > usual // 2
        return Reply(503, b"", headers={"Retry-After": "3600"}) if late else honest

    with Standin(NEXT, wait) as site:
        done = home.refresh(site.url)
        assert done.code == 3 and set(done.holds) == {"unreachable"}
        site.tamper = None
        home.accept(site.url)
        assert len(site.requests) <= usual + 2
    assert said(home.export()) == said(expected)


def test_a_stopped_night_goes_on(home: Home, after: tuple[str, int]) -> None:
    expected, usual = after
    command = [sys.executable, "-m", "service", "refresh", REGISTER, "--delay", "0", "--url"]
    pipes: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}

    def slow(_: Request, honest: Reply) -> Reply:
        return Reply(honest.status, honest.body, honest.content_type, delay=0.02)

    with Standin(NEXT, slow) as site:
        with subprocess.Popen(
            [*command, site.url], env=environment(home.path), cwd=ROOT, **pipes
        ) as run:
            until(lambda: len(site.requests) > usual // 2)
            run.send_signal(signal.SIGTERM)
            assert run.wait(PATIENCE) != 0
        site.tamper = None
        home.accept(site.url)
        assert len(site.requests) <= usual + 2
    assert said(home.export()) == said(expected)
