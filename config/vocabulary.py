"""The closed word lists every room shares: a status or verdict is never a loose string."""

from enum import StrEnum


class Status(StrEnum):
    """What a register says of a registration, in our words; its own word stays beside it."""

    AUTHORISED = "authorised"
    AUTHORISED_CONDITIONS = "authorised_conditions"
    AUTHORISED_NOTICE = "authorised_notice"
    INACTIVE = "inactive"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    RESIGNED = "resigned"
    EXPIRED = "expired"
    DECEASED = "deceased"
    MISSING_ONCE = "missing_once"
    DELISTED = "delisted"
    UNRECOGNISED = "unrecognised"


AUTHORISED = frozenset({Status.AUTHORISED, Status.AUTHORISED_CONDITIONS, Status.AUTHORISED_NOTICE})
ADVERSE = frozenset(
    {
        Status.INACTIVE,
        Status.SUSPENDED,
        Status.REVOKED,
        Status.RESIGNED,
        Status.EXPIRED,
        Status.DECEASED,
    }
)


class Verdict(StrEnum):
    """The eight answers; `service/verdict.py` holds the rules and docs/verdicts.md the table."""

    CONFIRMED = "confirmed"
    CONFIRMED_WITH_CONDITIONS = "confirmed_with_conditions"
    NOT_AUTHORISED = "not_authorised"
    MISMATCH = "mismatch"
    AMBIGUOUS = "ambiguous"
    NOT_FOUND = "not_found"
    CANNOT_CONFIRM = "cannot_confirm"
    NOT_REGULATED = "not_regulated"


class Assurance(StrEnum):
    """What an answer rests on."""

    NUMBER_AND_NAME = "number_and_name"
    NAME_AND_PLACE = "name_and_place"
    NUMBER_ONLY = "number_only"


class NumberPublished(StrEnum):
    """Whether a register prints the registration numbers of people."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class RunState(StrEnum):
    """Where a run stands; only `accepted` runs change what people are told."""

    RUNNING = "running"
    ACCEPTED = "accepted"
    HELD = "held"
    FAILED = "failed"
    REJECTED = "rejected"


class Level(StrEnum):
    """How much a run issue weighs: `hold` keeps the run from going live."""

    INFO = "info"
    WARN = "warn"
    WITHHOLD = "withhold"
    HOLD = "hold"


class ChangeKind(StrEnum):
    """What a change between two accepted runs is about."""

    ADDED = "added"
    STATUS = "status"
    NOTICE = "notice"
    RESTRICTION = "restriction"
    NAME = "name"
    MISSING = "missing"
    DELISTED = "delisted"
    RETURNED = "returned"
    OTHER = "other"


class Health(StrEnum):
    """Whether a register's data may be answered from today."""

    FRESH = "fresh"
    STALE = "stale"
    HELD = "held"
    NEVER = "never"
    OFF = "off"


class NameKind(StrEnum):
    """Which of a person's names a name is; former names match, they are never shown as current."""

    LEGAL = "legal"
    COMMON = "common"
    FORMER = "former"


class Scope(StrEnum):
    """What an API key may do; what people may do follows from their role."""

    LOOKUP = "lookup"
    VERIFY = "verify"
    AUDITS_READ = "audits:read"
    AUDITS_WRITE = "audits:write"
    WATCHES_READ = "watches:read"
    WATCHES_WRITE = "watches:write"
    ADMIN = "admin"


class Role(StrEnum):
    """What a person is in a workspace."""

    OWNER = "owner"
    REVIEWER = "reviewer"
    READER = "reader"

    @property
    def scopes(self) -> frozenset[Scope]:
        """What somebody in this role may do."""
        if self is Role.OWNER:
            return frozenset(Scope)
        reads = frozenset({Scope.LOOKUP, Scope.VERIFY, Scope.AUDITS_READ, Scope.WATCHES_READ})
        writes = frozenset({Scope.AUDITS_WRITE, Scope.WATCHES_WRITE})
        return reads | writes if self is Role.REVIEWER else reads
