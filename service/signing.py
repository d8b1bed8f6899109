"""Signs webhooks as Standard Webhooks 1.0 says, and derives the secrets of those it signs for."""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime

from service.outgoing import Forbidden


def signed(secret: str, ref: str, now: datetime, body: bytes) -> dict[str, str]:
    """The headers of Standard Webhooks 1.0 for exactly these bytes."""
    stamp = str(int(now.timestamp()))
    signature = hmac.digest(key_of(secret), f"{ref}.{stamp}.".encode() + body, hashlib.sha256)
    return {
        "Content-Type": "application/json",
        "webhook-id": ref,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }


def key_of(secret: str) -> bytes:
    """The key of a `whsec_…` secret; raises Forbidden when there is none: unsigned is not sent."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        key = b""
    if not 24 <= len(key) <= 64:
        raise Forbidden(
            "GOODSTANDING_ALERT_WEBHOOK_SECRET must be whsec_ and 24 to 64 bytes in base64."
        )
    return key


def derived(master: str, receiver: str, generation: int) -> str:
    """The secret of a receiver, made of our one secret and its name: it is stored nowhere, and the
    next generation is another. Raises Forbidden without a secret of ours."""
    if len(master) < LEAST:
        raise Forbidden(
            "GOODSTANDING_WATCH_SECRET is not set, or has fewer than 32 characters. Without it no "
            "webhook can be signed, and an unsigned one is not sent."
        )
    key = hmac.digest(master.encode(), f"webhook {receiver} {generation}".encode(), hashlib.sha256)
    return f"whsec_{base64.b64encode(key).decode()}"


LEAST = 32  # characters of our own secret
