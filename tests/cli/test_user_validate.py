"""What a newcomer writes, and the one message that helps: from the command line, as a user sees it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rulewright.cli.main import main
from rulewright.policy.document import read_documents

FILE = Path(__file__).with_name("newcomer.yaml")
if TYPE_CHECKING:
    from collections.abc import Callable

TABLE: Any = read_documents(str(FILE), FILE.read_bytes())[0][0].data
HEAD = "apiVersion: rulewright/v1\nkind: Triage\nmetadata: { name: newcomer }\non: [issues.opened]\n"


@pytest.fixture
def findings(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[str], list[dict[str, Any]]]:
    def validate(text: str) -> list[dict[str, Any]]:
        (folder / "one.yaml").write_text(HEAD + text)
        code = main(["validate", "one.yaml", "--format", "json"])
        found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["diagnostics"]
        assert code == any(one["severity"] == "error" for one in found)
        return found

    return validate


@pytest.mark.parametrize("row", TABLE["wrong"], ids=lambda row: row["when"])
def test_a_mistake_gets_one_error_and_a_hint(findings: Any, row: dict[str, Any]) -> None:
    rule = f"rules:\n  - id: a\n    when: {row['when']}\n    then: [ warn: x ]\n"
    errors = [one for one in findings(rule) if one["severity"] == "error"]
    assert [one["code"] for one in errors] == [row["code"]]
    assert row["says"] in f"{errors[0]['message']} | {errors[0].get('hint')}"


@pytest.mark.parametrize("row", TABLE["fine"], ids=lambda row: row["id"])
def test_a_sensible_policy_is_not_refused(findings: Any, row: dict[str, Any]) -> None:
    assert findings(row["policy"]) == []
