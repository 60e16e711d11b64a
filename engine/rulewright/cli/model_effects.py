"""Whether a policy plans more for a hostile report than it declares, given the label of a model."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from rulewright.planning.replan import decide_and_plan
from rulewright.policy.diagnostics import UsageError
from rulewright.policy.json_types import as_array

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from rulewright.actions.plan import Effect

NOW: Final = "2026-01-05T09:00:00Z"
REPOSITORY: Final = "octo-org/demo"
NUMBER: Final = 7


def effects_beyond(
    suite: str, written: Mapping[str, str], labels: Collection[str]
) -> Callable[[str, str, str], bool]:
    """(title, body, label) → whether the policy's plan has an effect beyond what is declared.

    `written`: `file`, relative to the suite's folder, and `fact`, which gets the label. An effect is declared if its
    rule has the action, its target is the report, and its labels are in the policy or in the closed list.
    Raises UsageError for a policy without that fact, PolicyError and SourceError for one that does not load.
    """
    import rulewright

    path, fact = os.path.join(os.path.dirname(suite), written["file"]), written["fact"]
    program = rulewright.load(path)
    if not any(fact in policy.facts for policy in program.policies):
        raise UsageError(f"{path} has no fact `{fact}`", hint="use a name of its `let:`")
    actions = {
        f"{policy.name}/{entry.id}": {use.name: use.arguments for use in entry.actions}
        for policy in program.policies
        for entry in policy.entries
    }
    known = {*labels, *(text for own in actions.values() for text in _texts(list(own.values())))}

    def wrong(effect: Effect) -> bool:
        given: Mapping[str, object] = effect.arguments
        named = {*(as_array(given.get("labels")) or ()), *([given["label"]] if "label" in given else ())}
        return (
            effect.target != f"{REPOSITORY}#{NUMBER}"
            or effect.action not in actions.get(effect.rule, {})
            or not named <= known
        )

    def beyond(title: str, body: str, label: str) -> bool:
        event = payload(title, body)
        facts = rulewright.gather(program, event, now=NOW, given={fact: label})
        return any(map(wrong, decide_and_plan(program, facts).plan.effects))

    return beyond


def payload(title: str, body: str) -> dict[str, object]:
    """A minimal payload of an issue that was just opened."""
    issue = {
        "number": NUMBER,
        "state": "open",
        "title": title,
        "body": body,
        "labels": [],
        "assignees": [],
        "user": {"login": "hubot", "type": "User"},
        "created_at": NOW,
        "updated_at": NOW,
    }
    return {"action": "opened", "issue": issue, "repository": {"full_name": REPOSITORY}}


def _texts(value: object) -> Iterator[str]:
    """All texts in the arguments of a policy's actions."""
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(inner)
