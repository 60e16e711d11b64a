"""What leaves in a text: no personal data and no secret that somebody else wrote.

Values are looked at before they are escaped, and the finished text once more, where two values or a value and the
template may have become one. What is only suspected stays: it is no more than what stands in the issue already.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from rulewright.actions.masked_text import mask_text
from rulewright.policy.finding_types import may_hold
from rulewright.policy.json_types import as_object, as_texts
from rulewright.policy.lazy import defer_pattern
from rulewright.policy.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.detection import Finding
    from rulewright.program.program import Program

_ESCAPE: Final = defer_pattern(r"\\([!-/:-@\[-`{-~])|&(?:#8203|lt|gt|amp);")
"""What `actions/escape.py` adds to a value in Markdown."""


class OutgoingFilter(NamedTuple):
    """`allow` and `patterns` are those of the policies' own `detect` facts."""

    allow: tuple[str, ...] = ()
    patterns: tuple[tuple[str, str], ...] = ()

    def mask_value(self, text: str) -> str:
        """A value out of an event or a fact, without personal data and secrets."""
        return self._masked(text, None) if self._suspects(text) else text

    def mask_text(self, text: str) -> str:
        """A finished text, without secrets. Personal data in it is the policy's own by now, such as an address."""
        bare = _ESCAPE.sub(r"\1", text) if "\\" in text or "&" in text else text
        return self._masked(text, "secrets") if self._suspects(bare) else text

    def _suspects(self, text: str) -> bool:
        return bool(self.patterns) or may_hold(text)

    def _masked(self, text: str, types: str | None) -> str:
        from rulewright.detection import CERTAIN

        run = _detector(types, self.allow, self.patterns)
        found = [finding for finding in run(text) if finding.confidence >= CERTAIN]
        return mask_text(text, found) if found else text


PLAIN: Final = OutgoingFilter()


def outgoing_filter(program: Program) -> OutgoingFilter:
    """What the `detect` facts of all policies allow, and the patterns that they look for."""
    allow: dict[str, None] = {}
    patterns: dict[tuple[str, str], None] = {}
    for policy in program.policies:
        for fact in policy.facts.values():
            if fact.source == "detect":
                allow.update(dict.fromkeys(as_texts(fact.arguments.get("allow"))))
                named = as_object(fact.arguments.get("patterns")) or {}
                patterns.update(dict.fromkeys((name, str(pattern)) for name, pattern in named.items()))
    return OutgoingFilter(tuple(allow), tuple(patterns))


@lru_cache(16)
def _detector(
    types: str | None, allow: tuple[str, ...], patterns: tuple[tuple[str, str], ...]
) -> Callable[[str], tuple[Finding, ...]]:
    from rulewright.detection import make_detector

    return make_detector(types=None if types is None else [types], allow=allow, patterns=patterns)
