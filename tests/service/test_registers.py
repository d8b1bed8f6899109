"""The list of registers says what each is worth, and covers a place by its massage therapists."""

import pytest

from config.register import Catalogue, Register
from service.desk import Desk
from service.registers import coverage
from service.report import coverage_text
from tests.conftest import Clock

REGISTERS = list(Catalogue())


@pytest.mark.parametrize("register", REGISTERS, ids=lambda register: register.id)
def test_text_and_json_tell_state_terms_and_reason(
    desk: Desk, clock: Clock, register: Register
) -> None:
    found = coverage(desk, clock.at)
    [one] = [each for each in found["registers"] if each["id"] == register.id]
    text = coverage_text({**found, "registers": [one]})
    assert one["terms"]["note"] in text and one["terms"]["read"] in text
    assert one["profession"] in text and one["notes"]
    assert ("Never seen answering" in text) is not one["verified"]
    assert ("one person at a time" in text) is one["lookup_only"] or "time" in one["terms"]["note"]
    assert ("Proves nothing" in text) is not one["confirms"]
    assert bool(one["renewal"]) != bool(one["renewal_note"])
    if not one["enabled"]:
        assert one["official_url"] in text


def test_only_registers_of_massage_therapists_cover_a_place(desk: Desk, clock: Clock) -> None:
    places = {one["code"]: one["registers"] for one in coverage(desk, clock.at)["jurisdictions"]}
    assert places["US-OR"] == places["CA-SK"] == []
    assert places["CA-ON"] == ["ca_on_cmto"] and places["US-ME"] == ["us_me_oplr"]
    assert places["US-FL"] == ["us_fl_mqa", "us_fl_mqa_all", "us_fl_mqa_status"]
