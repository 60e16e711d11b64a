"""Cases that pass, files that cannot be run, and what a run finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from rulewright.policy.diagnostics import UsageError
from rulewright.testing.runner import run_cases

CRASH = """\
  - id: crash
    event: { fixture: issue-opened, patch: { issue.title: a crash } }
    given: { severity: high }
    expect:
      verdict: matched
      rules: { taken: not_matched, crash: matched, severe: stopped }
      effects: [ add_labels: [urgent, bug], comment: { template: hello, text: this is a crash } ]
"""
AGED = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake }
on: [issues]
rules:
  - { id: old, when: { age: { gt: 1d } }, then: [ { add_labels: [old] } ] }
"""


def test_a_right_case_passes(tested):
    run = tested(CRASH)
    assert [case.status for case in run.cases] == ["passed"], run.cases[0].problems
    assert run.passed


def test_order_of_effects_does_not_matter(tested):
    text = """\
  - id: a
    event: { fixture: issue-opened, patch: { issue.title: a crash } }
    expect: { effects: [ comment, { add_labels: [urgent, bug] } ] }
"""
    assert tested(text).passed


def test_a_fact_that_is_not_given_is_unknown(tested):
    text = "  - { id: a, event: { fixture: issue-complete }, expect: { rules: { severe: undetermined } } }\n"
    assert tested(text).passed


def test_a_label_wins_over_a_given_fact(tested):
    text = """\
  - id: a
    event: { fixture: issue-complete, patch: { issue.labels: [severity/low] } }
    given: { severity: high }
    expect: { rules: { severe: not_matched }, effects: [] }
"""
    assert tested(text).passed


def test_an_action_in_the_patch_is_the_events(tested):
    text = """\
  - id: a
    event: { fixture: issue-complete, patch: { action: labeled } }
    expect: { effects: [] }
"""
    (case,) = tested(text).cases
    assert [problem.code for problem in case.problems] == ["RW602"]


def test_a_payload_a_file_and_a_fixture_beside_the_test(tested, folder):
    payload = (
        '{"issue": {"number": 1, "title": "a crash", "state": "open", "labels": [], "user": {"login": "o"}}}'
    )
    (folder / "own.json").write_text(payload)
    (folder / "fixtures").mkdir()
    (folder / "fixtures" / "issue-opened.json").write_text(payload)
    text = "".join(
        f"  - {{ id: {name}, event: {{ {origin}, action: opened }}, expect: {{ rules: {{ crash: matched }} }} }}\n"
        for name, origin in (
            ("payload", f"payload: {payload}"),
            ("file", "file: own.json"),
            ("fixture", "fixture: issue-opened"),
        )
    )
    run = tested(text)
    assert run.passed, [case.problems for case in run.cases]
    assert len(run.cases) == 3


def test_a_patch_does_not_leak_into_the_next_case(tested):
    text = """\
  - id: a
    event:
      payload: &one { action: opened, issue: { title: a crash, state: open, labels: [] } }
      patch: { issue.title: fine }
    expect: { rules: { crash: not_matched } }
  - { id: b, event: { payload: *one }, expect: { rules: { crash: matched } } }
"""
    assert tested(text).passed


def test_a_policy_that_looks_at_the_time_needs_a_moment(tested):
    text = "  - { id: a, event: { fixture: issue-complete }, expect: { rules: { old: not_matched } } }\n"
    (case,) = tested(text, AGED).cases
    assert [problem.code for problem in case.problems] == ["RW607"]
    assert tested(text, AGED, head="now: 2026-01-05T09:00:00Z\n").passed
    late = text.replace("expect", 'now: "2026-02-01T00:00:00+02:00", expect').replace(
        "not_matched", "matched"
    )
    assert tested(late, AGED, head="now: 2026-01-05T09:00:00Z\n").passed


def test_a_loop_of_rules_is_a_failure(tested):
    policy = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake }
on: [issues]
rules:
  - { id: on, when: { labels: { contains_none: [x] } }, then: [ { add_labels: [x] } ] }
  - { id: off, when: { labels: { contains: x } }, then: [ { remove_labels: [x] } ] }
"""
    text = "  - { id: a, event: { fixture: issue-complete }, expect: { rules: { on: matched } } }\n"
    (case,) = tested(text, policy).cases
    assert case.status == "failed"
    assert case.problems[0].message == "conflicts: expected none, got label:x"
    text = text.replace("} } }", "}, conflicts: ['label:x'] } }")
    assert tested(text, policy).passed


def test_several_policies_in_one_file(tested):
    second = "\n---\n" + AGED.replace("name: intake", "name: ageing").replace("gt: 1d", "gt: 2d")
    both = AGED + second
    head = "now: 2026-01-05T09:00:00Z\n"
    text = "  - { id: a, event: { fixture: issue-complete }, expect: { rules: { ID: not_matched } } }\n"
    assert tested(text.replace("ID", "ageing/old"), both, head=head).passed
    (case,) = tested(text.replace("ID", "old"), both, head=head).cases
    assert case.problems[0].hint == "write `intake/old` or `ageing/old`"
    (case,) = tested(text.replace("rules: { ID: not_matched }", "verdict: x"), both, head=head).cases
    assert case.problems[0].code == "RW608"
    Path("intake.test.yaml").write_text(
        Path("intake.test.yaml")
        .read_text()
        .replace("policy: intake.yaml", "policy: intake.yaml#ageing")
        .replace("verdict: x", "verdict: not_matched")
    )
    assert run_cases(["intake.test.yaml"]).passed


def test_an_unknown_policy_of_a_file(tested, folder):
    text = "  - { id: a, event: { fixture: issue-complete }, expect: { effects: [] } }\n"
    tested(text)
    test = folder / "intake.test.yaml"
    test.write_text(test.read_text().replace("intake.yaml", "intake.yaml#intak"))
    (file,) = run_cases([test]).files
    assert [(found.code, found.hint) for found in file.diagnostics] == [("RW608", "did you mean `intake`?")]
    assert file.cases == ()


def test_a_broken_test_file_is_no_passed_one(tested):
    run = tested("  - { id: a, evnt: {}, expect: { effects: [] } }\n")
    assert not run.passed
    assert run.files[0].broken
    assert run.cases == ()


def test_a_policy_that_does_not_load(tested):
    run = tested(
        "  - { id: a, event: { fixture: issue-complete }, expect: { effects: [] } }\n",
        AGED.replace("old, when", "old, whn"),
    )
    assert run.unloaded
    assert run.cases == ()


def test_policies_without_cases_are_found(folder):
    found = run_cases([folder])
    assert [(tested.policy.name, tested.cases) for tested in found.policies] == [("intake", ())]


def test_only_some_cases(tested):
    text = CRASH + CRASH.replace("id: crash", "id: other")
    assert [case.case.id for case in tested(text, only="oth").cases] == ["other"]


def test_a_path_that_does_not_exist(folder):
    with pytest.raises(UsageError, match="does not exist"):
        run_cases(["nowhere"])


def test_observed_effects_count(tested):
    policy = AGED.replace("on: [issues]", "on: [issues]\nmode: observe")
    text = """\
  - id: a
    event: { fixture: issue-complete }
    now: 2026-02-01T00:00:00Z
    expect: { effects: [ add_labels: old ] }
"""
    run = tested(text, policy)
    assert run.passed, run.cases[0].problems


FORM = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake }
on: [issues]
let:
  form: { required_fields: [summary] }
  kind: { call: m }
rules:
  - { id: lacking, when: { form.complete: false }, then: [ { add_labels: [x] } ] }
  - { id: owner, when: { kind: admin }, then: [ { add_labels: [y] } ] }
"""


def test_required_fields_are_found_in_the_text_of_the_case(tested):
    text = (
        "  - { id: a, event: { fixture: issue-opened, patch: { issue.body: 'Nothing.' } },"
        " expect: { rules: { lacking: matched } } }\n"
        "  - { id: b, event: { fixture: issue-opened, patch: { issue.body: 'Summary: It stops.' } },"
        " expect: { rules: { lacking: not_matched } } }\n"
    )
    assert tested(text, FORM).passed


def test_a_fact_from_outside_is_asked_for(tested):
    text = "  - { id: a, event: { fixture: issue-opened }, expect: { rules: { owner: matched } } }\n"
    (case,) = tested(text, FORM).cases
    assert "tests do not gather facts; add `given: { kind: … }`" in case.problems[0].details
