"""Names of fields as people write them: case, spelling, decoration and the usual other words aside."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["SIZES", "SYNONYMS", "closed_list", "folded", "known_names"]

SIZES: Final = ("xsmall", "small", "medium", "large", "epic")
"""The closed list of a size estimate where the policy gives no other."""

SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = {
    "summary": ("description", "overview", "short description", "describe the bug", "bug description"),
    "reproduction steps": (
        "steps to reproduce",
        "reproduction",
        "repro steps",
        "repro",
        "to reproduce",
        "how to reproduce",
        "how to reproduce it",
        "steps for reproduction",
        "steps for reproducing",
        "reproducing steps",
        "minimal reproduction",
    ),
    "expected behaviour": (
        "expected",
        "expected result",
        "expected results",
        "expected outcome",
        "what did you expect",
        "what did you expect to happen",
        "what you expected",
        "what you expected to happen",
        "what should happen",
    ),
    "actual behaviour": (
        "actual",
        "actual result",
        "actual results",
        "actual outcome",
        "current behaviour",
        "observed behaviour",
        "observed",
        "what happened",
        "what actually happened",
        "what happens instead",
        "what happened instead",
    ),
    "size estimate": ("size", "estimate", "estimated size", "size estimation", "t-shirt size"),
}
"""Field → what issue templates call it too. GitHub's own templates ask to "Describe the bug" and "To Reproduce"."""

_PARENTHESES: Final = re.compile(r"\([^()]{0,80}\)|\[[^\[\]]{0,80}\]")
_NUMBERING: Final = re.compile(r"^\d{1,2}(?: |$)")
_SPELLING: Final = (("behavior", "behaviour"), ("behavour", "behaviour"), ("behaviours", "behaviour"))


def folded(text: str) -> str:
    """The name in the form in which names compare: words of letters and digits, in British spelling.

    Marks, emoji, numbering and remarks in parentheses do not count: `## 2. Expected Behavior (required) *`.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = _PARENTHESES.sub(" ", plain).replace("'", "").replace("\u2019", "")
    plain = "".join(c if c.isalnum() else " " for c in plain)
    plain = _NUMBERING.sub("", " ".join(plain.split()))
    for other, ours in _SPELLING:
        plain = re.sub(rf"\b{other}\b", ours, plain)
    return plain


def known_names(fields: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Folded name → field, for fields with the other names that the policy gives them.

    A field's own name wins over another field's other names, the policy's names over the usual ones.
    """
    found: dict[str, str] = {}
    usual = {folded(name): others for name, others in SYNONYMS.items()}
    for names in (
        ((field, field) for field in fields),
        ((other, field) for field, others in fields.items() for other in others),
        ((other, field) for field in fields for other in usual.get(folded(field), ())),
    ):
        for name, field in names:
            found.setdefault(folded(name), field)
    found.pop("", None)
    return found


def closed_list(field: str) -> tuple[str, ...] | None:
    """The values that a field may have where the policy says nothing: sizes for a size estimate."""
    sizes = (folded(name) for name in ("size estimate", *SYNONYMS["size estimate"]))
    return SIZES if folded(field) in set(sizes) else None
