"""The patch between two payloads: applied, it makes the second out of the first, and it says no more than it must."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulewright.events.model import Event
from rulewright.events.recognise import recognise
from rulewright.testing.patch import PatchError, apply_patch, remove_paths
from rulewright.testing.patch_difference import Patch, patch_between

SHIPPED = sorted((Path(__file__).parents[2] / "examples" / "events").glob("*.json"))
SCALAR = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.0, 1.0]) | st.text(max_size=3)
JSON = st.recursive(
    SCALAR,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["name", "login", "labels", "a.b", "", "c[0]"]), inner, max_size=4)
    ),
    max_leaves=15,
)
ISSUE = st.dictionaries(st.sampled_from(["labels", "assignees", "body", "x", "y.z"]), JSON, max_size=5)


def patched(event: Event, patch: Patch) -> Any:
    payload = copy.deepcopy(dict(event.payload))
    apply_patch(payload, patch.set, event.name)
    remove_paths(payload, list(patch.remove))
    return payload


def exact(value: object) -> str:
    """JSON that tells `1` from `1.0` and `true`, whatever the order of members."""
    return json.dumps(value, sort_keys=True)


@given(ISSUE, ISSUE)
def test_applied_it_gives_the_edited_payload(before: dict[str, Any], after: dict[str, Any]) -> None:
    original, edited = (Event("issues", "opened", {"issue": issue}) for issue in (before, after))
    assert exact(patched(original, patch_between(original, edited))) == exact(edited.payload)


@given(st.sampled_from(SHIPPED), st.integers(0, 10**9))
def test_so_it_does_after_changes_anywhere_in_a_shipped_event(path: Path, seed: int) -> None:
    original = recognise(json.loads(path.read_text()))
    random = Random(seed)
    payload = copy.deepcopy(dict(original.payload))
    for _ in range(random.randint(1, 4)):
        change(random, payload)
    edited = Event(original.name, original.action, payload)
    assert exact(patched(original, patch_between(original, edited))) == exact(payload)


def change(random: Random, payload: dict[str, Any]) -> None:
    """Set, add or remove something at a random place below the first level."""
    holder: Any = payload[random.choice([key for key in payload if isinstance(payload[key], dict | list)])]
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not keys:
            return
        key = random.choice(keys)
        if isinstance(holder[key], dict | list) and holder[key] and random.random() < 0.7:
            holder = holder[key]
            continue
        what = random.choice(["set", "remove", "add"])
        if what == "remove":
            del holder[key]
        elif what == "set":
            holder[key] = random.choice([None, 1, "x", ["bug"], {"name": "bug"}])
        elif isinstance(holder, dict):
            holder["added.here"] = 1
        else:
            holder.append({"name": "bug"})
        return


LABELS = [{"name": "bug", "id": 1}, {"name": "p1", "id": 2}, {"name": "ui", "id": 3}]


@pytest.mark.parametrize(
    ("before", "after", "patch"),
    [
        ({"body": "a", "title": "t"}, {"body": "b", "title": "t"}, Patch({"issue.body": "b"})),
        ({"labels": LABELS}, {"labels": LABELS[1:2]}, Patch({}, ("issue.labels[2]", "issue.labels[0]"))),
        ({"labels": LABELS}, {"labels": [*LABELS, {"name": "x"}]}, Patch({"issue.labels[3]": {"name": "x"}})),
        ({"labels": LABELS}, {"labels": [{"name": "x"}]}, Patch({"issue.labels": ["x"]})),
        ({}, {"labels": [{"name": "x"}]}, Patch({"issue.labels": ["x"]})),
        ({"body": "a"}, {}, Patch({}, ("issue.body",))),
        ({"number": 1}, {"number": True}, Patch({"issue.number": True})),
        ({"x": {"a.b": 1, "c": 2}}, {"x": {"a.b": 2, "c": 2}}, Patch({"issue.x": {"a.b": 2, "c": 2}})),
        ({"x": 1}, {"x": 1}, Patch({})),
    ],
)
def test_it_names_what_differs_and_nothing_else(before: Any, after: Any, patch: Patch) -> None:
    original, edited = (Event("issues", "opened", {"issue": issue}) for issue in (before, after))
    assert patch_between(original, edited) == patch


def test_a_member_of_the_payload_that_no_path_can_name_is_refused() -> None:
    original = Event("issues", "opened", {"issue": {}})
    with pytest.raises(PatchError, match="cannot be written as a patch"):
        patch_between(original, Event("issues", "opened", {"issue": {}, "a.b": 1}))
    with pytest.raises(PatchError, match="cannot be written as a patch"):
        patch_between(original, Event("issues", "opened", {"issue": {}, "unknown_to_the_schema": 1}))
