"""The key that receipts are signed with: made when the first one is, kept in HOME for us alone."""

import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

FILE = "receipt-key.pem"


class KeyTrouble(OSError):
    """The key cannot be used; says why and what to do."""


def signing_key(home: Path) -> Ed25519PrivateKey:
    """The key of this installation, made if there is none; raises KeyTrouble."""
    path = home / FILE
    try:
        if not path.exists():
            _make(path)
        if path.stat().st_mode & 0o077:
            raise KeyTrouble(f"Others may read {path}: make it yours alone with chmod 600.")
        found = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError) as error:
        if isinstance(error, KeyTrouble):
            raise
        raise KeyTrouble(f"The key {path} cannot be used ({error}). No receipt was made.") from None
    if not isinstance(found, Ed25519PrivateKey):
        raise KeyTrouble(f"{path} holds a key of another kind. Move it away to have one made.")
    return found


def _make(path: Path) -> None:
    """Write a new key under its name whole or not at all; whoever comes second keeps the first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    unfinished = path.with_name(f".{FILE}.{os.getpid()}")
    file = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(file, "wb") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        try:
            os.link(unfinished, path)
        except FileExistsError:
            return
    finally:
        unfinished.unlink(missing_ok=True)


def public_hex(key: Ed25519PrivateKey) -> str:
    """The public half, 64 hexadecimal digits: what others compare receipts with."""
    return key.public_key().public_bytes_raw().hex()


def signed_by(public: str, signature: str, message: bytes) -> bool:
    """Whether a signature is that of a key on a message; all of it in hexadecimal digits."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True
