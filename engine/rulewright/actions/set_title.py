"""set_title: another title, or the same without its tags. The title before stays in the precondition."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from rulewright.actions.action import TITLE_LIMIT, Action, Context, Undetermined, sha, undoing
from rulewright.actions.outgoing import PLAIN
from rulewright.actions.plan import Effect, Precondition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rulewright.events.snapshot import Snapshot


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


def _wish(arguments: Any, context: Context) -> tuple[Effect, ...]:
    if isinstance(arguments, dict) and "remove" in arguments:
        if context.snapshot is None or context.snapshot.title is None:
            raise Undetermined("the event has no title")
        text = context.outgoing.value(without_tags(context.snapshot.title, arguments["remove"]))
    else:
        text = context.render(arguments["text"] if isinstance(arguments, dict) else arguments, "plain")
        text = " ".join(text.split())
    if not text:
        raise Undetermined("the title would be empty")
    return (context.effect("set_title", {"title": text[:TITLE_LIMIT]}),)


def _needed(effect: Effect, snapshot: Snapshot) -> Effect | None:
    return None if snapshot.title == effect.arguments["title"] else effect


def _guard(effect: Effect, snapshot: Snapshot) -> tuple[Precondition, ...]:
    """Of a title that holds a secret, the precondition is its hash: plans can be read by others."""
    title = snapshot.title
    if title is not None and PLAIN.value(title) != title:
        return (Precondition("text_sha256", {"field": "title", "sha256": sha(title)}),)
    return (Precondition("title_is", title),)


def _predict(effect: Effect, snapshot: Snapshot) -> Snapshot:
    return snapshot._replace(title=effect.arguments["title"])


def _inverse(effect: Effect) -> tuple[Effect, ...]:
    before = next((p.value for p in effect.preconditions if p.kind == "title_is"), None)
    if before is None:
        return ()
    return (
        undoing(effect, "set_title", {"title": before}, Precondition("title_is", effect.arguments["title"])),
    )


def _claims(effect: Effect) -> tuple[tuple[str, Any], ...]:
    return (("title", effect.arguments["title"]),)


SET_TITLE: Final = Action(
    "set_title", frozenset({"title"}), _wish, _needed, _guard, _predict, _inverse, _claims
)
