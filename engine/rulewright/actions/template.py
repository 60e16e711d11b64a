"""Templates: text with `{{ path }}` over the facts. Strict, without logic, every value escaped.

A path is an expression of conditions. An unknown path is an error at load (`check_template`); one whose
value is missing when the text is made leaves the effect unplanned (`Undetermined`), never half a sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal

from rulewright.actions.escape import clean, markdown, plain

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TEXT_LIMIT", "Form", "Problem", "Undetermined", "check_template", "paths", "render"]

Form = Literal["markdown", "plain", "raw"]
TEXT_LIMIT: Final = 60_000
"""Characters of one rendered text; GitHub takes 65,536 for a body, and the marker stands there too."""
_LIST_LIMIT: Final = 50
_OPEN: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a template, and at which character of it (from 0)."""

    message: str
    offset: int


class Undetermined(Exception):
    """An effect cannot be planned, because a value is missing or may not be used there."""

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path


@lru_cache(maxsize=1024)
def _parts(text: str) -> tuple[tuple[str, ...], tuple[tuple[str, int], ...], tuple[Problem, ...]]:
    """The text between the paths (one more than there are paths), the paths with offsets, the problems."""
    literals: list[str] = []
    found: list[tuple[str, int]] = []
    problems: list[Problem] = []
    end = 0

    def literal(piece: str, at: int) -> None:
        for brace, word in (("{{", "is not closed"), ("}}", "was not opened")):
            if (index := piece.find(brace)) >= 0:
                problems.append(Problem(f"`{brace}` {word}.", at + index))
        literals.append(piece)

    for match in _OPEN.finditer(text):
        literal(text[end : match.start()], end)
        path = match[1].strip()
        if not path or "{{" in path:
            problems.append(
                Problem("`{{ }}` holds no path." if not path else "`{{` is not closed.", match.start())
            )
        found.append((path, match.start() + 2 + len(match[1]) - len(match[1].lstrip())))
        end = match.end()
    literal(text[end:], end)
    return tuple(literals), tuple(found), tuple(sorted(problems, key=lambda problem: problem.offset))


def paths(text: str) -> tuple[tuple[str, int], ...]:
    """Every path in the template with its offset."""
    return _parts(text)[1]


def check_template(text: str, check: Callable[[str], str | None] | None = None) -> tuple[Problem, ...]:
    """All that is wrong with `text`. `check(path)` says what is wrong with a path, None when nothing is."""
    _, found, problems = _parts(text)
    out = list(problems)
    broken = {problem.offset for problem in problems}
    for path, offset in found if check is not None else ():
        if path and offset not in broken and check is not None and (message := check(path)) is not None:
            out.append(Problem(message, offset))
    return tuple(sorted(out, key=lambda problem: problem.offset))


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
    literals, found, problems = _parts(text)
    if problems:
        raise Undetermined(f"the template is broken: {problems[0].message}")
    out = [literals[0]]
    for (path, _), after in zip(found, literals[1:], strict=True):
        shown = _shown(value(path), path)
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
