"""What pages say that can be told from other files: examples that close, versions of actions, days of retention."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from fixtures.modules import load_module

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = [
    *sorted((ROOT / "examples" / "starter" / "workflows").glob("*.yml")),
    *sorted((ROOT / "examples" / "gate-workflows").glob("*.yml")),
]
USES = re.compile(r"\b((?:actions|github)/[a-z-]+)@(v[0-9][0-9.]*)")

snippets = load_module("docs_snippets", ROOT / "docs" / "snippets.py")

PAGES = [path for path in snippets.documents() if not {"errors", "decisions"} & set(path.parts)]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def closing_blocks() -> list[Any]:
    """The YAML blocks of pages with a rule that closes; `actions.md` shows actions without rules."""
    found = []
    for page in PAGES:
        for block in snippets.blocks(page):
            if block.language != "yaml" or "not run" in block.notes:
                continue
            data = YAML(typ="safe", pure=True).load(block.text)
            if isinstance(data, dict) and any(closes(rule) for rule in data.get("rules") or ()):
                found.append(pytest.param(data, id=block.place))
    return found


def closes(rule: dict[str, Any]) -> bool:
    return any(entry == "close" or "close" in entry for entry in rule.get("then") or ())


@pytest.mark.parametrize("policy", closing_blocks())
def test_an_example_that_closes_issues_closes_no_pull_request(policy: dict[str, Any]) -> None:
    """A sweep brings pull requests as well: the rule or a skip must look at what is an issue's alone."""
    skips = json.dumps(policy.get("skip") or [])
    for rule in policy["rules"]:
        if closes(rule):
            conditions = skips + json.dumps(rule["when"])
            assert re.search(r'"(issue\.|pull_request)', conditions), rule["id"]


def versions_of(path: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for action, version in USES.findall(path.read_text("utf-8")):
        found.setdefault(action, set()).add(version)
    return found


def test_pages_and_workflows_use_the_same_versions_of_actions() -> None:
    shipped: dict[str, set[str]] = {}
    for file in (*WORKFLOWS, ROOT / "action.yml"):
        for action, versions in versions_of(file).items():
            shipped.setdefault(action, set()).update(versions)
    assert {action: len(versions) for action, versions in shipped.items()} == dict.fromkeys(shipped, 1)
    wrong = [
        f"{name_of(page)}: {action}@{version}"
        for page in PAGES
        for action, versions in versions_of(page).items()
        for version in versions
        if version not in shipped.get(action, {version})
    ]
    assert wrong == []
    table = dict(re.findall(r"^\| `([a-z/-]+)` \| `(v[0-9.]+)` \|", safety_page(), re.MULTILINE))
    assert {action: {version} for action, version in table.items() if action in shipped} == {
        action: versions for action, versions in shipped.items() if action != "actions/cache"
    }


def test_pages_name_the_retention_of_the_workflows() -> None:
    kept = {
        int(days)
        for name in ("triage", "grooming")
        for days in re.findall(r"retention-days: (\d+)", (WORKFLOWS[0].parent / f"{name}.yml").read_text())
    }
    assert kept == {30}
    assert "as an artifact for 30 days" in (ROOT / "docs" / "how-to" / "your-repository.md").read_text()
    assert re.search(r"GitHub deletes after 30\s+days", (ROOT / "docs" / "journal.md").read_text())


def safety_page() -> str:
    return (ROOT / "docs" / "permissions.md").read_text("utf-8")
