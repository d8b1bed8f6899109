"""The environment, read once and frozen: what an operator sets without touching a register."""

from functools import cached_property
from importlib.metadata import version
from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

# Caps no configuration may widen (promises T3, C6): a longer age would turn old data into answers.
MAX_AGE_HOURS = 7 * 24
PAGE_BYTES = 16 * 2**20
ANSWER_SECONDS = 30
MAX_RUN_HOURS = 24
MAX_RUN_MIB = 8192
MAX_AT_ONCE = 8
MAX_STOP_SECONDS = 3600
MAX_RESUME_HOURS = 12
MAX_SESSION_HOURS = 24


class Settings(BaseSettings):
    """`GOODSTANDING_*` variables; `goodstanding doctor` names the ones it does not know."""

    model_config = SettingsConfigDict(env_prefix="GOODSTANDING_", frozen=True, extra="ignore")

    home: Path = Field(Path("var"), description="folder of the database, evidence and inbox")
    database_url: str = Field("", description="SQLAlchemy URL; empty means SQLite in HOME")
    registers: Path | None = Field(None, description="extra folder of register files")
    enable: str = Field(
        "",
        description="registers to read though their files have them off, with commas between: your "
        "word that their terms and shape allow it",
    )
    contact: str = Field("", description="e-mail or URL shown to the registers we read")
    public_numbers: Literal["masked", "shown"] = Field(
        "masked", description="whether a search by name shows registration numbers in full"
    )
    rate_limit: int = Field(30, ge=0, description="anonymous look-ups a minute, 0 for no limit")
    key_rate_limit: int = Field(
        600, ge=0, description="requests a minute with one API key, 0 for no limit"
    )
    session_minutes: float = Field(
        60, gt=0, le=MAX_SESSION_HOURS * 60, description="a sign-in ends when idle this long"
    )
    session_hours: float = Field(
        12, gt=0, le=MAX_SESSION_HOURS, description="a sign-in ends after this in any case"
    )
    live_minutes: float = Field(
        10, ge=1, le=60, description="how long the answer to a live question is kept"
    )
    live_limit: int = Field(5, ge=0, description="live questions a minute and client, 0: no limit")
    fresh_hours: float = Field(36, gt=0, le=MAX_AGE_HOURS, description="age budget of a register")
    deadline_fresh_hours: float = Field(
        24, gt=0, le=MAX_AGE_HOURS, description="age budget within days of a renewal deadline"
    )
    run_hours: float = Field(12, gt=0, le=MAX_RUN_HOURS, description="longest run of a night")
    run_mib: int = Field(2048, ge=512, le=MAX_RUN_MIB, description="memory of a night's run")
    runs_at_once: int = Field(2, ge=1, le=MAX_AT_ONCE, description="registers read side by side")
    stop_seconds: float = Field(
        20, ge=0, le=MAX_STOP_SECONDS, description="how long a stop waits for runs under way"
    )
    resume_hours: float = Field(
        3,
        ge=0,
        le=MAX_RESUME_HOURS,
        description="how old answers an interrupted run may go on from",
    )
    evidence_days: int = Field(
        90, ge=0, description="how long raw answers are kept that nothing rests on, 0: for ever"
    )
    alert_email: str = Field("", description="addresses that alerts go to, with commas between")
    mail_from: str = Field("", description="sender of alerts; empty means the first address")
    smtp_host: str = Field("", description="mail server; alerts by e-mail need it")
    smtp_port: int = Field(587, ge=1, le=65535, description="its port")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="none only for a server on this machine"
    )
    smtp_user: str = Field("", description="user name at the mail server")
    smtp_password: SecretStr = Field(SecretStr(""), description="password at the mail server")
    alert_webhook: str = Field("", description="https address that alerts are posted to")
    alert_webhook_secret: SecretStr = Field(
        SecretStr(""), description="whsec_… that signs them (Standard Webhooks)"
    )
    ping_url: str = Field(
        "", description="dead man's switch: asked after each good night, with /fail after a bad one"
    )
    watch_secret: SecretStr = Field(
        SecretStr(""),
        description="32 characters or more, from which the secrets of watch lists' webhooks derive",
    )
    webhook_allow: str = Field(
        "", description="networks that webhooks and pings may reach besides public ones"
    )
    log: Literal["auto", "json", "text"] = Field("auto", description="form of the log on stderr")
    public_url: str = Field(
        "",
        pattern=r"^(https?://[^\s/?#]+)?/?$",
        description="where people reach the pages, for links and codes we write; empty: as asked",
    )
    demo: bool = Field(False, description="set by the demo: pages say that everybody is invented")

    @field_validator("webhook_allow")
    @classmethod
    def _networks(cls, text: str) -> str:
        for part in filter(None, map(str.strip, text.split(","))):
            ip_network(part)
        return text

    @property
    def url(self) -> str:
        """The database to open."""
        return self.database_url or f"sqlite:///{self.home / 'goodstanding.db'}"

    @property
    def inbox(self) -> Path:
        """Where an operator drops files of registers that cannot be fetched, a folder each."""
        return self.home / "inbox"

    @property
    def evidence(self) -> Path:
        """Where raw answers are kept, a folder a register."""
        return self.home / "evidence"

    @cached_property
    def user_agent(self) -> str:
        """How we name ourselves to a register: honest, with a contact, never a browser's words."""
        contact = f"; +{self.contact}" if self.contact else ""
        return f"GoodStanding/{version('goodstanding')} (credential check{contact})"
