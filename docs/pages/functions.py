"""docs/functions.md: the functions of expressions, from their table."""

from __future__ import annotations

import json
from typing import Final

from rulewright.program.expression.functions import FUNCTIONS, Function

__all__ = ["markdown"]

_FAMILIES: Final = {
    "standard": ("Standard functions", "The functions of the JMESPath specification."),
    "text": ("Text", "Lengths and positions count code points."),
    "regex": (
        "Regular expressions",
        "Patterns use RE2 syntax, without look-around and back-references. Matching takes linear time.",
    ),
    "number": ("Numbers", "JMESPath has no operators for arithmetic."),
    "time": (
        "Time, durations and sizes",
        "A time is ISO 8601 text or seconds since 1970. No function reads the clock; `now` is a fact.",
    ),
    "semver": ("Versions", "Semantic Versioning 2.0.0."),
    "statistics": ("Statistics", "The result is null for an empty array."),
    "collections": ("Arrays and objects", "Elements are compared like `==`: 1 does not equal true."),
}

_HEAD = """\
# Functions in expressions

Paths and `jmespath:` conditions can call these functions. If an argument has the wrong type or an invalid value,
the condition is an *error*, neither true nor false. Unknown names and wrong numbers of arguments are reported
when the policy is loaded. Every function can fail with `invalid-type`; other failures are listed.

An argument `&expression` is evaluated for each element. A parameter in brackets is optional; a parameter with
`...` can be repeated.
"""


def markdown() -> str:
    """The page."""
    parts = [_HEAD]
    for family, (title, text) in _FAMILIES.items():
        parts.append(f"## {title}\n\n{text}\n")
        parts.extend(_entry(each) for each in FUNCTIONS.values() if each.family == family)
    return "\n".join(parts)


def _entry(function: Function) -> str:
    lines = [f"### {function.name}", "", f"`{_signature(function)}` → {function.returns}", ""]
    lines += [function.description, "", *_example(function)]
    if function.raises:
        lines += [f"Fails with `{kind}` when {cause}." for kind, cause in function.raises]
        lines.append("")
    return "\n".join(lines)


def _signature(function: Function) -> str:
    shown: list[str] = []
    for each in function.parameters:
        kind = "&expression" if each.expression else each.text.replace("|", " or ")
        text = kind if each.expression else f"{each.name}: {kind}"
        shown.append(f"[{text}]" if each.optional else text + ("..." if each.variadic else ""))
    return f"{function.name}({', '.join(shown)})"


def _example(function: Function) -> list[str]:
    example = function.example
    return [
        "```text",
        example.expression,
        f"on {_json(example.data)}",
        f"is {_json(example.result)}",
        "```",
        "",
    ]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
