"""`rulewright explain`: which rule is meant, and the tree in every format."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from rulewright.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("folder")
WORDS = ("rules", "--event", "event.json", "--now", "2026-01-05T09:00:00Z")


def test_text_shows_expected_actual_and_flip(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "docs", *WORDS]) == 0
    out = capsys.readouterr().out
    assert out.startswith("intake/docs  not matched")
    assert 'expected  containing "docs"' in out
    assert 'actual    "A crash"' in out
    assert "Smallest change that changes the result: with 1 change it would match." in out


@pytest.mark.parametrize("rule", ["intake/docs", "docs"])
def test_a_rule_by_its_id_or_with_its_policy(rule: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", rule, *WORDS, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["policy"], document["rule"], document["verdict"]) == ("intake", "docs", "false")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["dcos"], "did you mean 'docs'?"),
        (["zzzz"], "known: human-override, crash, docs, sized"),
        (["docs", "--policy", "intak"], "did you mean 'intake'?"),
        (["intake/dcos"], "did you mean 'docs'?"),
    ],
)
def test_an_unknown_rule_gets_a_suggestion(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", words[0], *WORDS, *words[1:]]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert told in captured.err


def test_two_policies_with_one_rule_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (folder / "rules" / "intake.yaml").read_text()
    (folder / "rules" / "second.yaml").write_text(text.replace("name: intake", "name: second"))
    assert main(["explain", "docs", *WORDS]) == 2
    assert "use one of: intake/docs, second/docs" in capsys.readouterr().err
    assert main(["explain", "docs", *WORDS, "--policy", "second"]) == 0


def test_an_event_that_the_policy_does_not_subscribe_to(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    event = json.loads((folder / "event.json").read_text())
    (folder / "event.json").write_text(json.dumps({**event, "action": "closed"}))
    assert main(["explain", "docs", *WORDS]) == 2
    assert "does not subscribe to issues.closed" in capsys.readouterr().err


def test_markdown_and_annotations(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "crash", *WORDS, "--format", "markdown"]) == 0
    assert "| condition | verdict | expected | actual | reason | line |" in capsys.readouterr().out
    assert main(["explain", "crash", *WORDS, "--format", "github"]) == 0
    assert capsys.readouterr().out.startswith("::notice file=rules/intake.yaml,line=")
