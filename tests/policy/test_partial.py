"""A policy with one mistake is still read: what else is wrong is said in the same run."""

from __future__ import annotations

from pathlib import Path

from rulewright.compile.loader import check_paths

TEXT = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: partial }
on: [issues.opened]
rules:
  - id: a
    when: { issue.title: { contians: x }, labels: bug, any: [ { age: { gt: 14 } }, { issue.body: { equals: x } } ] }
    then: [ comment: helo, add_label: [x] ]
"""


def test_every_mistake_of_one_rule_is_found_at_once(tmp_path: Path) -> None:
    file = tmp_path / "partial.yaml"
    file.write_text(TEXT, encoding="utf-8")
    found = [(finding.code, finding.span.line) for finding in check_paths([file])]
    assert found == [("RW215", 7), ("RW402", 7), ("RW404", 7), ("RW215", 7), ("RW305", 8), ("RW214", 8)]


def test_what_is_left_of_a_broken_rule_is_not_analysed(tmp_path: Path) -> None:
    file = tmp_path / "partial.yaml"
    broken = "{ any: [ { all: [ { state: open }, { state: closed } ] }, { issue.body: { equals: x } } ] }"
    when = TEXT.split("    when: ")[1].split("\n")[0]
    text = TEXT.replace(when, broken).replace("comment: helo, add_label", "add_labels")
    file.write_text(text, encoding="utf-8")
    assert [finding.code for finding in check_paths([file])] == ["RW215"]
