"""Our schemas: valid, described, closed; and the predicate that answers before jsonschema does."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from rulewright.policy.actions.table import ACTION_DECLARATIONS
from rulewright.policy.diagnostics import UsageError
from rulewright.policy.document import read_documents
from rulewright.policy.fact_sources import LET_SOURCES
from rulewright.policy.json_schema.bundled_schema import (
    BY_KIND,
    acceptor,
    bundled_validator,
    load_schema,
    schema_names,
)
from rulewright.policy.json_schema.check import check_document
from rulewright.policy.json_schema.fast_validator import Acceptors
from rulewright.policy.kinds import KIND_NAMES
from rulewright.policy.matcher_declarations import MATCHER_DECLARATIONS

GOOD = """\
apiVersion: rulewright/v1
kind: Triage
metadata: {name: intake}
on: [issues.opened]
let:
  pii: {detect: pii, in: [issue.title]}
  severity: {label_group: severity, otherwise: {call: triage-severity}}
lists: {owners: [a, b]}
templates: {hello: "Hello {{ author }}"}
skip: [{id: human, when: {labels: {contains_any: [a]}}}]
rules:
  - id: crash
    when: {all: [{title: {contains: crash, on_missing: false}}, {none: [{labels: {glob: "severity/*"}}]}]}
    then: [close, {add_labels: [bug]}, {comment: hello}]
    stop: true
"""


def document(text):
    (found,), findings = read_documents("policy.yaml", text.encode())
    assert findings == ()
    return found


@pytest.mark.parametrize("name", schema_names())
def test_every_schema_is_valid(name):
    loaded = load_schema(name)
    assert loaded["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    Draft202012Validator.check_schema(loaded)
    assert loaded["title"]
    assert loaded["description"]


def undescribed(node, path=""):
    if isinstance(node, dict):
        for name, inner in (
            node.get("properties", {}).items() if isinstance(node.get("properties"), dict) else ()
        ):
            said = inner is True or "description" in inner or "$ref" in inner
            # a discriminator repeats a property that is described in the branch it leads to
            if not said and "const" not in inner:
                yield f"{path}/{name}"
        for key, inner in node.items():
            if key not in ("if", "examples", "enum", "const"):
                yield from undescribed(inner, f"{path}/{key}")
    elif isinstance(node, list):
        for number, inner in enumerate(node):
            yield from undescribed(inner, f"{path}/{number}")


@pytest.mark.parametrize("name", [n for n in schema_names() if n != "event"])
def test_every_property_is_described(name):
    assert list(undescribed(load_schema(name))) == []


def test_names_agree_with_the_tables():
    assert list(load_schema("action")["properties"]) == list(ACTION_DECLARATIONS)
    assert {f"action/{name}" for name in ACTION_DECLARATIONS} == {
        n for n in schema_names() if n.startswith("action/")
    }
    assert tuple(load_schema("fact")["$defs"]) == LET_SOURCES
    assert set(load_schema("condition")["$defs"]["matcher"]["properties"]) == {
        *MATCHER_DECLARATIONS,
        "on_missing",
    }
    assert load_schema("policy")["properties"]["kind"]["enum"] == [*KIND_NAMES, "Library"]
    assert set(BY_KIND.values()) <= set(schema_names())


def test_bare_actions_are_those_whose_argument_may_be_left_out():
    bare = [name for name in ACTION_DECLARATIONS if acceptor(f"action/{name}")(None)]
    assert load_schema("action")["then"]["enum"] == bare


@pytest.mark.parametrize("name", schema_names())
def test_references_lead_somewhere(name):
    if name != "event":
        assert isinstance(acceptor(name)({}), bool)


def test_examples_fit():
    for name in schema_names():
        for example in load_schema(name).get("examples", ()):
            assert list(bundled_validator(name).iter_errors(example)) == [], name


def test_an_unknown_schema_is_told_with_the_nearest_name():
    with pytest.raises(UsageError, match="did you mean `policy`"):
        load_schema("polcy")


def test_a_good_policy_has_no_findings_and_imports_no_jsonschema():
    assert check_document(document(GOOD), "policy") == ()
    code = (
        "import sys, json\n"
        "from rulewright.policy.json_schema.bundled_schema import acceptor\n"
        "good = json.loads(sys.argv[1])\n"
        "assert acceptor('policy')(good)\n"
        "assert 'jsonschema' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code, json.dumps(document(GOOD).data)], check=True)


def test_an_unknown_keyword_is_refused():
    with pytest.raises(NotImplementedError, match="contains"):
        Acceptors({}.__getitem__).of({"contains": {}})


WORDS = st.sampled_from(
    [
        "id",
        "when",
        "then",
        "title",
        "all",
        "any",
        "none",
        "eq",
        "in",
        "length",
        "fact",
        "detect",
        "call",
        "value",
        "close",
        "comment",
        "rules",
        "kind",
        "Triage",
        "rulewright/v1",
        "a",
        "label_group",
        "otherwise",
        "x y",
        "",
    ]
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-2, 3), st.sampled_from([0.0, 1.0, 1.5]), WORDS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def changed(draw):
    """The good policy with one or two parts of it replaced."""
    data = json.loads(json.dumps(document(GOOD).data))
    for _ in range(draw(st.integers(1, 2))):
        node = data
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(node[key], (dict, list)) and draw(st.integers(0, 4)):
                node = node[key]
                continue
            node[key] = draw(VALUES)
            break
    return data


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value=changed())
def test_the_predicate_agrees_with_jsonschema_on_policies(value):
    assert acceptor("policy")(value) == (next(bundled_validator("policy").iter_errors(value), None) is None)


@settings(max_examples=200, deadline=None)
@given(value=VALUES, name=st.sampled_from(["condition", "fact", "action", "test", "model"]))
def test_the_predicate_agrees_with_jsonschema_elsewhere(value, name):
    assert acceptor(name)(value) == (next(bundled_validator(name).iter_errors(value), None) is None)
