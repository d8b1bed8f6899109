"""What becomes of watched people reaches whoever is to be told: signed, once, and never lost."""

import base64
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from config.register import Register
from config.settings import Settings
from config.vocabulary import Status
from data import outbox, receivers, watch_alerts, watches
from data.store import Store
from data.watches import Head
from service.desk import Desk
from service.notify import Notifier
from service.outgoing import Forbidden, Wire, networks
from service.signing import derived, signed
from service.watch import round as watching
from service.watch.delivery import check_receiver
from tests.conftest import Clock
from tests.data.nights import Nights, people
from tests.service.clocks import desk_of
from tests.service.test_notify import hang, mailbox
from tests.service.test_outgoing import INSIDE, receiver, says
from tests.service.watch.lists import of, raised, watch

MASTER = "correct horse battery staple, and more"
LOCAL = "127.0.0.0/8"
CROWD = people(60)
SUSPENDED: dict[str, Any] = {
    "status": Status.SUSPENDED,
    "word": "Suspended",
    "may_practise": False,
}
BAD_NIGHT = [replace(CROWD[0], **SUSPENDED), *CROWD[1:]]


@pytest.fixture
def desk(sqlite_store: Store, settings: Settings, ontario: Register) -> Desk:
    set_ = {"watch_secret": MASTER, "webhook_allow": LOCAL, "smtp_security": "none"}
    known = settings.model_dump() | set_ | {"smtp_host": "127.0.0.1", "mail_from": "us@example.org"}
    return desk_of(sqlite_store, Settings(**known), ontario)


def sender(desk: Desk, clock: Clock, **more: Any) -> Notifier:
    known = desk.settings.model_dump() | more
    made = Desk(desk.store, desk.catalogue, desk.coverage, Settings(**known))
    wire = Wire(networks(LOCAL), lambda *_: ["127.0.0.1"], seconds=1.0)
    return Notifier(made, clock, Random(1), wire)


def tell(desk: Desk, head: Head, channel: str, address: str, clock: Clock) -> str:
    with desk.store.begin() as db:
        return receivers.add(db, head, (channel, address), "t", clock())


def watched(desk: Desk, nights: Nights) -> Head:
    """A list of three people, after their first night."""
    nights.accept(CROWD)
    return watch(desk, of(CROWD[:3]), nights.clock())


def sent(desk: Desk, head: Head) -> list[tuple[str, str]]:
    with desk.store.read() as db:
        found = receivers.deliveries(db, head.id)
    return [(one["kind"], one["state"]) for one in found]


def test_a_webhook_tells_all_of_a_run_signed_with_the_receivers_own_secret(
    desk: Desk, nights: Nights
) -> None:
    head = watched(desk, nights)
    with receiver(says(204)) as there:
        ref = tell(desk, head, "webhook", there.url, nights.clock)
        nights.accept(BAD_NIGHT)
        for _ in range(2):
            sender(desk, nights.clock).deliver()
    [(headers, body)] = there.got
    told = json.loads(body)
    assert told["type"] == "watch.alerts" and told["data"]["count"] == 1
    [alert] = told["data"]["alerts"]
    assert (alert["person"], alert["kind"]) == (CROWD[0].name.full, "status")
    assert alert["severity"] == "critical"
    again = signed(derived(MASTER, ref, 1), headers["webhook-id"], nights.clock(), body)
    assert headers["webhook-signature"] == again["webhook-signature"]
    assert sent(desk, head) == [("watch.alerts", "sent")]


def test_many_alerts_of_a_run_come_in_several_messages_and_one_mail(
    desk: Desk, nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_alerts, "TOGETHER", 4)
    nights.accept(CROWD)
    head = watch(desk, of(CROWD), nights.clock())
    with receiver(says(204)) as there, mailbox() as box:
        tell(desk, head, "webhook", there.url, nights.clock)
        tell(desk, head, "email", "desk@example.org", nights.clock)
        nights.accept([*(replace(one, **SUSPENDED) for one in CROWD[:10]), *CROWD[10:]])
        sender(desk, nights.clock, smtp_port=box.server_address[1]).deliver()
    bodies = [json.loads(body)["data"] for _, body in there.got]
    assert sorted(len(one["alerts"]) for one in bodies) == [2, 4, 4]
    told = {alert["person"] for one in bodies for alert in one["alerts"]}
    assert told == {one.name.full for one in CROWD[:10]}
    assert len(box.letters) == 1 and b"and 6 more" in box.letters[0]


def test_secrets_differ_are_void_when_rotated_and_are_nowhere_in_the_store(
    desk: Desk, nights: Nights
) -> None:
    head = watched(desk, nights)
    ref = tell(desk, head, "webhook", "https://example.org/", nights.clock)
    made = {derived(MASTER, ref, 1), derived(MASTER, ref, 2), derived(MASTER, "rcv_other", 1)}
    assert len(made) == 3 and all(len(base64.b64decode(one[6:])) == 32 for one in made)
    with desk.store.begin() as db:
        assert receivers.rotate(db, head.id, ref) == 2
    assert not any(one in str(nights.rows("watch_receiver")) for one in made)
    with pytest.raises(Forbidden, match="WATCH_SECRET"):
        derived("short", ref, 1)


@pytest.mark.parametrize("url", INSIDE[:6])
def test_an_address_inside_is_refused_when_it_is_saved(desk: Desk, url: str) -> None:
    with pytest.raises(Forbidden):
        check_receiver(desk, "webhook", url, Wire())


def test_and_when_it_is_sent_to_though_it_was_public_then(desk: Desk, nights: Nights) -> None:
    """Whatever the name led to when it was saved: the address is checked at each try (W3)."""
    head = watched(desk, nights)
    with receiver(says(200)) as there:
        tell(desk, head, "webhook", there.url, nights.clock)
        nights.accept(BAD_NIGHT)
        made = sender(desk, nights.clock)
        made.watches.wire = Wire((), lambda *_: ["127.0.0.1"])
        made.deliver()
    assert not there.got and sent(desk, head) == [("watch.alerts", "waiting")]


@pytest.mark.parametrize("address", ["nobody", "a@b", "a@example.org\nBcc: x@example.org", ""])
def test_what_is_no_mail_address_is_refused(desk: Desk, address: str) -> None:
    with pytest.raises(Forbidden, match="e-mail"):
        check_receiver(desk, "email", address, Wire())


def test_a_mail_holds_no_number_and_no_words_of_a_notice(desk: Desk, nights: Nights) -> None:
    from data.records import Notice

    head = watched(desk, nights)
    tell(desk, head, "email", "desk@example.org", nights.clock)
    nights.accept([replace(BAD_NIGHT[0], notices=(Notice("Said something."),)), *CROWD[1:]])
    with mailbox() as box:
        sender(desk, nights.clock, smtp_port=box.server_address[1]).deliver()
    letter = message_from_bytes(box.letters[0])
    text = str(letter.get_payload(decode=True))
    assert letter["To"] == "desk@example.org" and "2 new" in letter["Subject"]
    assert text.index("CRITICAL") < text.index("HIGH") and CROWD[0].name.full in text
    assert CROWD[0].number not in text and "Said something" not in text


def test_a_receiver_that_is_down_is_given_up_after_days_and_can_be_told_again(
    desk: Desk, nights: Nights
) -> None:
    head = watched(desk, nights)
    began = nights.clock()
    with receiver(says(503)) as there:
        tell(desk, head, "webhook", there.url, nights.clock)
        nights.accept(BAD_NIGHT)
        while sent(desk, head)[:1] != [("watch.alerts", "dead")]:
            sender(desk, nights.clock).deliver()
            nights.clock.forward(hours=5)
            assert nights.clock() - began < timedelta(days=20)
    assert len(there.got) == outbox.TRIES
    assert len({headers["webhook-id"] for headers, _ in there.got}) == 1
    with desk.store.begin() as db:
        assert receivers.replay(db, head.id, [], nights.clock()) == 1
        assert receivers.replay(db, head.id + 1, [], nights.clock()) == 0
    with desk.store.begin() as db:  # where it answers now
        known = watches.receiver_table
        with receiver(says(200)) as there:
            db.execute(known.update().values(address=there.url))
            db.commit()
            sender(desk, nights.clock).deliver()
    assert len(there.got) == 1 and sent(desk, head) == [("watch.alerts", "sent")]


def test_a_dead_receiver_delays_no_other(desk: Desk, nights: Nights) -> None:
    head = watched(desk, nights)
    arrived: list[float] = []

    def note(handler: Any) -> None:
        arrived.append(time.monotonic())
        says(200)(handler)

    with receiver(hang) as dead, receiver(note) as quick:
        for there in (dead, quick):
            tell(desk, head, "webhook", there.url, nights.clock)
        nights.accept(BAD_NIGHT)
        began = time.monotonic()
        sender(desk, nights.clock).deliver()
    assert arrived[0] - began < 1


def test_one_removed_is_told_nothing_any_more(desk: Desk, nights: Nights) -> None:
    head = watched(desk, nights)
    with receiver(says(503)) as there:
        ref = tell(desk, head, "webhook", there.url, nights.clock)
        nights.accept(BAD_NIGHT)
        sender(desk, nights.clock).deliver()
        with desk.store.begin() as db:
            receivers.remove(db, head.id, ref)
        nights.clock.forward(days=1)
        assert sender(desk, nights.clock).deliver() == 0
    assert len(there.got) == 1


# The day's message


def day(desk: Desk, nights: Nights) -> list[dict[str, Any]]:
    """The daily messages written by now, after a look."""
    watching.look(desk, nights.clock)
    rows = [row for row in nights.rows("message") if ":day:" in row["topic"]]
    return [{"kind": row["kind"], **json.loads(row["facts"])} for row in rows]


def test_all_is_clear_once_a_day_and_says_how_fresh_the_register_is(
    desk: Desk, nights: Nights
) -> None:
    watched(desk, nights)
    assert day(desk, nights) == []  # noon: not yet
    nights.clock.forward(hours=2)
    for _ in range(3):
        [told] = day(desk, nights)
    assert told["kind"] == "watch.all_clear" and told["people"] == {"authorised": 3}
    [register] = told["registers"]
    assert (register["id"], register["health"]) == ("ca_on_cmto", "fresh") and register["read"]
    nights.accept(CROWD)
    assert len(day(desk, nights)) == 2


def test_a_stale_register_is_never_all_clear(desk: Desk, nights: Nights) -> None:
    watched(desk, nights)
    nights.clock.forward(hours=50)
    [told] = day(desk, nights)
    assert told["kind"] == "watch.cannot_say"
    assert told["registers"][0]["why"] == "register_stale"


def test_nor_is_a_held_one(desk: Desk, nights: Nights) -> None:
    watched(desk, nights)
    nights.run(CROWD[:5])
    nights.clock.forward(hours=2)
    [told] = day(desk, nights)
    assert told["kind"] == "watch.cannot_say"
    assert told["registers"][0]["why"] == "register_held"


def test_nor_is_a_list_with_somebody_suspended_or_not_found(desk: Desk, nights: Nights) -> None:
    nights.accept(BAD_NIGHT)
    watch(desk, of(CROWD[:2]), nights.clock(), "one suspended")
    watch(desk, of([CROWD[1], replace(CROWD[2], number="Z9")]), nights.clock(), "one lost")
    watch(desk, of(CROWD[1:3]), nights.clock(), "well")
    nights.clock.forward(hours=2)
    kinds = [told["kind"] for told in day(desk, nights)]
    assert kinds == ["watch.attention", "watch.attention", "watch.all_clear"]


def test_nor_is_a_list_whose_rules_confirm_somebody_no_longer(desk: Desk, nights: Nights) -> None:
    """Still listed as authorised, yet expired: that somebody has seen the alert mends nothing."""
    crowd = [replace(CROWD[0], expires=nights.clock().date()), *CROWD[1:]]
    nights.accept(crowd)
    head = watch(desk, of(crowd[:3]), nights.clock())
    for _ in range(2):
        nights.clock.forward(days=1, hours=1)
        nights.accept(crowd)
        told = day(desk, nights)[-1]
        seen = watch_alerts.Action(watch_alerts.ACKNOWLEDGED, "t", "seen", nights.clock())
        with desk.store.begin() as db:
            for one in watch_alerts.alerts(db, head.id, watch_alerts.Wanted(), 100):
                watch_alerts.act(db, one["id"], seen)
    assert (told["waiting"], told["people"]) == (0, {"authorised": 3})
    assert told["kind"] == "watch.attention" and told["unconfirmed"] == 1


def test_what_waits_keeps_it_from_being_all_clear(desk: Desk, nights: Nights) -> None:
    head = watched(desk, nights)
    nights.accept([replace(CROWD[0], name=replace(CROWD[0].name, given="Ada")), *CROWD[1:]])
    nights.clock.forward(hours=2)
    assert day(desk, nights)[-1]["kind"] == "watch.attention"
    with mailbox() as box:
        tell(desk, head, "email", "desk@example.org", nights.clock)
        sender(desk, nights.clock, smtp_port=box.server_address[1]).deliver()
    daily = [one for one in box.letters if b"needs attention" in one]
    assert b"1 alerts wait" in daily[0] and b"fresh, read" in daily[0]


# Killed in between

CHILD = """
import os, signal, sys
from pathlib import Path
from random import Random
from tests.service.watch import test_delivery as here
here.killed(Path(sys.argv[1]), sys.argv[2])
"""


def killed(home: Path, where: str) -> None:
    """The second night of a list, killed where it says."""
    from config.register import Catalogue

    store = Store(f"sqlite:///{home / 'goodstanding.db'}", home / "evidence")
    register = Catalogue(enable="ca_on_cmto").get("ca_on_cmto").at("http://127.0.0.1")
    settings = Settings(home=home, watch_secret=MASTER, webhook_allow=LOCAL)  # type: ignore[arg-type]
    desk = desk_of(store, settings, register)
    clock = Clock(Clock()() + timedelta(days=1))
    if where == "in publication":
        sa.event.listen(store.engine, "commit", _if_alerts)
    Nights(store, register, clock).accept(BAD_NIGHT)
    made = sender(desk, clock)
    if where == "after sending":
        made.channels["watch-hook"] = _sent_and_dead(made)
    made.deliver()


def _sent_and_dead(made: Notifier) -> Any:
    sending = made.channels["watch-hook"]

    def send(parcel: outbox.Parcel) -> None:
        sending(parcel)
        die()

    return send


def die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _if_alerts(connection: sa.Connection) -> None:
    """Everything of the publication is written, and nothing of it is kept yet."""
    if connection.exec_driver_sql("SELECT count(*) FROM watch_alert").scalar():
        die()


@pytest.mark.parametrize("where", ["in publication", "after sending"])
def test_killed_anywhere_nothing_is_lost_and_nothing_doubled(
    desk: Desk, nights: Nights, where: str
) -> None:
    head = watched(desk, nights)
    with receiver(says(200)) as there:
        tell(desk, head, "webhook", there.url, nights.clock)
        home = Path(str(desk.store.engine.url.database)).parent
        run = [sys.executable, "-c", CHILD, str(home), where]
        done = subprocess.run(run, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == -signal.SIGKILL, done.stderr
        nights.clock.forward(days=1, hours=1)
        if where == "in publication":
            assert raised(desk, head) == []
            nights.accept(BAD_NIGHT)
        nights.clock.forward(minutes=2)  # a claim of the dead is over
        sender(desk, nights.clock).deliver()
        sender(desk, nights.clock).deliver()
    assert raised(desk, head) == [(CROWD[0].name.full, "status")]
    assert len({headers["webhook-id"] for headers, _ in there.got}) == 1
    assert len(there.got) <= (2 if where == "after sending" else 1)
    assert sent(desk, head) == [("watch.alerts", "sent")]
