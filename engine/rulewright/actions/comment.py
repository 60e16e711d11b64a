"""comment: one comment per rule and subject, found by its marker and edited in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.action import Action
from rulewright.actions.plan import Effect, Precondition, text_sha256
from rulewright.actions.words import Phrase, as_read, quote_value
from rulewright.policy.actions import comment as declared
from rulewright.policy.json_types import as_object, as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.actions.context import ActionContext
    from rulewright.events.snapshot import Snapshot
    from rulewright.policy.json_types import Json


def marker_of(rule: str, key: Json = None) -> str:
    """The HTML comment that names a rule's comment; text from outside holds none, since `<` is escaped."""
    return f"<!-- rulewright:{rule}{f':{key}' if key else ''} -->"


def propose_comment(context: ActionContext, text: str, key: Json = None) -> Effect:
    """The effect that keeps `text` as this rule's comment. Its key is over the marker, not over the text."""
    marker = marker_of(context.rule, key)
    body = f"{marker}\n{text.strip()}"
    effect = context.effect("comment", {"marker": marker})
    return effect._replace(arguments={"marker": marker, "body": body, "sha256": text_sha256(body)})


def _propose(arguments: Json, context: ActionContext) -> tuple[Effect, ...]:
    if isinstance(arguments, dict):
        return (propose_comment(context, context.body(arguments), arguments.get("key")),)
    name = arguments if isinstance(arguments, str) else context.rule.rpartition("/")[2]
    return (propose_comment(context, context.template(name)),)


def _body(comment: object) -> str:
    return as_text((as_object(comment) or {}).get("body")) or ""


def _index(snapshot: Snapshot, marker: str) -> int | None:
    """Which comment carries the marker at its very start; one that only quotes it does not count.

    Nor does one that is known to be somebody else's (`own: false`): anyone can write a marker.
    """
    for index, comment in enumerate(snapshot.comments or ()):
        if _body(comment).startswith(marker) and comment.get("own") is not False:
            return index
    return None


def comment_sha256(snapshot: Snapshot, marker: str) -> str | None:
    """The hash of the comment that carries the marker; None where there is none."""
    index = _index(snapshot, marker)
    if index is None or snapshot.comments is None:
        return None
    return text_sha256(_body(snapshot.comments[index]))


def _select_needed(effect: Effect, snapshot: Snapshot) -> Effect | None:
    index = _index(snapshot, effect.text("marker"))
    if index is None or snapshot.comments is None:
        return effect
    return None if _body(snapshot.comments[index]).strip() == effect.arguments["body"] else effect


def _preconditions(effect: Effect, snapshot: Snapshot) -> tuple[Precondition, ...]:
    """Which text the rule's comment has now; null where there is none. Unknown comments require nothing."""
    if snapshot.comments is None:
        return ()
    marker = effect.text("marker")
    return (Precondition("comment_is", {"marker": marker, "sha256": comment_sha256(snapshot, marker)}),)


def _predict(effect: Effect, snapshot: Snapshot) -> Snapshot:
    """Comments that the event does not show stay unknown."""
    if snapshot.comments is None:
        return snapshot
    written = {"body": effect.arguments["body"]}
    index = _index(snapshot, effect.text("marker"))
    if index is None:
        return snapshot._replace(comments=(*snapshot.comments, written))
    edited = {**snapshot.comments[index], **written}
    return snapshot._replace(comments=(*snapshot.comments[:index], edited, *snapshot.comments[index + 1 :]))


def _disagreement(arguments: Mapping[str, Json], key: str) -> str | None:
    body = str(arguments["body"])
    if not body.startswith(f"{arguments['marker']}\n"):
        return "a comment's `body` does not begin with its `marker`"
    if arguments["sha256"] != text_sha256(body):
        return "a comment's `sha256` is not of its `body`"
    return None


def _describe(effect: Effect) -> Phrase:
    before = effect.precondition_value("comment_is")
    edits = isinstance(before, dict) and before.get("sha256")
    glyph, verb = ("~", "edit comment") if edits else ("+", "comment")
    return glyph, verb, quote_value(as_read(effect.arguments.get("body")))


COMMENT: Final = Action(
    declared.COMMENT,
    _describe,
    _propose,
    _select_needed,
    _preconditions,
    _predict,
    disagreement=_disagreement,
)
