"""Table, schemas, plan schema, reference and layers of the actions do not drift apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rulewright.actions.preconditions import PRECONDITIONS
from rulewright.actions.reference import markdown
from rulewright.actions.table import ACTIONS
from rulewright.events.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.actions.action import Context
    from rulewright.actions.plan import Effect

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "schemas" / "action"
SCHEMAS = {
    path.name.removesuffix(".schema.json"): json.loads(path.read_text("utf-8")) for path in FOLDER.iterdir()
}
VALUES = {
    "title": "[P1] Crash on start",
    "component": "core",
    "suggested_label": "docs",
    "severity": "high",
    "next_milestone": "v2",
    "issue.number": 3,
    "pii.count": 1,
    "duplicates.canonical": 2,
    "pii": {
        "count": 1,
        "types": ["api_key"],
        "fields": ["issue.body"],
        "findings": [{"field": "issue.body", "start": 4, "end": 15, "type": "api_key"}],
    },
}
TEMPLATES = dict.fromkeys(
    ("first", "redaction_notice", "stale_notice", "reopened_notice", "security_alert"),
    "Text with {{ title }}.",
)
PARTS = set(Snapshot._fields)
FINAL = {"comment", "prune_comment", "mask"}
OWN = [
    {"own": True, "body": "<!-- rulewright:intake/incomplete -->"},
    {"own": True, "body": "<!-- rulewright:intake/incomplete:form -->"},
]
EXAMPLES = [(name, example) for name, schema in sorted(SCHEMAS.items()) for example in schema["examples"]]


def state_for(name: str, snapshot: Snapshot) -> Snapshot:
    """A state in which the action has something to do."""
    changed: dict[str, Any] = {
        "reopen": {"state": "closed", "state_reason": "not_planned"},
        "remove_labels": {"labels": ("needs-info", "Stale", "bug")},
        "unassign": {"assignees": ("octocat", "hubot")},
        "assign": {"assignees": ()},
        "prune_comment": {"comments": tuple(OWN)},
    }.get(name, {})
    return snapshot._replace(**changed)


@pytest.fixture
def effects(context: Callable[..., Context], snapshot: Snapshot) -> Callable[[str, Any], tuple[Effect, ...]]:
    def make(name: str, arguments: Any) -> tuple[Effect, ...]:
        made = context(
            VALUES, templates=TEMPLATES, snapshot=state_for(name, snapshot), trusted=lambda _: True
        )
        return ACTIONS[name].plan(arguments, made)

    return make


def test_every_action_has_a_schema_and_every_schema_an_action() -> None:
    assert set(SCHEMAS) == set(ACTIONS)
    assert all(name == action.name for name, action in ACTIONS.items())


def test_the_plan_schema_knows_every_action() -> None:
    for name in ("plan", "journal"):
        schema = json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text("utf-8"))
        known = schema["$defs"]["effect"]["properties"]
        assert set(known["action"]["enum"]) == set(ACTIONS)


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_a_schema_is_described_closed_and_ends_with_examples(name: str) -> None:
    schema = SCHEMAS[name]
    assert schema["title"] == name
    assert schema["description"].endswith(".")
    assert list(schema)[-1] == "examples"
    assert schema["examples"]
    open_objects: list[Any] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if node.get("type") == "object" and node.get("additionalProperties") is not False:
                open_objects.append(node)
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk({key: value for key, value in schema.items() if key != "examples"})
    assert open_objects == []


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_an_example_is_valid_and_plans(
    name: str, example: Any, effects: Callable[[str, Any], tuple[Effect, ...]], snapshot: Snapshot
) -> None:
    from jsonschema import Draft202012Validator

    Draft202012Validator(SCHEMAS[name]).validate(example)
    made = effects(name, example)
    assert made
    state = state_for(name, snapshot)
    for effect in made:
        action = ACTIONS[effect.action]
        assert effect.emission is action.emission
        assert effect.key
        assert {p.kind for p in effect.preconditions} <= set(PRECONDITIONS)
        after = action.predict(effect, state)
        touched = {part for part in PARTS if getattr(after, part) != getattr(state, part)}
        assert touched <= ACTIONS[name].touches
        if not action.emission:
            assert touched, "an effect that was planned changes something"
            assert action.reduce(effect, after) is None, "what was done is not needed again"
        for undoing in action.inverse(effect):
            assert undoing.action in ACTIONS
        state = after


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_an_action_that_is_taken_back_leaves_the_state_as_it_was(
    name: str, example: Any, effects: Callable[[str, Any], tuple[Effect, ...]], snapshot: Snapshot
) -> None:
    before = state_for(name, snapshot)
    for effect in effects(name, example):
        inverse = ACTIONS[effect.action].inverse(effect)
        if not inverse:
            unknown_before = effect.action == "set_field" and not effect.preconditions
            assert (
                unknown_before
                or ACTIONS[effect.action].emission
                or effect.action in {"comment", "prune_comment", "mask"}
            )
            continue
        state = ACTIONS[effect.action].predict(effect, before)
        for undoing in inverse:
            state = ACTIONS[undoing.action].predict(undoing, state)
        reason = "reopened" if effect.action == "close" else before.state_reason
        assert set(state.labels) == set(before.labels)
        assert set(state.assignees) == set(before.assignees)
        same = {"labels": (), "assignees": ()}
        assert state._replace(**same) == before._replace(**same, state_reason=reason)


def test_the_reference_is_what_table_and_schemas_say() -> None:
    page = ROOT / "docs" / "actions.md"
    assert page.read_text("utf-8") == markdown(SCHEMAS), (
        "run `python -m rulewright.actions.reference > docs/actions.md`"
    )
