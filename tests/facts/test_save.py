"""Saved facts come back as they were, to the byte."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.events.model import Absent, Event, Facts
from rulewright.facts.save import dump_facts, facts_json, load_facts
from rulewright.policy.diagnostics import UsageError

TEXT = st.text(st.characters(exclude_categories=()), max_size=6)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
ABSENT = st.builds(Absent, reason=TEXT, failed=st.booleans())
FACTS = st.builds(
    Facts,
    event=st.builds(
        Event, name=TEXT, action=st.none() | TEXT, payload=st.dictionaries(TEXT, JSON, max_size=3)
    ),
    now=st.just("2026-01-05T09:00:00Z"),
    values=st.dictionaries(TEXT, JSON, max_size=3),
    absent=st.dictionaries(TEXT, ABSENT, max_size=3),
)


@settings(max_examples=150, deadline=None)
@given(facts=FACTS)
def test_round_trip(facts: Facts) -> None:
    data = dump_facts(facts)
    assert data.decode("utf-8")
    assert load_facts(data) == facts
    assert dump_facts(load_facts(data)) == data


@pytest.mark.parametrize(
    "change", [{"event": 5}, {"payload": []}, {"now": None}, {"absent": {"a": 1}}, {"values": "x"}]
)
def test_what_is_no_facts_file(change: dict[str, Any]) -> None:
    written = facts_json(Facts(Event("manual", None, {}), "2026-01-05T09:00:00Z"))
    with pytest.raises(UsageError, match="holds no facts"):
        load_facts(json.dumps({**written, **change}).encode())


def test_the_text_of_an_absent_fact_says_whether_it_is_a_failure() -> None:
    absent = {"a": Absent("timeout", failed=True), "b": Absent("not_gathered")}
    facts = Facts(Event("manual", None, {}), "2026-01-05T09:00:00Z", absent=absent)
    assert facts_json(facts)["absent"] == {"a": "failed: timeout", "b": "not_gathered"}


@pytest.mark.parametrize("data", [b"[]", b"5", b"{}"])
def test_other_json(data: bytes) -> None:
    with pytest.raises(UsageError, match="holds no facts"):
        load_facts(data)
