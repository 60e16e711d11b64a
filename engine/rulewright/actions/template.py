"""Templates filled in: every value escaped, nothing left half said.

A path is an expression of conditions. An unknown path is an error at load (`check_template`); one whose
value is missing when the text is made leaves the effect unplanned (`Undetermined`), never half a sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from rulewright.actions.escape import VALUE_LIMIT, escape_markdown, escape_plain, normalise_text
from rulewright.actions.outgoing import PLAIN, OutgoingFilter
from rulewright.policy.diagnostics import shorten
from rulewright.policy.lazy import defer_pattern
from rulewright.program.template import check_template, contexts, parts, paths

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rulewright.policy.json_types import Json
    from rulewright.program.markdown_contexts import Place

__all__ = ["TEXT_LIMIT", "Form", "Undetermined", "check_template", "paths", "render"]

Form = Literal["markdown", "plain", "raw"]
TEXT_LIMIT: Final = 60_000
"""Characters of one rendered text; GitHub takes 65,536 for a body, and the marker stands there too."""
_LIST_LIMIT: Final = 50
_ZERO: Final = "\u200b"
_ENTITY: Final = "&#8203;"
_JOINING: Final = defer_pattern(r"[\w@#/:.&\\~+=\])!-]")
"""The end of a text with which something begins that a value could continue: a mention, a reference, an address."""
_JOINED: Final = defer_pattern(r"[\w@#/]|[.:-][\w/]")
"""The beginning of a text with which something goes on that a value could begin."""
_SEGMENTS: Final = defer_pattern(r"(?!/)(?:[A-Za-z0-9_-]|\.(?!\.|\Z)|/(?!/))+")
"""What may stand in an address whoever wrote it: it leads to no other host and to no folder above, whatever stands
around it."""


class Undetermined(Exception):
    """An effect cannot be planned, because a value is missing or may not be used there."""

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path


def trust_no_path(_: str) -> bool:
    """Trusts no path."""
    return False


def render(
    text: str,
    value: Callable[[str], Json],
    *,
    form: Form = "markdown",
    trusted: Callable[[str], bool] = trust_no_path,
    outgoing: OutgoingFilter = PLAIN,
) -> str:
    """The text with every value in its place; a value for which `trusted` answers true is not escaped.

    Personal data and secrets in other values are masked, and secrets in the finished text (see `OutgoingFilter`).

    `markdown` is for bodies, `plain` for titles and messages, `raw` (hidden characters removed, nothing
    escaped) for names that are compared: labels, logins, options.
    Raises Undetermined when a value is missing or a mapping, or the template itself is broken.
    """
    literals, values, problems = parts(text)
    if problems:
        raise Undetermined(f"the template is invalid: {problems[0].message}")
    places = contexts(text) if values else ()
    has_table = any("|" in literal for literal in literals)
    out = [literals[0]]
    for number, ((path, _), place) in enumerate(zip(values, places, strict=True)):
        is_own = trusted(path)
        given = value(path)
        shown = _as_text(given, path)
        if not is_own:
            shown = outgoing.mask_value(shown)
        if place == "address" and not _SEGMENTS.fullmatch(shown):
            raise Undetermined(f"`{path}` is not allowed in a URL", path)
        if is_own or form == "raw" or place == "address":
            shown = normalise_text(shown)
        elif not isinstance(given, int | float):
            around = (_text_before(literals, number), literals[number + 1])
            shown = _escaped(shown, form, place, around, in_table=has_table)
        out += (shown, literals[number + 1])
    made = "".join(out)
    if not all(trusted(path) for path, _ in values):
        made = outgoing.mask_text(made)
    return shorten(made, TEXT_LIMIT)


def _text_before(literals: Sequence[str], number: int) -> str:
    """Behind another value as behind a sign: what it ends with is not known."""
    return literals[number] or ("@" if number else "")


def _escaped(shown: str, form: Form, place: Place, around: tuple[str, str], *, in_table: bool) -> str:
    """A value as it stands there. Nothing that it holds continues what stands directly before it, such as an `@`, or
    goes on with what stands directly after it."""
    if form == "markdown" and place == "code":
        if in_table:
            shown = shown.replace("|", "¦")  # it ends the cell in code too
        # There are no escapes in code; what could end it is replaced.
        return (
            " ".join(normalise_text(shown, VALUE_LIMIT).split())
            .replace("`", "'")
            .replace("~~~", f"~~{_ZERO}~")
        )
    before, after = around
    zero = _ENTITY if form == "markdown" else _ZERO
    left = zero if _JOINING.search(before[-1:]) else ""
    right = zero if _JOINED.match(after) else ""
    return left + (escape_markdown(shown) if form == "markdown" else escape_plain(shown)) + right


def _as_text(value: Json, path: str) -> str:
    if value is None:
        raise Undetermined(f"`{path}` is missing", path)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple):
        items = [_as_text(item, path) for item in value[:_LIST_LIMIT]]
        return ", ".join(items) + (", …" if len(value) > _LIST_LIMIT else "")
    raise Undetermined(f"`{path}` is a mapping, not text", path)
