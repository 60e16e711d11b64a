"""Literals of conditions that come from a closed set, and are none of it: logins, labels, expressions of Actions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rulewright.compile.operands.operand import OperandError
from rulewright.policy.suggestions import nearest
from rulewright.program.matchers.table import MATCHERS

if TYPE_CHECKING:
    from rulewright.compile.context import Context, PathUse
    from rulewright.policy.model import Match

_LOGIN: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*(?:\[bot\])?")


def check_closed_set(match: Match, path: PathUse, context: Context) -> None:
    """Raises OperandError for the first literal that its path can never hold."""
    if match.path == "schedule":
        raise OperandError(
            "RW418",
            "a sweep does not know which `cron` entry started it, so this is never true",
            "set the schedule in the workflow; use a separate workflow for a policy with its own schedule",
            match.key_span,
        )
    family = MATCHERS[match.matcher].family
    if family not in ("equality", "membership"):  # the others compare parts of a value
        return
    for text in match.value if isinstance(match.value, list) else [match.value]:
        if not isinstance(text, str):
            continue
        if family == "equality" and "${{" in text:
            raise OperandError(
                "RW418",
                f"`{text[:60]}` is a GitHub Actions expression, which is not evaluated but compared as literal text",
                "use the path itself, or compare with `{ fact: PATH }`",
            )
        if path.format == "login" and not _LOGIN.fullmatch(text):
            plain = text.strip().removeprefix("@")
            hint = f"write `{plain}`" if _LOGIN.fullmatch(plain) else None
            raise OperandError(
                "RW418", f"`{match.path}` is a login, and `{text[:60]}` is not a valid login", hint
            )
        if path.is_label:
            _require_declared(text, context)


def _require_declared(label: str, context: Context) -> None:
    labels = context.config.labels
    names = None if labels is None else [declared.name for declared in labels]
    if names is None or label.casefold() in {name.casefold() for name in names}:
        return
    near = nearest(label, names)
    hint = f"did you mean `{near}`?" if near else "add it to the label file"
    raise OperandError("RW306", f"unknown label `{label[:60]}`", hint)
