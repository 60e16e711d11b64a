"""Policies written in a test: loaded whole, or for their findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import rulewright
from rulewright.compile.loader import check_paths
from rulewright.evaluate.evaluator import evaluate
from rulewright.events.model import Event, Facts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rulewright.evaluate.decision import PolicyDecision
    from rulewright.program.program import Program


@pytest.fixture
def program_of(tmp_path: Path) -> Callable[[str], Program]:
    """YAML text of one policy → its program."""

    def build(text: str) -> Program:
        path = tmp_path / "policy.yaml"
        path.write_text(text, encoding="utf-8")
        return rulewright.load(path, cache=False)

    return build


@pytest.fixture
def findings_of(tmp_path: Path) -> Callable[[str], list[tuple[str, int]]]:
    """YAML text of one policy → (code, line) of every finding."""

    def check(text: str) -> list[tuple[str, int]]:
        path = tmp_path / "policy.yaml"
        path.write_text(text, encoding="utf-8")
        return [(finding.code, finding.span.line) for finding in check_paths([path])]

    return check


@pytest.fixture
def decide() -> Callable[..., PolicyDecision]:
    """The decision of a program's only policy."""

    def run(
        program: Program, event: str, payload: dict[str, Any], now: str = "2026-01-05T09:00:00Z", **given: Any
    ) -> PolicyDecision:
        values = {name.replace("_", "-"): value for name, value in given.items()}
        return evaluate(program, Facts(Event(event, None, payload), now, values)).policies[0]

    return run
