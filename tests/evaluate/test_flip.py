"""The nearest flip: the fewest leaves, and values that really turn the rule."""

from __future__ import annotations

import copy
import json
from itertools import combinations
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.nodes import constant, expression, group
from fixtures.policy_builder import facts_of, head, issue, program_of
from rulewright.evaluate.evaluator import evaluate
from rulewright.evaluate.explain import explain
from rulewright.evaluate.flip import Flip, nearest_flip
from rulewright.program.closures import build_closure
from rulewright.program.nodes import Node
from rulewright.program.truth import ERROR

FIELDS: dict[str, list[str]] = {
    "title": ["{ eq: x }", "{ in: [x, z] }", "{ contains: x }"],
    "body": ["{ eq: y }", "{ contains: y }"],
    "comments": ["{ gt: 3 }", "{ gte: 3 }", "{ lt: -3 }", "{ lte: -3 }", "{ between: [5, 7] }", "{ eq: 4 }"],
    "number": ["{ gt: 2.5 }", "{ lt: 0.5 }", "{ gt: 1e300 }", "{ in: [8, 9] }"],
    "locked": ["{ eq: true }", "true"],
    "labels": ["{ contains: a }", "{ contains_any: [b, c] }", "{ contains_all: [a, b] }"],
}


def condition(random: Random, names: list[str], depth: int = 0) -> dict[str, Any]:
    """A condition in which every path occurs once, of matchers for which a flip names values."""
    if len(names) == 1 or depth == 3:
        name = names[0]
        return {name if name in ("labels", "title", "body") else f"issue.{name}": random.choice(FIELDS[name])}
    cut = random.randint(1, len(names) - 1)
    parts = [condition(random, some, depth + 1) for some in (names[:cut], names[cut:])]
    return {random.choice(["all", "any"]): parts}


def yaml(node: dict[str, Any]) -> str:
    ((key, value),) = node.items()
    if isinstance(value, list):
        return f"{{ {key}: [ {', '.join(yaml(each) for each in value)} ] }}"
    return f"{{ {key}: {value} }}"


def some_issue(random: Random) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "title": random.choice(["x", "q"]),
        "body": random.choice(["y", "q", 3]),
        "comments": random.choice([0, 3, 4, 5, 8, -3, "many"]),
        "number": random.choice([0.5, 1, 2.5, 8]),
        "locked": random.choice([True, False]),
        "labels": [{"name": name} for name in random.sample("abcd", random.randint(0, 3))],
    }
    return {key: value for key, value in fields.items() if random.random() < 0.9}


def apply(fields: dict[str, Any], flip: Flip) -> None:
    name = flip.path.removeprefix("issue.")
    if name == "labels":
        wanted = flip.value if isinstance(flip.value, list) else [flip.value]
        fields["labels"] = [*fields.get("labels", []), *({"name": each} for each in wanted)]
    else:
        fields[name] = flip.value


@given(st.integers(0, 10**9))
@settings(deadline=None)
def test_applying_the_values_turns_the_rule(seed: int) -> None:
    random = Random(seed)
    names = random.sample(list(FIELDS), random.randint(1, 5))
    when = yaml(condition(random, names))
    program = program_of(head(f"rules:\n  - {{ id: a, when: {when}, then: [close] }}\n"))
    fields = some_issue(random)
    decision = evaluate(program, facts_of(issue(**fields)))
    explanation = explain(decision, "intake", "a")
    assert explanation.flips
    json.dumps(explanation.as_json())
    if explanation.status == "matched":
        return
    changed = copy.deepcopy(fields)
    for flip in explanation.flips:
        assert flip.value is not None, flip
        apply(changed, flip)
    assert evaluate(program, facts_of(issue(**changed))).policies[0].matched, (
        when,
        fields,
        explanation.flips,
    )


OPS = ("all", "any", "none")


def tree(random: Random, leaves: list[Any], depth: int = 0) -> Node:
    if depth == 3 or (depth and random.random() < 0.3):
        path = len(leaves)
        leaves.append(random.choice([True, False, None, ERROR]))
        return expression(f"leaf{path}", path)
    parts = [tree(random, leaves, depth + 1) for _ in range(random.randint(1, 3))]
    return group(random.choice(OPS), parts)


def brute_force(node: Node, leaves: list[Any], most: int) -> int | None:
    """The least number of leaves that, set to true or false, turn the condition."""
    decide: Any = build_closure(node)
    wanted = decide(leaves) is not True
    for size in range(most + 1):
        for chosen in combinations(range(len(leaves)), size):
            for bits in range(1 << size):
                changed = list(leaves)
                for place, index in enumerate(chosen):
                    changed[index] = bool(bits >> place & 1)
                if decide(changed) is wanted:
                    return size
    return None


class Values(list[Any]):
    """A frame of leaves alone."""

    errors = None
    waiting = None


@given(st.integers(0, 10**9))
@settings(deadline=None)
def test_no_fewer_leaves_would_do(seed: int) -> None:
    random = Random(seed)
    leaves: list[Any] = []
    node = tree(random, leaves)
    if len(leaves) > 9:
        return
    frame: Any = Values(leaves)
    flips = nearest_flip(node, frame)
    assert len({flip.path for flip in flips}) == len(flips)
    if len(flips) <= 3:
        assert brute_force(node, leaves, len(flips)) == len(flips)
    decide: Any = build_closure(node)
    changed = list(leaves)
    for flip in flips:
        changed[int(flip.path.removeprefix("leaf"))] = flip.change == "gives true"
    assert decide(changed) is (decide(leaves) is not True)


def flips(when: str, event: dict[str, Any], values: Any = None, let: str = "") -> list[dict[str, Any]]:
    text = head(f"{let}rules:\n  - id: a\n    when: {when}\n    then: [close]\n")
    return [
        flip.as_json()
        for flip in explain(evaluate(program_of(text), facts_of(event, values)), "intake", "a").flips
    ]


@pytest.mark.parametrize(
    ("when", "change", "value"),
    [
        ("{ title: { eq: { fact: body } } }", 'equal to body ("short") (now "t")', "short"),
        (
            "{ title: { eq: { fact: issue.milestone.title } } }",
            'equal to issue.milestone.title (missing) (now "t")',
            None,
        ),
        ("{ title: { eq: { fact: author } } }", 'equal to author ("***"), case ignored (now "t")', None),
        ("{ age: { gte: 14d } }", "at least 14d (now 1d)", 1209600.0),
        ("{ age: { gt: 14d } }", "more than 14d (now 1d)", 1209601.0),
        ("{ age: { lt: 1h } }", "less than 1h (now 1d)", 3599.0),
        ("{ issue.number: { between: [1, 3] } }", "between [1, 3] (now 9)", 3),
        ("{ issue.number: { between: [11, 13] } }", "between [11, 13] (now 9)", 11),
        (
            "{ issue.created_at: { gt: 2026-02-01 } }",
            'more than 2026-02-01 (now "2026-01-14T09:00:00Z")',
            None,
        ),
        (
            "{ issue.created_at: { gte: 2026-02-01 } }",
            'at least 2026-02-01 (now "2026-01-14T09:00:00Z")',
            "2026-02-01",
        ),
        ("{ state: open }", 'equal to "open" (now missing)', "open"),
        ("{ title: { regex: crash } }", 'matching "crash" (now "t")', None),
        ("{ title: t }", 'not equal to "t" (now "t")', None),
        ("{ none: [ { title: t } ] }", 'not equal to "t" (now "t")', None),
        ("{ jmespath: 'title == body' }", "gives true", None),
    ],
)
def test_a_change(when: str, change: str, value: Any) -> None:
    event = issue(
        title="t", body="short", number=9, created_at="2026-01-14T09:00:00Z", user={"login": "sk-123456789"}
    )
    (flip,) = flips(when, event)
    assert (flip["change"], flip.get("value"), flip["line"]) == (change, value, 7)


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        "x" * 200,
        [float("nan")],
        pytest.param(10**5000, id="more digits than are printed"),
    ],
)
def test_a_value_of_the_event_is_named_only_where_it_is_json_and_whole(value: Any) -> None:
    when = "{ x: { eq: { fact: y } } }" if not isinstance(value, list) else "{ x: { in: { fact: y } } }"
    (flip,) = flips(when, {}, {"x": "a", "y": value}, "let: { x: { call: m }, y: { call: m } }\n")
    assert "value" not in flip


def test_a_leaf_that_stands_twice_is_changed_once() -> None:
    when = "{ all: [ { any: [ { title: x }, { body: { eq: y } } ] }, { any: [ { title: x }, { state: closed } ] } ] }"
    assert [flip["path"] for flip in flips(when, issue(title="q", body="q", state="q"))] == ["title"]


def test_what_nothing_can_turn_has_no_flip() -> None:
    frame: Any = Values([])
    broken = constant(None, "broken")
    assert nearest_flip(broken, frame) == ()
    assert nearest_flip(group("all", [broken]), frame) == ()
    assert nearest_flip(group("any", [broken, broken]), frame) == ()
