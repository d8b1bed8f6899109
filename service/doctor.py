"""Looks for the usual misconfigurations and says the remedy of each."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from config.jurisdiction import Coverage
from config.register import Catalogue, RegisterError
from config.settings import Settings
from crawler.refresh import source_of
from data.evidence import evidence_table
from data.migrate import HEAD
from data.outbox import backlog
from data.run import run_table
from data.slots import pulse
from data.store import Store, StoreError
from service.desk import Desk
from service.mailing import mail_server
from service.outgoing import Forbidden, NotSent, Wire, check, networks
from service.outlook import outlooks
from service.signing import key_of

Findings = Iterator[dict[str, str]]

_FREE = 500 * 2**20
_SKEW = timedelta(minutes=5)
_INBOX_OLD = timedelta(days=7)
_SHARED = frozenset("nfs nfs4 cifs smb3 smbfs 9p fuse.sshfs fuse.glusterfs ceph".split())


def examine(now: datetime, wire: Wire | None = None) -> list[dict[str, str]]:
    """Every finding: `error` keeps the product from working, `warn` will hurt later.

    `wire` is the world outside, for the addresses of alerts.
    """
    findings = list(_environment())
    try:
        settings = Settings()
        catalogue = Catalogue(settings.registers, settings.enable)
    except (ValueError, RegisterError) as error:
        return [*findings, _error(f"The settings cannot be used: {error}")]
    findings += _host(settings)
    findings += _before_opening(settings)
    findings += _alerts(settings, wire or Wire(networks(settings.webhook_allow)))
    if any(finding["level"] == "error" for finding in findings):
        return findings
    try:
        desk = Desk(Store.of(settings), catalogue, Coverage(), settings)
        for look in (_clock, _registers, _schedule, _inboxes, _evidence, _outbox):
            findings += look(desk, now)
        desk.store.close()
    except StoreError as error:
        findings.append(_error(str(error)))
    return findings


def _error(text: str) -> dict[str, str]:
    return {"level": "error", "text": text}


def _warn(text: str) -> dict[str, str]:
    return {"level": "warn", "text": text}


def _environment() -> Findings:
    known = {f"GOODSTANDING_{name.upper()}" for name in Settings.model_fields}
    for name in sorted(set(os.environ) - known):
        if name.startswith("GOODSTANDING_"):
            words = ", ".join(sorted(known))
            yield _warn(f"{name} is not a setting and does nothing. Known: {words}.")


def _host(settings: Settings) -> Findings:
    if not settings.contact:
        yield _warn(
            "GOODSTANDING_CONTACT is not set: real registers will not be read. Set it to your "
            "e-mail address or web page."
        )
    place = _nearest(settings.home)
    if shutil.disk_usage(place).free < _FREE:
        yield _warn(f"Less than 500 MiB are free on the disk of {place}. Free some, or move HOME.")
    if not os.access(place, os.W_OK | os.X_OK):
        yield _error(
            f"{place} cannot be written to. Give it to the user who runs goodstanding, or set "
            "GOODSTANDING_HOME to a folder of theirs."
        )


def _nearest(path: Path) -> Path:
    """The path, or the first folder above it that exists."""
    path = path.resolve()
    return path if path.exists() or path == path.parent else _nearest(path.parent)


def _before_opening(settings: Settings) -> Findings:
    """What can only be seen before the store is opened, which migrates it."""
    url = make_url(settings.url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return
    path = Path(url.database)
    if (kind := _filesystem(_nearest(path))) in _SHARED:
        yield _error(
            f"The database lies on a network file system ({kind}), where SQLite loses data. Move "
            "GOODSTANDING_HOME to a local disk, or use PostgreSQL."
        )
    if path.is_file():
        yield from _file(path)


def _filesystem(path: Path, mounts: Path = Path("/proc/self/mounts")) -> str:
    """The kind of file system a path lies on; empty where the system does not tell."""
    if not mounts.exists():
        return ""
    found = (line.split()[1:3] for line in mounts.read_text("utf-8", "replace").splitlines())
    within = [(place, kind) for place, kind in found if path.is_relative_to(place)]
    return max(within, key=lambda one: len(one[0]))[1] if within else ""


def _file(path: Path) -> Findings:
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            [(mode,)] = database.execute("PRAGMA journal_mode").fetchall()
            tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
            found = database.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        yield _error(f"{path} cannot be read ({error}). Restore a backup: goodstanding restore.")
        return
    if mode != "wal":
        yield _warn(
            f"{path} is not in WAL mode ({mode}): readers wait for writers. It is switched on when "
            "the store is opened; if this comes again, the file system does not support it."
        )
    step = found[0] if found else "none"
    if step != HEAD and "run" in tables:
        yield _warn(
            f"The database stands at step {step}, this version needs {HEAD}: it is brought up to "
            "date when it is opened. Make a backup first where that matters."
        )


def _alerts(settings: Settings, wire: Wire) -> Findings:
    for name in ("alert_webhook", "ping_url"):
        if url := getattr(settings, name):
            yield from _address(f"GOODSTANDING_{name.upper()}", url, wire)
    if settings.alert_webhook:
        try:
            key_of(settings.alert_webhook_secret.get_secret_value())
        except Forbidden as error:
            yield _error(f"No webhook can be sent. {error}")
    if settings.alert_email:
        try:
            with mail_server(settings):
                pass
        except NotSent as error:
            yield _warn(
                f"Alerts by e-mail cannot be sent: {error} Look at GOODSTANDING_SMTP_HOST, _PORT, "
                "_SECURITY, _USER and _PASSWORD."
            )
    if not (settings.alert_email or settings.alert_webhook or settings.ping_url or settings.demo):
        yield _warn(
            "Nobody is told when a night goes wrong. Set GOODSTANDING_ALERT_EMAIL, "
            "GOODSTANDING_ALERT_WEBHOOK or GOODSTANDING_PING_URL."
        )


def _address(name: str, url: str, wire: Wire) -> Findings:
    try:
        check(url, wire)
    except Forbidden as error:
        yield _error(f"{name} is refused: {error}")
    except NotSent as error:
        yield _warn(f"{name} cannot be reached: {error}")


def _clock(desk: Desk, now: datetime) -> Findings:
    with desk.store.read() as db:
        newest = db.scalar(sa.select(sa.func.max(run_table.c.heartbeat)))
    if newest and newest > now + _SKEW:
        yield _error(
            f"The clock says {now:%Y-%m-%d %H:%M} UTC, but the store was written at "
            f"{newest:%Y-%m-%d %H:%M} UTC. Set the clock (and turn on time synchronisation)."
        )


def _registers(desk: Desk, now: datetime) -> Findings:
    with desk.store.look() as look:
        conditions = desk.conditions(look, now)
    for id_, condition in conditions.items():
        if condition.register.swept and not condition.fresh:
            yield _warn(
                f"{id_} is {condition.health.value}: nobody is confirmed from it. Run "
                f"`goodstanding refresh {id_}` and look at `goodstanding runs`."
            )


def _schedule(desk: Desk, now: datetime) -> Findings:
    with desk.store.read() as db:
        alive = pulse(db)
    if alive is None or now > alive["expected_by"]:
        since = f" since {alive['at']:%Y-%m-%d %H:%M} UTC" if alive else ""
        yield _warn(
            f"No schedule has been running{since}: nothing reads the registers by itself. Start "
            "`goodstanding up` or `schedule`, or call `refresh --due` every hour (see deploy/)."
        )
    for one in outlooks(desk, now):
        if one.late(now):
            yield _warn(
                f"{one.slot.register.id} was not read for {one.slot.name}, due at "
                f"{one.slot.due:%Y-%m-%d %H:%M} UTC. Run `goodstanding refresh --due`."
            )


def _inboxes(desk: Desk, now: datetime) -> Findings:
    for register in desk.catalogue:
        if not register.swept or source_of(register) != "inbox":
            continue
        folder = desk.settings.inbox / register.id
        files = [path for path in folder.glob("*") if path.is_file() and path.name[0] != "."]
        newest = max((path.stat().st_mtime for path in files), default=0.0)
        if newest < (now - _INBOX_OLD).timestamp():
            told = "has had no new file for a week" if files else "is empty"
            yield _warn(
                f"The inbox of {register.id} {told}. Save the register's file, with its date in "
                f"the name, in {folder.resolve()}."
            )


def _evidence(desk: Desk, _now: datetime) -> Findings:
    end = sa.func.max(evidence_table.c.offset + evidence_table.c.length)
    query = sa.select(evidence_table.c.file, end).group_by(evidence_table.c.file)
    with desk.store.read() as db:
        files = [(desk.store.evidence / str(name), int(size)) for name, size in db.execute(query)]
    lost = [path for path, size in files if not path.is_file() or path.stat().st_size < size]
    if lost:
        yield _error(
            f"{len(lost)} evidence files are missing or cut off, for example {lost[0]}. Answers "
            "that rest on them cannot be proved: bring them back from a backup."
        )


def _outbox(desk: Desk, _now: datetime) -> Findings:
    with desk.store.read() as db:
        dead = backlog(db)["dead"]
    if dead:
        yield _warn(
            f"{dead} alerts were given up. `goodstanding alerts` says why; `alerts replay` sends "
            "them again."
        )
