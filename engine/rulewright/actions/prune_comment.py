"""prune_comment: deletes the comment that another rule of the policy keeps, once what it says is settled.

Only the tool's own comment goes: one that is known to be its own (`own: true`) and begins with the rule's marker.
Anybody can write a marker, so where the token does not tell who it is, nothing is deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.actions.action import Action
from rulewright.actions.comment import marker_of
from rulewright.actions.plan import Effect, Precondition, text_sha256
from rulewright.policy.actions import prune_comment as declared
from rulewright.policy.characters import clip_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.actions.context import ActionContext
    from rulewright.actions.words import Phrase
    from rulewright.events.snapshot import Snapshot
    from rulewright.policy.json_types import Json


def own_comment(snapshot: Snapshot, marker: str) -> Mapping[str, Any] | None:
    """The tool's own comment that begins with the marker; None where there is none, or comments are not known."""
    for comment in snapshot.comments or ():
        if comment.get("own") is True and str(comment.get("body") or "").startswith(marker):
            return comment
    return None


def _propose(arguments: Json, context: ActionContext) -> tuple[Effect, ...]:
    given = declared.PRUNE_COMMENT.named(arguments)
    policy = context.rule.partition("/")[0]
    marker = marker_of(f"{policy}/{given['of']}", given.get("key"))
    return (context.effect("prune_comment", {"of": given["of"], "marker": marker}),)


def _select_needed(effect: Effect, snapshot: Snapshot) -> Effect | None:
    return effect if own_comment(snapshot, effect.text("marker")) is not None else None


def _preconditions(effect: Effect, snapshot: Snapshot) -> tuple[Precondition, ...]:
    """The comment still says what it said: what somebody edited since is looked at again."""
    marker = effect.text("marker")
    present = own_comment(snapshot, marker)
    known = text_sha256(str(present.get("body"))) if present is not None else None
    return (Precondition("comment_is", {"marker": marker, "sha256": known}),)


def _predict(effect: Effect, snapshot: Snapshot) -> Snapshot:
    gone = own_comment(snapshot, effect.text("marker"))
    if gone is None or snapshot.comments is None:
        return snapshot
    return snapshot._replace(comments=tuple(one for one in snapshot.comments if one is not gone))


def _describe(effect: Effect) -> Phrase:
    """Whose comment: `of intake/incomplete`."""
    marker = str(effect.arguments.get("marker", ""))
    rule = marker.removeprefix("<!-- rulewright:").removesuffix(" -->")
    return "-", "delete comment", f"of {clip_text(rule, 80)}"


PRUNE_COMMENT: Final = Action(
    declared.PRUNE_COMMENT, _describe, _propose, _select_needed, _preconditions, _predict
)
