"""Takes out what is over in workspaces: sign-ins, kept answers, and what they keep no longer."""

from datetime import datetime

from data import replays, signins, tenancy, uploads
from data.store import Store


def tidy(store: Store, now: datetime) -> dict[str, int]:
    """Take it out now; how many rows of each kind. Raises StoreError."""
    with store.brief() as db:
        gone = tenancy.prune(db, now)
        over = {"sign_in": signins.forget(db, now), "replay": replays.forget(db, now)}
        over["audit_upload"] = uploads.forget(db, now)
    return gone | {name: many for name, many in over.items() if many}
