"""What the operator is told reaches them, signed, again and again, and never with a name."""

import base64
import hashlib
import hmac
import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from config.register import Register
from config.settings import Settings
from config.vocabulary import Level
from data import outbox
from data.ingest import approve, fail
from data.outbox import PAUSES, TRIES, News, delivery, post
from data.run import Issue, lease
from data.store import Store
from service.desk import Desk
from service.mailing import mail_server
from service.notify import Notifier, mail, webhook_body
from service.outgoing import Forbidden, NotSent, Wire, networks
from service.signing import key_of, signed
from tests.conftest import Clock
from tests.data.nights import Nights, people
from tests.service.clocks import desk_of
from tests.service.test_outgoing import receiver, says

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
LOCAL = "127.0.0.0/8"


def notifier(desk: Desk, clock: Clock, **settings: Any) -> Notifier:
    """A notifier with these settings; names lead to this machine."""
    settings = {"webhook_allow": LOCAL, "alert_webhook_secret": SECRET} | settings
    known = desk.settings.model_dump() | settings
    made = Desk(desk.store, desk.catalogue, desk.coverage, Settings(**known))
    wire = Wire(networks(LOCAL), lambda *_: ["127.0.0.1"], seconds=1.0)
    return Notifier(made, clock, Random(1), wire)


@pytest.fixture
def desk(store: Store, settings: Settings, ontario: Register) -> Desk:
    return desk_of(store, settings, ontario)


@pytest.fixture
def nights(desk: Desk, ontario: Register, clock: Clock) -> Nights:
    return Nights(desk.store, ontario, clock)


def told(desk: Desk) -> list[str]:
    with desk.store.read() as db:
        kinds = sa.select(outbox.message.c.kind).order_by(outbox.message.c.id)
        return [str(kind) for kind in db.scalars(kinds)]


def rows(desk: Desk) -> list[dict[str, Any]]:
    with desk.store.read() as db:
        return outbox.deliveries(db)


def say(desk: Desk, clock: Clock, topic: str = "held:x:1") -> None:
    facts = {"register": "ca_on_cmto", "run": 1, "slot": None, "holds": []}
    with desk.store.begin() as db:
        post(db, News(topic, "register.held", facts), clock())


# When something is told


def test_a_good_night_tells_nothing(nights: Nights, desk: Desk) -> None:
    nights.accept(people(30))
    assert told(desk) == []


def test_a_held_night_is_told_and_so_is_the_recovery(nights: Nights, desk: Desk) -> None:
    nights.accept(people(100))
    nights.run(people(10))
    nights.accept(people(100))
    nights.accept(people(100))
    assert told(desk) == ["register.held", "register.recovered"]


def test_a_run_approved_is_a_recovery(nights: Nights, desk: Desk, ontario: Register) -> None:
    nights.accept(people(100))
    row = nights.run(people(10))
    approve(desk.store, ontario, row["id"], "me", "announced", nights.clock.forward(hours=1))
    assert told(desk) == ["register.held", "register.recovered"]


def test_a_failed_run_is_told_once_a_slot(nights: Nights, desk: Desk) -> None:
    for _ in range(3):
        with lease(desk.store, "ca_on_cmto", "inbox", nights.clock(), "2026-06-20") as run_id:
            fail(desk.store, run_id, Issue("failed", Level.HOLD, "broken"), nights.clock())
    assert told(desk) == ["register.failed"]


def test_a_dead_run_is_told(nights: Nights, desk: Desk) -> None:
    with lease(desk.store, "ca_on_cmto", "inbox", nights.clock(), "2026-06-20"):
        pass
    nights.accept(people(3))
    assert told(desk) == ["register.failed", "register.recovered"]


def test_what_is_told_holds_codes_and_counts_and_nobody(nights: Nights, desk: Desk) -> None:
    nights.accept(people(100))
    nights.run([*people(10), *people(1)])
    with desk.store.read() as db:
        facts = db.scalar(sa.select(outbox.message.c.facts))
    assert {"code": "shrunk", "count": 90} in json.loads(facts)["holds"]
    assert "Quill" not in facts and "k1" not in facts


def test_a_run_whose_end_is_not_written_tells_nothing(desk: Desk, clock: Clock) -> None:
    """The message and what it tells of are one transaction."""
    with pytest.raises(RuntimeError), desk.store.begin() as db:
        post(db, News("held:x:1", "register.held", {}), clock())
        raise RuntimeError
    assert told(desk) == []


# How it is sent


def test_a_webhook_is_signed_as_the_standard_says(desk: Desk, clock: Clock) -> None:
    say(desk, clock)
    with receiver(says(204)) as there:
        assert notifier(desk, clock, alert_webhook=there.url).deliver() == 1
    [(headers, body)] = there.got
    ref, stamp = headers["webhook-id"], headers["webhook-timestamp"]
    assert abs(int(stamp) - clock().timestamp()) < 1
    expected = hmac.new(b"k" * 32, f"{ref}.{stamp}.".encode() + body, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(expected).decode()
    assert json.loads(body)["type"] == "register.held"
    assert [row["state"] for row in rows(desk)] == ["sent"]


def test_the_example_of_the_standard() -> None:
    """From the specification of Standard Webhooks."""
    from datetime import UTC, datetime

    body = b'{"test": 2432232314}'
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = signed(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_???", "x" * 99])
def test_without_a_key_nothing_is_sent(secret: str) -> None:
    with pytest.raises(Forbidden, match="SECRET"):
        key_of(secret)


def test_a_receiver_that_is_down_is_tried_for_days_and_loses_nothing(
    desk: Desk, clock: Clock
) -> None:
    say(desk, clock)
    began, tries = clock(), []
    with receiver(says(503)) as there:
        sender = notifier(desk, clock, alert_webhook=there.url)
        while rows(desk)[:1] == [] or rows(desk)[0]["state"] == "waiting":
            if sender.deliver():
                tries.append(clock())
            following = rows(desk)[0]["next_at"]
            clock.at = max(clock(), following)
    assert len(tries) == TRIES >= 10 and tries[9] - began >= timedelta(days=2)
    assert tries[-1] - began >= timedelta(days=3)
    assert {headers["webhook-id"] for headers, _ in there.got} == {rows(desk)[0]["ref"]}
    assert rows(desk)[0]["state"] == "dead"


def test_the_dead_can_be_sent_again(desk: Desk, clock: Clock) -> None:
    say(desk, clock)
    with receiver(says(410)) as there:
        notifier(desk, clock, alert_webhook=there.url).deliver()
    assert rows(desk)[0]["state"] == "dead"
    with desk.store.begin() as db:
        assert outbox.replay(db, [], clock()) == 1
    with receiver(says(200)) as there:
        notifier(desk, clock, alert_webhook=there.url).deliver()
    assert rows(desk)[0]["state"] == "sent"


def test_what_a_killed_sender_had_claimed_is_sent_by_another(desk: Desk, clock: Clock) -> None:
    say(desk, clock)
    with receiver(says(200)) as there:
        sender = notifier(desk, clock, alert_webhook=there.url)
        with desk.store.begin() as db:
            outbox.address(db, "operator", [("webhook", "operator")], clock())
            assert len(outbox.claim(db, clock())) == 1  # and killed here
        assert sender.deliver() == 0
        clock.forward(seconds=91)
        assert sender.deliver() == 1
    assert len(there.got) == 1


def test_two_senders_send_once(desk: Desk, clock: Clock) -> None:
    for n in range(20):
        say(desk, clock, f"held:x:{n}")
    with receiver(says(200)) as there:
        senders = [notifier(desk, clock, alert_webhook=there.url) for _ in range(2)]
        threads = [threading.Thread(target=sender.deliver) for sender in senders]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert {row["trouble"] for row in rows(desk)} == {""}
    assert len({headers["webhook-id"] for headers, _ in there.got}) == len(there.got) == 20


def hang(handler: Any) -> None:
    time.sleep(3)
    says(200)(handler)


def test_a_dead_receiver_delays_nobody(desk: Desk, clock: Clock) -> None:
    """Side by side: the ping leaves at once, while the webhook's receiver hangs."""
    say(desk, clock)
    arrived: list[float] = []

    def note(handler: Any) -> None:
        arrived.append(time.monotonic())
        says(200)(handler)

    with desk.store.begin() as db:
        post(db, News("ping:1", "night.well", {}, "ping"), clock())
    with receiver(hang) as dead, receiver(note) as quick:
        began = time.monotonic()
        sender = notifier(desk, clock, alert_webhook=dead.url, ping_url=quick.url)
        sender.deliver()
    assert arrived and arrived[0] - began < 1
    assert sorted(row["state"] for row in rows(desk)) == ["sent", "waiting"]


def test_no_address_and_no_secret_is_in_the_store(desk: Desk, clock: Clock) -> None:
    say(desk, clock)
    with receiver(says(503)) as there:
        notifier(desk, clock, alert_webhook=f"{there.url}?token=canary").deliver()
    with desk.store.read() as db:
        kept = str(db.execute(sa.select(delivery)).mappings().all())
    assert "canary" not in kept and "whsec" not in kept and "127.0.0.1" not in kept


def test_what_was_written_before_there_was_a_receiver_is_not_sent_much_later(
    desk: Desk, clock: Clock
) -> None:
    say(desk, clock)
    clock.forward(days=4)
    with receiver(says(200)) as there:
        assert notifier(desk, clock, alert_webhook=there.url).deliver() == 0
    assert not there.got


def test_a_late_sign_of_life_is_not_given(desk: Desk, clock: Clock) -> None:
    with desk.store.begin() as db:
        post(db, News("ping:1", "night.well", {}, "ping"), clock())
    clock.forward(hours=2)
    with receiver(says(200)) as there:
        notifier(desk, clock, ping_url=there.url).deliver()
    assert not there.got and rows(desk)[0]["state"] == "dead"


def test_tries_are_spread_over_days() -> None:
    assert sum(PAUSES, timedelta()) >= timedelta(days=3) and len(PAUSES) + 1 >= 10


def test_the_settled_is_forgotten_after_a_season(desk: Desk, clock: Clock) -> None:
    say(desk, clock)
    with receiver(says(200)) as there:
        sender = notifier(desk, clock, alert_webhook=there.url)
        sender.deliver()
        clock.forward(days=91)
        say(desk, clock, "held:x:2")
        sender.deliver()
    assert len(rows(desk)) == 1


# Mail


class Mailbox(socketserver.StreamRequestHandler):
    """As much of a mail server as takes one letter."""

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        letter, inside = [], False
        for line in self.rfile:
            if inside:
                inside = line != b".\r\n"
                letter.append(line)
                if not inside:
                    self.server.letters.append(b"".join(letter))  # type: ignore[attr-defined]
                    self.wfile.write(b"250 taken\r\n")
                continue
            word = line[:4].upper()
            inside = word == b"DATA"
            answer = b"354 go on" if inside else b"221 bye" if word == b"QUIT" else b"250 ok"
            self.wfile.write(answer + b"\r\n")


@contextmanager
def mailbox() -> Iterator[Any]:
    server: Any = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox)
    server.letters, server.daemon_threads = [], True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_an_alert_by_mail(desk: Desk, clock: Clock) -> None:
    say(desk, clock)
    with mailbox() as box:
        where = {"smtp_host": "127.0.0.1", "smtp_port": box.server_address[1]}
        notifier(
            desk, clock, alert_email="a@example.org, b@example.org", smtp_security="none", **where
        ).deliver()
    [letter] = box.letters
    assert b"Subject: [Good Standing] ca_on_cmto: held" in letter
    assert b"To: a@example.org, b@example.org" in letter and b"runs show 1" in letter
    assert rows(desk)[0]["state"] == "sent"


def test_mail_is_not_sent_in_the_clear(settings: Settings) -> None:
    far = settings.model_copy(update={"smtp_host": "mail.example.org", "smtp_security": "none"})
    with pytest.raises(NotSent, match="unencrypted"), mail_server(far):
        pass


def test_a_server_without_starttls_gets_nothing(desk: Desk, clock: Clock) -> None:
    say(desk, clock)
    with mailbox() as box:
        where = {"smtp_host": "127.0.0.1", "smtp_port": box.server_address[1]}
        notifier(desk, clock, alert_email="a@example.org", **where).deliver()
    assert not box.letters and "SMTPNotSupportedError" in rows(desk)[0]["trouble"]


def test_every_kind_has_its_words(clock: Clock, settings: Settings) -> None:
    facts = {
        "register": "ca_on_cmto",
        "run": 7,
        "slot": "2026-06-20",
        "holds": [{"code": "shrunk", "count": 9}],
    }
    facts |= {"read": 1, "changed": 2, "missing": 3}
    for kind in ("held", "failed", "missed", "recovered"):
        parcel = outbox.Parcel(
            1, "email", "operator", "msg_1", f"register.{kind}", facts, clock(), 1
        )
        letter = mail(settings.model_copy(update={"alert_email": "a@example.org"}), parcel)
        assert kind in letter["Subject"] and "ca_on_cmto" in letter.get_content()
        assert b"register." in webhook_body(parcel)
