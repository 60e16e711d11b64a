"""Paths and events of policies are checked against the event schema, which covers every real payload."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from external_data import webhook_payloads
from rulewright.events.recognise import EVENT_NAMES
from rulewright.policy.diagnostics import Span
from rulewright.policy.event_catalog import (
    PathInfo,
    UnknownPath,
    check_trigger,
    describe_path,
    event_actions,
    event_names,
    text_of,
)
from rulewright.policy.fact_sources import LET_SOURCES
from rulewright.policy.json_schema.bundled_schema import load_schema
from rulewright.policy.model import FactSpec
from rulewright.program.named_facts import CompiledFact, FactStep
from rulewright.program.nodes import Position

EVENT = load_schema("event")


def known(path: str, *events: str, lets: dict[str, Any] | None = None) -> PathInfo:
    info = describe_path(tuple(path.replace("[]", ".[]").split(".")), events, lets or {})
    assert isinstance(info, PathInfo), info
    return info


def unknown(path: str, *events: str, lets: dict[str, Any] | None = None) -> tuple[str, ...]:
    info = describe_path(tuple(path.replace("[]", ".[]").split(".")), events, lets or {})
    assert isinstance(info, UnknownPath), info
    assert info.path == path
    return info.suggestions


def test_the_schema_is_one_and_lists_the_events_that_are_recognised() -> None:
    Draft202012Validator.check_schema(EVENT)
    assert set(event_names()) == EVENT_NAMES
    for name in event_names():
        assert list(event_actions(name)) == sorted(set(event_actions(name))), name
    used = {ref.rpartition("/")[2] for ref in _references(EVENT)}
    assert used == set(EVENT["$defs"])


def _references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [ref for item in node for ref in _references(item)]
    if isinstance(node, dict):
        found = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return found + [ref for value in node.values() for ref in _references(value)]
    return []


def test_every_real_payload_fits_and_every_path_in_it_is_known() -> None:
    missing = set()
    for path in webhook_payloads():
        name, action, *_ = path.name.split(".")
        payload = json.loads(path.read_bytes())
        assert not action or action in event_actions(name) or event_actions(name) == ("*",)
        Draft202012Validator({**EVENT, "$ref": f"#/$defs/{name}_payload", "if": False}).validate(payload)
        for segments, types in _paths(payload):
            if "changes" in segments or (name, segments) == ("status", ("state",)):  # the short name hides it
                continue
            info = describe_path(segments, (name,), {})
            if isinstance(info, UnknownPath) or not types <= (info.items if info.projected else info.types):
                missing.add((name, text_of(segments)))
    assert missing == set()


def _paths(value: Any, at: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], frozenset[str]]]:
    words = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    found = [(at, frozenset({words.get(type(value), "number")}))] if at and at != ("sender",) else []
    if isinstance(value, dict):
        found += [one for key, inner in value.items() for one in _paths(inner, (*at, key))]
    elif isinstance(value, list):
        found += [one for inner in value for one in _paths(inner, (*at, "[]"))]
    return found


def test_short_names() -> None:
    labels = known("labels", "issues.opened")
    assert (labels.types, labels.items) == ({"array"}, {"string"})
    assert (labels.compare, labels.place, labels.untrusted) == ("casefold", "issue.labels[].name", False)
    assert known("labels[]", "issues") == labels
    assert known("title", "pull_request") == PathInfo(
        frozenset({"string"}), "pull_request.title", untrusted=True
    )
    assert known("body", "issues").types == {"string", "null"}
    assert known("author", "issues").format == known("sender", "push").format == "login"
    assert known("sender", "push").compare == "casefold"
    assert known("age", "schedule") == PathInfo(frozenset({"number"}), "age", format="duration")
    assert known("now", "push").format == "date-time"
    assert known("lists.bots", "push").types == {"array"}
    assert known("comments[].body", "issues").untrusted
    assert known("fields.Status", "issues")


def test_marks_travel_along_the_path() -> None:
    assert known("pull_request.head.ref", "pull_request").untrusted
    assert known("pull_request.head.repo.description", "pull_request").untrusted
    assert not known("pull_request.base.repo.description", "pull_request").untrusted
    assert known("changes.title.from", "issues").untrusted
    assert not known("inputs.environment", "workflow_dispatch").untrusted
    assert known("client_payload.a.b", "repository_dispatch").untrusted
    assert known("issue.created_at", "issues").format == "date-time"
    assert known("issue.closed_at", "issues") == PathInfo(
        frozenset({"string", "null"}), "issue.closed_at", format="date-time"
    )
    assert known("issue.milestone.title", "issues").types == {"string"}
    assert known("issue.assignees", "issues").items == {"object"}
    assert known("issue.number", "issues").types == {"number"}
    assert known("promotion.evidence[].verdict", "promotion_request").items == {"string"}
    assert known("issue.reactions.*", "issues").items == {"number", "string"}


def test_a_path_of_one_of_the_events_is_fine() -> None:
    assert known("pull_request.draft", "issues", "pull_request.opened")
    assert known("pull_request.draft")
    assert known("review.state", "no_such_event")
    unknown("pull_request.draft", "issues")


@pytest.mark.parametrize(
    ("path", "events", "suggestion"),
    [
        ("issue.titel", ["issues"], "issue.title"),
        ("isue.title", ["issues"], "issue.title"),
        ("labls", ["issues"], "labels"),
        ("issue.labels.name", ["issues"], "issue.labels[].name"),
        ("issue.title.length", ["issues"], "issue.title"),
        ("issue.title[]", ["issues"], "issue.title"),
        ("issue.author", ["issues"], "issue.user"),
        ("title.x", ["issues"], "title"),
        ("pii", ["issues"], None),
        ("labels", ["push"], None),
        ("age", ["push"], None),
        ("lists", ["push"], None),
        ("zzzzzz", ["issues"], None),
    ],
)
def test_unknown_paths_get_a_close_one(path: str, events: list[str], suggestion: str | None) -> None:
    found = unknown(path, *events)
    assert (found[0] if found else None) == suggestion


FACTS = {"pii": {"detect": "pii"}, "group": {"label_group": "severity"}, "own": {"acme_plugin": {}}}


def test_named_facts_have_the_shape_of_their_source() -> None:
    span = Span("p.yaml", 1, 1)
    spec = FactSpec(
        "severity", "label_group", {"label_group": "severity", "otherwise": {"classify": "x"}}, span
    )
    lets = {name: FactSpec(name, next(iter(fact)), fact, span) for name, fact in FACTS.items()}
    lets["severity"] = spec
    assert known("pii.count", "issues", lets=lets).types == {"number"}
    assert known("pii.findings[].type", "issues", lets=lets).projected
    assert known("severity", "issues", lets=lets).untrusted
    assert not known("group", "issues", lets=lets).untrusted
    assert known("own.anything.at.all", "issues", lets=lets).untrusted
    compiled = CompiledFact(
        "$let:severity#0",
        Position(1, 1),
        (FactStep("label_group", {"label_group": "severity", "otherwise": {"call": "x"}}),),
    )
    assert known("severity", "issues", lets={"severity": compiled}).untrusted
    assert unknown("pii.cont", "issues", lets=lets) == ("pii.count",)
    assert unknown("pi", "issues", lets=lets) == ("pii",)
    assert known("title", "issues", lets={"title": lets["pii"]}).types == {"object"}


def test_the_table_of_facts_is_the_one_of_the_schema() -> None:
    assert set(LET_SOURCES) == set(load_schema("fact")["$defs"])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("issues", None),
        ("issues.opened", None),
        ("schedule", None),
        ("manual", None),
        ("repository_dispatch.anything", None),
        ("isues", "unknown event `isues`; did you mean `issues`?"),
        ("issue.opened", "unknown event `issue`; did you mean `issues`?"),
        ("issues.opend", "the event `issues` has no action `opend`; did you mean `opened`?"),
        ("issues.", "the event `issues` has no action ``"),
        ("push.created", "the event `push` has no actions"),
    ],
)
def test_triggers(text: str, problem: str | None) -> None:
    assert check_trigger(text) == problem


def test_short_names_are_those_of_the_compiler() -> None:
    from rulewright.program.paths import SHORT_NAMES

    for name in SHORT_NAMES:
        assert known(name, "issues")
        place = SHORT_NAMES[name].replace('"$subject"', "issue").replace('"$', "").replace('"', "")
        assert known(name, "issues").place == place
