"""Effects in words, on one line: what changes, before and after where a precondition says what was before.

Glyphs: `+` adds, `-` removes, `~` changes, `!` says something to somebody, `x` is a negative verdict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.evaluate.masking import mask_line
from rulewright.policy.characters import clip_text
from rulewright.policy.lazy import defer_pattern

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.actions.plan import Effect

LIMIT: Final = 160
_ENTITIES: Final = (("&#8203;", ""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_ESCAPED: Final = defer_pattern(r"\\([!-/:-@\[-`{-~])")

Phrase = tuple[str, str, str]
"""Glyph, verb (`add label`), object (`security`)."""


def format_value(value: object, limit: int = LIMIT) -> str:
    """A value on one printable line, texts in it masked: lists with commas, mappings as `key value`."""
    if value is None:
        return "none"
    if isinstance(value, str):
        return mask_line(value, limit) or "''"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return clip_text(", ".join(format_value(item, limit) for item in value[:50]), limit) or "none"
    if isinstance(value, dict):
        pairs = (f"{key} {format_value(item, limit)}" for key, item in value.items())
        return clip_text(", ".join(pairs), limit)
    return mask_line(str(value), limit)


def quote_value(value: object, limit: int = LIMIT) -> str:
    return f"“{format_value(value, limit)}”"


def as_read(markdown: object) -> object:
    """Markdown as its reader sees it: without the marker that only machines read, without escapes."""
    if not isinstance(markdown, str):
        return markdown
    text = markdown.partition("-->")[2] if markdown.startswith("<!-- rulewright:") else markdown
    for entity, char in _ENTITIES:
        text = text.replace(entity, char)
    return _ESCAPED.sub(r"\1", text)


def describe_message(glyph: str, verb: str) -> Callable[[Effect], Phrase]:
    """The words of an action that says its `message`."""
    return lambda effect: (glyph, verb, format_value(effect.arguments.get("message")))
