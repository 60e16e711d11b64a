"""The verdict of an audit."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from rulewright.kinds.audit import audit_verdict


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        (["matched", "undetermined"], "FOUND"),
        (["undetermined", "not_matched"], "UNKNOWN"),
        (["not_matched"], "CLEAN"),
    ],
)
def test_one_finding_is_enough(statuses: list[str], verdict: str) -> None:
    policy: Any = None
    results: list[Any] = [SimpleNamespace(status=status) for status in statuses]
    assert audit_verdict(policy, results) == verdict
