"""An effect in words, on one line: what changes, before and after where a precondition says what was before.

Glyphs: `+` adds, `-` removes, `~` changes, `!` says something to somebody, `x` is a negative verdict.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from rulewright.report.terminal import clipped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.actions.plan import Effect, Precondition

LIMIT: Final = 160

Phrase = tuple[str, str, str]
"""Glyph, verb (`add label`), object (`security`)."""


def value(anything: Any, limit: int = LIMIT) -> str:
    """A value on one printable line: text as it is, lists with commas, mappings as `key value`."""
    if anything is None:
        return "none"
    if isinstance(anything, str):
        return clipped(anything, limit) or "''"
    if isinstance(anything, bool):
        return "true" if anything else "false"
    if isinstance(anything, list | tuple):
        return clipped(", ".join(value(item, limit) for item in anything[:50]), limit) or "none"
    if isinstance(anything, dict):
        return clipped(", ".join(f"{key} {value(item, limit)}" for key, item in anything.items()), limit)
    return clipped(str(anything), limit)


def quoted(anything: Any, limit: int = LIMIT) -> str:
    return f"“{value(anything, limit)}”"


def held(effect: Effect, kind: str) -> tuple[bool, Any]:
    """Whether the effect carries that precondition, and its value."""
    return next(((True, one.value) for one in effect.preconditions if one.kind == kind), (False, None))


def several(glyph: str, verb: str, plural: str, name: str) -> Callable[[Effect], Phrase]:
    """The phrase of an action over a list."""

    def made(effect: Effect) -> Phrase:
        items = effect.arguments.get(name) or ()
        return glyph, plural if len(items) > 1 else verb, value(items)

    return made


def set_label(effect: Effect) -> Phrase:
    label, gone = value(effect.arguments.get("label")), effect.arguments.get("remove")
    return "~", "set label", f"{value(gone)} → {label}" if gone else label


def set_title(effect: Effect) -> Phrase:
    known, before = held(effect, "title_is")
    after = quoted(effect.arguments.get("title"), 60)
    return "~", "set title", f"{quoted(before, 60)} → {after}" if known and before is not None else after


def set_field(effect: Effect) -> Phrase:
    known, before = held(effect, "field_is")
    where = f"{value(effect.arguments.get('project'), 40)} · {value(effect.arguments.get('field'), 40)}"
    after = value(effect.arguments.get("value"), 60)
    if not known or not isinstance(before, dict):
        return "~", "set field", f"{where}: {after}"
    return "~", "set field", f"{where}: {value(before.get('value'), 60)} → {after}"


def set_milestone(effect: Effect) -> Phrase:
    known, before = held(effect, "milestone_is")
    after = value(effect.arguments.get("milestone"), 60)
    return "~", "set milestone", f"{value(before, 60)} → {after}" if known else after


ENTITIES: Final = (("&#8203;", ""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")


def rendered(body: Any) -> Any:
    """Markdown as its reader sees it: without the marker that only machines read, without escapes."""
    if not isinstance(body, str):
        return body
    text = body.partition("-->")[2] if body.startswith("<!-- rulewright:") else body
    for entity, char in ENTITIES:
        text = text.replace(entity, char)
    return ESCAPED.sub(r"\1", text)


def comment(effect: Effect) -> Phrase:
    known, before = held(effect, "comment_is")
    edits = known and isinstance(before, dict) and before.get("sha256")
    glyph, verb = ("~", "edit comment") if edits else ("+", "comment")
    return glyph, verb, quoted(rendered(effect.arguments.get("body")))


def pruned(effect: Effect) -> str:
    """Whose comment: `of intake/incomplete`."""
    marker = str(effect.arguments.get("marker", ""))
    return f"of {clipped(marker.removeprefix('<!-- rulewright:').removesuffix(' -->'), 80)}"


def mask(effect: Effect) -> Phrase:
    kinds: dict[str, int] = {}
    for found in effect.arguments.get("findings") or ():
        kinds[found["type"]] = kinds.get(found["type"], 0) + 1
    told = ", ".join(f"{count} × {kind}" for kind, count in kinds.items())
    fields = value(effect.arguments.get("fields"))
    return "~", "mask", f"{fields} ({told})" if told else fields


def create_issue(effect: Effect) -> Phrase:
    labels = effect.arguments.get("labels")
    told = f" with {value(labels)}" if labels else ""
    return "+", "create issue", f"{quoted(effect.arguments.get('title'))}{told}"


def close(effect: Effect) -> Phrase:
    reason = effect.arguments.get("reason")
    return "~", "close", f"as {value(reason).replace('_', ' ')}" if reason else ""


def notify(effect: Effect) -> Phrase:
    return (
        "!",
        "notify",
        f"{value(effect.arguments.get('channel'), 60)}: {quoted(rendered(effect.arguments.get('text')))}",
    )


def set_output(effect: Effect) -> Phrase:
    arguments = effect.arguments
    return "!", "set output", f"{value(arguments.get('name'), 60)} = {value(arguments.get('value'), 90)}"


PHRASES: Final[Mapping[str, Callable[[Effect], Phrase]]] = {
    "add_labels": several("+", "add label", "add labels", "labels"),
    "remove_labels": several("-", "remove label", "remove labels", "labels"),
    "set_label": set_label,
    "comment": comment,
    "prune_comment": lambda effect: ("-", "delete comment", pruned(effect)),
    "close": close,
    "reopen": lambda _: ("~", "reopen", ""),
    "assign": several("+", "assign", "assign", "users"),
    "unassign": several("-", "unassign", "unassign", "users"),
    "set_title": set_title,
    "mask": mask,
    "set_field": set_field,
    "set_milestone": set_milestone,
    "notify": notify,
    "set_output": set_output,
    "create_issue": create_issue,
    "fail": lambda effect: ("x", "fail", value(effect.arguments.get("message"))),
    "warn": lambda effect: ("!", "warn", value(effect.arguments.get("message"))),
}
"""Action → its phrase. An action that is not here shows its arguments as they are."""


def phrase(effect: Effect) -> Phrase:
    """Glyph, verb and object of an effect."""
    made = PHRASES.get(effect.action)
    if made is None:
        glyph = "!" if effect.emission else "~"
        return glyph, effect.action.replace("_", " "), value(dict(effect.arguments))
    return made(effect)


def unchanged(given: Any) -> str:
    return f"{value(given['field'], 60)} unchanged ({value(given['sha256'])[:8]})"


def comment_is(given: Any) -> str:
    return f"its comment unchanged ({given['sha256'][:8]})" if given["sha256"] else "no comment of it yet"


def any_of(given: Any) -> str:
    from rulewright.actions.plan import Precondition

    return " or ".join(precondition(Precondition(one["kind"], one.get("value"))) for one in given)


PRECONDITIONS: Final[Mapping[str, Callable[[Any], str]]] = {
    "label_absent": lambda given: f"no label {value(given, 60)}",
    "label_present": lambda given: f"label {value(given, 60)} present",
    "label_group_is": lambda given: f"{value(given['group'], 40)}/… is {value(given['labels'], 80)}",
    "assignee_absent": lambda given: f"{value(given, 60)} not assigned",
    "assignee_present": lambda given: f"{value(given, 60)} assigned",
    "issue_open": lambda _: "open",
    "issue_closed": lambda _: "closed",
    "title_is": lambda _: "title unchanged",
    "text_sha256": unchanged,
    "comment_is": comment_is,
    "milestone_is": lambda _: "milestone unchanged",
    "field_is": lambda given: f"{value(given['field'], 60)} unchanged",
    "any_of": any_of,
}
"""Kind → words. A kind that is not here shows its name and value."""


def precondition(needed: Precondition) -> str:
    """`no label security`, `issue.body unchanged (1f3a09bc)`."""
    made = PRECONDITIONS.get(needed.kind)
    if made is not None:
        return made(needed.value)
    words = needed.kind.replace("_", " ")
    return words if needed.value is None else f"{words}: {value(needed.value, 80)}"
