"""Patches: what they set, and that nothing else changes."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.testing.patch import PatchError, apply_patch, parse_path, remove_paths


def test_segments():
    assert parse_path("issue.labels[0].name") == ("issue", "labels", 0, "name")
    assert parse_path("issue.node-id") == ("issue", "node-id")


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a[", "a[x]", "a[-1]", "a..b", "[0]", "a]"])
def test_what_is_no_path(path):
    with pytest.raises(PatchError):
        parse_path(path)


def test_elements_are_set_and_appended():
    payload = {"issue": {"labels": [{"name": "a"}]}}
    apply_patch(payload, {"issue.labels[0].name": "b", "issue.labels[1]": {"name": "c"}}, "issues")
    assert payload == {"issue": {"labels": [{"name": "b"}, {"name": "c"}]}}


def test_null_is_set_and_what_is_missing_on_the_way_is_made():
    payload = {"issue": {"milestone": None, "body": "x"}}
    apply_patch(payload, {"issue.body": None, "issue.milestone.title": "v1"}, "issues")
    assert payload == {"issue": {"body": None, "milestone": {"title": "v1"}}}


def test_bare_words_are_labels_and_assignees():
    payload = {"issue": {}}
    apply_patch(payload, {"issue.labels": ["a", {"name": "b"}], "issue.assignees": ["mona"]}, "issues")
    assert payload == {"issue": {"labels": [{"name": "a"}, {"name": "b"}], "assignees": [{"login": "mona"}]}}


def test_a_step_into_what_is_no_mapping():
    with pytest.raises(PatchError, match="no mapping to set"):
        apply_patch({"issue": {"milestone": "x"}}, {"issue.milestone.title": "v1"}, "issues")


def test_removed():
    payload = {"issue": {"body": "x", "labels": [1, 2]}}
    remove_paths(payload, ["issue.body", "issue.labels[0]"])
    assert payload == {"issue": {"labels": [2]}}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abc", min_size=1, max_size=2), inner, max_size=3)
    ),
    max_leaves=12,
)


def places(value, path=""):
    """Every path below `value`."""
    if isinstance(value, dict):
        for key, inner in value.items():
            here = f"{path}.{key}" if path else key
            yield here
            yield from places(inner, here)
    elif isinstance(value, list) and path:
        for number, inner in enumerate(value):
            yield f"{path}[{number}]"
            yield from places(inner, f"{path}[{number}]")


@settings(max_examples=150)
@given(st.dictionaries(st.text("abc", min_size=1, max_size=2), JSON, min_size=1, max_size=3), st.data())
def test_setting_back_what_was_there_changes_nothing(payload, data):
    path = data.draw(st.sampled_from(sorted(places(payload))))
    before = copy.deepcopy(payload)
    old = payload
    for step in parse_path(path):
        old = old[step]
    apply_patch(payload, {path: "something new"}, "issues")
    assert payload != before or old == "something new"
    apply_patch(payload, {path: old}, "issues")
    assert payload == before
