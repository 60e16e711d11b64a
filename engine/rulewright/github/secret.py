"""A token that cannot be printed by accident."""

from __future__ import annotations

from typing import Final, Literal

from rulewright.policy.diagnostics import UsageError

TokenKind = Literal["none", "classic", "oauth", "fine-grained", "app-user", "installation", "unknown"]
"""By the prefix that GitHub gives a token. That of Actions is an `installation` one."""

PREFIXES: Final[tuple[tuple[str, TokenKind], ...]] = (
    ("ghp_", "classic"),
    ("gho_", "oauth"),
    ("github_pat_", "fine-grained"),
    ("ghu_", "app-user"),
    ("ghs_", "installation"),
)

SHORTEST: Final = 8
"""Characters of the shortest token that is looked for in texts; a shorter one stands in many words."""


class Secret:
    """Holds a token out of sight: neither its `repr` nor its attributes show it."""

    __slots__ = ("header", "kind", "out_of")

    def __init__(self, token: str | None) -> None:
        kept = (token or "").strip()
        if not (kept.isascii() and kept.isprintable()) or " " in kept:
            raise UsageError(
                "the token has invalid characters", hint="check that it is complete and quoted once"
            )

        def header() -> dict[str, str]:
            """The header that carries it; none without a token."""
            return {"authorization": f"Bearer {kept}"} if kept else {}

        def out_of(text: str) -> str:
            """The text without the token."""
            return text.replace(kept, "***") if len(kept) >= SHORTEST else text

        self.header = header
        self.kind: TokenKind = (
            next((kind for prefix, kind in PREFIXES if kept.startswith(prefix)), "unknown")
            if kept
            else "none"
        )
        self.out_of = out_of

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__
