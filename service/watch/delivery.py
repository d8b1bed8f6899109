"""What receivers of a watch list are told, and how it is sent.

A message names a list and a batch of alerts; whom they are about is read when it is sent, so what
was erased meanwhile is told to nobody. Webhooks hold everything; mails neither numbers nor what a
register says in a notice, for mail is read by others.
"""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from sqlalchemy.engine import Connection

from config.settings import Settings
from data import receivers, watch_alerts, watches
from data.members import is_email
from data.names import clean
from data.outbox import Parcel
from data.watch_alerts import Wanted
from data.watches import Head
from service.desk import Desk
from service.mailing import mail_server
from service.outgoing import Forbidden, NotSent, Wire, check, send
from service.signing import derived, signed
from service.watch import words
from service.watch.report import alert_out

_GONE = NotSent("The list or the receiver was taken out.", final=True)


class WatchPost:
    """Sends what the outbox holds for receivers of watch lists."""

    def __init__(self, desk: Desk, clock: Callable[[], datetime], wire: Wire) -> None:
        """Nothing is sent yet; `wire` is the world outside."""
        self.desk, self.clock, self.wire = desk, clock, wire
        self.channels: dict[str, Callable[[Parcel], None]] = {
            receivers.HOOK: self._webhook,
            receivers.MAIL: self._mail,
        }

    def address(self, db: Connection, now: datetime) -> None:
        """Make a delivery of every new message for each receiver."""
        receivers.address(db, now)

    def _whole(self, parcel: Parcel) -> tuple[dict[str, Any], Head, list[dict[str, Any]]]:
        """The receiver, the list and the alerts of a message as they are now; raises NotSent."""
        with self.desk.store.read() as db:
            receiver = receivers.by_ref(db, parcel.target)
            head = watches.by_id(db, receiver["watch_id"]) if receiver else None
            if receiver is None or head is None or head.ref != parcel.facts["watch"]:
                raise _GONE
            told = _batch(db, head, parcel) if "batch" in parcel.facts else []
        return receiver, head, told

    def _webhook(self, parcel: Parcel) -> None:
        receiver, head, told = self._whole(parcel)
        body = webhook_body(parcel, head, told)
        master = self.desk.settings.watch_secret.get_secret_value()
        secret = derived(master, receiver["ref"], receiver["generation"])
        headers = signed(secret, parcel.ref, self.clock(), body)
        headers["User-Agent"] = self.desk.settings.user_agent
        send("POST", receiver["address"], body, headers, self.wire)

    def _mail(self, parcel: Parcel) -> None:
        if parcel.facts.get("skip"):
            return  # the first message of a run was the mail about all of it
        receiver, head, told = self._whole(parcel)
        message = mail(self.desk.settings, parcel, head, told)
        message["To"] = receiver["address"]
        with mail_server(self.desk.settings) as server:
            server.send_message(message)


def _batch(db: Connection, head: Head, parcel: Parcel) -> list[dict[str, Any]]:
    """The alerts of one message, the weightiest of the run in its first."""
    wanted = Wanted(batch=parcel.facts["batch"], skip=parcel.facts["skip"])
    return watch_alerts.alerts(db, head.id, wanted, watch_alerts.TOGETHER, ranked=True)


def webhook_body(parcel: Parcel, head: Head, told: list[dict[str, Any]]) -> bytes:
    """The exact bytes of a webhook: kind, moment, list, and the alerts or the day."""
    at = parcel.created_at.isoformat().replace("+00:00", "Z")
    data = {**parcel.facts, "name": head.name}
    if data.pop("batch", None):
        data["alerts"] = [alert_out(one) for one in told]
    body = {"type": parcel.kind, "timestamp": at, "data": data}
    return json.dumps(body, separators=(",", ":"), default=_plain).encode()


def _plain(value: Any) -> str:
    return str(value.isoformat()).replace("+00:00", "Z")


def mail(
    settings: Settings, parcel: Parcel, head: Head, told: list[dict[str, Any]]
) -> EmailMessage:
    """The mail of a message, without its receiver."""
    message, name = EmailMessage(), clean(head.name, 80)
    message["Subject"] = f"[Good Standing] {name}: {_subject(parcel)}"
    sender = settings.mail_from or settings.alert_email.split(",")[0].strip()
    if not sender:
        raise NotSent("GOODSTANDING_MAIL_FROM is not set.")
    message["From"] = sender
    message["Message-ID"] = f"<{parcel.ref}@goodstanding.invalid>"
    message["Auto-Submitted"] = "auto-generated"
    written = f"Written {parcel.created_at:%Y-%m-%d %H:%M} UTC"
    lines = [*_lines(parcel, told), "", f"List: {name}", written]
    message.set_content("\n".join(lines) + "\n")
    return message


def _subject(parcel: Parcel) -> str:
    if parcel.kind in words.DAILY:
        return f"{words.DAILY[parcel.kind].lower()}, {parcel.facts['day']}"
    return f"{parcel.facts['count']} new"


def _lines(parcel: Parcel, told: list[dict[str, Any]]) -> Iterator[str]:
    if parcel.kind in words.DAILY:
        yield from words.day_lines(parcel.kind, parcel.facts)
        return
    for one in told:
        whom = clean(one["person"], 80) or "The whole list"
        yield f"{words.SEVERITY[one['severity']].upper()}: {whom} ({one['register_id'] or '–'})"
        yield f"  {words.alert_brief(one)}"
    if rest := parcel.facts["count"] - len(told):
        yield f"… and {rest} more."
    yield "goodstanding watch alerts, or the page of the list, shows what the register says."


def check_receiver(desk: Desk, channel: str, address: str, wire: Wire) -> None:
    """Refuse what nothing may be sent to, before it is kept; raises Forbidden or NotSent."""
    if channel == "webhook":
        derived(desk.settings.watch_secret.get_secret_value(), "", 1)
        check(address, wire)
    elif channel != "email" or not is_email(address):
        raise Forbidden("That is no e-mail address. Nothing was changed.")
