"""The mail server that messages leave by: encrypted, or on this machine."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from config.settings import Settings
from service.outgoing import SECONDS, NotSent

_LOCAL = ("localhost", "127.0.0.1", "::1")


@contextmanager
def mail_server(settings: Settings) -> Iterator[smtplib.SMTP]:
    """The mail server, encrypted and logged in; raises NotSent saying what is wrong."""
    host, port, security = settings.smtp_host, settings.smtp_port, settings.smtp_security
    if not host:
        raise NotSent("GOODSTANDING_SMTP_HOST is not set.")
    if security == "none" and host not in _LOCAL:
        raise NotSent("Mail is sent unencrypted only to a server on this machine.")
    try:
        context = ssl.create_default_context()
        plain = security != "tls"
        make = smtplib.SMTP if plain else partial(smtplib.SMTP_SSL, context=context)
        with make(host, port, timeout=SECONDS) as server:
            if security == "starttls":
                server.starttls(context=context)
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
            yield server
    except (OSError, smtplib.SMTPException) as error:
        code = getattr(error, "smtp_code", "")
        raise NotSent(f"The mail server did not accept ({type(error).__name__} {code}).") from error
