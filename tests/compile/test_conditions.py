"""What is wrong with conditions, with code and place; from files, as the command sees it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.nodes import constant, group
from fixtures.policy_builder import compiled, head, program_of
from rulewright.compile.loader import check_paths
from rulewright.policy.codes import load_codes
from rulewright.policy.document import read_documents

if TYPE_CHECKING:
    from rulewright.program.nodes import Node

FILE = Path(__file__).with_name("conditions.yaml")
TABLE: list[Any] = list(read_documents(str(FILE), FILE.read_bytes())[0][0].data)[1:]
LISTS = "lists: { team: [Ann, Bob], nobody: [], bad: ['('] }\n"
RULE = "rules:\n  - id: a\n    when: "


def found(tmp_path: Path, text: str) -> list[tuple[str, int, int, str]]:
    file = tmp_path / "intake.yaml"
    file.write_text(text, encoding="utf-8")
    (tmp_path / ".git").mkdir()
    return [
        (one.code, one.span.line, one.span.column, f"{one.message} {one.hint}")
        for one in check_paths([file])
        if not one.code.startswith("RW5")
    ]


@pytest.mark.parametrize(("condition", "expected"), TABLE, ids=[row[0] for row in TABLE])
def test_condition(condition: str, expected: list[list[Any]], tmp_path: Path) -> None:
    text = head(f"{LISTS}{RULE}{condition}\n    then: [close]\n")
    findings = [one for one in found(tmp_path, text) if not one[0].startswith("RW2")]
    assert [(code, line, column - 10) for code, line, column, _ in findings] == [
        (code, 8, column) for code, column, _ in expected
    ]
    for (_, _, _, said), (_, _, piece) in zip(findings, expected, strict=True):
        assert piece in said


GATES = [
    ("{ issue.title: { contains: x } }", ["RW411"]),
    ("{ issue.number: { eq: 3, on_missing: false } }", ["RW408"]),
    ("{ issue.number: { gt: { fact: 'length(issue.title)' } } }", ["RW411"]),
    ("{ jmespath: \"issue.body == 'x'\" }", ["RW411"]),
]


@pytest.mark.parametrize(("condition", "codes"), GATES)
def test_promotions_accept_neither_marked_data_nor_exceptions(
    condition: str, codes: list[str], tmp_path: Path
) -> None:
    text = head(
        "artifact: { image: ghcr.io/acme/assistant }\nenvironments: { a: {}, b: {} }\n"
        f"transitions:\n  - id: up\n    from: a\n    to: b\n    requires: [ {condition} ]\n",
        kind="Promotion",
        on="[promotion_request, issues]",
    )
    assert [code for code, *_ in found(tmp_path, text)] == codes


def test_every_code_about_conditions_is_met() -> None:
    """RW412 and above are about gates and promotions, RW304 to RW308 about other parts of a policy."""
    met = {code for _, expected in TABLE for code, *_ in expected} | {
        code for _, codes in GATES for code in codes
    }
    about = {code for code in load_codes() if "RW401" <= code <= "RW411"} | {"RW301", "RW302", "RW303"}
    assert about - met == {"RW407", "RW410"}  # where the schema speaks too: see below


@pytest.mark.parametrize(
    ("condition", "codes"),
    [
        ("{ title: null }", ["RW407"]),
        ("{ title: { eq: null } }", ["RW407"]),
        ("{ title: { in: [] } }", ["RW208", "RW410"]),
        ("{ all: [] }", ["RW208"]),
        ("{ title: { contains_any: [] } }", ["RW208", "RW410"]),
        ("{ title: { contains_any: [null] } }", ["RW204", "RW407"]),
        ("{ title: { contains: [a] } }", ["RW204", "RW406"]),
        ("{ title: { contains_any: a } }", ["RW204", "RW406"]),
        ("{ title: { in: a } }", ["RW204", "RW406"]),
        ("{ title: { exists: yes_please } }", ["RW204", "RW406"]),
        ("{ title: { length: a } }", ["RW204", "RW406"]),
        ("{ title: { length: { gt: a } } }", ["RW204", "RW406"]),
        ("{ title: { starts_with: 3 } }", ["RW204", "RW406"]),
        ("{ title: { between: 3 } }", ["RW204", "RW406"]),
        ("{ issue.comments: { gt: true } }", ["RW204", "RW406"]),
        ("{ title: { glob: { fact: body } } }", ["RW204", "RW406"]),
    ],
)
def test_what_the_schema_refuses_does_not_break_the_compiler(
    condition: str, codes: list[str], tmp_path: Path
) -> None:
    findings = found(tmp_path, head(f"{RULE}{condition}\n    then: [close]\n"))
    assert {line for _, line, _, _ in findings} == {7}
    said = {code for code, *_ in findings}
    assert said <= set(codes)
    assert said >= {code for code in codes if code > "RW4"}


def test_all_findings_come_at_once(tmp_path: Path) -> None:
    text = head(
        "skip:\n  - { id: s, when: { titel: x } }\n"
        "rules:\n  - { id: a, when: { labels: bug }, then: [close] }\n"
        "  - { id: b, when: { age: { gt: 3 } }, then: [close] }\n"
    ).replace("on: [issues]", "on: [issues.openned]")
    assert [(code, line) for code, line, *_ in found(tmp_path, text)] == [
        ("RW304", 4),
        ("RW301", 6),
        ("RW402", 8),
        ("RW404", 9),
    ]


def nested(depth: int) -> str:
    return "{ all: [ " * depth + "{ title: x }" + " ] }" * depth


def test_deep_nesting_is_compiled_and_decided() -> None:
    from fixtures.policy_builder import facts_of, issue
    from rulewright.evaluate.evaluator import evaluate
    from rulewright.evaluate.explain import explain

    program = program_of(
        head(f"rules:\n  - {{ id: a, when: {nested(28).replace('all', 'none')}, then: [close] }}\n")
    )
    decision = evaluate(program, facts_of(issue(title="x")))
    assert decision.policies[0].rules[0].status == "matched"
    assert explain(decision, "intake", "a").flips[0].path == "title"


def test_nodes_nest_deeper_than_documents_can() -> None:
    from rulewright.program.closures import build_closure

    node: Node = constant(True)
    for _ in range(200):
        node = group("none", [node])
    decide: Any = build_closure(node)
    assert decide(None) is True


def test_nesting_without_end_is_refused_with_a_place(tmp_path: Path) -> None:
    findings = found(tmp_path, head(f"{RULE}{nested(5000)}\n    then: [close]\n"))
    assert findings
    assert all(line == 7 for _, line, _, _ in findings)


def test_nodes_keep_operands_and_their_places() -> None:
    program = program_of(
        head(f"{RULE}{{ labels: {{ contains: Bug }}, age: {{ gt: 2d }} }}\n    then: [close]\n")
    )
    node: Any = program.policies[0].entries[0].when
    labels, age = node.children
    assert (node.operator, labels.folded, labels.matcher, labels.operand) == ("all", True, "contains", "Bug")
    assert (labels.position, age.operand, age.written) == ((7, 13), 172_800.0, "2d")


def test_a_broken_condition_compiles_to_unknown() -> None:
    program, _ = compiled(head(f"{RULE}{{ any: [ {{ titel: x }}, {{ labels: x }} ] }}\n    then: [close]\n"))
    node: Any = program.policies[0].entries[0].when
    assert [part.truth for part in node.children] == [None, None]
