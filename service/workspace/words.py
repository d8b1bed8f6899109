"""What people of a workspace are told, in the language they read."""

from config.vocabulary import Role, Scope
from service.language import N_, say

ROLE = {Role.OWNER: N_("owner"), Role.REVIEWER: N_("reviewer"), Role.READER: N_("reader")}
SCOPE = {
    Scope.LOOKUP: N_("look people up"),
    Scope.VERIFY: N_("verify people"),
    Scope.AUDITS_READ: N_("read audits"),
    Scope.AUDITS_WRITE: N_("make audits and decide on them"),
    Scope.WATCHES_READ: N_("read watches and changes"),
    Scope.WATCHES_WRITE: N_("change watches"),
    Scope.ADMIN: N_("mind keys, people and the access log"),
}
WRONG = N_("Workspace, e-mail address and password do not belong together. Nobody was signed in.")
VOID = N_("This link was used before, or is older than three days. Ask an owner for a new one.")
NOT_OLD = N_("The password you have now is another. Nothing was changed.")
# What the rooms that speak no language refuse with (data/members.py, data/apikeys.py).
REFUSED = (
    N_("That is no e-mail address. Nobody was added."),
    N_("Somebody with this address is in the workspace already."),
    N_("The workspace has 500 people. Take somebody out first."),
    N_("This is the only owner. Make somebody else an owner first. Nothing was changed."),
    N_("Days are a whole number between 0 (kept for ever) and 36500."),
    N_("The key may do nothing. Name at least one scope."),
    N_("The workspace has 100 keys in use. Revoke one of them first."),
    N_("This key has ended. Make a new one."),
)


def told(error: Exception) -> str:
    """Why something was refused, for whoever reads the page."""
    return say(str(error))
