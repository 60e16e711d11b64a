"""Explanations: the tree says what was decided, in words of closed lists, and shows no secret."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fixtures.policy_builder import facts_of, head, issue, program_of
from fixtures.policy_generator import WORDS, Maker, payload
from rulewright.detection import detect
from rulewright.evaluate.evaluator import evaluate
from rulewright.evaluate.explain import Explained, explain
from rulewright.evaluate.masking import _secrets, is_suspect, mask
from rulewright.evaluate.reason import REASONS
from rulewright.evaluate.show import LIMIT, show
from rulewright.program.truth import ERROR, all_of, any_of, negate

if TYPE_CHECKING:
    from collections.abc import Callable

TRUTHS = {"true": True, "false": False, "unknown": None, "error": ERROR}
STATUSES = {"true": "matched", "false": "not_matched", "unknown": "undetermined", "error": "error"}
OPS: dict[str, Any] = {"all": all_of, "any": any_of, "none": lambda values: negate(any_of(values))}


def nodes(tree: Explained) -> list[Explained]:
    return [tree, *(node for child in tree.children for node in nodes(child))]


@given(st.integers(0, 10**9))
@example(2083)  # bounds that are a list of one
@settings(deadline=None)
def test_the_tree_says_what_was_decided(seed: int) -> None:
    random = Random(seed)
    program = Maker(random).program(6)
    decision = evaluate(program, facts_of(payload(random)))
    for result in decision.policies[0].rules:
        explanation = explain(decision, "generated", result.id)
        assert explanation.status == result.status == STATUSES[explanation.tree.verdict]
        for node in nodes(explanation.tree):
            assert node.reason in REASONS
            assert (node.reason == "ok") is (node.verdict == "true")
            assert node.actual is None or len(node.actual) <= LIMIT
            assert node.actual is None or node.actual.isprintable()
            if node.children:
                values = [TRUTHS[child.verdict] for child in node.children]
                assert TRUTHS[node.verdict] is OPS[node.expression](values)
        json.dumps(explanation.as_json(), allow_nan=False)


@given(st.integers(0, 10**9))
@settings(deadline=None)
def test_what_is_not_decisive_has_no_part_in_the_result(seed: int) -> None:
    random = Random(seed)
    program = Maker(random).program(6)
    decision = evaluate(program, facts_of(payload(random)))
    for result in decision.policies[0].rules:
        tree = explain(decision, "generated", result.id).tree
        assert tree.decisive
        assert decide_tree(tree, lambda leaf: leaf.decisive) is TRUTHS[tree.verdict]
        if tree.verdict in ("true", "false"):
            for other in (True, False, None, ERROR):
                assert decide_tree(tree, lambda leaf: True, other) is TRUTHS[tree.verdict]
        for node in nodes(tree):
            assert node.decisive or not any(child.decisive for child in node.children)
            assert not node.decisive or not node.children or any(child.decisive for child in node.children)


def decide_tree(tree: Explained, counts: Callable[[Explained], bool], other: Any = None) -> Any:
    """The truth of a tree over those nodes that count, with `other` for a leaf that is not decisive."""
    if not tree.children:
        return TRUTHS[tree.verdict] if tree.decisive else other
    return OPS[tree.expression](
        [decide_tree(child, counts, other) for child in tree.children if counts(child)]
    )


@pytest.mark.parametrize(
    ("when", "decisive"),
    [
        ("{ all: [ { title: t }, { body: x }, { author: y } ] }", [False, True, True]),
        ("{ any: [ { title: t }, { body: x }, { author: y } ] }", [True, False, False]),
        ("{ none: [ { title: t }, { body: x } ] }", [True, False]),
        ("{ none: [ { title: x }, { body: y } ] }", [True, True]),
        ("{ all: [ { title: t }, { issue.milestone.title: y } ] }", [False, True]),
        ("{ any: [ { title: x }, { issue.milestone.title: y } ] }", [False, True]),
    ],
)
def test_what_decided(when: str, decisive: list[bool]) -> None:
    tree = explained(when, issue(title="t", body="b", user={"login": "mona"}))
    assert [child.decisive for child in tree.children] == decisive
    assert "decisive" not in json.dumps(tree.as_json())


def explained(when: str, event: dict[str, Any], values: Any = None, let: str = "") -> Explained:
    text = head(f"{let}rules:\n  - id: a\n    when: {when}\n    then: [close]\n")
    return explain(evaluate(program_of(text), facts_of(event, values)), "intake", "a").tree


def test_a_leaf_has_everything_with_its_place() -> None:
    line = 7
    tree = explained("{ title: crash, labels: { contains_any: [a] } }", issue(title="Crash", labels=[]))
    title, labels = tree.children
    assert (tree.expression, tree.expected, tree.verdict, tree.reason) == (
        "all",
        "all of these",
        "false",
        "false",
    )
    assert title.as_json() == {
        "expression": "title: eq",
        "verdict": "false",
        "expected": 'equal to "crash"',
        "actual": '"Crash"',
        "reason": "case_mismatch",
        "line": line,
        "column": 13,
        "place": "issue.title",
    }
    assert labels.expected == 'containing any of ["a"], case ignored'
    assert (labels.actual, labels.place) == ("[]", None)


@pytest.mark.parametrize(
    ("when", "event", "shown"),
    [
        ("{ age: { gt: 14d } }", issue(created_at="2026-01-12T05:00:00Z"), ("more than 14d", "3d4h")),
        (
            "{ age: { between: [1d, 2d] } }",
            issue(created_at="2026-01-12T05:00:00Z"),
            ("between 1d and 2d", "3d4h"),
        ),
        (
            "{ age: { gt: { fact: x } } }",
            issue(created_at="2026-01-12T05:00:00Z"),
            ("more than x (1h30m)", "3d4h"),
        ),
        ("{ x: { gt: 90m } }", {}, ("more than 90m", "1h30m")),
        ("{ x: { gt: 90 } }", {}, ("more than 90", "5400")),
        ("{ x: { gt: 1kB } }", {}, ("more than 1kB", "5400")),
        (
            "{ issue.created_at: { older_than: 1d } }",
            issue(created_at="2026-01-15"),
            ("older than 1d", '"2026-01-15"'),
        ),
        ("{ title: { missing: true } }", issue(title="t"), ("no value", '"t"')),
        ("{ title: { missing: false } }", issue(), ("a value", None)),
        ("{ title: { eq: { fact: body } } }", issue(title="t"), ("equal to body (missing)", '"t"')),
        ("{ jmespath: 'title == body' }", issue(title="t"), ("true", "false")),
        (
            "{ issue.comments: { lt: 3 } }",
            issue(comments=10**5000),
            ("less than 3", "(a number of thousands of digits)"),
        ),
        ("{ issue.comments: { lt: 3 } }", issue(comments=True), ("less than 3", "true")),
    ],
)
def test_what_is_shown(when: str, event: dict[str, Any], shown: tuple[str, str | None]) -> None:
    tree = explained(when, event, {"x": 5400}, "let: { x: { call: m } }\n")
    assert (tree.expected, tree.actual) == shown


def test_places_of_short_names() -> None:
    text = head(
        "rules: [ { id: a, when: { title: x, author: y, 'labels[0]': z, age: { gt: 1d } }, then: [close] } ]\n",
        on="[issues, pull_request]",
    )
    program = program_of(text)
    facts = facts_of({"issue": None, "pull_request": {"title": "x", "user": {"login": "y"}}})
    tree = explain(evaluate(program, facts), "intake", "a").tree
    assert [child.place for child in tree.children] == [
        "pull_request.title",
        "pull_request.user.login",
        None,
        None,
    ]
    tree = explain(evaluate(program, facts_of({})), "intake", "a").tree
    assert [child.place for child in tree.children] == [None] * 4


def test_an_entry_that_was_not_reached() -> None:
    text = head(
        "skip: [ { id: s, when: { title: x } }, { id: t, when: { state: open } } ]\n"
        "rules: [ { id: a, description: Why., when: { title: z }, then: [close] } ]\n"
    )
    decision = evaluate(program_of(text), facts_of(issue(title="x", state="closed")))
    assert [explain(decision, "intake", name).status for name in "sta"] == ["matched", "skipped", "skipped"]
    data = explain(decision, "intake", "a").as_json()
    assert (data["policy"], data["rule"], data["role"], data["because"]) == ("intake", "a", "rule", "skip s")
    with pytest.raises(KeyError):
        explain(decision, "intake", "nobody")
    with pytest.raises(KeyError):
        explain(decision, "nobody", "a")


SECRETS = [
    "sk-1234567890abcdef",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "xoxb-123456789012-abcdef",
    "AKIAIOSFODNN7EXAMPLE",
    "ann.example@mail.octo-org.com",
    "123-45-6789",
    "+1 415 555 0134 22",
    "4111 1111 1111 1111",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc",
]
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize("secret", [*SECRETS, KEY])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda s: s,
        lambda s: f"first line\n{s}",
        lambda s: [f"a\n{s}", 1],
        lambda s: {"a": [{"b": f"\t{s}"}]},
        lambda s: {s: 1},
        lambda s: f'"{s}"',
    ],
)
def test_no_secret_is_shown(secret: str, wrap: Any) -> None:
    assert "***" in show(wrap(secret))
    for piece in (secret, secret[4:], secret.splitlines()[-1][5:]):
        assert piece not in show(wrap(secret))


@given(st.text(WORDS[0] + " \n", max_size=700), st.sampled_from(SECRETS))
def test_no_cut_makes_a_secret_visible(before: str, secret: str) -> None:
    shown = show(f"{before} {secret} {secret}")
    assert len(shown) <= LIMIT
    assert secret[:12] not in shown
    assert secret[:12] not in show(("x" * 60 + " ") * (len(before) % 12) + secret)


def test_masks_by_name() -> None:
    assert mask("api_key: hunter2") == "***"
    assert mask("password=hunter2 next") == "*** next"
    assert mask("the password is hunter2!") == "the password is ***"
    assert mask("bearer abcdefABCDEF") == "***"
    assert mask("token: tulip") == "***"


def test_words_that_only_speak_of_secrets_stay() -> None:
    """Titles and comments are shown by the same function."""
    for text in (
        "a token of thanks",
        "The secret was found",
        "Reset the password twice",
        "bearer tokens expire",
    ):
        assert mask(text) == text


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from([*SECRETS, "sk-abcdef", "AB12 CDEF GHIJ KLMN", "a", "/"])).map("".join)
)
def test_what_is_not_suspect_has_nothing_to_mask(text: str) -> None:
    if not is_suspect(text):
        assert detect(text) == ()
        assert not any(pattern.search(text) for pattern in _secrets())


@pytest.mark.parametrize(
    "name", ["priority/critical-label", "severity/high", "needs-reproduction", "issue.body", "bug"]
)
def test_names_need_no_detectors(name: str) -> None:
    assert not is_suspect(name)
    assert mask(name) == name


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a" * 100, '"' + "a" * 78 + "…"),
        ("a\nb\u202ec", '"a\\nb�c"'),
        (["\ud800"], '["�"]'),
        ([[[[["deep"]]]]], '[[[["…"]]]]'),
        ({"a": {"b": {"c": {"d": {"e": 1}}}}}, '{"a": {"b": {"c": {"d": "…"}}}}'),
        (ERROR, "(failed)"),
        (None, "null"),
        (1.5, "1.5"),
        (" " * 3000, '"' + " " * 78 + "…"),
    ],
)
def test_shown_values(value: Any, shown: str) -> None:
    assert show(value) == shown
