"""Takes a roster from a form of a workspace: who sends it is known before any of it is read."""

import hmac
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import FormData, UploadFile

from config.vocabulary import Scope
from service.language import N_, say
from service.origin import same_origin
from service.roster.shape import MIB, Limits
from service.workspace.signin import FORMS, TOO_OLD, Visitor, signed_in

TOO_LARGE = N_(
    "The roster may have at most %(most)s MiB. Leave only the columns of names, numbers and "
    "places, or split it. Nothing was kept."
)
_writes = signed_in(Scope.AUDITS_WRITE)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """Who sent it, its name and bytes; `trouble` says why it cannot be taken."""

    visitor: Visitor
    name: str
    data: bytes
    trouble: str = ""


async def sent(
    request: Request,
    visitor: Annotated[Visitor, Depends(_writes)],
    _ours: Annotated[None, Depends(same_origin)],
) -> Uploaded:
    """The roster of a form of ours, a file or pasted rows; raises SignInFirst, 403."""
    async with request.form(max_files=1, max_fields=10, max_part_size=Limits().bytes) as form:
        said = form.get("form")
        if not isinstance(said, str) or not hmac.compare_digest(
            said.encode(), visitor.form.encode()
        ):
            raise HTTPException(403, say(TOO_OLD))
        name, data = await _roster(form)
    most = Limits().bytes
    trouble = say(TOO_LARGE, most=most // MIB) if len(data) > most else ""
    return Uploaded(visitor, name, data, trouble)


FORMS.add(sent)


async def _roster(form: FormData) -> tuple[str, bytes]:
    """Its name and bytes: those of the file, where one was chosen, else the pasted rows."""
    file, text = form.get("file"), form.get("rows")
    if isinstance(file, UploadFile) and file.filename:
        return file.filename, await file.read()
    return say("pasted rows"), (text if isinstance(text, str) else "").encode()
