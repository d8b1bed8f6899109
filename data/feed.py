"""What changed in accepted runs, page by page, for programs that follow along."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from data.lookup import change
from data.staging import registration, version


def changes_after(
    db: Connection, after: int, most: int, register_id: str | None = None
) -> list[dict[str, Any]]:
    """At most so many changes after change `after`, the oldest first.

    Each with the link name of the person, today's facts, and how often the register did not list
    them since.
    """
    query = (
        sa.select(change, registration.c.ref, registration.c.absent, version.c.facts)
        .join(registration, registration.c.id == change.c.registration_id)
        .join(version, version.c.registration_id == registration.c.id)
        .where(version.c.seen_until.is_(None), change.c.id > after)
        .order_by(change.c.id)
        .limit(most)
    )
    if register_id:
        query = query.where(change.c.register_id == register_id)
    return [dict(row) for row in db.execute(query).mappings()]
