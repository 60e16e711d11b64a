"""close: closes the subject, for a reason, with a comment where one is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.actions.action import Action, Context, Undetermined, undoing
from rulewright.actions.comment import comment_wish
from rulewright.actions.plan import Effect, Precondition

if TYPE_CHECKING:
    from rulewright.events.snapshot import Snapshot


def _wish(arguments: Any, context: Context) -> tuple[Effect, ...]:
    given = arguments if isinstance(arguments, dict) else {"reason": arguments}
    # GitHub knows reasons for issues only.
    named = {} if context.kind == "pull_request" else {"reason": given.get("reason") or "completed"}
    if "duplicate_of" in given and context.kind != "pull_request":
        canonical = context.read(given["duplicate_of"])
        if type(canonical) is not int or canonical < 1 or context.target.endswith(f"#{canonical}"):
            raise Undetermined("a duplicate repeats another issue, named by its number")
        named = {"reason": "duplicate", "duplicate_of": canonical}
    closing = context.effect("close", named)
    if "comment" not in given:
        return (closing,)
    # The comment stands before the subject closes, as a person would do it.
    if context.snapshot is not None and context.snapshot.state == "closed":
        return (closing,)
    return (comment_wish(context, context.template(given["comment"]), "close"), closing)


def _needed(effect: Effect, snapshot: Snapshot) -> Effect | None:
    return None if snapshot.state == "closed" else effect


def _guard(effect: Effect, snapshot: Snapshot) -> tuple[Precondition, ...]:
    return (Precondition("issue_open"),)


def _predict(effect: Effect, snapshot: Snapshot) -> Snapshot:
    return snapshot._replace(state="closed", state_reason=effect.arguments.get("reason"))


def _inverse(effect: Effect) -> tuple[Effect, ...]:
    guard = Precondition("issue_closed", effect.arguments.get("reason"))
    return (undoing(effect, "reopen", {}, guard),)


def _claims(effect: Effect) -> tuple[tuple[str, Any], ...]:
    # The reason is none of it: two rules that close agree, and the first says why.
    return (("state", "closed"),)


CLOSE: Final = Action(
    "close",
    frozenset({"state", "state_reason", "comments"}),
    _wish,
    _needed,
    _guard,
    _predict,
    _inverse,
    _claims,
)
