"""One mail by SMTP. The server's address is a secret: `smtps://user:password@host:465`, or `smtp://…` with STARTTLS."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from rulewright.github.addresses import MAIL, read_address
from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

SECONDS = 15.0


def send_mail(server: str, *, sender: str, to: Sequence[str], subject: str, text: str, key: str) -> None:
    """Send it, with a Message-ID made of `key`. Raises UsageError for an address that is none, SourceError else."""
    import smtplib
    import ssl
    from email.message import EmailMessage
    from email.policy import SMTP

    parts = read_address(server, MAIL)
    host = str(parts.hostname)
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = sender, ", ".join(to)
    mail["Subject"] = " ".join(subject.split())
    mail["Message-ID"] = f"<{key}@rulewright.invalid>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    trust = ssl.create_default_context()
    try:
        connection = (
            smtplib.SMTP_SSL(host, parts.port or 465, timeout=SECONDS, context=trust)
            if parts.scheme == "smtps"
            else smtplib.SMTP(host, parts.port or 587, timeout=SECONDS)
        )
        with connection:
            connection.ehlo()
            if parts.scheme == "smtp" and connection.has_extn("starttls"):
                connection.starttls(context=trust)
                connection.ehlo()
            elif parts.scheme == "smtp" and parts.password:
                raise SourceError("the mail server offers no encryption, so no password is sent to it")
            if parts.username:
                connection.login(unquote(parts.username), unquote(parts.password or ""))
            connection.send_message(mail)
    except (OSError, smtplib.SMTPException) as error:
        # The server's words may repeat what it was sent.
        raise SourceError(f"the mail could not be sent: {type(error).__name__}") from None
