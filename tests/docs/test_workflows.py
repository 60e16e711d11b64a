"""The workflows: parse, read only, bounded in time, pinned; and no expression of an event in a shell line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_is_bounded(path: Path) -> None:
    workflow: Any = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 60
        for step in job["steps"]:
            assert re.fullmatch(r"[\w./-]+@(v\d+|[0-9a-f]{40})", step.get("uses", "a/b@v1"))
            assert "${{" not in step.get("run", "")


def test_there_are_workflows() -> None:
    assert "ci.yml" in [path.name for path in WORKFLOWS]
