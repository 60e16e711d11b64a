"""Templates filled in: every value escaped, nothing left half said.

A path is an expression of conditions. An unknown path is an error at load (`check_template`); one whose
value is missing when the text is made leaves the effect unplanned (`Undetermined`), never half a sentence.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Literal

from rulewright.actions.escape import clean, markdown, plain
from rulewright.compile.template import Problem, check_template, in_addresses, parts, paths

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TEXT_LIMIT", "Form", "Problem", "Undetermined", "check_template", "paths", "render"]

Form = Literal["markdown", "plain", "raw"]
TEXT_LIMIT: Final = 60_000
"""Characters of one rendered text; GitHub takes 65,536 for a body, and the marker stands there too."""
_LIST_LIMIT: Final = 50
_SEGMENTS: Final = re.compile(r"(?:[A-Za-z0-9_-]|\.(?!\.)|/(?!/))+")
"""What may stand in an address whoever wrote it: it leads to no other host and to no folder above."""


class Undetermined(Exception):
    """An effect cannot be planned, because a value is missing or may not be used there."""

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path


def render(
    text: str,
    value: Callable[[str], Any],
    *,
    form: Form = "markdown",
    trusted: Callable[[str], bool] | None = None,
) -> str:
    """The text with every value in its place; a value for which `trusted` answers true is not escaped.

    `markdown` is for bodies, `plain` for titles and messages, `raw` (hidden characters removed, nothing
    escaped) for names that are compared: labels, logins, options.
    Raises Undetermined when a value is missing or a mapping, or the template itself is broken.
    """
    literals, found, problems = parts(text)
    if problems:
        raise Undetermined(f"the template is broken: {problems[0].message}")
    addressed = in_addresses(text) if found else ()
    out = [literals[0]]
    for (path, _), after in zip(found, literals[1:], strict=True):
        shown = _shown(value(path), path)
        if path in addressed and not _SEGMENTS.fullmatch(shown):
            raise Undetermined(f"`{path}` may not stand in an address", path)
        if form == "raw" or (trusted is not None and trusted(path)):
            out.append(clean(shown))
        else:
            out.append(markdown(shown) if form == "markdown" else plain(shown))
        out.append(after)
    made = "".join(out)
    return made if len(made) <= TEXT_LIMIT else made[: TEXT_LIMIT - 1] + "…"


def _shown(value: Any, path: str) -> str:
    if value is None:
        raise Undetermined(f"`{path}` is missing", path)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple):
        items = [_shown(item, path) for item in value[:_LIST_LIMIT]]
        return ", ".join(items) + (", …" if len(value) > _LIST_LIMIT else "")
    raise Undetermined(f"`{path}` is a mapping, not text", path)
