"""Mutants: those that no case kills are found, those that nothing can kill are told from them."""

from __future__ import annotations

import pytest

from rulewright.testing.coverage import measure_coverage
from rulewright.testing.mutate import mutate_policy

HEAD = "apiVersion: rulewright/v1\nkind: Triage\nmetadata: { name: intake }\non: [issues]\n"
RULE = HEAD + "rules:\n  - id: a\n    when: { WHEN }\n    then: [ { add_labels: [x] } ]\n"
BOTH = "issue.state: open, title: { contains: crash }"
MATCHED = """\
  - id: both
    event: { fixture: issue-opened, patch: { issue.title: crash } }
    expect: { rules: { a: matched }, effects: [ add_labels: x ] }
"""
CLOSED = """\
  - id: closed
    event: { fixture: issue-opened, patch: { issue.title: crash, issue.state: closed } }
    expect: { rules: { a: not_matched } }
"""
OTHER = """\
  - id: other
    event: { fixture: issue-opened, patch: { issue.title: fine } }
    expect: { rules: { a: not_matched } }
"""


def fates(run):
    (tested,) = run.policies
    found = mutate_policy(tested)
    return found, [
        (fate.outcome, fate.mutant.line, fate.mutant.what, fate.mutant.change)
        for fate in found.fates
        if fate.outcome != "killed"
    ]


def test_enough_cases_kill_everything(tested):
    run = tested(MATCHED + CLOSED + OTHER, RULE.replace("WHEN", BOTH))
    assert run.passed
    found, left = fates(run)
    assert left == []
    assert (found.score, found.count("killed")) == (100.0, 5)


@pytest.mark.parametrize(
    ("cases", "survivors"),
    [
        (MATCHED + CLOSED, [('title: contains "crash"', "true")]),
        (MATCHED + OTHER, [('issue.state: eq "open"', "true")]),
        (
            CLOSED + OTHER,
            [
                ('issue.state: eq "open"', "false"),
                ('title: contains "crash"', "false"),
                ("add_labels", "left out"),
            ],
        ),
        (MATCHED.replace(", effects: [ add_labels: x ]", "") + CLOSED + OTHER, [("add_labels", "left out")]),
    ],
)
def test_a_missing_case_leaves_its_mutants_alive(tested, cases, survivors):
    run = tested(cases, RULE.replace("WHEN", BOTH))
    assert run.passed
    _, left = fates(run)
    assert [(what, change) for outcome, _, what, change in left if outcome == "survived"] == survivors


def test_without_cases_nothing_is_killed(folder):
    from rulewright.testing.runner import run_cases

    (tested,) = run_cases([folder]).policies
    found = mutate_policy(tested)
    assert found.count("killed") == 0
    assert found.score == 0.0
    assert measure_coverage(tested).percent == 0.0


def test_a_failing_case_kills_nothing(tested):
    run = tested(MATCHED.replace("a: matched", "a: stopped"), RULE.replace("WHEN", BOTH))
    assert not run.passed
    found, _ = fates(run)
    assert found.count("killed") == 0


def test_equivalent_mutants_are_listed_with_the_reason(tested):
    policy = RULE.replace(
        "WHEN", "all: [ { issue.state: open }, { any: [ { issue.state: open }, { title: x } ] } ]"
    )
    run = tested(MATCHED + CLOSED, policy)
    found, left = fates(run)
    same = [fate for fate in found.fates if fate.outcome == "equivalent"]
    assert [(fate.mutant.what, fate.mutant.change) for fate in same] == [
        ('issue.state: eq "open"', "true"),
        ('title: eq "x"', "true"),
        ('title: eq "x"', "false"),
    ]
    decided = "the result is the same for all 16 possible outcomes of its conditions"
    assert [fate.by for fate in same] == ["line 7 has the same condition", decided, decided]
    assert not any(outcome == "survived" and what.startswith("title") for outcome, _, what, _ in left)


def test_the_last_stop_is_equivalent(tested):
    run = tested(MATCHED + CLOSED + OTHER, RULE.replace("WHEN", BOTH) + "    stop: true\n")
    found, left = fates(run)
    assert left == [("equivalent", 6, "stop", "left out")]
    assert found.fates[-1].by == "it is the last entry"


def test_a_stop_that_matters(tested):
    policy = (
        RULE.replace("WHEN", BOTH) + "    stop: true\n"
        "  - { id: b, when: { title: { contains: s } }, then: [ { add_labels: [s] } ] }\n"
    )
    text = """\
  - id: both
    event: { fixture: issue-opened, patch: { issue.title: crash } }
    expect: { rules: { a: matched }, EFFECTS }
"""
    _, left = fates(tested(text.replace(", EFFECTS", ""), policy))
    assert ("survived", 6, "stop", "left out") in left
    _, left = fates(tested(text.replace("EFFECTS", "effects: [ add_labels: x ]"), policy))
    assert ("survived", 6, "stop", "left out") not in left


def test_skips_are_mutated_too(tested):
    text = """\
  - { id: a, event: { fixture: issue-complete }, expect: { rules: { crash: not_matched } } }
"""
    run = tested(text)
    assert run.passed, run.cases
    _, left = fates(run)
    change = [change for _, _, what, change in left if what == 'labels: contains "no-triage"']
    assert change == ["false"]


GATE = """\
apiVersion: rulewright/v1
kind: SLOGate
metadata: { name: intake }
on: [manual]
objectives:
  - id: latency
    source: { measurement: latency }
    unit: ms
    aggregate: max
    pass: { lte: 100ms }
    warn: { lte: 200ms }
    min_samples: 2
"""


def test_limits_of_objectives_are_mutated(tested):
    def case(name, values, verdict):
        return (
            f"  - id: {name}\n    event: {{ payload: {{}}, name: manual }}\n"
            f"    given: {{ latency: {{ unit: ms, values: {values} }} }}\n    expect: {{ verdict: {verdict} }}\n"
        )

    good, weak, bad = (
        case("good", [90, 90], "PASS"),
        case("weak", [150, 90], "WARN"),
        case("bad", [900, 1], "FAIL"),
    )
    run = tested(good + weak + bad, GATE)
    assert run.passed, run.cases
    _, left = fates(run)
    assert left == [("survived", 6, "latency min_samples: 2", "true")]
    few = case("few", [90], "NO_DATA")
    assert fates(tested(good + weak + bad + few, GATE))[1] == []
    assert [what for _, _, what, _ in fates(tested(good + bad + few, GATE))[1]] == ["latency warn: lte 200ms"]


def test_every_key_that_says_how_an_objective_is_decided_is_mutated(tested):
    text = """\
apiVersion: rulewright/v1
kind: SLOGate
metadata: { name: intake }
on: [manual]
objectives:
  - id: errors
    source: { measurement: errors, independent: true }
    aggregate: rate
    pass: { gte: 90% }
    unit: "%"
    failures: { lt: 1% }
    budget: { target: 90%, window: 30d }
    decide: point
    on_inconclusive: warn
    pair_by: case
    max_drop: 2%
    min_complete: 90%
    baseline: { from: last_passed, max_regression: 10% }
    direction: higher
"""
    nothing = "  - { id: a, event: { payload: {}, name: manual }, expect: { verdict: NO_DATA } }\n"
    _, left = fates(tested(nothing, text))
    assert [(what.removeprefix("errors "), change) for _, _, what, change in left][4:] == [
        ("failures: lt 1%", "true"),
        ("failures: lt 1%", "false"),
        ("budget", "left out"),
        ("max_drop: 0.02", "true"),
        ("max_drop: 0.02", "false"),
        ("min_complete: 0.9", "true"),
        ("decide: point", "interval"),
        ("on_inconclusive: warn", "hold"),
        ("independent: true", "false"),
    ]


def test_a_case_kills_what_it_shows_of_how_an_objective_is_decided(tested):
    text = GATE.replace("aggregate: max", "aggregate: p95\n    decide: point").replace(
        "    warn: { lte: 200ms }\n", ""
    )
    case = (
        "  - id: {}\n    event: {{ payload: {{}}, name: manual }}\n"
        "    given: {{ latency: {{ unit: ms, values: {} }} }}\n    expect: {{ verdict: {} }}\n"
    )
    few = case.format("few", [90, 91], "PASS") + case.format("one", [90], "NO_DATA")
    assert fates(tested(few + case.format("bad", [190, 191], "FAIL"), text))[1] == []
    flat = case.format("many", [90] * 60, "PASS") + case.format("one", [90], "NO_DATA")
    left = fates(tested(flat + case.format("bad", [190] * 60, "FAIL"), text))[1]
    assert [(what, change) for _, _, what, change in left] == [("latency decide: point", "interval")]


def test_coverage_names_what_no_case_has_shown(tested):
    run = tested(MATCHED, RULE.replace("WHEN", BOTH))
    (found,) = map(measure_coverage, run.policies)
    assert [(item.kind, item.what, item.lacking) for item in found.gaps] == [
        ("rule", "rule", "never not matched"),
        ("leaf", 'issue.state: eq "open"', "never false"),
        ("leaf", 'title: contains "crash"', "never false"),
    ]
    assert found.share() == (4, 7)
    (full,) = map(measure_coverage, tested(MATCHED + CLOSED + OTHER, RULE.replace("WHEN", BOTH)).policies)
    assert (full.percent, full.gaps) == (100.0, ())


def test_coverage_of_actions(tested):
    text = """\
  - id: a
    event: { fixture: issue-opened, patch: { issue.title: crash, issue.labels: [x] } }
    expect: { rules: { a: matched } }
"""
    (found,) = map(measure_coverage, tested(text, RULE.replace("WHEN", BOTH)).policies)
    assert ("add_labels", "never planned") in [(item.what, item.lacking) for item in found.gaps]
