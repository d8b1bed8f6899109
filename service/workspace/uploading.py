"""Takes a roster from a form of a workspace: who sends it is known before any of it is read.

It is kept until its columns are confirmed, or for a day.
"""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import FormData, UploadFile

from config.vocabulary import Scope
from data import uploads
from data.uploads import Upload
from service.language import N_, say
from service.origin import same_origin
from service.roster.shape import MIB, Limits
from service.workspace.at import At, Words, reading
from service.workspace.signin import FORMS, TOO_OLD

NO_UPLOAD = N_("This roster is not here any more. Choose the file again.")
NO_FILE = N_("Choose a file, or paste rows with a line of headings.")
TOO_LARGE = N_(
    "The roster may have at most %(most)s MiB. Leave only the columns of names, numbers and "
    "places, or split it. Nothing was kept."
)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The page of whoever sent it, its name and bytes; `trouble` says why it cannot be taken."""

    at: At
    name: str
    data: bytes
    trouble: str = ""


def sends(scope: Scope, words: Words) -> Callable[..., Awaitable[Uploaded]]:
    """The roster of a form of ours, a file or pasted rows, of whoever may do this; raises
    SignInFirst, 403."""

    async def sent(
        request: Request,
        at: Annotated[At, Depends(reading(scope, words))],
        _ours: Annotated[None, Depends(same_origin)],
    ) -> Uploaded:
        return await _taken(request, at)

    FORMS.add(sent)
    return sent


async def _taken(request: Request, at: At) -> Uploaded:
    async with request.form(max_files=1, max_fields=10, max_part_size=Limits().bytes) as form:
        said = form.get("form")
        if not isinstance(said, str) or not hmac.compare_digest(
            said.encode(), at.visitor.form.encode()
        ):
            raise HTTPException(403, say(TOO_OLD))
        name, data = await _roster(form)
    most = Limits().bytes
    trouble = say(TOO_LARGE, most=most // MIB) if len(data) > most else ""
    if not data.strip():
        trouble = say(NO_FILE)
    return Uploaded(at, name, data, trouble)


async def _roster(form: FormData) -> tuple[str, bytes]:
    """Its name and bytes: those of the file, where one was chosen, else the pasted rows."""
    file, text = form.get("file"), form.get("rows")
    if isinstance(file, UploadFile) and file.filename:
        return file.filename, await file.read()
    return say("pasted rows"), (text if isinstance(text, str) else "").encode()


def keep(given: Uploaded) -> str:
    """Keep a roster until its columns are confirmed; what it is asked for by."""
    at, kept = given.at, Upload(given.at.who, given.name, given.data)
    with at.desk.store.brief() as db:
        return uploads.keep(db, at.workspace_id, kept, at.view.now)


def kept(at: At, ref: str) -> Upload:
    """A roster of this workspace that waits; raises 404."""
    with at.desk.store.read() as db:
        found = uploads.find(db, at.workspace_id, ref)
    if found is None:
        raise HTTPException(404, say(NO_UPLOAD))
    return found


def drop(at: At, ref: str) -> None:
    """Forget a roster that was made use of."""
    with at.desk.store.brief() as db:
        uploads.drop(db, at.workspace_id, ref)
