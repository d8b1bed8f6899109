"""What routes are given: the desk and the time. Tests put others in their place."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request

from service.desk import Desk


def the_desk(request: Request) -> Desk:
    """What answers need at hand."""
    desk: Desk = request.app.state.desk
    return desk


def the_time() -> datetime:
    """Now, in UTC; tests put another clock here."""
    return datetime.now(UTC)


AtDesk = Annotated[Desk, Depends(the_desk)]
Now = Annotated[datetime, Depends(the_time)]
