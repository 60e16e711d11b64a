"""Tags of YAML: the ones that say nothing new, and what the standard ones make of a scalar (YAML 1.2.2, §10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.policy.diagnostics import shorten
from rulewright.policy.document_reader.scalars import resolve_scalar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.policy.document_reader.scalars import Scalar

_STANDARD: Final = "tag:yaml.org,2002:"
HARMLESS_TAGS: Final = frozenset(("!", f"{_STANDARD}str", f"{_STANDARD}map", f"{_STANDARD}seq"))
"""They name the type that the value has anyway."""
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    f"{_STANDARD}int": (int,),
    f"{_STANDARD}float": (int, float),
    f"{_STANDARD}bool": (bool,),
    f"{_STANDARD}null": (type(None),),
}


def short_tag(tag: str) -> str:
    """A tag as people write it, 60 characters at most."""
    shown = tag.replace(_STANDARD, "!!", 1)
    return shorten(shown, 60)


def tagged_value(tag: str, text: str) -> Scalar:
    """What `tag` makes of a scalar: a number, a truth value or null for the standard ones, the text for any other.

    Raises ValueError for a text that is no such value, as in `!!int red`.
    """
    types = _TYPES.get(tag)
    if types is None:
        return text
    value = resolve_scalar(text)
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise ValueError(f"`{text[:40]}` is not a valid value for the tag `{short_tag(tag)}`")
    return value
