"""A receipt holds until one byte of it is changed; everybody can see so without us."""

import importlib.util
import os
import random
import stat
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from config.settings import Settings
from data import chaincheck
from service.answer import Query
from service.audit import receipt
from service.audit.receipt import BadReceipt, check
from service.audit.signing import FILE, KeyTrouble, public_hex, signing_key
from service.desk import Desk
from service.language import speaking
from service.verify import verify
from tests.conftest import Clock
from tests.service.audit.rosters import audited

SCRIPT = Path(__file__).parents[3] / "docs" / "check_receipt.py"


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_receipt", SCRIPT)
    assert spec and spec.loader
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


ALONE = _script()


@pytest.fixture(scope="module")
def small(office: Desk, office_clock: Clock) -> bytes:
    query = Query(name="Ingrith Abelquist", number="A1001")
    return receipt.of_answer(office, verify(office, query, office_clock()), "Renée", office_clock())


@pytest.fixture(scope="module")
def large(office: Desk, office_clock: Clock) -> bytes:
    report = audited(
        office, office_clock, *[("Ingrith Abelquist", f"A{1001 + n % 9}") for n in range(100)]
    )
    return receipt.of_audit(office, report.head.id, "Renée", office_clock())


def _holds(data: bytes) -> bool:
    """What both say, which must be the same."""
    try:
        check(data)
        ours = True
    except BadReceipt:
        ours = False
    try:
        ALONE.check(data)
        theirs = True
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        theirs = False
    assert ours == theirs
    return ours


def test_a_receipt_says_the_same_in_every_language(office: Desk, office_clock: Clock) -> None:
    rows = [("Ingrith Abelquist", "A1001"), ("Ana", "?"), ("Nobody Atall", "Z99", "Ottawa")]
    audit = audited(office, office_clock, *rows).head.id
    bodies = []
    for language in ("en", "fr"):
        with speaking(language):
            made = receipt.of_audit(office, audit, "Renée", office_clock())
        bodies.append({k: v for k, v in check(made).body.items() if k not in ("nonce", "chain")})
    assert bodies[0] == bodies[1]


def test_it_says_what_was_answered_and_on_what(small: bytes, office: Desk) -> None:
    found = check(small, public_hex(signing_key(office.settings.home)))
    assert found.body["answer"]["verdict"] == "confirmed"
    assert found.body["made_by"] == "Renée" and found.body["evidence"][0]["sha256"]
    assert found.body["chain"]["links"] > 0
    assert _holds(small)


def test_every_changed_byte_of_a_small_one_shows(small: bytes) -> None:
    for place in range(len(small)):
        assert not _ours(_flipped(small, place, 1 << (place % 8)))


def test_a_thousand_changed_bytes_of_a_large_one_show(large: bytes) -> None:
    chance = random.Random(7)
    assert len(check(large).body["rows"]) == 100
    for _ in range(1000):
        changed = _flipped(large, chance.randrange(len(large)), chance.randrange(1, 256))
        assert not _ours(changed)


def test_the_script_says_the_same_of_changes_and_of_ends(small: bytes) -> None:
    chance = random.Random(8)
    for _ in range(60):
        changed = _flipped(small, chance.randrange(len(small)), chance.randrange(1, 256))
        assert not _holds(changed)
    for other in (small[:-1], small + b"\n", b" " + small, small + b"x", b"", b"{}", b"[" * 9999):
        assert not _holds(other)


def _flipped(data: bytes, place: int, by: int) -> bytes:
    return data[:place] + bytes([data[place] ^ by]) + data[place + 1 :]


def _ours(data: bytes) -> bool:
    try:
        check(data)
    except BadReceipt:
        return False
    return True


def test_signed_anew_by_somebody_else_it_bears_another_key(small: bytes, office: Desk) -> None:
    other = Ed25519PrivateKey.generate()
    body = check(small).body | {"public_key": public_hex(other), "made_by": "Somebody"}
    text = receipt.canonical(body)
    sign = other.sign(b"goodstanding-receipt-1\n" + text).hex()
    forged = receipt.canonical({"body": body, "signature": sign}) + b"\n"
    assert check(forged).key == public_hex(other)
    with pytest.raises(BadReceipt, match="signed by another key"):
        check(forged, public_hex(signing_key(office.settings.home)))


def test_pure_python_agrees_with_the_library_on_signatures() -> None:
    for n in range(20):
        key, message = Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32), os.urandom(n)
        public, sign = key.public_key().public_bytes_raw(), key.sign(message)
        assert ALONE.signed(public, sign, message)
        assert not ALONE.signed(public, sign, message + b"x")
        assert not ALONE.signed(public, _flipped(sign, n * 3, 4), message)


def test_the_script_runs_alone(small: bytes, tmp_path: Path) -> None:
    for data, code, word in ((small, 0, "VALID"), (_flipped(small, 50, 1), 1, "NOT VALID")):
        (tmp_path / "receipt.json").write_bytes(data)
        command = [sys.executable, "-I", "-S", str(SCRIPT), str(tmp_path / "receipt.json")]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert (done.returncode, done.stdout.split(":")[0]) == (code, word)


def test_each_is_a_link_of_the_chain(small: bytes, large: bytes, office: Desk) -> None:
    assert chaincheck.verify(office.store) == []
    assert check(large).body["chain"]["links"] == check(small).body["chain"]["links"] + 1


def test_the_key_is_ours_alone_and_stays_the_same(settings: Settings) -> None:
    first = public_hex(signing_key(settings.home))
    path = settings.home / FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert public_hex(signing_key(settings.home)) == first
    path.chmod(0o644)
    with pytest.raises(KeyTrouble, match="chmod 600"):
        signing_key(settings.home)
    path.chmod(0o600)
    path.write_text("rubbish")
    with pytest.raises(KeyTrouble, match="cannot be used"):
        signing_key(settings.home)
