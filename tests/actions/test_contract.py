"""Table, schemas, plan schema, reference and layers of the actions do not drift apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rulewright.actions.preconditions import PRECONDITIONS
from rulewright.actions.table import ACTIONS
from rulewright.compile.analysis.claims import claims_of
from rulewright.events.snapshot import Snapshot
from rulewright.github.writes import WRITES
from rulewright.policy.actions.declaration import EMITTED
from rulewright.policy.actions.table import ACTION_DECLARATIONS
from rulewright.policy.diagnostics import Span
from rulewright.policy.model import ActionUse

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.actions.context import ActionContext
    from rulewright.actions.plan import Effect

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "engine" / "rulewright" / "policy" / "schemas" / "action"
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


def written_arguments(schema: Any) -> set[str]:
    """The names of all arguments in a schema's forms."""
    forms = (schema, *schema.get("oneOf", ()))
    return {name for form in forms for name in form.get("properties", ())}


@pytest.fixture
def effects(
    context: Callable[..., ActionContext], snapshot: Snapshot
) -> Callable[[str, Any], tuple[Effect, ...]]:
    def make(name: str, arguments: Any) -> tuple[Effect, ...]:
        made = context(
            VALUES, templates=TEMPLATES, snapshot=state_for(name, snapshot), trusted=lambda _: True
        )
        return ACTIONS[name].plan(arguments, made)

    return make


def test_declarations_behaviour_writes_and_schemas_are_of_the_same_actions() -> None:
    assert list(ACTIONS) == list(ACTION_DECLARATIONS)
    assert set(SCHEMAS) == set(ACTION_DECLARATIONS)
    assert all(name == action.name for name, action in ACTIONS.items())
    assert set(WRITES) == {
        name for name, declaration in ACTION_DECLARATIONS.items() if not declaration.emission
    }


def test_what_an_action_changes_is_a_part_of_a_subject_or_emitted() -> None:
    for declaration in ACTION_DECLARATIONS.values():
        known = EMITTED if declaration.emission else PARTS
        assert declaration.changes
        assert declaration.changes <= known


def test_declared_arguments_are_those_of_the_schemas() -> None:
    for declaration in ACTION_DECLARATIONS.values():
        written, planned = written_arguments(declaration.arguments), set(declaration.effect["properties"])
        own = {declaration.short_form} - {""}
        assert set(declaration.refers_to) <= written | own
        assert set(declaration.forbids_marked_text) <= written
        assert {declaration.item_argument} - {""} <= planned
        assert own <= written | planned
        assert declaration.memory == "none" or not declaration.emission


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_what_the_static_analysis_claims_of_an_example_is_claimed_by_its_effects(
    name: str, example: Any, effects: Callable[[str, Any], tuple[Effect, ...]]
) -> None:
    use = ActionUse(name, example, Span("policy.yaml", 1, 1))
    planned = {claim for effect in effects(name, example) for claim in effect.claims()}
    assert set(claims_of(use)) <= planned


def test_an_action_can_be_undone_where_its_declaration_says_how(
    effects: Callable[[str, Any], tuple[Effect, ...]],
) -> None:
    for name, example in EXAMPLES:
        if any(ACTIONS[name].inverse(effect) for effect in effects(name, example) if effect.action == name):
            assert ACTION_DECLARATIONS[name].undo
        else:
            assert not ACTION_DECLARATIONS[name].undo or name == "set_field"


def test_the_plan_schema_knows_every_action() -> None:
    for name in ("plan", "journal"):
        schema = json.loads((FOLDER.parent / f"{name}.schema.json").read_text("utf-8"))
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
        assert touched <= ACTIONS[name].declaration.changes
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
            assert unknown_before or effect.emission or effect.action in {"comment", "prune_comment", "mask"}
            continue
        state = ACTIONS[effect.action].predict(effect, before)
        for undoing in inverse:
            state = ACTIONS[undoing.action].predict(undoing, state)
        reason = "reopened" if effect.action == "close" else before.state_reason
        assert set(state.labels) == set(before.labels)
        assert set(state.assignees) == set(before.assignees)
        same = {"labels": (), "assignees": ()}
        assert state._replace(**same) == before._replace(**same, state_reason=reason)
