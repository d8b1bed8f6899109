"""An assistant gets everybody's answers, and cannot overlook their age and their doubt."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from service import assistant
from service.answer import Query
from service.desk import Desk
from service.verify import verify
from tests.conftest import Clock


def ask(desk: Desk, clock: Clock, tool: str, **said: Any) -> Any:
    async def call() -> Any:
        async with Client(assistant.server(desk, lambda: clock.at)) as client:
            return await client.call_tool(tool, said)

    return asyncio.run(call())


def told(desk: Desk, clock: Clock, tool: str, **said: Any) -> dict[str, Any]:
    result = ask(desk, clock, tool, **said)
    assert not result.is_error, result.content
    found: dict[str, Any] = result.structured_content
    return found


def test_every_tool_says_what_an_assistant_owes(desk: Desk, clock: Clock) -> None:
    async def listed() -> Any:
        async with Client(assistant.server(desk, lambda: clock.at)) as client:
            return (await client.list_tools()).tools, client.instructions

    tools, instructions = asyncio.run(listed())
    assert {one.name for one in tools} == {"lookup", "verify", "coverage"}
    for words in [*(one.description for one in tools), instructions]:
        said = " ".join(words.split())
        assert "last_checked" in said and "never say" in said and "safe" in said
    for one in tools:
        assert one.annotations.read_only_hint and one.output_schema


def test_the_answer_is_everybodys_and_its_date_is_said(desk: Desk, clock: Clock) -> None:
    found = told(desk, clock, "verify", name="Ingrith Abelquist", number="A1001")
    same = verify(desk, Query(name="Ingrith Abelquist", number="A1001"), clock.at)
    assert found["answer"] == same.model_dump(mode="json")
    assert found["answer"]["verdict"] == "confirmed"
    said = " ".join(found["must_say"])
    assert (
        "last checked" in said
        and "may be used until" in said
        and "nothing about the quality" in said
    )


def test_what_is_old_is_said_to_be_old(desk: Desk, clock: Clock) -> None:
    clock.forward(hours=48)
    found = told(desk, clock, "verify", name="Ingrith Abelquist", number="A1001")
    assert found["answer"]["verdict"] == "cannot_confirm"
    assert any("2 days ago" in one for one in found["must_say"])
    assert any("does not confirm" in one for one in found["must_say"])


def test_conditions_are_said_in_the_registers_words(desk: Desk, clock: Clock) -> None:
    found = told(desk, clock, "verify", name="Anneliese Hollowmere-Udo", number="A1003")
    assert "The register notes: Chaperone <script>alert(1)</script>" in found["must_say"]


def test_a_lookup_confirms_nobody_and_masks_numbers(desk: Desk, clock: Clock) -> None:
    found = told(desk, clock, "lookup", query="Ingrith Abelquist", register="ca_on_cmto")
    assert found["answer"]["verdict"] == "ambiguous" and "A1001" not in str(found)
    assert any("does not confirm" in one for one in found["must_say"])


def test_coverage_tells_how_old_each_register_is(desk: Desk, clock: Clock) -> None:
    clock.forward(hours=3)
    found = told(desk, clock, "coverage", place="Ontario")
    assert {one["code"] for one in found["coverage"]["jurisdictions"]} == {"CA-ON"}
    assert any("3 hours ago; it is fresh" in one for one in found["must_say"])
    assert len(told(desk, clock, "coverage")["coverage"]["jurisdictions"]) > 10


@pytest.mark.parametrize(
    ("tool", "said", "words"),
    [
        ("verify", {"name": ""}, "No name was given"),
        ("lookup", {"query": "\x00"}, "Nothing was asked"),
        ("lookup", {"query": "A1001", "register": "nowhere"}, "nowhere"),
        ("coverage", {"place": "Atlantis"}, "no province"),
        ("verify", {}, "name"),
    ],
)
def test_a_question_that_cannot_be_asked_says_why(
    desk: Desk, clock: Clock, tool: str, said: dict[str, str], words: str
) -> None:
    result = ask(desk, clock, tool, **said)
    assert result.is_error and words in result.content[0].text


def test_over_stdio_and_silent_about_whom(desk: Desk, tmp_path: Path) -> None:
    """The command itself: answers come, and nothing that was asked reaches stderr."""
    env = {**os.environ, "GOODSTANDING_HOME": str(desk.settings.home), "GOODSTANDING_LOG": "json"}
    command = StdioServerParameters(command=sys.executable, args=["-m", "service", "mcp"], env=env)
    log = tmp_path / "stderr"

    async def call(errors: Any) -> Any:
        async with Client(stdio_client(command, errlog=errors)) as client:
            return await client.call_tool("lookup", {"query": "Abelquist"})

    with log.open("w") as errors:
        result = asyncio.run(call(errors))
    assert not result.is_error and "must_say" in result.structured_content
    assert "Abelquist" not in log.read_text()
