"""Which paths hold what only GitHub or the policy's authors can have written.

Everything else counts as text that anyone may write: it is escaped in texts, and chooses no assignee.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rulewright.policy.lazy import defer_pattern

if TYPE_CHECKING:
    from rulewright.program.compiled_policy import CompiledPolicy

# Logins, times, numbers, addresses of GitHub's own pages and closed vocabularies: GitHub makes or checks them.
_NAMES: Final = frozenset({
    "action", "age", "author", "author_association", "closed_at", "created_at", "html_url", "id", "login",
    "now", "number", "sender", "state", "state_reason", "updated_at",
})  # fmt: skip
_PATH: Final = defer_pattern(r"[A-Za-z_][A-Za-z0-9_]*(?:\[\d*\]|\.[A-Za-z_][A-Za-z0-9_]*)*")


def holds_marked_text(policy: CompiledPolicy, path: str) -> bool:
    """As the load decided (`compile/taint.py`): whether text that anyone may write, or a model, comes to a path."""
    from rulewright.compile.taint import is_marked

    return is_marked(path, policy.on, policy.facts, numbers=False)


def is_trusted(policy: CompiledPolicy, path: str) -> bool:
    """True for lists and values of the policy itself, and logins, times and numbers that GitHub vouches for.

    An expression that is more than a plain path is not trusted, nor is a fact that was computed or gathered.
    """
    text = path.strip()
    if not _PATH.fullmatch(text):
        return False
    root = re.split(r"[.\[]", text, maxsplit=1)[0]
    if root == "lists":
        return True
    if root in policy.facts:
        return policy.facts[root].source == "value"
    return text.rpartition(".")[2] in _NAMES and root not in {"inputs", "client_payload", "given"}
