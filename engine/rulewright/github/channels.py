"""Where `notify` sends: one function per kind of channel. Each carries a key by which receivers drop repetitions.

A channel is configuration: no fact ever names one, and no text of an issue becomes an address.
"""

from __future__ import annotations

import sys
from re import findall
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from rulewright.actions.create_issue import issue_marker
from rulewright.github.delivery import send_mail
from rulewright.policy.characters import drop_hidden, escape_commands
from rulewright.policy.diagnostics import SourceError, shorten
from rulewright.policy.json_types import as_text, as_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.policy.json_types import Json, JsonObject

SUMMARY: Final = 200
"""Characters of a message that a title or subject line takes."""


class ChannelMessage(NamedTuple):
    """What to tell. `channel` is the channel's settings in rulewright.yaml."""

    text: str
    target: str
    rule: str
    key: str
    channel: Mapping[str, Json]

    def setting(self, name: str) -> str:
        """A setting of the channel that is a text; empty where it has none."""
        return as_text(self.channel.get(name)) or ""

    @property
    def summary(self) -> str:
        line = " ".join(self.text.split())
        return shorten(line, SUMMARY)

    @property
    def verbatim(self) -> str:
        """The text in a block that Markdown shows as it is; no line of it can end the block."""
        longest = max((len(run) for run in findall("`+", self.text)), default=0)
        fence = "`" * max(3, longest + 1)
        return f"{fence}text\n{self.text}\n{fence}"

    @property
    def repository(self) -> str:
        return str(self.channel.get("repository") or self.target.partition("#")[0].partition("@")[0])


class Post(Protocol):
    """Sends a JSON body to an address, with an idempotency key. Raises SourceError when it does not arrive."""

    def __call__(self, url: str, body: Mapping[str, Json], key: str) -> None: ...


class ChannelPort(Protocol):
    """What a channel may use to get its message out."""

    def secret(self, name: str) -> str: ...

    def post(self, url: str, body: Mapping[str, Json], key: str) -> None: ...

    def issue(self, repository: str, written: Mapping[str, Json], key: str) -> bool: ...

    def is_private(self, repository: str) -> bool: ...

    def report(self, repository: str, written: Mapping[str, Json]) -> None: ...


def _send_webhook(message: ChannelMessage, ways: ChannelPort) -> bool:
    url = message.setting("url") or ways.secret(message.setting("url_env"))
    said: JsonObject = {
        "text": message.text,
        "target": message.target,
        "rule": message.rule,
        "key": message.key,
    }
    ways.post(url, said, message.key)
    return True


def _send_slack(message: ChannelMessage, ways: ChannelPort) -> bool:
    """Slack reads `&`, `<` and `>` as markup, `<!channel>` among it, so they are written as entities."""
    text = f"{message.target}: {message.text}"
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(sign, entity)
    ways.post(ways.secret(message.setting("url_env")), {"text": text}, message.key)
    return True


def _send_email(message: ChannelMessage, ways: ChannelPort) -> bool:
    to = as_texts(message.channel["to"])
    send_mail(
        ways.secret(message.setting("smtp_env")),
        sender=message.setting("sender") or to[0],
        to=to,
        subject=f"{message.target}: {message.summary}",
        text=f"{message.text}\n\nRule: {message.rule}\n",
        key=message.key,
    )
    return True


def _open_issue(message: ChannelMessage, ways: ChannelPort) -> bool:
    if message.channel.get("private") and not ways.is_private(message.repository):
        raise SourceError(
            f"{message.repository} is public, but the channel is private",
            hint="use a private repository, or a channel of kind `advisory`",
        )
    written: JsonObject = {
        "title": f"{message.target}: {message.summary}",
        "body": f"{issue_marker(message.key)}\n{message.verbatim}",
    }
    if message.channel.get("labels"):
        written["labels"] = message.channel["labels"]
    return ways.issue(message.repository, written, message.key)


def _report_advisory(message: ChannelMessage, ways: ChannelPort) -> bool:
    """A private vulnerability report: only the repository's security people see it."""
    severity = message.channel.get("severity")
    said = {
        "summary": f"{message.target}: {message.summary}",
        "description": f"{message.verbatim}\n\n{message.target}",
    }
    ways.report(message.repository, {**said, **({"severity": severity} if severity else {})})
    return True


def _log_message(message: ChannelMessage, ways: ChannelPort) -> bool:
    """To stderr, one line."""
    if message.channel.get("private"):
        raise SourceError("a log is public: a private channel cannot be of kind `log`")
    print(escape_commands(drop_hidden(f"{message.target}: {message.summary}")), file=sys.stderr)
    return True


CHANNELS: Final[Mapping[str, Callable[[ChannelMessage, ChannelPort], bool]]] = {
    "webhook": _send_webhook,
    "slack": _send_slack,
    "email": _send_email,
    "issue": _open_issue,
    "advisory": _report_advisory,
    "log": _log_message,
}
"""Kind → how a message goes out; False when it is known to have gone out before."""
