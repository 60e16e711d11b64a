"""`rulewright policies` lists each policy on a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.cli.main import main

if TYPE_CHECKING:
    import pytest


def test_each_policy_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policies", "rules/triage", "--format", "json"]) == 0
    assert '"name": "intake"' in capsys.readouterr().out
