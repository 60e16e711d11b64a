"""What a gathered fact asks for is checked at load: durations, events of the timeline, whose permission.

A misspelt one would find nothing, and nothing found reads like nothing there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.compile.context import Context
    from rulewright.policy.diagnostics import Span

    Place = Callable[[str], Span]


def check_fact(source: str, arguments: Mapping[str, Any], place: Place, context: Context) -> None:
    """Report what is wrong with one fact; `place` gives the span of an argument."""
    if source == "detect":
        from rulewright.compile.detect_checks import check_detect

        check_detect(arguments, place, context)
    if source == "timeline":
        _timeline(arguments, place, context)
    if source == "permission":
        _permission(arguments["permission"], place, context)
    if source in ("classify", "extract", "summarize", "embed", "similar", "call"):
        from rulewright.compile.model_checks import check_model_fact

        check_model_fact(source, arguments, place, context)


def _timeline(arguments: Mapping[str, Any], place: Place, context: Context) -> None:
    from rulewright.policy.quantity import QuantityError, parse_duration
    from rulewright.policy.suggestions import nearest
    from rulewright.policy.timeline import EVENTS, TOPICS

    wanted = arguments["timeline"]
    known = EVENTS if isinstance(wanted, dict) else EVENTS | TOPICS.keys()
    named = wanted["events"] if isinstance(wanted, dict) else (wanted,)
    for word in named:
        if word not in known:
            near = nearest(word, known)
            hint = f"did you mean `{near}`?" if near else f"topics are {', '.join(TOPICS)}"
            context.report("RW312", f"no timeline has `{word}`", place("timeline"), hint=hint)
    if arguments.get("standing") and not set(named) <= {"labels", *TOPICS["labels"]}:
        context.report(
            "RW312", "`standing` is about labels alone", place("timeline"), hint="timeline: labeled"
        )
    if "within" in arguments:
        try:
            parse_duration(arguments["within"])
        except QuantityError as error:
            context.report("RW403", f"`within`: {error.message}", place("within"), hint=error.hint)


def _permission(path: str, place: Place, context: Context) -> None:
    span = place("permission")
    if path in ("sender", "author"):
        return
    used = context.path(path, span)
    if used is not None and (used.format != "login" or used.untrusted):
        context.report(
            "RW313",
            f"`{path}` is no login that GitHub vouches for",
            span,
            hint="name `sender`, `author`, or a login of the event such as `comment.user.login`",
        )
