"""The schema and the service say the same: schemathesis asks what the schema allows, and more.

By hand, with more examples: SCHEMA_EXAMPLES=1000 .venv/bin/pytest tests/service/test_schema.py
"""

import os
import shutil
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig

from config.register import Catalogue
from config.settings import Settings
from service.api import the_time
from service.app import create_app
from tests.conftest import Clock
from tests.service.clinics import open_clinic
from tests.service.conftest import fill

EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", "15"))
TOLD = tomllib.loads((Path(__file__).parents[2] / "schemathesis.toml").read_text())
# The key comes with every request here, so none is made up; what happens without one is asked too.
CONFIG = SchemathesisConfig.from_dict(TOLD | {"generation": {"with-security-parameters": False}})


class Fuzzed:
    """The service over a filled store, and the headers of a key that may do everything."""

    def __init__(self, home: Path) -> None:
        settings = Settings(
            home=home,
            rate_limit=0,
            key_rate_limit=0,
            live_limit=0,
            enable="ca_on_cmto",
            contact="tests@example.org",
        )
        clock = Clock()
        fill(
            settings, Catalogue(enable="ca_on_cmto").get("ca_on_cmto").at("http://127.0.0.1"), clock
        )
        self.app = create_app(settings)
        self.app.dependency_overrides[the_time] = clock
        now: datetime = clock.at
        self.auth = open_clinic(self.app.state.desk.store, "fuzzed", now).auth


class Relay:
    """Passes requests on to the service of the moment; leaves starting and ending out."""

    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        while scope["type"] == "lifespan":
            kind = (await receive())["type"]
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return
        await self.app(scope, receive, send)


@pytest.fixture(scope="module")
def fuzzed(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Fuzzed:
    home = tmp_path_factory.mktemp("schema")
    shutil.copy(sqlite_template, home / "goodstanding.db")
    made = Fuzzed(home)
    schema.app.app = made.app
    return made


def described() -> dict[str, Any]:
    """The schema of the API; it does not depend on what is stored."""
    app = create_app(Settings(database_url="sqlite://"))
    told = app.openapi()
    app.state.desk.store.close()
    return told


schema = schemathesis.openapi.from_dict(described(), config=CONFIG)
schema.app = Relay()


@schema.parametrize()
@hypothesis.settings(max_examples=EXAMPLES, suppress_health_check=list(hypothesis.HealthCheck))
def test_every_answer_is_as_the_schema_says(case: Any, fuzzed: Fuzzed) -> None:
    case.call_and_validate(headers=fuzzed.auth)
