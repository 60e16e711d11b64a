"""set_title: another title, or the same without its tags. The title before stays in the precondition."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rulewright.actions.action import Action
from rulewright.actions.outgoing import PLAIN
from rulewright.actions.plan import Effect, Precondition, text_sha256
from rulewright.actions.template import Undetermined
from rulewright.actions.words import Phrase, quote_value
from rulewright.policy.actions import set_title as declared
from rulewright.policy.actions.argument_schema import TITLE_LIMIT
from rulewright.policy.json_types import as_texts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rulewright.actions.context import ActionContext
    from rulewright.events.snapshot import Snapshot
    from rulewright.policy.json_types import Json


def without_tags(title: str, tags: Iterable[str]) -> str:
    """The title without the tags, wherever they stand; one that consists of tags alone stays as it is."""
    left = title
    for tag in tags:
        # A star stays within the tag: it crosses no bracket, so `[P*]` cannot eat what lies between two tags.
        pattern = "".join(r"[^\[\]]*?" if c == "*" else r"[^\[\]]" if c == "?" else re.escape(c) for c in tag)
        left = re.sub(pattern, " ", left, flags=re.IGNORECASE)
    if left == title:
        return title
    left = " ".join(left.split()).removeprefix(": ").removeprefix("- ")
    return left or title


def _propose(arguments: Json, context: ActionContext) -> tuple[Effect, ...]:
    given = declared.SET_TITLE.named(arguments)
    if "remove" in given:
        if context.snapshot is None or context.snapshot.title is None:
            raise Undetermined("the event has no title")
        text = context.outgoing.mask_value(without_tags(context.snapshot.title, as_texts(given["remove"])))
    else:
        text = context.line(str(given["text" if "text" in given else "title"]))
    if not text:
        raise Undetermined("the title would be empty")
    return (context.effect("set_title", {"title": text[:TITLE_LIMIT]}),)


def _select_needed(effect: Effect, snapshot: Snapshot) -> Effect | None:
    return None if snapshot.title == effect.arguments["title"] else effect


def _preconditions(effect: Effect, snapshot: Snapshot) -> tuple[Precondition, ...]:
    """Of a title that holds a secret, the precondition is its hash: plans can be read by others."""
    title = snapshot.title
    if title is not None and PLAIN.mask_value(title) != title:
        return (Precondition("text_sha256", {"field": "title", "sha256": text_sha256(title)}),)
    return (Precondition("title_is", title),)


def _predict(effect: Effect, snapshot: Snapshot) -> Snapshot:
    return snapshot._replace(title=effect.text("title"))


def _inverse(effect: Effect) -> tuple[Effect, ...]:
    before = effect.precondition_value("title_is")
    if before is None:
        return ()
    now = Precondition("title_is", effect.arguments["title"])
    return (effect.undone_by("set_title", {"title": before}, now),)


def _describe(effect: Effect) -> Phrase:
    before, after = effect.precondition_value("title_is"), quote_value(effect.arguments.get("title"), 60)
    return "~", "set title", after if before is None else f"{quote_value(before, 60)} → {after}"


SET_TITLE: Final = Action(
    declared.SET_TITLE, _describe, _propose, _select_needed, _preconditions, _predict, _inverse
)
