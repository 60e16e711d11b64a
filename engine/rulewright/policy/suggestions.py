"""The known name that an author most likely meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

# What people write from habit with other tools; difflib would not find these.
HABITS: Final = {
    "not": ("none", "not_in", "ne"),
    "and": ("all",),
    "or": ("any",),
    "equals": ("eq",),
    "equal": ("eq",),
    "is": ("eq",),
    "==": ("eq",),
    "=": ("eq",),
    "!=": ("ne",),
    "<>": ("ne",),
    ">": ("gt",),
    ">=": ("gte",),
    "<": ("lt",),
    "<=": ("lte",),
    "=~": ("regex",),
    "~": ("regex",),
    "not_contains": ("contains_none",),
    "does_not_contain": ("contains_none",),
    "contains_not": ("contains_none",),
    "excludes": ("contains_none",),
    "is_not": ("ne",),
    "nin": ("not_in",),
    "before": ("lt", "older_than"),
    "after": ("gt", "newer_than"),
    "not_equals": ("ne",),
    "not_equal": ("ne",),
    "greater_than": ("gt",),
    "less_than": ("lt",),
    "matches": ("regex",),
    "match": ("regex", "glob"),
    "pattern": ("regex",),
    "like": ("glob",),
    "has": ("contains",),
    "includes": ("contains", "include"),
    "one_of": ("in",),
    "any_of": ("contains_any", "in"),
    "all_of": ("contains_all",),
    "none_of": ("contains_none", "not_in"),
    "startswith": ("starts_with",),
    "prefix": ("starts_with",),
    "suffix": ("ends_with",),
    "size": ("length",),
    "absent": ("missing",),
    "present": ("exists",),
    "if": ("when",),
    "conditions": ("when",),
    "condition": ("when",),
    "do": ("then",),
    "action": ("then",),
    "actions": ("then",),
    "name": ("id",),
    "events": ("on",),
    "variables": ("let",),
    "facts": ("let",),
    "label": ("add_labels",),
    "add_label": ("add_labels",),
    "title": ("set_title",),
    "license": ("licence",),
    "quantization": ("quantisation",),
}


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name nearest to `word`, or None when nothing is near."""
    names = list(known)
    for name in HABITS.get(word.lower().replace("-", "_"), ()):
        if name in names:
            return name
    folded = {name.lower().replace("-", "_"): name for name in reversed(names)}
    exact = folded.get(word.lower().replace("-", "_"))
    if exact is not None:
        return exact
    # difflib is quadratic: nobody mistypes a name at this length
    if len(word) > 60:
        return None
    # Only a mistake needs it.
    from difflib import get_close_matches

    close = get_close_matches(word.lower().replace("-", "_"), folded, n=1, cutoff=0.65)
    return folded[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean `x`?`, or an empty string."""
    near = nearest(word, known)
    return "" if near is None or near == word else f"; did you mean `{near}`?"


def list_names(names: Iterable[str], *, limit: int = 24) -> str:
    """The names as a list in prose, cut after `limit`."""
    quoted = [f"`{name}`" for name in names]
    if len(quoted) > limit:
        return ", ".join(quoted[:limit]) + f" and {len(quoted) - limit} more"
    return ", ".join(quoted)
