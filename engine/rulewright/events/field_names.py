"""Matching of field names as people write them, whatever their case, spelling, decoration and usual synonyms."""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

SIZES: Final = ("xsmall", "small", "medium", "large", "epic")
"""The closed list of a size estimate where the policy gives no other."""

SYNONYMS: Final[Mapping[str, Sequence[str]]] = json.loads(Path(__file__).with_suffix(".json").read_bytes())
"""Field → what issue templates call it too. GitHub's own templates ask to "Describe the bug" and "To Reproduce"."""

_PARENTHESES: Final = re.compile(r"\([^()]{0,80}\)|\[[^\[\]]{0,80}\]")
_NUMBERING: Final = re.compile(r"^\d{1,2}(?: |$)")
_SPELLING: Final = (("behavior", "behaviour"), ("behavour", "behaviour"), ("behaviours", "behaviour"))


def fold_name(text: str) -> str:
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
    usual = _usual_names()
    for names in (
        ((field, field) for field in fields),
        ((other, field) for field, others in fields.items() for other in others),
        ((other, field) for field in fields for other in usual.get(fold_name(field), ())),
    ):
        for name, field in names:
            found.setdefault(fold_name(name), field)
    found.pop("", None)
    return found


@cache
def _usual_names() -> Mapping[str, Sequence[str]]:
    """`SYNONYMS` by folded name."""
    return {fold_name(name): others for name, others in SYNONYMS.items()}


@cache
def _size_names() -> frozenset[str]:
    return frozenset(fold_name(name) for name in ("size estimate", *SYNONYMS["size estimate"]))


@lru_cache(maxsize=256)
def closed_list(field: str) -> tuple[str, ...] | None:
    """The values that a field may have where the policy says nothing: sizes for a size estimate."""
    return SIZES if fold_name(field) in _size_names() else None


def choose_option(said: str, options: Iterable[str]) -> str | None:
    """The option that was chosen, None where it is none of them or could be several.

    As it is written first; then without regard to case, decoration and signs; then with a remark in brackets on one of
    both sides, but never on both: `macOS (Sparc)` is not `macOS (Intel)`.
    """
    listed = tuple(options)
    for of_said, of_option in _FORMS:
        wanted = of_said(said)
        found = [option for option in listed if of_option(option) == wanted] if wanted else []
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()).strip("*_`~\"' ")


def _letters(text: str) -> str:
    """Letters and digits alone."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def _bare(text: str) -> str:
    """The same without remarks in brackets and numbering."""
    return fold_name(text).replace(" ", "")


_FORMS: Final[tuple[tuple[Callable[[str], str], Callable[[str], str]], ...]] = (
    (str.strip, str.strip),
    (_plain, _plain),
    (_letters, _letters),
    (_bare, _letters),
    (_letters, _bare),
)
"""(of what was said, of an option): forms that are compared, the strictest first."""
