"""What a `detect` fact asks for is checked at load: its types, its patterns, and that its paths lead to texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulewright.events.texts import PLAIN_PATH
from rulewright.policy.finding_types import GROUPS, NAME, TYPES
from rulewright.policy.json_types import as_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.compile.context import Context
    from rulewright.policy.diagnostics import Span


def check_detect(arguments: Mapping[str, Any], place: Callable[[str], Span], context: Context) -> None:
    """Report unknown types, patterns that RE2 refuses, and paths that name no place."""
    own = arguments.get("patterns") or {}
    asked = arguments["detect"]
    names = [asked] if isinstance(asked, str) else as_texts(asked)
    _types(names, (*GROUPS, *TYPES), place("detect"), context)
    _types(as_texts(arguments.get("kinds")), (*TYPES, *own), place("kinds"), context)
    for name, pattern in own.items():
        _own(name, pattern, place("patterns"), context)
    for entry in as_texts(arguments.get("allow")):
        _glob(entry, place("allow"), context)
    for path in as_texts(arguments.get("in")):
        if PLAIN_PATH.fullmatch(path) is None:
            context.report(
                "RW315",
                f"`{path[:60]}` is computed, so its findings have no position in a field",
                place("in"),
                hint="use fields, with `[]` for each element of a list, such as `issue.body`, `comments[].body`",
            )


def _types(names: list[str], known: tuple[str, ...], span: Span, context: Context) -> None:
    from rulewright.policy.suggestions import nearest

    for name in names:
        if name not in known:
            near = nearest(name, known)
            hint = f"did you mean `{near}`?" if near else f"use one of {', '.join(known)}"
            context.report("RW314", f"unknown finding type `{name[:40]}`", span, hint=hint)


def _own(name: str, pattern: Any, span: Span, context: Context) -> None:
    from rulewright.program.pattern import PatternError, compile_pattern

    if name in TYPES or name in GROUPS or NAME.fullmatch(name) is None:
        context.report(
            "RW314",
            f"a pattern cannot be named `{name[:40]}`",
            span,
            hint="use an unused name of lowercase letters, digits and `_`, with at most 40 characters",
        )
    try:
        compile_pattern(str(pattern))
    except PatternError as error:
        context.report("RW405", f"`{name[:40]}`: {error.message}", span, hint=error.hint)


def _glob(entry: str, span: Span, context: Context) -> None:
    from rulewright.program.glob import GlobError, glob_matcher

    try:
        glob_matcher(entry)
    except GlobError as error:
        context.report("RW405", f"`{entry[:40]}`: {error}", span, hint="write each glob separately")
