"""Explanations in every format: golden files for people, a bound on width, hostile text kept quiet."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rulewright.evaluate.explain import Explained, Explanation
from rulewright.evaluate.flip import Flip
from rulewright.report.explanation import (
    explanation_annotations,
    explanation_markdown,
    explanation_text,
)
from rulewright.report.github import annotation_lines

GOLDEN = Path(__file__).parents[1] / "golden" / "report"
EVENT = "issues.opened on octo-org/hello#12"


@pytest.fixture
def explanation() -> Explanation:
    crash = Explained(
        "title: contains",
        "false",
        'containing "crash"',
        '"A \x1b[31mfall `@octocat` | ::error::"',
        "no_match",
        31,
        9,
        "issue.title",
    )
    body = Explained("issue.body: regex", "unknown", "matching /crash/", None, "absent", 32, 9, "issue.body")
    either = Explained("any", "unknown", "any of these", None, "not_decided", 30, 7, children=(crash, body))
    state = Explained("state: eq", "true", 'equal to "open"', '"open"', "ok", 29, 7, "issue.state")
    total = Explained(
        "jmespath: sum(sizes) > `3`",
        "error",
        "gives true",
        "(failed)",
        "function_failed",
        33,
        7,
        message="sum() wants numbers",
    )
    tree = Explained(
        "all", "unknown", "all of these", None, "not_decided", 28, 5, children=(state, either, total)
    )
    flips = (
        Flip("title", 'containing "crash" (now "A fall")', 31, "crash"),
        Flip("issue.body", "matching /crash/", 32),
    )
    return Explanation(
        "intake",
        "crash-is-high",
        "rule",
        "undetermined",
        "rules/triage/intake.yaml",
        27,
        tree,
        "A crash report without a severity.",
        "issue.body is absent",
        flips,
    )


def written(explanation: Explanation) -> dict[str, str]:
    return {
        "explanation.txt": explanation_text(explanation, EVENT, columns=90),
        "explanation.md": explanation_markdown(explanation, EVENT),
        "explanation.github.txt": annotation_lines(explanation_annotations(explanation, EVENT)),
    }


@pytest.mark.parametrize("name", ["explanation.txt", "explanation.md", "explanation.github.txt"])
def test_golden(name: str, explanation: Explanation) -> None:
    text = written(explanation)[name]
    file = GOLDEN / name
    if os.environ.get("RULEWRIGHT_GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
    assert "\x1b" not in text


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_text_keeps_to_its_width(columns: int, explanation: Explanation) -> None:
    assert max(map(len, explanation_text(explanation, EVENT, columns=columns).splitlines())) <= columns
