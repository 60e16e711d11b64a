"""Arguments of facts that a schema cannot check, checked at load: durations, events of the timeline, logins.

A misspelt one would find nothing, and nothing found reads like nothing there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.policy.lazy import lazily
from rulewright.policy.quantity import QuantityError, parse_duration
from rulewright.policy.suggestions import nearest
from rulewright.policy.timeline import EVENTS, TOPICS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.compile.context import Context
    from rulewright.policy.diagnostics import Span

    Place = Callable[[str], Span]
    Check = Callable[[Mapping[str, Any], Place, Context], None]


def check_fact(source: str, arguments: Mapping[str, Any], place: Place, context: Context) -> None:
    """Report what is wrong with one fact; `place` gives the span of an argument."""
    check = CHECKS.get(source)
    if check is not None:
        check(arguments, place, context)


def check_timeline(arguments: Mapping[str, Any], place: Place, context: Context) -> None:
    """Report events that no timeline has, `standing` of anything but labels, and a `within` that is no duration."""
    wanted = arguments["timeline"]
    known = EVENTS if isinstance(wanted, dict) else EVENTS | TOPICS.keys()
    named = wanted["events"] if isinstance(wanted, dict) else (wanted,)
    for word in named:
        if word not in known:
            near = nearest(word, known)
            hint = f"did you mean `{near}`?" if near else f"use one of {', '.join(TOPICS)}"
            context.report("RW312", f"unknown timeline topic or event `{word}`", place("timeline"), hint=hint)
    if arguments.get("standing") and not set(named) <= {"labels", *TOPICS["labels"]}:
        context.report(
            "RW312", "`standing` applies only to labels", place("timeline"), hint="timeline: labeled"
        )
    if "within" in arguments:
        try:
            parse_duration(arguments["within"])
        except QuantityError as error:
            context.report("RW403", f"`within`: {error.message}", place("within"), hint=error.hint)


def check_permission(arguments: Mapping[str, Any], place: Place, context: Context) -> None:
    """Report a path that leads to no login that GitHub vouches for."""
    path, span = arguments["permission"], place("permission")
    if path in ("sender", "author"):
        return
    used = context.path(path, span)
    if used is not None and (used.format != "login" or used.untrusted):
        context.report(
            "RW313",
            f"`{path}` is not a login set by GitHub",
            span,
            hint="use `sender`, `author`, or a login of the event such as `comment.user.login`",
        )


CHECKS: Final[Mapping[str, Check]] = {
    "detect": lazily("rulewright.compile.detect_checks", "check_detect"),
    "timeline": check_timeline,
    "permission": check_permission,
    "call": lazily("rulewright.compile.model_checks", "check_call"),
    "classify": lazily("rulewright.compile.model_checks", "check_classify"),
    "extract": lazily("rulewright.compile.model_checks", "check_extract"),
    "summarize": lazily("rulewright.compile.model_checks", "check_provider"),
    "embed": lazily("rulewright.compile.model_checks", "check_provider"),
    "similar": lazily("rulewright.compile.model_checks", "check_provider"),
}
"""Source → the check of its arguments, for sources whose schema does not say it all."""
