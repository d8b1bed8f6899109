"""Looks for the usual misconfigurations and says the remedy of each."""

import os
import shutil
from collections.abc import Iterator
from datetime import datetime

from config.jurisdiction import Coverage
from config.register import Catalogue, RegisterError
from config.settings import Settings
from data.store import Store, StoreError
from service.desk import Desk

_FREE = 500 * 2**20


def examine(now: datetime) -> list[dict[str, str]]:
    """Every finding: `error` keeps the product from working, `warn` will hurt later."""
    findings = list(_environment())
    try:
        settings = Settings()
        catalogue = Catalogue(settings.registers)
    except (ValueError, RegisterError) as error:
        return [*findings, _finding("error", f"The settings cannot be used: {error}")]
    findings += _host(settings)
    try:
        desk = Desk(Store.of(settings), catalogue, Coverage(), settings)
        findings += _registers(desk, now)
    except StoreError as error:
        findings.append(_finding("error", str(error)))
    return findings


def _finding(level: str, text: str) -> dict[str, str]:
    return {"level": level, "text": text}


def _environment() -> Iterator[dict[str, str]]:
    known = {f"GOODSTANDING_{name.upper()}" for name in Settings.model_fields}
    for name in sorted(set(os.environ) - known):
        if name.startswith("GOODSTANDING_"):
            words = ", ".join(sorted(known))
            yield _finding("warn", f"{name} is not a setting and does nothing. Known: {words}.")


def _host(settings: Settings) -> Iterator[dict[str, str]]:
    if not settings.contact:
        yield _finding(
            "warn",
            "GOODSTANDING_CONTACT is not set: real registers will not be read. Set it to your "
            "e-mail address or web page.",
        )
    place = settings.home if settings.home.exists() else settings.home.resolve().parent
    if place.exists() and shutil.disk_usage(place).free < _FREE:
        yield _finding("warn", f"Less than 500 MiB are free on the disk of {place.resolve()}.")


def _registers(desk: Desk, now: datetime) -> Iterator[dict[str, str]]:
    with desk.store.look() as look:
        conditions = desk.conditions(look, now)
    for id_, condition in conditions.items():
        if condition.register.swept and not condition.fresh:
            yield _finding(
                "warn",
                f"{id_} is {condition.health.value}: nobody is confirmed from it. Run "
                f"`goodstanding refresh {id_}` and look at `goodstanding runs`.",
            )
