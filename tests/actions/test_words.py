"""Each action and each precondition in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from rulewright.actions.plan import Effect, Precondition
from rulewright.actions.preconditions import PRECONDITIONS, describe_precondition
from rulewright.actions.table import ACTIONS, describe_effect

CASES: Any = YAML(typ="safe", pure=True).load(Path(__file__).with_name("words.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES["phrases"], ids=lambda case: " ".join(case["says"][1:]))
def test_an_effect_in_words(case: dict[str, Any]) -> None:
    held = (Precondition(*case["holds"]),) if "holds" in case else ()
    effect = Effect(
        case["action"], "octo-org/a#1", case["arguments"], "p/r", held, emission=case.get("emission", False)
    )
    assert list(describe_effect(effect)) == case["says"]


@pytest.mark.parametrize("case", CASES["preconditions"], ids=lambda case: case["says"])
def test_a_precondition_in_words(case: dict[str, Any]) -> None:
    assert describe_precondition(Precondition(case["kind"], case["value"])) == case["says"]


def test_every_action_and_precondition_has_a_case() -> None:
    assert {case["action"] for case in CASES["phrases"]} >= ACTIONS.keys()
    assert {case["kind"] for case in CASES["preconditions"]} >= PRECONDITIONS.keys()
