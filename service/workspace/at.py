"""Whom a page of a workspace is for, over what and when; and the doors that let them in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Self

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from config.vocabulary import Scope
from service.desk import Desk
from service.given import AtDesk, Now
from service.shown import View, page
from service.workspace.caller import Caller
from service.workspace.signin import Visitor, posted, signed_in
from service.workspace.words import ROLE

READ = ["GET", "HEAD"]
Words = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class At:
    """A page of a workspace: for whom, over what, when; `words` is what its templates say."""

    view: View
    visitor: Visitor
    words: Words

    @property
    def desk(self) -> Desk:
        """What answers need at hand."""
        return self.view.desk

    @property
    def caller(self) -> Caller:
        """Who asks, as programs do."""
        return self.visitor.caller

    @property
    def workspace_id(self) -> int:
        """Whose page it is."""
        return self.caller.workspace_id

    @property
    def who(self) -> str:
        """Who does what the page asks for, as it is written down."""
        return self.visitor.person.email

    def by(self, path: str) -> Self:
        """The same for a form that leads here: in another language this address is asked."""
        return replace(self, view=replace(self.view, address=f"/clinic{path}?"))

    def page(self, template: str, status: int = 200, **facts: Any) -> HTMLResponse:
        """The page in the reader's language."""
        told = {"visitor": self.visitor, "trouble": "", "ROLE": ROLE, **self.words, **facts}
        return page(self.view, f"clinic_{template}.html", status, **told)


def reading(scope: Scope, words: Words) -> Callable[..., At]:
    """A page of a workspace for whoever may do this. Raises SignInFirst, or 403."""
    return _door(signed_in(scope), words)


def changing(scope: Scope, words: Words) -> Callable[..., At]:
    """A form of a workspace: as `reading`, and sent by the page we gave them. Raises 403."""
    return _door(posted(scope), words)


def _door(here: Callable[..., Any], words: Words) -> Callable[..., At]:
    def at(
        request: Request, desk: AtDesk, now: Now, visitor: Annotated[Visitor, Depends(here)]
    ) -> At:
        return At(View.of(request, desk, now), visitor, words)

    return at


async def _said(request: Request) -> dict[str, str]:
    form = await request.form()  # read before, for the proof that it is ours
    return {name: str(value)[:200] for name, value in form.items()}


Said = Annotated[dict[str, str], Depends(_said)]  # a form whose fields are not known before


def to(path: str) -> Response:
    """Lead on to another page of the workspace."""
    return RedirectResponse(f"/clinic{path}", 303)
