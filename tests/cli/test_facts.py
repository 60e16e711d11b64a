"""`rulewright facts`: what each fact source returns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from rulewright.cli.main import main
from rulewright.policy.fact_sources import FACT_DECLARATIONS, LET_SOURCES
from rulewright.policy.fact_sources.results import all_result_rows, result_rows

if TYPE_CHECKING:
    from pathlib import Path

WITHOUT_EXAMPLE = {"FACT.last.assignee", "FACT.last.milestone"}
"""What the last change of the example does not have."""


def test_all_sources_are_listed_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["facts", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == list(LET_SOURCES)
    assert {"path": "FACT.count", "type": "integer", "example": 1} in found["related_docs"]
    assert {"path": "FACT.last.at", "type": "time", "example": "2026-01-05T09:00:00Z"} in found["timeline"]
    assert {"path": "FACT.missing", "type": "list of strings", "example": ["size estimate"]} in found[
        "required_fields"
    ]


def test_one_source_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["facts", "label_group", "permission"]) == 0
    assert capsys.readouterr().out == (
        'label_group\n  FACT  string  "critical"\n\npermission\n  FACT  string  "triage"\n'
    )


def test_markdown_is_the_section_of_the_page(
    capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    assert main(["facts", "detect", "--format", "markdown"]) == 0
    section = capsys.readouterr().out
    assert '| `FACT.findings[].field` | string | `"issue.body"` |' in section
    assert section.strip() in (request.config.rootpath / "docs" / "facts.md").read_text("utf-8")


def test_an_unknown_source_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["facts", "detekt"]) == 2
    assert "there is no fact source 'detekt'" in capsys.readouterr().err


@pytest.mark.parametrize("source", LET_SOURCES)
def test_every_row_has_a_type_and_an_example(source: str) -> None:
    rows = result_rows(source)
    assert rows
    assert [row.path for row in rows if row.example is None and row.path not in WITHOUT_EXAMPLE] == []
    assert [row.path for row in rows if not row.type or "None" in row.type] == []


def test_every_member_of_an_example_is_a_row() -> None:
    """What a source answers with can be used: it is declared."""

    def members(value: object, path: str) -> set[str]:
        if isinstance(value, dict):
            return {name for key, inner in value.items() for name in members(inner, f"{path}.{key}")}
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return {path, *(name for item in value for name in members(item, f"{path}[]"))}
        return {path}

    for source, rows in all_result_rows().items():
        declaration = FACT_DECLARATIONS[source]
        if "properties" in declaration.result:
            paths = {row.path for row in rows}
            extra = {name for name in members(declaration.example, "FACT") if name not in paths}
            assert {name for name in extra if not name.startswith("FACT.values.")} == set(), source


def test_the_paths_can_be_used_in_policies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every path of the table passes `validate` in a condition; one that is not there does not."""
    wanted = {"related_docs": "docs", "timeline": "labels", "duplicates": "issues", "detect": "pii"}
    for source, argument in wanted.items():
        for row in result_rows(source):
            if "[]" in row.path:
                continue
            path = row.path.replace("FACT", "found")
            assert validate(tmp_path, source, argument, f"{{ {path}: {{ exists: true }} }}") == 0, (
                path,
                capsys.readouterr(),
            )
        assert validate(tmp_path, source, argument, "{ found.nothing: { exists: true } }") == 1
        capsys.readouterr()


def validate(folder: Path, source: str, argument: str, condition: str) -> int:
    policy = folder / "policy.yaml"
    policy.write_text(
        "apiVersion: rulewright/v1\nkind: Triage\n"
        "metadata: { name: small, owner: team-a, description: A small one. }\non: [issues.opened]\n"
        f"let:\n  found: {{ {source}: {argument} }}\n"
        f"rules:\n  - id: first\n    description: The first.\n    when: {condition}\n"
        "    then: [ { add_labels: [bug] } ]\n"
    )
    return main(["validate", str(policy)])
