"""Whole policies against the findings that their comments announce."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from rulewright.compile.loader import check_paths
from rulewright.policy.codes import load_codes
from rulewright.policy.document import read_documents

HEAD = """\
apiVersion: rulewright/v1
kind: Triage
metadata: {{ name: {name}, owner: team-triage, description: A policy of the tests. }}
on: {on}
"""
FILE = Path(__file__).with_name("cases.yaml")
CASES: list[dict[str, Any]] = list(read_documents(str(FILE), FILE.read_bytes())[0][0].data)
ALL = [f"RW5{number:02}" for number in (*range(1, 15), 20)]


def write(folder: Path, body: str, *, name: str = "intake", on: str = "[issues.opened]") -> str:
    text = HEAD.format(name=name, on=on) + body
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return text


def findings(folder: Path) -> list[tuple[str, int]]:
    return [(one.code, one.span.line) for one in check_paths([str(folder)])]


def expected(text: str) -> list[tuple[str, int]]:
    return [
        (code, number)
        for number, line in enumerate(text.splitlines(), 1)
        for comment in re.findall(r"# (RW[\d, RW]+)$", line)
        for code in comment.split(", ")
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case(case: dict[str, Any], tmp_path: Path) -> None:
    config = "".join(f"{key}: {value}\n" for key, value in case.get("config", {}).items())
    (tmp_path / "rulewright.yaml").write_text(
        f"apiVersion: rulewright/v1\nkind: Config\n{config}", encoding="utf-8"
    )
    text = write(tmp_path, case["policy"], on=case.get("on", "[issues.opened]"))
    assert findings(tmp_path) == expected(text)


def test_every_code_of_the_analysis_has_a_case_and_a_page() -> None:
    announced = {
        code for case in CASES for code, _ in expected(str(case.get("on", "")) + "\n" + case["policy"])
    }
    assert announced >= set(ALL)
    assert all(
        load_codes()[code].why and load_codes()[code].example and load_codes()[code].fix for code in ALL
    )


def test_findings_show_their_line_and_say_where_the_other_rule_is(tmp_path: Path) -> None:
    write(
        tmp_path,
        "rules:\n"
        "  - { id: a, when: { state: open }, then: [ add_labels: [bug] ] }\n"
        "  - { id: b, when: { state: open }, then: [ remove_labels: [bug] ] }\n",
    )
    (found,) = check_paths([str(tmp_path)])
    assert "`a` (line 6)" in found.message
    assert found.source is not None
    assert "id: b" in found.source


@pytest.mark.parametrize(
    ("on", "codes"),
    [("[issues]", ["RW506"]), ("[issues.opened, manual]", ["RW506"]), ("[issues.edited]", [])],
)
def test_policies_conflict_only_over_events_that_both_get(tmp_path: Path, on: str, codes: list[str]) -> None:
    write(tmp_path, "rules:\n  - { id: a, when: { state: open }, then: [ add_labels: [bug] ] }\n", name="one")
    write(
        tmp_path,
        "rules:\n  - { id: a, when: { state: open }, then: [ remove_labels: [bug] ] }\n",
        name="two",
        on=on,
    )
    found = check_paths([str(tmp_path)])
    assert [one.code for one in found] == codes
    assert all("one.yaml, line 6" in one.message for one in found)


def test_a_skip_of_one_policy_keeps_the_conflict_uncertain(tmp_path: Path) -> None:
    rule = "rules:\n  - {{ id: a, when: {{ state: open }}, then: [ {}: [bug] ] }}\n"
    write(tmp_path, rule.format("add_labels"), name="one")
    skip = "skip: [ { id: s, when: { author: ada } } ]\n"
    write(tmp_path, skip + rule.format("remove_labels"), name="two")
    # Whenever the second runs the first does too: that is certain, whatever the skip says.
    assert [one.code for one in check_paths([str(tmp_path)])] == ["RW506"]
    write(tmp_path, "skip: [ { id: t, when: { title: x } } ]\n" + rule.format("add_labels"), name="one")
    assert check_paths([str(tmp_path)]) == ()


LIBRARY = """\
apiVersion: rulewright/v1
kind: Library
metadata: { name: common, owner: team-triage, description: Shared. }
templates:
  used: Hello.
  dead: Bye.
"""


@pytest.mark.parametrize(("policies", "codes"), [(1, []), (2, ["RW510"])])
def test_a_library_may_offer_more_than_one_policy_takes(
    tmp_path: Path, policies: int, codes: list[str]
) -> None:
    (tmp_path / "common.yaml").write_text(LIBRARY, encoding="utf-8")
    for number in range(policies):
        body = (
            "include: [common.yaml]\nrules:\n  - { id: a, when: { state: open }, then: [ comment: used ] }\n"
        )
        write(tmp_path, body, name=f"policy-{number}")
    found = check_paths([str(tmp_path)])
    assert [one.code for one in found] == codes
    assert all(one.severity == "warning" and one.span.line == 6 for one in found)
