"""Arguments that facts fill in: what is no text, no login, no title is not planned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fixtures.nodes import START
from rulewright.actions.set_title import without_tags
from rulewright.actions.table import ACTIONS
from rulewright.actions.template import Undetermined
from rulewright.actions.trust import is_trusted
from rulewright.program.compiled_policy import CompiledPolicy
from rulewright.program.named_facts import CompiledFact, FactStep

if TYPE_CHECKING:
    from rulewright.events.snapshot import Snapshot

VALUES = {
    "map": {"a": 1},
    "empty": " \u202e",
    "flag": True,
    "text": "not a login",
    "list": ["A", "a", "b"],
    "n": 3,
}
X = {"fact": "map"}


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("add_labels", X, "`map` is not text"),
        ("add_labels", [{"fact": "flag"}], "`flag` is not text"),
        ("add_labels", [{"fact": "empty"}], "`empty` is empty"),
        ("add_labels", ["{{ nothing }}"], "`nothing` is missing"),
        ("assign", {"fact": "lists.text"}, "the value is not a login"),
        ("set_field", {"project": 1, "field": "F", "value": {"fact": "flag"}}, "a board field takes"),
        ("set_output", {"name": "o", "value": X}, "an output takes"),
        ("set_title", "{{ empty }}", "the title would be empty"),
        ("create_issue", {"title": "{{ empty }}", "body": "b", "key": "k"}, "the title would be empty"),
        ("comment", "nope", "unknown template `nope`"),
        ("notify", {"channel": "other", "text": "t"}, "unknown channel `other`"),
    ],
)
def test_values_of_the_wrong_kind_are_not_planned(
    context: Any, name: str, arguments: Any, reason: str
) -> None:
    made = context({**VALUES, "lists.text": "not a login"}, channels={"oncall": {}})
    with pytest.raises(Undetermined) as caught:
        ACTIONS[name].plan(arguments, made)
    assert caught.value.reason.startswith(reason)


def test_a_fact_may_bring_a_list_and_each_name_counts_once(context: Any) -> None:
    (effect,) = ACTIONS["add_labels"].plan([{"fact": "list"}, "{{ n }}"], context(VALUES))
    assert effect.arguments == {"labels": ["A", "b", "3"]}


@pytest.mark.parametrize(
    ("title", "tags", "left"),
    [
        ("[High Priority] Crash", ["[high priority]"], "Crash"),
        ("Crash [P1] now [p2]", ["[P?]"], "Crash now"),
        ("[P1] a [b] [P10]", ["[P*]"], "a [b]"),
        ("[P1]", ["[P?]"], "[P1]"),
        ("Two  spaces", ["[P?]"], "Two  spaces"),
    ],
)
def test_tags_go_and_the_rest_stays(title: str, tags: list[str], left: str) -> None:
    assert without_tags(title, tags) == left


@pytest.mark.parametrize(("name", "state"), [("close", "closed"), ("reopen", "open")])
def test_no_comment_goes_with_what_is_done_already(
    context: Any, snapshot: Snapshot, name: str, state: str
) -> None:
    made = context(snapshot=snapshot._replace(state=state), templates={"t": "Hello."})
    assert ACTIONS[name].plan({"reason": "completed", "comment": "t"}, made) == ()


@pytest.mark.parametrize("canonical", ["7", 0, None, True, 12])
def test_a_duplicate_names_another_issue(context: Any, canonical: Any) -> None:
    made = context(values={"duplicates.canonical": canonical}, target="octo-org/hello#12")
    with pytest.raises(Undetermined):
        ACTIONS["close"].plan({"duplicate_of": {"fact": "duplicates.canonical"}}, made)


def test_a_duplicate_is_closed_as_one(context: Any) -> None:
    made = context(values={"duplicates.canonical": 3}, target="octo-org/hello#12")
    effects = ACTIONS["close"].plan({"duplicate_of": {"fact": "duplicates.canonical"}}, made)
    assert [effect.arguments for effect in effects] == [{"reason": "duplicate", "duplicate_of": 3}]


@pytest.mark.parametrize(
    ("path", "trusted"),
    [
        ("author", True),
        ("sender", True),
        ("issue.user.login", True),
        ("issue.number", True),
        ("lists.team", True),
        ("constant", True),
        ("guess", False),
        ("guess.login", False),
        ("title", False),
        ("issue.user.name", False),
        ("inputs.login", False),
        ("title || author", False),
        ("join('', [author])", False),
    ],
)
def test_what_is_trusted(path: str, trusted: bool) -> None:
    sources = {"constant": "value", "guess": "call"}
    lets = {name: CompiledFact("", START, (FactStep(source, {}),)) for name, source in sources.items()}
    policy = CompiledPolicy("p", "Triage", "enforce", "f", "", (), lets, {}, ())
    assert is_trusted(policy, path) is trusted


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (":octocat:  automerge", ":octocat:  automerge"),
        ("  a   b ", "a   b"),
        ("a\n\tb", "a b"),
        ("a\u00a0b", "a b"),
    ],
)
def test_names_keep_their_double_blanks(context: Any, written: str, name: str) -> None:
    (effect,) = ACTIONS["add_labels"].plan([written], context({}))
    assert effect.arguments["labels"] == [name]
