"""Actions without a subject, gates that are not there, labels that nobody declares: told at load."""

from __future__ import annotations

from pathlib import Path

import pytest

from rulewright.compile.loader import check_paths

HEAD = "apiVersion: rulewright/v1\nkind: {kind}\nmetadata: {{ name: {name}, owner: me, description: x }}\n"
TRIAGE = HEAD + "on: [{on}]\nrules:\n  - {{ id: a, description: d, when: {{ {when} }}, then: [ {then} ] }}\n"
GATE = (
    HEAD.format(kind="SLOGate", name="latency")
    + "on: [measurement]\nobjectives:\n  - { id: p, description: d, source: { measurement: m }, pass: { lte: 1 } }\n"
)
PROMOTION = HEAD.format(kind="Promotion", name="up") + (
    "on: [promotion_request]\nartifact: { image: ghcr.io/acme/a, identity: digest }\nenvironments: { a: {}, b: {} }\n"
    "transitions:\n  - { id: t, from: a, to: b, requires: [ { evidence: { gate: GATE } } ] }\n"
)


def codes(folder: Path, *texts: str, labels: str = "") -> list[str]:
    (folder / ".git").mkdir()
    (folder / "rules").mkdir()
    if labels:
        (folder / "labels.yml").write_text(labels)
        (folder / "rulewright.yaml").write_text(
            "apiVersion: rulewright/v1\nkind: Config\npolicies: [rules]\nlabels: labels.yml\n"
        )
    files = []
    for number, text in enumerate(texts):
        files.append(folder / "rules" / f"{number}.yaml")
        files[-1].write_text(text)
    return [one.code for one in check_paths(files) if one.severity == "error"]


@pytest.mark.parametrize(
    ("on", "then", "expected"),
    [
        ("check_run.completed", "{ add_labels: [bug] }", ["RW321"]),
        ("check_run, workflow_run", "close", ["RW321"]),
        ("check_run.completed", "{ warn: look }", []),
        ("check_run.completed, issues", "{ add_labels: [bug] }", []),
        ("schedule", "close", []),
    ],
)
def test_an_action_needs_a_subject(tmp_path: Path, on: str, then: str, expected: list[str]) -> None:
    text = TRIAGE.format(kind="Triage", name="a", on=on, when="repository.private: false", then=then)
    assert codes(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("gate", "gates", "expected"),
    [("latency", [GATE], []), ("latncy", [GATE], ["RW322"]), ("anything", [], [])],
)
def test_evidence_is_of_a_gate_that_is_there(
    tmp_path: Path, gate: str, gates: list[str], expected: list[str]
) -> None:
    """A promotion alone may have its gate elsewhere."""
    assert codes(tmp_path, PROMOTION.replace("GATE", gate), *gates) == expected


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("labels: { contains: severity/critcal }", ["RW306"]),
        ("labels: { contains_none: [bug, nobody] }", ["RW306"]),
        ("labels: { contains_any: [Bug, severity/critical] }", []),
        ("label.name: nobody", ["RW306"]),
        ('labels: { glob: "severity/*" }', []),
    ],
)
def test_labels_of_conditions_are_declared(tmp_path: Path, when: str, expected: list[str]) -> None:
    text = TRIAGE.format(kind="Triage", name="a", on="issues.labeled", when=when, then="close")
    labels = "- { name: bug, color: ededed }\n- { name: severity/critical, color: ededed }\n"
    assert codes(tmp_path, text, labels=labels) == expected


def test_a_sweep_does_not_know_when_it_runs(tmp_path: Path) -> None:
    text = TRIAGE.format(kind="Grooming", name="a", on="schedule", when='schedule: "0 6 * * *"', then="close")
    assert codes(tmp_path, text) == ["RW418"]


MARK = TRIAGE.format(
    kind="Grooming",
    name="mark",
    on="schedule",
    when="age: { gt: 14d }, labels: { contains_none: [stale] }",
    then="{ add_labels: [stale] }",
)


@pytest.mark.parametrize(
    ("on", "when", "warned"),
    [
        ("issues", "action: { ne: closed }, labels: { contains: stale }", True),
        ("issues", "labels: { contains: stale }", True),
        ("issues.labeled", "action: labeled, labels: { contains: stale }", True),
        ("issues", "action: edited, labels: { contains: stale }", False),
        ("issues.edited", "labels: { contains: stale }", False),
        ("issue_comment.created", "labels: { contains: stale }", False),
        ("issues", "age: { lt: 14d }, labels: { contains: stale }", False),
    ],
)
def test_policies_of_different_events_that_undo_each_other(
    tmp_path: Path, on: str, when: str, warned: bool
) -> None:
    """The label that a sweep adds brings an event, at which another policy takes it off, until the next sweep."""
    unmark = TRIAGE.format(kind="Triage", name="un", on=on, when=when, then="{ remove_labels: [stale] }")
    (tmp_path / ".git").mkdir()
    files = [tmp_path / "mark.yaml", tmp_path / "unmark.yaml"]
    for file, text in zip(files, (MARK, unmark), strict=True):
        file.write_text(text)
    assert ("RW507" in [one.code for one in check_paths(files)]) is warned
