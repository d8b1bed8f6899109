"""What a register takes down no door shows: a notice after one night, a person after two."""

from fastapi.testclient import TestClient

from config.settings import Settings
from crawler.standin import Standin
from service.app import create_app
from tests.e2e.cli import FIRST, PEOPLE, REGISTER, Home

KEY = FIRST["profileId"]
NAME = f"{FIRST['firstName']} {FIRST['lastName']}"
NUMBER = FIRST["registrationNumber"]
NOTICE = {"name": "Quibbling Caution", "summary": "An invented caution."}
QUESTION = {"number": NUMBER, "name": NAME, "register": REGISTER}


def doors(home: Home) -> dict[str, str]:
    """What every public door says of them, by its address."""
    settings = Settings(home=home.path, rate_limit=0)
    with TestClient(create_app(settings)) as client:
        said = {
            url: answer.text
            for url, params in (
                ("/", {"q": NUMBER}),
                ("/verify", QUESTION),
                (f"/r/{REGISTER}/{KEY}", {}),
                ("/api/v1/lookup", {"q": NAME}),
                (f"/api/v1/registrations/{REGISTER}/{KEY}", {}),
                (f"/api/v1/registrations/{REGISTER}/{KEY}/history", {}),
                ("/api/v1/runs", {}),
                ("/status", {}),
            )
            if (answer := client.get(url, params=params)).status_code == 200
        }
        said["verify"] = client.post("/api/v1/verify", json=QUESTION).text
    said |= {
        "cli lookup": home.run("lookup", NAME).out,
        "cli verify": home.run("verify", "--number", NUMBER, "--name", NAME).out,
        "export": home.export(),
    }
    return said


def night(home: Home, people: list[dict[str, object]]) -> None:
    with Standin(people) as site:
        home.accept(site.url)


def test_a_notice_taken_down_is_shown_nowhere(home: Home) -> None:
    night(home, [{**FIRST, "publicNotices": [NOTICE]}, *PEOPLE[1:]])
    said = doors(home)
    shown = {door for door, text in said.items() if "An invented caution" in text}
    assert shown >= {"/verify", "verify", "export", f"/r/{REGISTER}/{KEY}", "cli verify"}
    night(home, PEOPLE)
    said = doors(home)
    assert [door for door, text in said.items() if "An invented caution" in text] == []
    assert [door for door, text in said.items() if "Quibbling" in text] == []


def test_a_person_taken_down_is_shown_nowhere(home: Home) -> None:
    said = doors(home)
    shown = {door for door, text in said.items() if KEY in text}
    assert shown >= {"/", "verify", f"/r/{REGISTER}/{KEY}", "/api/v1/lookup"}
    for _ in range(2):
        night(home, PEOPLE[1:])
    said = doors(home)
    shown = {door for door, text in said.items() if KEY in text}
    assert shown == {"export"}  # the operator's own, with everybody held
    assert home.person(KEY)["status"] == "delisted"
