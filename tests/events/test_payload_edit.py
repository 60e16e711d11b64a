"""Payloads with one value changed: the value is there, and what is beside it is the same object as before."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from rulewright.events.payload_edit import with_value, without_value

PAYLOAD: dict[str, Any] = {
    "issue": {"title": "t", "labels": [{"name": "a"}, {"name": "b"}], "milestone": None},
    "x": {},
}


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        (("issue", "title"), {"title": 1}),
        (("issue", "labels", 1, "name"), {"labels": [{"name": "a"}, {"name": 1}]}),
        (("issue", "labels", 2), {"labels": [{"name": "a"}, {"name": "b"}, 1]}),
        (("issue", "milestone", "title"), {"milestone": {"title": 1}}),
        (("issue", "new", "one"), {"new": {"one": 1}}),
    ],
)
def test_a_value_is_set(path: Any, changed: dict[str, Any]) -> None:
    before = copy.deepcopy(PAYLOAD)
    after = with_value(PAYLOAD, path, 1)
    assert after == {**PAYLOAD, "issue": {**PAYLOAD["issue"], **changed}}
    assert before == PAYLOAD
    assert after["x"] is PAYLOAD["x"]


def test_a_value_is_removed() -> None:
    assert "title" not in without_value(PAYLOAD, ("issue", "title"))["issue"]  # type: ignore[operator]
    assert without_value(PAYLOAD, ("issue", "labels", 0))["issue"] == {
        **PAYLOAD["issue"],
        "labels": [{"name": "b"}],
    }


@pytest.mark.parametrize(
    "path", [("y",), ("issue", "y"), ("issue", "y", "z"), ("issue", "labels", 2), ("y", "z")]
)
def test_what_is_not_there_is_not_removed(path: Any) -> None:
    assert without_value(PAYLOAD, path) == PAYLOAD


@pytest.mark.parametrize(
    ("path", "step"),
    [
        (("issue", "title", "x"), "x"),
        (("issue", "labels", 3), "3"),
        (("issue", "labels", "name"), "name"),
        ((0,), "0"),
    ],
)
def test_a_path_into_a_scalar_or_beyond_a_list(path: Any, step: str) -> None:
    with pytest.raises(ValueError, match=f"no place for `{step}`"):
        with_value(PAYLOAD, path, 1)
