"""Delivery of messages: JSON bodies by POST to webhooks, and mails by SMTP.

Addresses are secrets or come from rulewright.yaml. Nothing is sent to a text that is no address, and no error names
more of an address than its host. A receiver of a webhook drops repetitions by the `Idempotency-Key`, so a message that
may have arrived is sent again. It is not tried for long: a secret is masked after its notification, and what did not
arrive is sent by a later run.
"""

from __future__ import annotations

import json
import re
from ipaddress import IPv6Address
from random import Random
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, unquote, urlsplit

from rulewright.github.transport import ConnectionBroken, NotRetryable, NotSent, Timeouts, Transport
from rulewright.github.waiting import RetryPolicy, RetryState
from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.version import __version__

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from rulewright.github.waiting import Clock
    from rulewright.policy.json_types import Json

WEB: Final = ("http", "https")
MAIL: Final = ("smtp", "smtps")
_HOST: Final = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?")
_HINTS: Final[dict[tuple[str, ...], str]] = {
    WEB: "it begins with https://",
    MAIL: "write it as smtps://user:password@host:465",
}


def read_address(text: str, schemes: tuple[str, ...] = WEB) -> SplitResult:
    """The parts of an address with one of these schemes, blanks around it left out. Raises UsageError without naming
    the address, which may be a secret."""
    try:
        parts = urlsplit(text.strip())
        usable = parts.scheme in schemes and _is_host(parts.hostname or "", parts.netloc) and parts.port != 0
    except ValueError:  # brackets or a port that are none
        usable = False
    if not usable or not _visible(text.strip()):
        raise UsageError("a channel's address is none", hint=_HINTS.get(schemes))
    return parts


def _is_host(name: str, place: str) -> bool:
    if "[" in place:
        IPv6Address(name.partition("%")[0])
        return True
    return _HOST.fullmatch(name) is not None


def _visible(text: Collection[str]) -> bool:
    return all("!" <= sign <= "~" for sign in text)


MAIL_SECONDS: Final = 15.0


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
            smtplib.SMTP_SSL(host, parts.port or 465, timeout=MAIL_SECONDS, context=trust)
            if parts.scheme == "smtps"
            else smtplib.SMTP(host, parts.port or 587, timeout=MAIL_SECONDS)
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


RETRYABLE: Final = frozenset((408, 425, 429, 500, 502, 503, 504))


LONGEST: Final = 5.0
"""Seconds that a `Retry-After` may ask for; a receiver that wants more gets the message in the next run."""


POST_POLICY: Final = RetryPolicy(attempts=3, longest=5.0)


TIMEOUTS: Final = Timeouts(connect=5.0, read=10.0, whole=15.0)


class Poster:
    """Sends JSON bodies. An address is a secret: no error names more of it than its host."""

    def __init__(
        self, clock: Clock, transport: Transport | None = None, policy: RetryPolicy | None = None
    ) -> None:
        self._clock = clock
        self._transport = transport or Transport(timeouts=TIMEOUTS)
        self._policy = policy or POST_POLICY
        self._random = Random()

    def __call__(self, url: str, body: Mapping[str, Json], key: str) -> None:
        """Raises UsageError for an address that is none, SourceError when the message does not arrive."""
        parts = read_address(url)
        headers = {
            "content-type": "application/json",
            "user-agent": f"rulewright/{__version__}",
            "idempotency-key": key,
        }
        data, tries = json.dumps(body).encode(), RetryState(self._policy)
        while True:
            requested_pause = 0.0
            try:
                answer = self._transport.request("POST", parts.geturl(), headers, data)
            except NotRetryable:
                raise SourceError(f"{parts.hostname} cannot be trusted with the message") from None
            except (NotSent, ConnectionBroken):
                why = "cannot be reached"
            else:
                if answer.status < 300:
                    return
                why = f"answered {answer.status}"
                if answer.status not in RETRYABLE:
                    raise SourceError(f"the message was refused: {parts.hostname} {why}")
                retry_after = answer.headers.get("retry-after", "")
                requested_pause = float(retry_after) if retry_after.isdecimal() else 0.0
            tries.failed += 1
            if tries.spent or requested_pause > LONGEST:
                raise SourceError(f"the message did not arrive: {parts.hostname} {why}")
            self._clock.sleep(max(requested_pause, tries.backoff(self._random)))
