"""Templates: text with `{{ path }}` over the facts. What is in one, and what is wrong with it.

A path is an expression of conditions. There is no logic and no escape: the text holds no other double braces.
Values are put in by `actions/template.py`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from rulewright.policy.lazy import defer_pattern
from rulewright.policy.named_tuple import NamedTuple
from rulewright.program.markdown_contexts import places_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.policy.json_types import Json
    from rulewright.program.markdown_contexts import Place

_OPEN: Final = defer_pattern(r"\{\{(.*?)\}\}", re.DOTALL)


class TemplateProblem(NamedTuple):
    """What is wrong with a template, and at which character of it (from 0)."""

    message: str
    offset: int


@lru_cache(maxsize=1024)
def parts(text: str) -> tuple[tuple[str, ...], tuple[tuple[str, int], ...], tuple[TemplateProblem, ...]]:
    """The text between the paths (one more than there are paths), the paths with offsets, the problems."""
    literals: list[str] = []
    found: list[tuple[str, int]] = []
    problems: list[TemplateProblem] = []
    end = 0

    def literal(piece: str, at: int) -> None:
        for brace, word in (("{{", "is not closed"), ("}}", "was not opened")):
            if (index := piece.find(brace)) >= 0:
                problems.append(TemplateProblem(f"`{brace}` {word}.", at + index))
        literals.append(piece)

    for match in _OPEN.finditer(text):
        literal(text[end : match.start()], end)
        path = match[1].strip()
        if not path or "{{" in path:
            problems.append(
                TemplateProblem(
                    "`{{ }}` contains no path." if not path else "`{{` is not closed.", match.start()
                )
            )
        found.append((path, match.start() + 2 + len(match[1]) - len(match[1].lstrip())))
        end = match.end()
    literal(text[end:], end)
    return tuple(literals), tuple(found), tuple(sorted(problems, key=lambda problem: problem.offset))


def paths(text: str) -> tuple[tuple[str, int], ...]:
    """Every path in the template with its offset."""
    return parts(text)[1]


def paths_in_argument(value: Json) -> tuple[str, ...]:
    """The paths that an argument of an action reads: a text with `{{ path }}`, or `{fact: path}`."""
    if isinstance(value, dict):
        fact = value.get("fact")
        return (fact,) if isinstance(fact, str) else ()
    return tuple(path for path, _ in paths(value)) if isinstance(value, str) else ()


@lru_cache(maxsize=1024)
def contexts(text: str) -> tuple[Place, ...]:
    """Where each path stands, in their order: in text, in code, or in an address or a tag."""
    return places_of(parts(text)[0])


def in_addresses(text: str) -> tuple[str, ...]:
    """The paths that stand within an address: after `https://`, where a link of Markdown leads, or in a tag."""
    return tuple(
        path for (path, _), place in zip(paths(text), contexts(text), strict=True) if place == "address"
    )


def check_template(
    text: str, check: Callable[[str], str | None] | None = None
) -> tuple[TemplateProblem, ...]:
    """All that is wrong with `text`. `check(path)` says what is wrong with a path, None when nothing is."""
    _, found, problems = parts(text)
    out = list(problems)
    broken = {problem.offset for problem in problems}
    for path, offset in found if check is not None else ():
        if path and offset not in broken and check is not None and (message := check(path)) is not None:
            out.append(TemplateProblem(message, offset))
    return tuple(sorted(out, key=lambda problem: problem.offset))
