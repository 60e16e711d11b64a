"""Every matcher on values of every kind: the truth, and the reason for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.nodes import constant, group, match
from fixtures.policy_builder import facts_of, head, issue, program_of
from rulewright.evaluate.evaluator import evaluate
from rulewright.evaluate.explain import explain
from rulewright.evaluate.reason import REASONS
from rulewright.policy.canonical import canonical_json
from rulewright.policy.document import read_documents
from rulewright.policy.matcher_declarations import MATCHER_DECLARATIONS
from rulewright.program.index.partial_evaluation import (
    FAILED,
    FALSE,
    NOT_KNOWN,
    TRUE,
    partially_evaluate,
    possible_truths,
)
from rulewright.program.matchers.length import SIZE_MATCHERS
from rulewright.program.matchers.matcher import Matcher
from rulewright.program.matchers.table import MATCHERS
from rulewright.program.nodes import ConstantNode, KindNode

FILE = Path(__file__).with_name("matchers.yaml")
TABLE: list[dict[str, Any]] = list(read_documents(str(FILE), FILE.read_bytes())[0][0].data)
FACTS = "let: { x: { call: anything }, low: { call: anything } }\nlists: { team: [Ann, Bob], nobody: [] }\n"
STATUS = {"true": "matched", "false": "not_matched", "unknown": "undetermined", "error": "error"}


def value_of(value: Any) -> Any:
    return float("nan") if value == "<nan>" else value


@pytest.mark.parametrize("row", TABLE, ids=lambda row: canonical_json(row["when"]).decode())
def test_matcher(row: dict[str, Any]) -> None:
    when = canonical_json(row["when"]).decode()
    program = program_of(head(f"{FACTS}rules:\n  - {{ id: a, when: {when}, then: [close] }}\n"))
    for value, *expected in row["cases"]:
        values = {name: value_of(other) for name, other in row.get("values", {}).items()}
        if value != "<absent>":
            values["x"] = value_of(value)
        decision = evaluate(program, facts_of(issue(title="t"), values))
        word = expected[0] if isinstance(expected[0], str) else str(expected[0]).lower()
        explained = explain(decision, "intake", "a")
        (result,) = decision.policies[0].rules
        assert (result.status, explained.tree.verdict) == (STATUS[word], word), value
        assert explained.tree.reason in REASONS
        if len(expected) > 1 or not explained.tree.children:
            assert explained.tree.reason == (expected[1] if len(expected) > 1 else "ok"), value


def test_the_table_has_every_matcher() -> None:
    used = {
        name
        for row in TABLE
        for path, m in row["when"].items()
        for name in (m if isinstance(m, dict) else ())
    }
    assert used >= set(MATCHERS) - {"in", "eq"}


def test_the_table_and_the_declarations_agree() -> None:
    assert MATCHERS.keys() == MATCHER_DECLARATIONS.keys()


@pytest.mark.parametrize("matcher", MATCHERS.values(), ids=lambda matcher: matcher.name)
def test_what_a_matcher_names_exists(matcher: Matcher) -> None:
    declaration = MATCHER_DECLARATIONS[matcher.name]
    named = (matcher.negates, declaration.for_lists, declaration.other_operand)
    assert {name for name in named if name is not None} <= set(MATCHERS)
    assert callable(matcher.mismatch) or matcher.mismatch in REASONS
    assert (declaration.of_length is not None or matcher.name == "not_in") is (matcher.name in SIZE_MATCHERS)
    assert (declaration.operand == "flag") is (matcher.missing_truth is not None)


def truth(when: str, payload: dict[str, Any]) -> str:
    program = program_of(head(f"rules:\n  - {{ id: a, when: {when}, then: [close] }}\n"))
    return evaluate(program, facts_of(payload)).policies[0].rules[0].status


@pytest.mark.parametrize(
    ("when", "payload", "status"),
    [
        ("{ labels: { contains: BUG } }", issue(labels=[{"name": "bug"}]), "matched"),
        ("{ labels: { contains_any: [x, BUG] } }", issue(labels=[{"name": "bug"}]), "matched"),
        ("{ labels: { glob: 'SEVERITY/*' } }", issue(labels=[{"name": "severity/high"}]), "matched"),
        ("{ labels: { regex: '^BUG$' } }", issue(labels=[{"name": "bug"}]), "matched"),
        ("{ labels: { contains: straße } }", issue(labels=[{"name": "STRASSE"}]), "matched"),
        ("{ labels: { contains_none: [BUG] } }", issue(labels=[{"name": "bug"}]), "not_matched"),
        ("{ 'labels[0]': Bug }", issue(labels=[{"name": "bug"}]), "matched"),
        ("{ 'issue.labels[0].name': Bug }", issue(labels=[{"name": "bug"}]), "matched"),
        ("{ 'labels[1]': Bug }", issue(labels=[{"name": "bug"}]), "undetermined"),
        ("{ labels: { contains_none: [x] } }", issue(), "undetermined"),
        ("{ labels: { contains_none: [x] } }", issue(labels=[]), "matched"),
        ("{ labels: { length: 0 } }", issue(labels=[]), "matched"),
        ("{ author: OCTOCAT }", issue(user={"login": "octocat"}), "matched"),
        ("{ author: { length: 1 } }", issue(user={"login": "ß"}), "matched"),
        ("{ sender: OctoCat }", {"sender": {"login": "octocat"}, **issue()}, "matched"),
        (
            "{ sender: { eq: { fact: author } } }",
            {"sender": {"login": "Ann"}, **issue(user={"login": "ann"})},
            "matched",
        ),
        ("{ title: { eq: { fact: author } } }", issue(title="ANN", user={"login": "ann"}), "matched"),
        ("{ title: Bug }", issue(title="bug"), "not_matched"),
        (
            "{ issue.closed_at: { gt: { fact: issue.created_at } } }",
            issue(closed_at="2026-01-02T00:00:00+02:00", created_at="2026-01-01T23:00:00Z"),
            "not_matched",
        ),
        (
            "{ issue.closed_at: { gt: { fact: issue.created_at } } }",
            issue(closed_at="2026-01-02T00:00:00Z", created_at="long ago"),
            "undetermined",
        ),
        ("{ age: { gt: 14d } }", issue(created_at="2026-01-01T08:59:59Z"), "matched"),
        ("{ age: { gt: 14d } }", issue(created_at="yesterday"), "undetermined"),
        ("{ issue.comments: { gt: 1 } }", issue(comments=10**400), "matched"),
        ("{ issue.comments: { lt: 1.5 } }", issue(comments=10**400), "not_matched"),
        ("{ title: { regex: 'a.c' } }", issue(title="a\ud800c"), "matched"),
        ("{ title: { contains: a } }", issue(title="\udfffa"), "matched"),
        ("{ title: { glob: '*\\u00e9' } }".replace("\\u00e9", "é"), issue(title="\ud83dé"), "matched"),
    ],
)
def test_paths_of_events(when: str, payload: dict[str, Any], status: str) -> None:
    assert truth(when, payload) == status


def test_absent_and_null_are_told_apart_where_they_stand() -> None:
    program = program_of(head("rules:\n  - { id: a, when: { issue.milestone.title: x }, then: [close] }\n"))

    def reason(payload: dict[str, Any]) -> str:
        return explain(evaluate(program, facts_of(payload)), "intake", "a").tree.reason

    assert reason(issue()) == "absent"
    assert reason(issue(milestone=None)) == "absent"
    assert reason(issue(milestone={"title": None})) == "null"
    assert reason({"issue": "text"}) == "absent"


def test_operands_that_no_policy_can_write_decide_nothing() -> None:
    """The compiled form may hold them all the same: what is not understood is unknown."""
    odd: list[tuple[str, Any]] = [
        ("in", 3), ("between", 3), ("between", [1]), ("between", ["a", 2]), ("contains_any", "a"),
        ("contains_all", 1), ("starts_with", 3), ("glob", [3]), ("gt", "a"), ("eq", float("nan")), ("ne", None),
    ]  # fmt: skip
    for name, want in odd:
        test = MATCHERS[name].build_test(match("x", 0, name, want), want)
        assert [test(value) for value in ("a", 1, ["a"], True)] == [None] * 4, name


class UnknownNode(KindNode):
    """What a kind of policy adds, as the index sees it: its paths are not known."""

    def decide(self, frame: Any) -> None:
        return None

    def detail(self, frame: Any) -> dict[str, Any]:
        return {}

    def to_json(self) -> list[Any]:
        return ["unknown"]


def test_specialised_conditions() -> None:
    leaf = match("x", 0, "eq", 1)
    unknown = constant(None)
    own = UnknownNode()
    gone = partially_evaluate(leaf, {0}, set())
    assert isinstance(gone, ConstantNode)
    assert gone.truth is None
    assert partially_evaluate(leaf, {1}, {0}) is leaf
    assert partially_evaluate(own, {0}, set()) is own
    assert isinstance(partially_evaluate(unknown, set(), set()), ConstantNode)
    both = partially_evaluate(group("all", [leaf, own]), {0}, set())
    assert not isinstance(both, ConstantNode)
    assert possible_truths(both, set()) == FALSE | NOT_KNOWN | FAILED
    always = group("any", [constant(True), leaf])
    assert possible_truths(always, {0}) == TRUE
