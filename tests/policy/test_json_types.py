"""Narrowing of JSON values."""

from __future__ import annotations

import pytest

from rulewright.policy.json_types import as_array, as_object, as_objects, as_text, as_texts, value_at


def test_narrowing_keeps_a_value_of_its_type_and_drops_all_others() -> None:
    assert as_object({"a": 1}) == {"a": 1}
    assert as_object([]) is None
    assert as_array([1]) == [1]
    assert as_array("ab") is None
    assert as_text("ab") == "ab"
    assert as_text(None) is None


def test_items_of_another_type_are_left_out() -> None:
    assert as_objects([{"a": 1}, "b", {"c": 2}]) == [{"a": 1}, {"c": 2}]
    assert as_objects({"a": {}}) == []
    assert as_texts(["a", 1, "b"]) == ["a", "b"]
    assert as_texts("ab") == []


def test_a_path_leads_through_objects_and_arrays() -> None:
    data = {"rules": [{"id": "first"}, {"id": "second"}]}
    assert value_at(data, ("rules", 1, "id")) == "second"
    assert value_at(data, ()) is data
    with pytest.raises(KeyError):
        value_at(data, ("rule",))
    with pytest.raises(IndexError):
        value_at(data, ("rules", 2))
    with pytest.raises(TypeError):
        value_at(data, ("rules", 0, "id", "x"))
