"""Literals of conditions that come from a closed set, and are none of it: logins, labels, expressions of Actions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from rulewright.program.matchers import EQUALITY, LIST_MATCHERS

if TYPE_CHECKING:
    from rulewright.compile.context import Context, PathUse
    from rulewright.policy.model import Match

_LOGIN: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*(?:\[bot\])?")
_WHOLE: Final = EQUALITY | LIST_MATCHERS
"""Matchers that compare whole values, not parts of them."""


def is_outside_of_its_set(match: Match, path: PathUse, context: Context) -> bool:
    """Report the first literal that its path can never hold, and return whether there is one."""
    if match.path == "schedule":
        context.report(
            "RW418",
            "a sweep does not know which line of `cron` began it, so this never holds",
            match.key_span,
            hint="when a sweep runs stands in the workflow; give a policy of its own times a workflow of its own",
        )
        return True
    for text in _texts(match.value):
        if "${{" in text and match.matcher in EQUALITY:
            context.report(
                "RW418",
                f"`{text[:60]}` is an expression of GitHub Actions, and is compared as the text that it is",
                match.span,
                hint="name the path itself, or compare with `{ fact: PATH }`",
            )
            return True
        if match.matcher not in _WHOLE:
            continue
        if path.format == "login" and not _LOGIN.fullmatch(text):
            context.report(
                "RW418",
                f"`{match.path}` is a login, and `{text[:60]}` can be none",
                match.span,
                hint=f"write `{plain}`"
                if _LOGIN.fullmatch(plain := text.strip().removeprefix("@"))
                else None,
            )
            return True
        if path.is_label and _is_undeclared(text, context):
            _report_label(text, match, context)
            return True
    return False


def _texts(value: Any) -> list[str]:
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]


def _is_undeclared(text: str, context: Context) -> bool:
    labels = context.config.get("labels")
    return labels is not None and text.casefold() not in {label["name"].casefold() for label in labels}


def _report_label(text: str, match: Match, context: Context) -> None:
    from rulewright.policy.suggestions import nearest

    near = nearest(text, [label["name"] for label in context.config["labels"]])
    context.report(
        "RW306",
        f"unknown label `{text[:60]}`",
        match.span,
        hint=f"did you mean `{near}`?" if near else "add it to the label file",
    )
