#!/usr/bin/env python3
"""Checks a receipt of Good Standing with nothing but Python 3.8 or newer: no network, no packages.

    python3 check_receipt.py RECEIPT.json [PUBLIC_KEY]

Exit code 0: not a byte was changed since it was signed (by that key, if one is given). 1: it does
not hold. Without a key this shows only that the receipt fits the key in it: compare that key with
the one its maker publishes. The signature is Ed25519 (RFC 8032, section 5.1.7).
"""

import hashlib
import json
import sys

FORMAT = "goodstanding-receipt-1"
P = 2**255 - 19  # the field
L = 2**252 + 27742317777372353535851937790883648493  # the order of the base point
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)  # of -1


def x_of(y, sign):
    """The x of a point from its y; None where there is none."""
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT % P
    if x * x % P != square or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def point(data):
    """A point from its 32 bytes; None where they are none."""
    y = int.from_bytes(data, "little")
    x = x_of(y & (2**255 - 1), y >> 255)
    y &= 2**255 - 1
    return None if x is None else (x, y, 1, x * y % P)


def add(one, other):
    """The sum of two points, in extended coordinates."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, one):
    """A point, so many times."""
    found = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = add(found, one)
        one, number = add(one, one), number >> 1
    return found


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = x_of(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def signed(public, signature, message):
    """Whether `signature` (64 bytes) is that of the key `public` (32 bytes) on `message`."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, first = point(public), point(signature[:32])
    number = int.from_bytes(signature[32:], "little")
    if key is None or first is None or number >= L:
        return False
    hashed = hashlib.sha512(signature[:32] + public + message).digest()
    left = times(number, BASE)
    right = add(first, times(int.from_bytes(hashed, "little") % L, key))
    same_x = (left[0] * right[2] - right[0] * left[2]) % P == 0
    return same_x and (left[1] * right[2] - right[1] * left[2]) % P == 0


def canonical(value):
    """The one way in which a receipt is written."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return text.encode("ascii")


def check(data, wanted=""):
    """The body of a receipt that holds; raises ValueError with what is wrong with another."""
    said = json.loads(data)
    body, signature = said["body"], said["signature"]
    if body["format"] != FORMAT or set(said) != {"body", "signature"}:
        raise ValueError("it is no receipt of the kind " + FORMAT)
    if canonical(said) + b"\n" != data or signature != signature.lower():
        raise ValueError("it is not written the way a receipt is written")
    message = FORMAT.encode() + b"\n" + canonical(body)
    if not signed(bytes.fromhex(body["public_key"]), bytes.fromhex(signature), message):
        raise ValueError("its signature does not fit what it says")
    if wanted and wanted.strip().lower() != body["public_key"]:
        raise ValueError("it was signed by another key: " + body["public_key"])
    return body


def main(arguments):
    """Check the file that was named."""
    if not 2 <= len(arguments) <= 3:
        sys.stderr.write("Usage: check_receipt.py RECEIPT.json [PUBLIC_KEY]\n")
        return 2
    with open(arguments[1], "rb") as file:
        data = file.read()
    try:
        body = check(data, arguments[2] if len(arguments) == 3 else "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        why = str(error)[:300].encode("ascii", "replace").decode()
        sys.stdout.write(f"NOT VALID: {why}\n")
        return 1
    sys.stdout.write(f"VALID: made at {body['made_at']}, {told(body)}\nKey: {body['public_key']}\n")
    if body["chain"]:
        sys.stdout.write(f"Chain head then: {body['chain']['head']}\n")
    return 0


def told(body):
    """What a receipt is about, in a line."""
    if body["kind"] != "audit":
        return f"a receipt of one {body['kind']}: {body['answer']['verdict']}"
    head = body["audit"]
    counts = ", ".join(f"{n} {verdict}" for verdict, n in sorted(head["verdicts"].items()) if n)
    return f"audit {head['id']}, {head['rows']} rows: {counts}"


if __name__ == "__main__":
    sys.exit(main(sys.argv))
