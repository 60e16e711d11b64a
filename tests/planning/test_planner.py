"""Planning: order, merging, conflicts, rounds to a fixed point, loops, budgets, masks and trust."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import rulewright
from rulewright.actions.table import ACTIONS
from rulewright.actions.template import Undetermined
from rulewright.events.model import Event, Facts
from rulewright.planning.plan_json import plan_json
from rulewright.planning.planner import plan
from rulewright.policy.canonical import canonical_json
from rulewright.policy.config import Config
from rulewright.program.program import Program

if TYPE_CHECKING:
    from rulewright.actions.plan import Plan

PII = {
    "count": 1,
    "types": ["api_key"],
    "fields": ["issue.body"],
    "findings": [{"field": "issue.body", "start": 4, "end": 15, "type": "api_key"}],
}
TELLING = ("labels", "users", "label", "title", "body", "text", "message", "milestone", "reason", "value")
OPEN = "rules:\n  - { id: a, when: { state: open }, then: "
NOW = "2026-01-05T09:00:00Z"


def done(made: Plan) -> list[tuple[str, Any]]:
    """Action and its telling argument, in order."""
    telling = (
        "labels",
        "users",
        "label",
        "title",
        "body",
        "fields",
        "text",
        "message",
        "milestone",
        "reason",
        "value",
    )
    return [
        (e.action, next((e.arguments[name] for name in telling if name in e.arguments), None))
        for e in made.effects
    ]


def test_effects_stand_in_the_order_of_the_rules_and_only_where_the_state_lacks_them(planned: Any) -> None:
    made = planned(
        """
rules:
  - { id: a, when: { state: open }, then: [ add_labels: [triage, severity/LOW], assign: octocat ] }
  - { id: b, when: { state: open }, then: [ set_milestone: v1 ] }
  - { id: c, when: { state: closed }, then: [ add_labels: never ] }
"""
    )
    assert done(made) == [("add_labels", ["triage"]), ("assign", ["octocat"]), ("set_milestone", "v1")]
    assert [e.rule for e in made.effects] == ["p0/a", "p0/a", "p0/b"]
    assert {e.target for e in made.effects} == {"octo-org/demo#3"}
    assert made.predicted["labels"] == ["severity/low", "triage"]
    assert (made.conflicts, made.notes, made.held_back) == ((), (), ())


def test_what_two_rules_want_is_planned_once(planned: Any) -> None:
    made = planned(
        """
rules:
  - { id: a, when: { state: open }, then: [ add_labels: triage, warn: look, close ] }
  - { id: b, when: { state: open }, then: [ add_labels: [Triage, more], warn: look, close ] }
"""
    )
    assert done(made) == [
        ("add_labels", ["triage"]),
        ("warn", "look"),
        ("close", "completed"),
        ("add_labels", ["more"]),
    ]
    assert [e.also for e in made.effects] == [("p0/b",), ("p0/b",), ("p0/b",), ()]


def test_two_that_close_agree_and_the_first_says_why(planned: Any) -> None:
    made = planned(
        """
rules:
  - { id: a, when: { state: open }, then: [ close: not_planned ] }
  - { id: b, when: { title: { exists: true } }, then: [ close: completed ] }
"""
    )
    assert done(made) == [("close", "not_planned")]
    assert [effect.also for effect in made.effects] == [("p0/b",)]
    assert made.conflicts == ()


@pytest.mark.parametrize(
    ("first", "second", "field"),
    [
        ("add_labels: x", "remove_labels: X", "label:x"),
        ("close", "reopen", "state"),
        ("set_milestone: v1", "set_milestone: v2", "milestone"),
        ("set_title: one", "set_title: two", "title"),
        ("assign: octocat", "unassign: Octocat", "assignee:octocat"),
        ("set_output: { name: a, value: 1 }", "set_output: { name: a, value: 2 }", "output:a"),
        (
            "set_field: { project: 1, field: Status, value: A }",
            "set_field: { project: 1, field: Status, value: B }",
            "field:1/status",
        ),
        (
            "set_label: { group: severity, value: high }",
            "set_label: { group: severity, value: low }",
            "label_group:severity",
        ),
        (
            "set_label: { group: severity, value: high }",
            "add_labels: severity/medium",
            "label_group:severity",
        ),
    ],
)
def test_rules_that_want_different_things_of_one_field_get_neither(
    planned: Any, first: str, second: str, field: str
) -> None:
    made = planned(
        f"""
rules:
  - {{ id: a, when: {{ state: open }}, then: [ {first} ] }}
  - {{ id: b, when: {{ title: {{ exists: true }} }}, then: [ {second}, add_labels: other ] }}
"""
    )
    assert done(made) == [("add_labels", ["other"])]
    conflict = next(conflict for conflict in made.conflicts if conflict.field == field)
    assert conflict.rules == ("p0/a", "p0/b")
    assert "`p0/a` and `p0/b` want different things" in conflict.message


def test_a_conflict_over_one_label_leaves_the_others(planned: Any) -> None:
    made = planned(
        """
rules:
  - { id: a, when: { state: open }, then: [ add_labels: [x, y] ] }
  - { id: b, when: { title: { exists: true } }, then: [ remove_labels: x ] }
"""
    )
    assert done(made) == [("add_labels", ["y"])]


def test_planning_goes_on_to_a_fixed_point(planned: Any) -> None:
    made = planned(
        """
rules:
  - { id: third, when: { labels: { contains: two } }, then: [ add_labels: three ] }
  - { id: second, when: { labels: { contains: one } }, then: [ add_labels: two ] }
  - { id: first, when: { state: open }, then: [ add_labels: one ] }
"""
    )
    assert done(made) == [("add_labels", ["one"]), ("add_labels", ["two"]), ("add_labels", ["three"])]
    assert [e.round for e in made.effects] == [1, 2, 3]
    assert made.rounds == 4


def test_events_that_the_effects_would_cause_reach_their_policies(
    program: Any, payload: dict[str, Any]
) -> None:
    opened = "rules:\n  - { id: a, when: { state: open }, then: [ add_labels: security ] }\n"
    labelled = "rules:\n  - { id: b, when: { label.name: security }, then: [ assign: octocat ] }\n"
    loaded = program(opened, labelled.replace("rules:", "rules:", 1))
    first, second = loaded.policies
    loaded = Program((first, second._replace(on=("issues.labeled",))), loaded.paths)
    made = plan(rulewright.evaluate(loaded, Facts(Event("issues", "opened", payload), NOW)))
    assert done(made) == [("add_labels", ["security"]), ("assign", ["octocat"])]


LOOP = """
  - { id: a, when: { none: [ labels: { contains: x } ] }, then: [ add_labels: x, warn: added ] }
  - { id: b, when: { labels: { contains: x } }, then: [ remove_labels: x ] }
"""


@pytest.mark.parametrize(
    ("more", "rest"),
    [
        ("", []),
        ("  - { id: c, when: { state: open }, then: [ add_labels: y ] }\n", [("add_labels", ["y"])]),
        ("  - { id: c, when: { state: open }, then: [ set_title: New ] }\n", [("set_title", "New")]),
        ("  - { id: c, when: { labels: { contains: x } }, then: [ add_labels: y ] }\n", []),
    ],
)
def test_the_rules_of_a_loop_are_left_out_and_the_rest_is_planned(
    planned: Any, more: str, rest: list[Any]
) -> None:
    """The same verdict, whatever other rules there are."""
    made = planned(f"rules:{LOOP}{more}")
    assert done(made) == rest
    (conflict,) = made.conflicts
    assert (conflict.field, conflict.rules) == ("label:x", ("p0/a", "p0/b"))
    assert conflict.message == (
        "`p0/a` and `p0/b` make each other match again without end (add_labels x → remove_labels x); both are left out."
    )


def test_a_longer_loop_and_two_loops(planned: Any) -> None:
    made = planned(
        """
rules:
  - { id: a, when: { none: [ labels: { contains_any: [x, y] } ] }, then: [ add_labels: x ] }
  - { id: b, when: { labels: { contains: x } }, then: [ remove_labels: x, add_labels: y ] }
  - { id: c, when: { labels: { contains: y } }, then: [ remove_labels: y ] }
  - { id: d, when: { none: [ labels: { contains: z } ] }, then: [ add_labels: z ] }
  - { id: e, when: { labels: { contains: z } }, then: [ remove_labels: z ] }
  - { id: f, when: { state: open }, then: [ add_labels: done ] }
"""
    )
    assert ("add_labels", ["done"]) in done(made)
    named = {rule for conflict in made.conflicts for rule in conflict.rules}
    assert {"p0/d", "p0/e"} <= named
    assert "p0/f" not in named


def test_who_began_a_loop_has_no_part_in_it(planned: Any) -> None:
    made = planned(
        """
rules:
  - id: a
    when: { none: [ labels: { contains_any: [ping, pong] } ] }
    then: [ add_labels: [ping, other], assign: hubot ]
  - { id: b, when: { labels: { contains: ping } }, then: [ remove_labels: ping, add_labels: pong ] }
  - { id: c, when: { labels: { contains: pong } }, then: [ remove_labels: pong, add_labels: ping ] }
  - { id: d, when: { labels: { contains: other } }, then: [ add_labels: seen ] }
"""
    )
    assert [conflict.rules for conflict in made.conflicts] == [("p0/b", "p0/c")]
    assert done(made) == [
        ("add_labels", ["ping", "other"]),
        ("assign", ["hubot"]),
        ("add_labels", ["seen"]),
    ]


def test_a_long_chain_is_no_loop(planned: Any) -> None:
    steps = "".join(
        f"  - {{ id: s{n}, when: {{ labels: {{ contains: l{n} }} }}, then: [ add_labels: l{n + 1} ] }}\n"
        for n in range(1, 12)
    )
    made = planned(f"rules:\n  - {{ id: s0, when: {{ state: open }}, then: [ add_labels: l1 ] }}\n{steps}")
    assert done(made) == [("add_labels", [f"l{n}"]) for n in range(1, 10)]
    (conflict,) = made.conflicts
    assert (conflict.field, conflict.is_loop) == ("rounds", False)
    assert "ended after 8 rounds" in conflict.message


def test_a_text_that_grows_with_every_round_is_a_loop(planned: Any) -> None:
    made = planned('rules:\n  - { id: a, when: { state: open }, then: [ set_title: "{{ title }}!" ] }\n')
    assert done(made) == []
    assert [(c.field, c.rules) for c in made.conflicts] == [("title", ("p0/a",))]


def test_what_a_later_round_takes_back_is_a_conflict(planned: Any) -> None:
    made = planned(
        """
rules:
  - id: a
    when: { none: [ labels: { contains: done } ] }
    then: [ add_labels: waiting ]
  - { id: b, when: { state: open }, then: [ add_labels: done ] }
  - { id: c, when: { labels: { contains: done } }, then: [ remove_labels: waiting ] }
"""
    )
    assert done(made) == [("add_labels", ["done"])]
    assert [(c.field, c.rules) for c in made.conflicts] == [("label:waiting", ("p0/a", "p0/c"))]


def test_observe_plans_nothing_and_says_what_would_have_been(planned: Any) -> None:
    made = planned(
        "mode: observe\nrules:\n  - { id: a, when: { state: open }, then: [ add_labels: x, fail: no ] }\n"
    )
    assert made.effects == ()
    assert [e.action for e in made.observed] == ["add_labels", "fail"]


ROUNDS = """
mode: observe
rules:
  - { id: size, when: { state: open, none: [ labels: { contains: sized } ] }, then: [ add_labels: sized ] }
  - { id: done, when: { labels: { contains: sized } }, then: [ add_labels: Backlog, comment: { text: Sized. } ] }
"""


def test_what_an_observing_policy_would_do_is_planned_to_the_end(planned: Any) -> None:
    made = planned(ROUNDS)
    assert (made.effects, made.notes) == ((), ())
    assert [(e.action, e.round) for e in made.observed] == [
        ("add_labels", 1),
        ("add_labels", 2),
        ("comment", 2),
    ]
    enforced = planned(ROUNDS.replace("mode: observe\n", ""))
    assert enforced.effects == made.observed
    assert enforced.observed == ()


def test_observed_and_enforced_policies_are_planned_together_but_applied_apart(planned: Any) -> None:
    reacts = "rules: [ { id: r, when: { labels: { contains: Backlog } }, then: [ add_labels: [seen] ] } ]\n"
    both = "rules: [ { id: same, when: { state: open }, then: [ add_labels: [sized] ] } ]\n"
    made = planned(reacts, ROUNDS, both)
    assert [e.arguments for e in made.effects] == [{"labels": ["sized"]}]
    assert [(e.rule, e.arguments.get("labels")) for e in made.observed] == [
        ("p1/done", ["Backlog"]),
        ("p1/done", None),
        ("p0/r", ["seen"]),
    ]


def test_a_conflict_and_a_loop_of_observed_policies_are_notes(planned: Any) -> None:
    against = (
        "mode: observe\nrules: [ { id: n, when: { state: open }, then: [ remove_labels: [bug, sized] ] } ]\n"
    )
    made = planned("rules: [ { id: y, when: { state: open }, then: [ add_labels: sized ] } ]\n", against)
    assert [e.rule for e in made.effects] == ["p0/y"]
    assert made.conflicts == ()
    assert [(note.rule, note.action) for note in made.notes] == [("p0/y", "observe")]
    assert "sized" in made.notes[0].reason
    loop = """
mode: observe
rules:
  - { id: on, when: { none: [ labels: { contains: x } ] }, then: [ add_labels: x ] }
  - { id: off, when: { labels: { contains: x } }, then: [ remove_labels: x ] }
"""
    made = planned(loop)
    assert (made.effects, made.observed) == ((), ())
    assert [(note.rule, note.action, "without end" in note.reason) for note in made.notes] == [
        ("p0/on", "observe", True)
    ]


MASKING = """
let:
  pii: { detect: pii, in: [issue.title, issue.body] }
templates:
  notice: "{{ pii.count }} found in: {{ body }}"
rules:
  - id: first
    when: { state: open }
    then: [ notify: { channel: oncall, text: "{{ body }}" } ]
  - id: found
    when: { pii.count: { gt: 0 } }
    then: [ mask: pii, add_labels: security, comment: notice ]
"""


def test_a_mask_comes_first_and_no_other_text_repeats_what_it_hides(planned: Any) -> None:
    made = planned(MASKING, given={"pii": PII})
    assert [e.action for e in made.effects] == ["mask", "notify", "add_labels", "comment"]
    text = canonical_json(plan_json(made)).decode()
    assert "sk-12345678" not in text
    assert "\\\\[masked: api" in text


def test_an_overlong_finding_is_not_masked_by_guess(planned: Any) -> None:
    wrong = {**PII, "findings": [{"field": "issue.body", "start": 4, "end": 400, "type": "api_key"}]}
    made = planned(MASKING, given={"pii": wrong})
    assert "mask" not in [e.action for e in made.effects]
    assert [(n.rule, n.action) for n in made.notes] == [("p0/found", "mask")]


def test_a_missing_value_leaves_the_effect_unplanned_and_says_so(planned: Any) -> None:
    made = planned(
        """
rules:
  - { id: a, when: { state: open }, then: [ set_milestone: { fact: issue.milestone.title }, add_labels: x ] }
"""
    )
    assert done(made) == [("add_labels", ["x"])]
    (note,) = made.notes
    assert (note.rule, note.action) == ("p0/a", "set_milestone")
    assert "issue.milestone.title" in note.reason


def test_assignees_come_from_the_policy_or_from_github(planned: Any) -> None:
    made = planned(
        """
lists: { team: [hubot] }
rules:
  - id: a
    when: { state: open }
    then: [ assign: { fact: author }, assign: { fact: lists.team } ]
"""
    )
    assert done(made) == [("assign", ["octocat"]), ("assign", ["hubot"])]


@pytest.mark.parametrize(
    "arguments", [{"fact": "title"}, "{{ title }}", {"users": ["octocat", {"fact": "title"}]}]
)
@pytest.mark.parametrize("name", ["assign", "unassign"])
def test_text_that_anyone_can_write_chooses_no_assignee(context: Any, name: str, arguments: Any) -> None:
    """Load refuses it already; a plan made from a compiled form of another origin does too."""
    with pytest.raises(Undetermined, match="`title` is not trusted"):
        ACTIONS[name].propose(arguments, context({"title": "mallory"}))


def test_an_event_without_a_subject_gets_emissions_only(program: Any) -> None:
    rule = "rules:\n  - { id: a, when: { ref: { exists: true } }, then: [ add_labels: x, warn: seen ] }\n"
    loaded = program(rule, on="push, issues")
    payload = {"ref": "refs/heads/main", "repository": {"full_name": "octo-org/demo"}}
    made = plan(rulewright.evaluate(loaded, Facts(Event("push", None, payload), NOW)))
    assert done(made) == [("warn", "seen")]
    assert [n.action for n in made.notes] == ["add_labels"]


def test_what_is_over_the_budget_is_held_back(program: Any, payload: dict[str, Any]) -> None:
    text = "rules:\n  - { id: a, when: { state: open }, then: [ fail: no, add_labels: x, close, warn: w ] }\n"
    loaded = program(text)
    facts = Facts(Event("issues", "opened", payload), NOW)
    for config, allowance in (({"budgets": {"effects_per_subject": 1}}, None), ({}, 1)):
        limited = Program(loaded.policies, loaded.paths, config=Config(config))
        made = plan(rulewright.evaluate(limited, facts), allowance=allowance)
        assert [e.action for e in made.effects] == ["fail", "add_labels", "warn"]
        assert [e.action for e in made.held_back] == ["close"]
        assert made.predicted["state"] == "open"
        assert [e.action for e in made.failures] == ["fail"]


def test_the_hash_does_not_depend_on_time_or_the_order_of_keys(program: Any, payload: dict[str, Any]) -> None:
    loaded = program("rules:\n  - { id: a, when: { state: open }, then: [ add_labels: x ] }\n")
    turned = dict(reversed({**payload, "issue": dict(reversed(payload["issue"].items()))}.items()))
    plans = [
        plan(rulewright.evaluate(loaded, Facts(Event("issues", "opened", shown), now)))
        for shown, now in ((payload, NOW), (turned, "2027-01-05T09:00:00Z"))
    ]
    assert plans[0].hash == plans[1].hash
    changed = {**payload, "issue": {**payload["issue"], "body": "other"}}
    other = plan(rulewright.evaluate(loaded, Facts(Event("issues", "opened", changed), NOW)))
    assert other.hash != plans[0].hash


STOPPING = """
let:
  pii: { detect: pii, in: [issue.title, issue.body] }
rules:
  - id: found
    when: { pii.count: { gt: 0 } }
    then: [ mask: pii, add_labels: security ]
    stop: true
  - { id: below, when: { state: open }, then: [ add_labels: looked-at ] }
"""


def test_a_stop_holds_until_it_is_known_not_to_match_any_more(planned: Any) -> None:
    made = planned(STOPPING, given={"pii": PII})
    assert [e.action for e in made.effects] == ["mask", "add_labels"]
    assert made.rounds == 2


def test_what_a_stop_left_out_follows_once_it_is_known_not_to_match(planned: Any) -> None:
    made = planned("""
rules:
  - { id: first, when: { labels: { contains_none: [a] } }, then: [ add_labels: a ], stop: true }
  - { id: below, when: { state: open }, then: [ add_labels: b ] }
""")
    assert [(e.rule, e.round) for e in made.effects] == [("p0/first", 1), ("p0/below", 2)]


def test_a_stop_that_never_was_decided_stops_nothing(planned: Any) -> None:
    made = planned(STOPPING)
    assert [e.rule for e in made.effects] == ["p0/below"]


ANSWERS = """
rules:
  - { id: a, when: { labels: { contains: waiting } }, then: [ remove_labels: waiting ] }
  - { id: b, when: { none: [ labels: { contains: waiting } ] }, then: [ add_labels: attention ] }
"""


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("", [("remove_labels", ["waiting"]), ("add_labels", ["attention"])]),
        ("evaluate: until_stable", [("remove_labels", ["waiting"]), ("add_labels", ["attention"])]),
        ("evaluate: once", [("remove_labels", ["waiting"])]),
    ],
)
def test_a_policy_may_be_decided_once(
    program: Any, payload: dict[str, Any], head: str, expected: list[Any]
) -> None:
    """Other policies go on on the state that it leaves."""
    other = "rules:\n  - { id: c, when: { none: [ labels: { contains: waiting } ] }, then: [ warn: gone ] }\n"
    loaded = program(head + ANSWERS, other)
    payload["issue"]["labels"] = [{"name": "waiting"}]
    made = plan(rulewright.evaluate(loaded, Facts(Event("issues", "opened", payload), NOW)))
    assert [one for one in done(made) if one[0] != "warn"] == expected
    assert ("warn", "gone") in done(made)
