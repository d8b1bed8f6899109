"""The clock: looks every few seconds what is owed, and reads it in processes of their own.

APScheduler only keeps time. What was done is remembered by the `run` table, so any number of
schedules, on any number of machines, start each attempt at a slot once.
"""

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.background import BackgroundScheduler

from config.settings import Settings
from crawler.refresh import source_of, utc_now
from data.run import end_dead_runs, lock_folder, owner_of
from data.slots import beat, running
from service import log, outlook
from service.child import Child
from service.desk import Desk
from service.nights import Turn, coming
from service.notify import Notifier
from service.outlook import Outlook
from service.watch import round as watching

LOOK = 5.0  # seconds between two looks; with SILENCE this keeps a take-over below two minutes
# Not everybody at 02:15:00: a slot seen on time waits a random part of this, a late one does not.
JITTER = timedelta(minutes=8)
_ON_TIME = timedelta(minutes=2)
_PATIENCE = timedelta(minutes=5)  # silence after which `doctor` believes that we stopped
_BEAT = timedelta(minutes=1)
_STEP = 60.0


@dataclass(slots=True)
class Refusal:
    """A turn whose process ended before it had a run: not asked again before `until`."""

    count: int
    until: datetime


class Scheduler:
    """Looks, starts, watches and stops. `clock` tells the time, `random` spreads the starts."""

    def __init__(
        self,
        desk: Desk,
        clock: Callable[[], datetime] = utc_now,
        random: Random | None = None,
        child: Callable[[Turn, Settings], Child] = Child,
    ) -> None:
        """Nothing happens yet. `child` starts a run for a turn."""
        self.desk, self.clock, self.child = desk, clock, child
        self.random = random or Random()  # noqa: S311 - spreads load, guards nothing
        self.notifier = Notifier(desk, clock, self.random)
        self.children: dict[str, Child] = {}
        self.ready: dict[tuple[str, str], datetime] = {}
        self.refused: dict[tuple[str, str], Refusal] = {}
        self.beaten: datetime | None = None
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.timer = BackgroundScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "misfire_grace_time": 6 * 3600}
        )
        self.timer.add_listener(_report, EVENT_JOB_ERROR)
        now = datetime.now(UTC)
        every = {"trigger": "interval", "seconds": LOOK, "next_run_time": now}
        self.timer.add_job(self.look, id="look", max_instances=1, **every)
        # A dead receiver takes its 20 s; the next deliveries are sent meanwhile.
        self.timer.add_job(self.notifier.deliver, id="deliver", max_instances=8, **every)
        self.timer.add_job(watching.look, args=(desk, clock), id="watch", max_instances=1, **every)

    def run(self) -> None:
        """Work until stopped by `stop` or a signal that raises."""
        self.timer.start()
        log.event("schedule_started", count=len(self.tell_coming()))
        wall, steady = time.time(), time.monotonic()
        while not self.stopping.wait(LOOK):
            jump = (time.time() - wall) - (time.monotonic() - steady)
            wall, steady = time.time(), time.monotonic()
            if abs(jump) > _STEP:  # the timer waits for moments: after a step back, for long
                log.event("clock_stepped", jump=round(jump))
                for job in self.timer.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))

    def tell_coming(self) -> list[tuple[str, datetime]]:
        """Every register that is read, with its next slot, told to the log."""
        found = []
        for register in self.desk.catalogue:
            slot = coming(register, self.clock()) if register.swept else None
            if slot:
                log.event("next", register=register.id, slot=slot.name, next=slot.due.isoformat())
                found.append((register.id, slot.due))
        return found

    def look(self) -> None:
        """One look: who ended, who died, what is owed, what must be told."""
        with self.lock:
            if self.stopping.is_set():
                return
            now = self.clock()
            self._reap(now)
            self._beat(now)
            for run_id in end_dead_runs(self.desk.store, now):
                log.event("run_taken_over", run=run_id)
            night = outlook.outlooks(self.desk, now)
            for one in outlook.tell_late(self.desk, night, now):
                log.event("missed", register=one.slot.register.id, slot=one.slot.name)
            self._start_due(night, now)
            outlook.ping(self.desk, night, now)

    def _beat(self, now: datetime) -> None:
        if self.beaten is None or not timedelta() <= now - self.beaten < _BEAT:
            with self.desk.store.begin() as db:
                beat(db, owner_of(lock_folder(self.desk.store)), now, _PATIENCE)
            self.beaten = now

    def _start_due(self, night: list[Outlook], now: datetime) -> None:
        with self.desk.store.read() as db:
            hosts = set(running(db).values())
        hosts |= {source_of(child.turn.slot.register) for child in self.children.values()}
        for one in sorted(night, key=lambda one: one.slot.due):
            register = one.slot.register
            if len(self.children) >= self.desk.settings.runs_at_once:
                return
            host = source_of(register)
            if not self._is_due(one, now) or (host != "inbox" and host in hosts):
                continue
            hosts.add(host)
            log.event("start", register=register.id, slot=one.slot.name, attempt=one.turn.attempt)
            self.children[register.id] = self.child(one.turn, self.desk.settings)

    def _is_due(self, one: Outlook, now: datetime) -> bool:
        """Whether to start it at this look: owed, possible, not begun, and its wait is over."""
        id_ = one.slot.register.id
        if one.turn.at is None or one.obstacle or one.running or id_ in self.children:
            return False
        refusal = self.refused.get((id_, one.turn.label))
        return now >= self._ready(one, now) and (refusal is None or now >= refusal.until)

    def _ready(self, one: Outlook, now: datetime) -> datetime:
        at = one.turn.at or now
        if one.turn.attempt > 1 or now < at:
            return at
        key = (one.slot.register.id, one.slot.name)
        if key not in self.ready:
            late = now - at > _ON_TIME
            self.ready[key] = now if late else at + self.random.random() * JITTER
        return self.ready[key]

    def _reap(self, now: datetime) -> None:
        """See which processes have ended, and end those whose time is over."""
        for id_, child in list(self.children.items()):
            child.mind()
            if child.code is None:
                continue
            del self.children[id_]
            seconds = round(child.seconds, 1)
            log.event(
                "ended", register=id_, slot=child.turn.label, code=child.code, seconds=seconds
            )
            # Asked again only if it is still the same turn, that is if no run came of it.
            key = (id_, child.turn.label)
            count = self.refused[key].count + 1 if key in self.refused else 1
            pause = min(timedelta(seconds=15 * 2**count), timedelta(minutes=30))
            self.refused[key] = Refusal(count, now + pause)

    def stop(self, patience: float | None = None) -> None:
        """Start nothing more, let runs under way finish for a while, then end them."""
        self.stopping.set()
        if self.timer.running:
            self.timer.shutdown(wait=False)
        limit = self.desk.settings.stop_seconds if patience is None else patience
        with self.lock:
            until = time.monotonic() + limit
            left = [
                child
                for child in self.children.values()
                if not child.wait(max(until - time.monotonic(), 0))
            ]
            for child in left:  # all of them at once, then each in turn
                child.ask()
            for child in left:
                child.end()
            self.children.clear()
        log.event("schedule_stopped")


def stop_on_signals(stop: Callable[[], None]) -> None:
    """Call `stop` when the system or a person asks this process to end."""

    def heard(_number: int, _frame: object) -> None:
        stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, heard)


def _report(event: JobExecutionEvent) -> None:
    if event.exception:
        log.failed("schedule_trouble", event.exception, state=event.job_id)
