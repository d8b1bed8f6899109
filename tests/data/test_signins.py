"""People, sign-ins, failures of late, repeated requests, the log: the same on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from config.vocabulary import Role
from data import accesslog, members, replays, signins
from data.accesslog import Access
from data.members import MemberRefused
from data.replays import Kept, Repeatable
from data.store import Store
from data.upkeep import tidy
from tests.conftest import NOON

DAY = timedelta(days=1)


@pytest.fixture
def one(store: Store) -> int:
    with store.begin() as db:
        return members.create(db, "one", "One", NOON)


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a b", "a" * 41, "é", "a\n"])
def test_names_of_workspaces_are_plain(sqlite_store: Store, name: str) -> None:
    with sqlite_store.begin() as db, pytest.raises(MemberRefused, match="small letters"):
        members.create(db, name, "", NOON)


@pytest.mark.parametrize("email", ["", "ann", "a@b", "a b@c.de", "a@b@c.de", "x" * 250 + "@b.de"])
def test_addresses_are_addresses(sqlite_store: Store, email: str) -> None:
    with sqlite_store.begin() as db:
        one = members.create(db, "one", "", NOON)
        with pytest.raises(MemberRefused, match="no e-mail"):
            members.add(db, one, email, Role.READER, NOON)


def test_an_address_is_one_person_in_a_workspace(store: Store, one: int) -> None:
    with store.begin() as db:
        members.add(db, one, " Ann@X.example ", Role.OWNER, NOON)
        with pytest.raises(MemberRefused, match="already"):
            members.add(db, one, "ann@x.example", Role.READER, NOON)
        other = members.create(db, "other", "", NOON)
        members.add(db, other, "ann@x.example", Role.READER, NOON)
        assert [len(members.members(db, id_)) for id_ in (one, other)] == [1, 1]


def test_the_right_person_of_the_right_workspace_signs_in(store: Store, one: int) -> None:
    with store.begin() as db:
        members.add(db, one, "ann@x.example", Role.REVIEWER, NOON)
        assert signins.who_signs_in(db, "other", "ann@x.example") is None
        person = signins.who_signs_in(db, " ONE ", "Ann@x.example")
        assert person
        secret = signins.sign_in(db, person, 12 * timedelta(hours=1), NOON)
        found = signins.signed_in(db, secret, timedelta(hours=1), NOON)
        assert found and (found.workspace_id, found.role) == (one, Role.REVIEWER)
        later = NOON + timedelta(hours=1)
        assert signins.signed_in(db, secret, timedelta(hours=1), later) is None
        assert signins.signed_in(db, secret + "x", timedelta(hours=1), NOON) is None


def test_failures_are_counted_within_a_quarter_of_an_hour(store: Store) -> None:
    with store.begin() as db:
        for _ in range(3):
            signins.fail(db, "account a", NOON)
        assert [signins.failed(db, one, NOON) for one in ("account a", "account b")] == [3, 0]
        later = NOON + signins.WINDOW + timedelta(seconds=1)
        assert signins.failed(db, "account a", later) == 0
        signins.fail(db, "account a", later)
        assert signins.failed(db, "account a", later) == 1
        signins.forgive(db, "account a")
        assert signins.failed(db, "account a", later) == 0


def test_what_is_over_is_tidied_away(store: Store, one: int) -> None:
    with store.begin() as db:
        ref = members.add(db, one, "ann@x.example", Role.OWNER, NOON)
        signins.link(db, one, ref, NOON)
        person = signins.who_signs_in(db, "one", "ann@x.example")
        assert person
        signins.sign_in(db, person, timedelta(hours=12), NOON)
        replays.claim(db, Repeatable(one, "k", "r"), NOON)
        accesslog.append(db, [Access(one, NOON, "operator", "x")])
        members.keep(db, one, log_days=3)
    assert tidy(store, NOON) == {}
    assert tidy(store, NOON + 4 * DAY) == {"access_log": 1, "sign_in": 2, "replay": 1}


def test_of_many_at_once_one_does_it(store: Store, one: int) -> None:
    """The same request from eight threads: one is told to do it, seven that it is under way."""

    def claim(_: int) -> Kept | None:
        with store.brief() as db:
            return replays.claim(db, Repeatable(one, "k", "r"), NOON)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(claim, range(8)))
    assert found.count(None) == 1
    assert all(kept.same and kept.status is None for kept in found if kept)


def test_of_many_at_once_one_spends_the_link(store: Store, one: int) -> None:
    with store.begin() as db:
        ref = members.add(db, one, "ann@x.example", Role.OWNER, NOON)
        secret = str(signins.link(db, one, ref, NOON))

    def spend(n: int) -> bool:
        with store.brief(patience=10) as db:
            return signins.spend_link(db, secret, f"digest {n}", NOON)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(spend, range(4))) == 1


def test_an_answer_is_given_again_as_it_was(store: Store, one: int) -> None:
    request = Repeatable(one, "k", "r")
    with store.begin() as db:
        assert replays.claim(db, request, NOON) is None
        replays.settle(db, request, 201, ({"content-type": "x/y"}, b"\x00body"))
        kept = replays.claim(db, request, NOON + DAY - timedelta(seconds=1))
        assert kept == Kept(True, 201, {"content-type": "x/y"}, b"\x00body")
        other = replays.claim(db, Repeatable(one, "k", "other"), NOON)
        assert other and not other.same
        assert replays.claim(db, request, NOON + DAY) is None


def test_lines_of_a_workspace_that_was_erased_are_dropped(store: Store, one: int) -> None:
    with store.begin() as db:
        lines = [Access(id_, NOON, "operator", "x") for id_ in (one, one + 100)]
        accesslog.append(db, lines)
        assert len(accesslog.page(db, one, None, 10)) == 1
        assert accesslog.page(db, one + 100, None, 10) == []
