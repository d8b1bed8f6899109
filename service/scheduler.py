"""The clock: reads every enabled register at its local hour, each run in a process of its own."""

import subprocess
import sys
import time
from datetime import UTC, datetime

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from config.register import Register
from service.desk import Desk

_GRACE = 6 * 3600
_LONGEST = 12 * 3600


class Scheduler:
    """APScheduler is only the clock; the `run` table remembers what was done (one slot a night)."""

    def __init__(self, desk: Desk) -> None:
        """One job for every enabled register."""
        self.desk = desk
        self.clock = BackgroundScheduler(
            timezone="UTC",
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": _GRACE},
        )
        troubles = EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES
        self.clock.add_listener(_report, troubles)
        for register in desk.catalogue:
            if register.swept:
                trigger = CronTrigger.from_crontab(register.schedule, timezone=register.zone)
                self.clock.add_job(run_slot, trigger, [register], id=register.id)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self.clock.start()

    def stop(self) -> None:
        """End; a run under way goes on in its own process."""
        self.clock.shutdown(wait=False)

    def run(self) -> None:
        """Begin, and stay until stopped."""
        self.start()
        for job in self.clock.get_jobs():
            _say(f"{job.id}: next at {job.next_run_time:%Y-%m-%d %H:%M %Z}")
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            self.stop()


def run_slot(register: Register) -> int:
    """Read one register for tonight's slot, its local date; the exit code of the run."""
    slot = register.local_day(datetime.now(UTC)).isoformat()
    command = [sys.executable, "-m", "service", "refresh", register.id, "--slot", slot, "--json"]
    done = subprocess.run(  # noqa: S603 - our own command, no shell
        command, check=False, timeout=_LONGEST, stdout=subprocess.DEVNULL
    )
    if done.returncode:
        _say(f"{register.id}: tonight's run ended with code {done.returncode}")
    return done.returncode


def _report(event: object) -> None:
    _say(f"scheduler: {event}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201
