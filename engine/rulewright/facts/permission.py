"""The source `permission`: what an account may do in the repository, as GitHub says.

role: { permission: sender }              # none, read, triage, write, maintain or admin
role: { permission: comment.user.login }
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.events.model import Absent
from rulewright.events.snapshot import subject
from rulewright.events.texts import read_texts
from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.events.model import Event
    from rulewright.facts.payload_loader import PayloadReader
    from rulewright.program.named_facts import Need

PERMISSIONS: Final = ("none", "read", "triage", "write", "maintain", "admin")
"""From the least to the most."""

_SHORT: Final = {"sender": "sender.login", "author": "issue.user.login"}
"""Short names as paths; `issue` stands for the subject, whatever kind it is."""


class PermissionSource:
    """Asks the reader, once for each login."""

    def __init__(self, reader: PayloadReader) -> None:
        self.reader = reader

    def gather(self, requests: tuple[Need, ...], event: Event, now: str) -> Mapping[str, object]:
        """Fact → permission. Raises SourceError when GitHub cannot be asked."""
        about = subject(event)
        if about is None or not about.repository:
            return {request.name: Absent("the event names no repository") for request in requests}
        known: dict[str, str] = {}
        out: dict[str, object] = {}
        for request in requests:
            path = request.arguments["permission"]
            login = read_login(event.payload, path)
            if login is None:
                out[request.name] = Absent(f"`{path}` is no login in this event")
                continue
            if login not in known:
                known[login] = self.reader.permission(about, login)
                if known[login] not in PERMISSIONS:
                    raise SourceError(
                        f"GitHub answered with a permission that is none: {known[login][:40]!r}"
                    )
            out[request.name] = known[login]
        return out


def read_login(payload: Mapping[str, object], path: str) -> str | None:
    """The login at a path. It must be one by its place: any other text could name whomever it likes."""
    path = _SHORT.get(path, path)
    if not path.endswith("login"):
        return None
    found = read_texts(payload, (path,))
    return found[0] if len(found) == 1 and found[0] else None
