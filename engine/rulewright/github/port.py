"""GitHub as the outside that apply writes to: the only object that holds a token which may write."""

from __future__ import annotations

import json
import re
import secrets
from typing import TYPE_CHECKING, Final

from rulewright.actions.port import Changed, NotReady
from rulewright.actions.preconditions import first_failing
from rulewright.actions.table import ACTIONS
from rulewright.events.snapshot import Subject
from rulewright.github.channels import CHANNELS, ChannelMessage, Post
from rulewright.github.issues import create_issue
from rulewright.github.urls import path
from rulewright.github.writes import WRITES, WriteContext
from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.policy.quantity import format_moment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.actions.plan import Effect
    from rulewright.events.snapshot import Snapshot
    from rulewright.github.client import Client
    from rulewright.github.reader import GitHubReader
    from rulewright.github.waiting import Clock
    from rulewright.policy.json_types import Json


def subject_of(target: str) -> Subject:
    """The subject that a target names: `octo-org/demo#12`. Raises UsageError for what has no number."""
    repository, _, number = target.partition("#")
    if not (number.isascii() and number.isdigit()):
        raise UsageError(
            f"{target[:80]!r} is not an issue or pull request", hint="targets are owner/name#number"
        )
    return Subject("issue", repository, int(number))


class GitHubPort:
    """Reads, writes and emissions of one run.

    `channels`: rulewright.yaml's, name → settings. `sent(key)` says whether an emission went out in an earlier run.
    `environ`: where secrets of channels and the file for outputs are named.
    """

    def __init__(
        self,
        client: Client,
        reader: GitHubReader,
        *,
        clock: Clock,
        post: Post,
        channels: Mapping[str, Mapping[str, Json]] | None = None,
        environ: Mapping[str, str] | None = None,
        sent: Callable[[str], bool] = lambda key: False,
    ) -> None:
        self._client = client
        self._reader = reader
        self._clock = clock
        self._post = post
        self._channels = channels or {}
        self._environ = environ or {}
        self._sent = sent
        self._state: tuple[str, Snapshot | None] = ("", None)

    def now(self) -> str:
        return format_moment(self._clock.now())

    def read(self, target: str, parts: frozenset[str]) -> Snapshot | None:
        found = self._reader.state(subject_of(target), parts)
        self._state = (target, found)
        return found

    def ready(self, effect: Effect) -> None:
        self._client.keep_pace(notifies=effect.declaration.notifies_people)

    def write(self, effect: Effect) -> None:
        """Do it, by the state that was read last. Raises SourceError; Changed where a wait came before the first of its
        requests, such as for a limit, and the subject no longer is what the preconditions ask for."""
        state = self._state[1] if self._state[0] == effect.target else None
        context = WriteContext(self._client, self._reader, subject_of(effect.target), state)
        with self._client.looking_again(lambda: self._look_again(effect)):
            WRITES[effect.action](effect, context)

    def _look_again(self, effect: Effect) -> None:
        action = ACTIONS[effect.action]
        state = self._reader.state(subject_of(effect.target), action.declaration.changes)
        left = None if state is None else action.select_needed(effect, state)
        if state is None:
            raise Changed("the issue or pull request was removed while the request waited")
        failing = None if left is None else first_failing(effect, left, state)
        if failing is not None:
            raise Changed(f"{failing.kind} no longer held when the request could be sent")

    def emit(self, effect: Effect) -> bool:
        """Send it. Raises SourceError when it does not arrive, NotReady when its channel is not set up."""
        if effect.declaration.changes == {"verdict"}:
            return True  # the report says it, or the exit code
        if effect.action == "set_output":
            write_output(effect.arguments, self._environ)
            return True
        if self._sent(effect.key):
            return False
        repository = effect.target.partition("#")[0].partition("@")[0]
        if effect.action == "create_issue":
            return create_issue(self._client, self._reader, repository, effect.arguments, effect.key)
        channel = self._channels.get(effect.text("channel"))
        if channel is None:
            raise SourceError(f"no channel `{effect.text('channel')}`", hint="declare it in rulewright.yaml")
        message = ChannelMessage(effect.text("text"), effect.target, effect.rule, effect.key, channel)
        try:
            return CHANNELS[str(channel["kind"])](message, self)
        except UsageError as error:
            name = effect.text("channel")
            raise NotReady(
                f"the channel `{name}` is not configured: {error.message}", hint=error.hint
            ) from error

    # What channels may use.

    def secret(self, name: str) -> str:
        """The environment variable that a channel names. Raises UsageError when it is not set."""
        value = self._environ.get(name, "")
        if not value:
            raise UsageError(
                f"the environment variable {name} is not set", hint="a channel of rulewright.yaml uses it"
            )
        return value

    def post(self, url: str, body: Mapping[str, Json], key: str) -> None:
        """A JSON message by HTTP POST, with the key as `Idempotency-Key`. Raises SourceError."""
        self._post(url, body, key)

    def issue(self, repository: str, written: Mapping[str, Json], key: str) -> bool:
        return create_issue(self._client, self._reader, repository, written, key)

    def is_private(self, repository: str) -> bool:
        return self._reader.repository(repository).get("private") is True

    def report(self, repository: str, written: Mapping[str, Json]) -> None:
        """A private vulnerability report. Raises GitHubError."""
        self._client.send(
            "POST", path("/repos/{owner}/{repo}/security-advisories/reports", repository), written
        )


NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
"""As the schema of `set_output` has it. The file is read line by line: another name could begin a line of its own."""


def write_output(arguments: Mapping[str, Json], environ: Mapping[str, str]) -> None:
    """Append `{"name", "value"}` to the file `GITHUB_OUTPUT`; without one, the plan alone says it.

    Raises SourceError when the name is none, or the file cannot be written.
    """
    place = environ.get("GITHUB_OUTPUT")
    if not place:
        return
    name, value = arguments["name"], arguments["value"]
    if not isinstance(name, str) or NAME.fullmatch(name) is None:
        shown = json.dumps(str(name)[:60])
        raise SourceError(f"{shown} is not a valid output name", hint="letters, digits, `_` and `-`")
    text = value if isinstance(value, str) else json.dumps(value)
    end = f"rulewright-{secrets.token_hex(16)}"
    try:
        with open(place, "a", encoding="utf-8", errors="backslashreplace", newline="") as stream:
            stream.write(f"{name}<<{end}\n{text}\n{end}\n")
    except OSError as error:
        raise SourceError(f"the output {name} cannot be written: {error.strerror or error}") from None
