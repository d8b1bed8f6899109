"""Receipts: what was answered, on what evidence, signed, so that anybody can check it offline.

A receipt is one line of canonical JSON, {"body": …, "signature": …}: keys sorted, no spaces, ASCII,
and exactly one line feed. There is one way to write it, so every changed byte shows.
docs/check_receipt.py checks the same with nothing but Python.
"""

import json
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from data import audits, chain, review
from data.evidence import evidence_of
from data.names import clean
from service.answer import Answer
from service.audit.report import Report, head_out, row_out
from service.audit.signing import public_hex, signed_by, signing_key
from service.desk import Desk

FORMAT = "goodstanding-receipt-1"
_MESSAGE = f"{FORMAT}\n".encode()  # before the body: a signature of ours on nothing else
_HEX = frozenset("0123456789abcdef")


class BadReceipt(ValueError):
    """A receipt that does not hold; says in what way."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A receipt that holds: what it says, and the key that signed it."""

    body: dict[str, Any]
    key: str


def of_audit(desk: Desk, audit_id: int, who: str, now: datetime) -> bytes:
    """A receipt of an audit with its verdicts and decisions; raises NoAudit, KeyTrouble."""
    with desk.store.read() as db:
        head, signed = audits.head_of(db, audit_id), review.sign_offs(db, audit_id)
    if head.state != audits.DONE:
        raise BadReceipt(
            f"Audit {audit_id} is not done: goodstanding audit resume {audit_id} finishes it."
        )
    report = Report.of(desk, head)
    rows = [_coded(row_out(report.head, report.registers, row)) for row in report.rows]
    body = {"kind": "audit", "audit": head_out(head, report.counts), "rows": rows}
    body["sign_offs"] = [asdict(one) for one in signed]
    return _signed(desk, body, (row["evidence_id"] for row in rows), (who, now))


def of_answer(desk: Desk, answer: Answer, who: str, now: datetime) -> bytes:
    """A receipt of one verification."""
    body = {"kind": "verification", "answer": answer.model_dump(mode="json")}
    return _signed(desk, body, (match.evidence_id for match in answer.matches), (who, now))


def _coded(row: dict[str, Any]) -> dict[str, Any]:
    """A row whose reasons are codes: docs/verdicts.md has the words."""
    codes = {name: [one["code"] for one in row.get(name, [])] for name in ("reasons", "marks")}
    return row | codes


def _signed(
    desk: Desk, body: dict[str, Any], evidence: Iterable[str | None], made: tuple[str, datetime]
) -> bytes:
    """The receipt; its digest becomes a link of the chain, so that its date can be proven too."""
    key, (who, now) = signing_key(desk.settings.home), made
    wanted = sorted({one for one in evidence if one})
    with desk.store.begin() as db:
        last = chain.head(db)
        body |= {
            "format": FORMAT,
            "made_at": now,
            "made_by": who,
            "nonce": secrets.token_hex(16),
            "public_key": public_hex(key),
            "evidence": [_exhibit(row) for row in evidence_of(db, wanted)],
            "chain": {"head": last.hash, "links": last.id, "at": last.at} if last else None,
        }
        text = canonical(body)
        signature = key.sign(_MESSAGE + text).hex()
        whole = canonical({"body": json.loads(text), "signature": signature}) + b"\n"
        digest = chain.digest_bytes(whole)
        chain.append(db, f"receipt {digest[:16]}", digest, now)
    return whole


def _exhibit(row: Any) -> dict[str, Any]:
    """Where one raw answer came from; its id is the SHA-256 of its bytes."""
    return {
        "sha256": row["id"],
        "register": row["register_id"],
        "url": row["url"],
        "fetched_at": row["fetched_at"],
    }


def canonical(value: Any) -> bytes:
    """The one way to write a value."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=_plain
    ).encode("ascii")


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat().replace("+00:00", "Z")
    raise TypeError(f"a receipt holds no {type(value).__name__}")


def check(data: bytes, key: str = "") -> Checked:
    """What a receipt says, if not a byte of it was changed; raises BadReceipt.

    `key` is the public key it should be signed with; without it, look at the one it is.
    """
    try:
        said = json.loads(data)
        body, signature = said["body"], said["signature"]
        public, form = body["public_key"], body["format"]
        text = canonical(said) + b"\n"
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadReceipt(
            f"This is no receipt of ours ({clean(str(error) or type(error).__name__, 80)})."
        ) from None
    if form != FORMAT or not isinstance(signature, str) or not isinstance(public, str):
        raise BadReceipt(f"This is no receipt of the kind {FORMAT}.")
    if text != data or set(said) != {"body", "signature"} or not _HEX.issuperset(signature):
        raise BadReceipt("The receipt was changed: it is not written the way we write one.")
    if not signed_by(public, signature, _MESSAGE + canonical(body)):
        raise BadReceipt("The receipt was changed: its signature does not fit what it says.")
    if key and key.strip().lower() != public:
        raise BadReceipt(f"The receipt was signed by another key: {public}.")
    return Checked(body, public)


def checked_text(found: Checked) -> str:
    """What a receipt that holds says, for a person."""
    body, lines = found.body, ["Every byte is as it was signed."]
    lines.append(f"Signed on {body['made_at']} for {clean(str(body['made_by']), 200)}.")
    if body["kind"] == "audit":
        head = body["audit"]
        told = ", ".join(f"{n} {verdict}" for verdict, n in head["verdicts"].items() if n)
        lines.append(f"Audit {head['id']} of {clean(head['source'], 200)}: {head['rows']} rows.")
        lines += [f"  SHA-256 of the roster {head['source_digest']}", f"  {told}"]
    else:
        answer = body["answer"]
        lines += [answer["verdict"].upper(), clean(answer["summary"], 1000)]
    if body["chain"]:
        lines.append(f"Chain head then: {body['chain']['head']} (link {body['chain']['links']})")
    lines.append(f"Key: {found.key}")
    lines.append("Compare the key with the one its maker publishes (goodstanding receipt key).")
    return "\n".join(lines)
