"""What the format of gates and promotions has, and nothing reads yet: refused, so that nobody relies on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.compile.context import Context

READ_SOURCES: Final = frozenset({"measurement"})
BASELINES: Final = ("last_passed",)


def refuse_unread_parts(body: Mapping[str, Any], number: int, context: Context) -> None:
    """Report the source, the window and the baseline of an objective where nothing reads them."""
    source = body.get("source")
    if isinstance(source, dict):
        for kind in source.keys() - READ_SOURCES - {"select", "window"}:
            _refuse(
                context,
                ("objectives", number, "source", kind),
                f"a source `{kind}` is not supported yet",
                "give the values as a `measurement` event, and name them with `source: { measurement: NAME }`",
            )
        if "window" in source:
            _refuse(
                context,
                ("objectives", number, "source", "window"),
                "`window` is not supported yet",
                "leave it out: a `measurement` event holds the values that count",
            )
    baseline = body.get("baseline")
    named = baseline.get("from") if isinstance(baseline, dict) else None
    if isinstance(named, str) and named not in BASELINES:
        from rulewright.policy.suggestions import nearest

        near = nearest(named, BASELINES)
        _refuse(
            context,
            ("objectives", number, "baseline", "from"),
            f"a baseline of `{named}` is not supported yet",
            f"did you mean `{near}`?" if near else "the baseline is `last_passed`",
        )


def refuse_unread_environments(environments: Mapping[str, Any], context: Context) -> None:
    """Report `deploy:` of environments: a promotion decides, and does not deploy yet."""
    for name, environment in environments.items():
        if isinstance(environment, dict) and "deploy" in environment:
            _refuse(
                context,
                ("environments", name, "deploy"),
                "`deploy` is not supported yet: a promotion decides, and a workflow deploys",
                "leave it out, and let the workflow's next step deploy where the verdict is ALLOWED",
            )


def _refuse(context: Context, path: tuple[str | int, ...], message: str, hint: str) -> None:
    source = context.policy.source
    span = context.policy.span if source is None else source.span(path)
    context.report("RW419", message, span, hint=hint)
