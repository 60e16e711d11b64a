"""What a queried source may reach: the hosts that `rulewright.yaml` lists, and files of the working directory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol
from urllib.parse import urlencode

from rulewright.measurements.reader import UnusableSource
from rulewright.policy.json_types import as_text
from rulewright.policy.suggestions import list_names

if TYPE_CHECKING:
    from pathlib import Path

    from rulewright.policy.config import SourceHost
    from rulewright.policy.json_types import Json

STATUS_HINTS: Final = {
    401: ": check `token_env` of the host",
    403: ": check `token_env` of the host",
    404: ": check `url` of the host",
}


class HttpAnswer(Protocol):
    """A status and a body."""

    @property
    def status(self) -> int:
        """The status of HTTP."""

    @property
    def body(self) -> bytes:
        """The body, decompressed, without the host's token."""


Send = Callable[["SourceHost", str, str, "bytes | None"], HttpAnswer]
"""(host, method, path with query behind the host's URL, body as JSON) → answer. Redirects stay on the host.

Raises UnusableSource: `no_source` without a connection, `unreadable` for a broken one and an answer beyond bounds."""


class Access(NamedTuple):
    """`read_file` and `find_path` take a path relative to the working directory and raise UnusableSource for one that
    is not there, cannot be read, or leads out of it. `now`: seconds since 1970."""

    hosts: Mapping[str, SourceHost]
    send: Send
    read_file: Callable[[str], bytes]
    find_path: Callable[[str], Path]
    now: float

    def find_host(self, named: Json, default: str) -> SourceHost:
        """The host that a policy names, by its name or its URL; without a name the one that is called `default`.

        Raises UnusableSource (`unsuitable`) for one that `rulewright.yaml` does not list.
        """
        text = default if named is None else as_text(named) or ""
        for name, host in self.hosts.items():
            if text in (name, host.url) or text.rstrip("/") == host.url.rstrip("/"):
                return host
        listed = list_names(self.hosts) or "none"
        reason = f"`sources.hosts` of rulewright.yaml has no host `{text[:80]}`; there is {listed}"
        raise UnusableSource("unsuitable", reason)

    def get(self, host: SourceHost, path: str, parameters: Mapping[str, str]) -> HttpAnswer:
        """The answer to a GET."""
        return self.send(host, "GET", f"{path}?{urlencode(parameters)}", None)


def describe_status(status: int) -> str:
    """`status 401: check …`."""
    return f"the server answered with status {status}{STATUS_HINTS.get(status, '')}"
