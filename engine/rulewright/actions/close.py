"""close: closes the subject, for a reason, with a comment where one is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.action import Action
from rulewright.actions.comment import propose_comment
from rulewright.actions.plan import Effect, Precondition
from rulewright.actions.template import Undetermined
from rulewright.actions.words import Phrase, format_value
from rulewright.policy.actions import close as declared

if TYPE_CHECKING:
    from rulewright.actions.context import ActionContext
    from rulewright.events.snapshot import Snapshot
    from rulewright.policy.json_types import Json, JsonObject


def _propose(arguments: Json, context: ActionContext) -> tuple[Effect, ...]:
    given = declared.CLOSE.named(arguments)
    # GitHub knows reasons for issues only.
    resolved: JsonObject = {}
    if context.kind != "pull_request":
        resolved = {"reason": given.get("reason") or "completed"}
        if "duplicate_of" in given:
            canonical = context.read(given["duplicate_of"])
            if type(canonical) is not int or canonical < 1 or context.target.endswith(f"#{canonical}"):
                raise Undetermined("a duplicate needs the number of another issue")
            resolved = {"reason": "duplicate", "duplicate_of": canonical}
    closing = context.effect("close", resolved)
    is_closed = context.snapshot is not None and context.snapshot.state == "closed"
    if "comment" not in given or is_closed:
        return (closing,)
    # The comment stands before the subject closes, as a person would do it.
    return (propose_comment(context, context.template(str(given["comment"])), "close"), closing)


def _select_needed(effect: Effect, snapshot: Snapshot) -> Effect | None:
    return None if snapshot.state == "closed" else effect


def _preconditions(effect: Effect, snapshot: Snapshot) -> tuple[Precondition, ...]:
    return (Precondition("issue_open"),)


def _predict(effect: Effect, snapshot: Snapshot) -> Snapshot:
    reason = effect.text("reason") if "reason" in effect.arguments else None
    return snapshot._replace(state="closed", state_reason=reason)


def _inverse(effect: Effect) -> tuple[Effect, ...]:
    return (effect.undone_by("reopen", {}, Precondition("issue_closed", effect.arguments.get("reason"))),)


def _describe(effect: Effect) -> Phrase:
    reason = effect.arguments.get("reason")
    return "~", "close", f"as {format_value(reason).replace('_', ' ')}" if reason else ""


CLOSE: Final = Action(declared.CLOSE, _describe, _propose, _select_needed, _preconditions, _predict, _inverse)
