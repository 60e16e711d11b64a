"""A token that cannot be printed by accident."""

from __future__ import annotations

from rulewright.policy.diagnostics import UsageError

__all__ = ["Secret"]


class Secret:
    """Holds a token out of sight: neither its `repr` nor its attributes show it."""

    __slots__ = ("header", "out_of")

    def __init__(self, token: str | None) -> None:
        kept = (token or "").strip()
        if not (kept.isascii() and kept.isprintable()) or " " in kept:
            raise UsageError(
                "the token holds characters that no token has", hint="was it cut or quoted twice?"
            )

        def header() -> dict[str, str]:
            """The header that carries it; none without a token."""
            return {"authorization": f"Bearer {kept}"} if kept else {}

        def out_of(text: str) -> str:
            """The text without the token."""
            return text.replace(kept, "***") if kept else text

        self.header = header
        self.out_of = out_of

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__
