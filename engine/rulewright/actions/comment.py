"""comment: one comment per rule and subject, found by its marker and edited in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.actions.action import Action, Context, sha
from rulewright.actions.plan import Effect, Precondition

if TYPE_CHECKING:
    from rulewright.events.snapshot import Snapshot


def marker_of(rule: str, key: str | None = None) -> str:
    """The HTML comment that names a rule's comment; text from outside holds none, since `<` is escaped."""
    return f"<!-- rulewright:{rule}{':' + key if key else ''} -->"


def comment_wish(context: Context, text: str, key: str | None = None) -> Effect:
    """The effect that keeps `text` as this rule's comment. Its key is over the marker, not over the text."""
    marker = marker_of(context.rule, key)
    body = f"{marker}\n{text.strip()}"
    effect = context.effect("comment", {"marker": marker})
    return effect._replace(arguments={"marker": marker, "body": body, "sha256": sha(body)})


def _wish(arguments: Any, context: Context) -> tuple[Effect, ...]:
    if isinstance(arguments, dict):
        return (comment_wish(context, context.body(arguments), arguments.get("key")),)
    name = arguments if isinstance(arguments, str) else context.rule.rpartition("/")[2]
    return (comment_wish(context, context.template(name)),)


def _body(comment: Any) -> str:
    body = comment.get("body") if isinstance(comment, dict) else getattr(comment, "body", None)
    return body if isinstance(body, str) else ""


def _index(snapshot: Snapshot, marker: str) -> int | None:
    """Which comment carries the marker at its very start; one that only quotes it does not count.

    Nor does one that is known to be somebody else's (`own: false`): anyone can write a marker.
    """
    for index, comment in enumerate(snapshot.comments or ()):
        if _body(comment).startswith(marker) and _own(comment):
            return index
    return None


def _own(comment: Any) -> bool:
    return not isinstance(comment, dict) or comment.get("own") is not False


def _needed(effect: Effect, snapshot: Snapshot) -> Effect | None:
    index = _index(snapshot, effect.arguments["marker"])
    if index is None or snapshot.comments is None:
        return effect
    return None if _body(snapshot.comments[index]).strip() == effect.arguments["body"] else effect


def _guard(effect: Effect, snapshot: Snapshot) -> tuple[Precondition, ...]:
    """Which text the rule's comment has now; null where there is none. Unknown comments require nothing."""
    if snapshot.comments is None:
        return ()
    marker = effect.arguments["marker"]
    return (Precondition("comment_is", {"marker": marker, "sha256": comment_sha(snapshot, marker)}),)


def _predict(effect: Effect, snapshot: Snapshot) -> Snapshot:
    """Comments that the event does not show stay unknown."""
    if snapshot.comments is None:
        return snapshot
    written = {"body": effect.arguments["body"]}
    index = _index(snapshot, effect.arguments["marker"])
    if index is None:
        return snapshot._replace(comments=(*snapshot.comments, written))
    before = snapshot.comments[index]
    edited = {**before, **written} if isinstance(before, dict) else written
    return snapshot._replace(comments=(*snapshot.comments[:index], edited, *snapshot.comments[index + 1 :]))


def comment_sha(snapshot: Snapshot, marker: str) -> str | None:
    """The hash of the comment that carries the marker; None where there is none."""
    index = _index(snapshot, marker)
    if index is None or snapshot.comments is None:
        return None
    return sha(_body(snapshot.comments[index]))


COMMENT: Final = Action("comment", frozenset({"comments"}), _wish, _needed, _guard, _predict)
