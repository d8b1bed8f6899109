"""Delivers what the outbox holds: webhooks (Standard Webhooks), e-mail, the dead man's switch.

At least once: a receiver may see a message twice, with the same `webhook-id`. Whose address a
delivery goes to is looked up at each try, so that a corrected setting helps what waits already,
and no address or secret is in the store.
"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import partial
from random import Random
from typing import Any

from config.settings import Settings
from data import outbox
from data.outbox import OPERATOR, Parcel
from service import log
from service.desk import Desk
from service.mailing import mail_server
from service.outgoing import Forbidden, NotSent, Wire, networks, send
from service.outlook import PING
from service.signing import signed
from service.watch.delivery import WatchPost

_AT_ONCE = 32
_STRETCH = 0.1
_PING_OLD = timedelta(hours=1)  # a sign of life that comes late is a lie
_TEXTS = {
    "register.held": (
        "held",
        "What was read of {register} tonight is not believed, so nothing of it went live. What was "
        "published before stands, with its old date.\nLook: goodstanding runs show {run}\n"
        "Then: goodstanding runs approve {run}, or reject, or refresh {register}.",
    ),
    "register.failed": (
        "failed",
        "The run of {register} broke off on our side; nothing of it went live. A night's run is "
        "tried again by itself.\nLook: goodstanding runs show {run}, and goodstanding doctor.",
    ),
    "register.missed": (
        "missed",
        "Nothing has read {register} for {slot}, hours after its time. Answers from it turn into "
        "“cannot confirm” when its age budget ends.\nLook: goodstanding doctor. Is a schedule "
        "running, is its contact set, is its inbox file there?",
    ),
    "register.recovered": (
        "recovered",
        "{register} was read well again (run {run}: {read} listed, {changed} changed, {missing} "
        "missing). Nothing is left to do.",
    ),
    "test": ("test", "This is a test. Alerts reach you."),
}


class Notifier:
    """Sends what is due. `wire` is the world outside."""

    def __init__(
        self, desk: Desk, clock: Callable[[], datetime], random: Random, wire: Wire | None = None
    ) -> None:
        """Nothing is sent yet."""
        self.desk, self.clock, self.random = desk, clock, random
        self.settings = desk.settings
        self.wire = wire or Wire(networks(self.settings.webhook_allow))
        self.watches = WatchPost(desk, clock, self.wire)
        self.channels: dict[str, Callable[[Parcel], None]] = {
            "webhook": self._webhook,
            "email": self._mail,
            "ping": self._ping,
            **self.watches.channels,
        }

    def deliver(self) -> int:
        """One pass over everything due, side by side: a dead receiver delays nobody. How many."""
        now = self.clock()
        with self.desk.store.read() as db:
            if not outbox.is_due(db, now):
                return 0
        with self.desk.store.begin() as db:
            outbox.address(db, OPERATOR, operator_doors(self.settings), now)
            outbox.address(db, PING, [("ping", OPERATOR)] if self.settings.ping_url else [], now)
            self.watches.address(db, now)
            outbox.tidy(db, now)
            parcels = outbox.claim(db, now)
        if parcels:
            with ThreadPoolExecutor(min(len(parcels), _AT_ONCE)) as pool:
                list(pool.map(self._try, parcels))
        return len(parcels)

    def _try(self, parcel: Parcel) -> None:
        """Send one parcel and settle it; every outcome is a row, none an exception."""
        trouble, final = "", False
        try:
            self.channels[parcel.channel](parcel)
        except (NotSent, Forbidden) as error:
            trouble, final = str(error), isinstance(error, NotSent) and error.final
        except Exception as error:  # whatever a receiver or a setting does, the others go on
            trouble = f"It could not be sent ({type(error).__name__})."
        settle = outbox.bury if final else partial(outbox.settle, late=self._late())
        with self.desk.store.begin() as db:
            settle(db, parcel, trouble, self.clock())
        state = "sent" if not trouble else "dead" if final else "not_sent"
        log.event(
            "delivery", channel=parcel.channel, ref=parcel.ref, tries=parcel.tries, state=state
        )

    def _late(self) -> float:
        return self.random.random() * _STRETCH

    def _webhook(self, parcel: Parcel) -> None:
        body = webhook_body(parcel)
        secret = self.settings.alert_webhook_secret.get_secret_value()
        headers = signed(secret, parcel.ref, self.clock(), body)
        send("POST", self.settings.alert_webhook, body, headers, self.wire)

    def _ping(self, parcel: Parcel) -> None:
        if self.clock() - parcel.created_at > _PING_OLD:
            raise NotSent("Its hour has passed.", final=True)
        url = self.settings.ping_url + ("" if parcel.kind == "night.well" else "/fail")
        send("GET", url, b"", {"User-Agent": self.settings.user_agent}, self.wire)

    def _mail(self, parcel: Parcel) -> None:
        with mail_server(self.settings) as server:
            server.send_message(mail(self.settings, parcel))


def operator_doors(settings: Settings) -> list[tuple[str, str]]:
    """The ways by which the operator is told, as the settings have them."""
    doors = [("webhook", settings.alert_webhook), ("email", settings.alert_email)]
    return [(channel, OPERATOR) for channel, address in doors if address]


def webhook_body(parcel: Parcel) -> bytes:
    """The exact bytes of a webhook: kind, moment, facts."""
    at = parcel.created_at.isoformat().replace("+00:00", "Z")
    told = {"type": parcel.kind, "timestamp": at, "data": parcel.facts}
    return json.dumps(told, separators=(",", ":")).encode()


def mail(settings: Settings, parcel: Parcel) -> EmailMessage:
    """One alert as an e-mail."""
    state, text = _TEXTS[parcel.kind]
    facts: dict[str, Any] = parcel.facts
    what = facts.get("register", "alerts")
    message = EmailMessage()
    message["Subject"] = f"[Good Standing] {what}: {state}"
    message["To"] = settings.alert_email
    message["From"] = settings.mail_from or settings.alert_email.split(",")[0].strip()
    message["Message-ID"] = f"<{parcel.ref}@goodstanding.invalid>"
    message["Auto-Submitted"] = "auto-generated"
    lines = [text.format(**facts)]
    lines += [f"  {hold['code']}: {hold['count']}" for hold in facts.get("holds", [])]
    message.set_content("\n".join(lines) + f"\n\n{parcel.created_at:%Y-%m-%d %H:%M} UTC\n")
    return message
