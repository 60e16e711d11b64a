"""The shipped policies: valid, tested to the last leaf, and at peace with every real event."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import rulewright
from external_data import webhook_payloads
from rulewright.compile.loader import check_paths
from rulewright.events.recognise import recognise
from rulewright.policy.files import data_folder, policy_files
from rulewright.policy.inspection import Inspector
from rulewright.testing.coverage import measure_coverage
from rulewright.testing.mutate import mutate_policy
from rulewright.testing.runner import run_cases

ROOT = Path(__file__).resolve().parents[2]
RULES = data_folder("rules")
NOW = "2026-01-05T09:00:00Z"

GIVEN = {
    "pii": {"count": 1, "types": ["email"], "fields": ["issue.body"], "findings": []},
    "form": {"complete": True, "missing": [], "invalid": [], "values": {"size estimate": "small"}},
    "sized": {"complete": True},
    "severity": "critical",
    "recent_label_changes": {"count": 0},
}


@pytest.fixture(scope="module")
def program():
    return rulewright.load(RULES)


@pytest.fixture(scope="module")
def judged():
    return run_cases([RULES])


def test_valid_without_a_warning():
    inspector = Inspector()
    found = [
        finding for path in RULES.rglob("*.yaml") for finding in inspector.inspect_file(path, named=True)
    ]
    assert [*found, *check_paths([RULES])] == []


def test_every_kind_is_there(program):
    assert {policy.kind for policy in program.policies} == {"Triage", "Grooming", "SLOGate", "Promotion"}


def test_every_yaml_names_its_schema():
    for path in RULES.rglob("*.yaml"):
        first = path.read_text("utf-8").partition("\n")[0]
        schema = first.removeprefix("# yaml-language-server: $schema=")
        assert (path.parent / schema).resolve().is_file(), path


def test_all_cases_pass(judged):
    assert [(case.case.id, case.problems) for case in judged.cases if case.status != "passed"] == []
    assert judged.passed


def test_every_policy_has_cases(judged):
    assert [tested.policy.name for tested in judged.policies if not tested.cases] == []
    assert len(judged.policies) == len({tested.policy.name for tested in judged.policies})


@pytest.mark.slow
@pytest.mark.no_cover  # each case again for every mutant, which is long
def test_every_mutant_is_killed(judged):
    alive = [
        (tested.policy.name, fate.mutant.line, fate.mutant.what, fate.mutant.change)
        for tested in judged.policies
        for fate in mutate_policy(tested).survivors
    ]
    assert alive == []


def test_everything_is_covered(judged):
    gaps = [(found.policy, item) for found in map(measure_coverage, judged.policies) for item in found.gaps]
    assert gaps == []


def test_policy_names_do_not_clash():
    assert len(rulewright.load(RULES).policies) == sum(
        not re.search(r"^kind: (Library|Measurement|ModelSuite)$", path.read_text("utf-8"), re.MULTILINE)
        for path in policy_files([RULES])
    )


def decided(program, payload, given):
    event = recognise(payload)
    known = {name: value for name, value in given.items() if any(name in p.facts for p in program.policies)}
    decision = rulewright.evaluate(program, rulewright.gather(program, event, now=NOW, given=known))
    errors = [
        (part.name, rule.id, rule.reason)
        for part in decision.policies
        for rule in (*part.skips, *part.rules)
        if rule.status == "error"
    ]
    return errors, rulewright.plan(decision)


@pytest.mark.parametrize("path", webhook_payloads(), ids=lambda path: path.stem)
@pytest.mark.parametrize("given", [{}, GIVEN], ids=["nothing-given", "facts-given"])
def test_a_real_event(program, path, given):
    errors, plan = decided(program, json.loads(path.read_bytes()), given)
    assert errors == []
    assert plan.conflicts == ()
    assert len(plan.hash) == 64


@pytest.mark.parametrize(
    "path", sorted((data_folder("examples") / "events").glob("*.json")), ids=lambda p: p.stem
)
def test_policies_do_not_contradict_each_other(program, path):
    """Triage and grooming see the same sweep; neither undoes what the other wants."""
    for complete in (True, False):
        for labels in (
            [],
            ["Backlog"],
            ["Triaged"],
            ["Triaged", "Backlog"],
            ["needs-info", "Triaged", "Backlog"],
        ):
            payload = json.loads(path.read_bytes())
            if "issue" not in payload:
                return
            payload["issue"]["labels"] = [{"name": name} for name in labels]
            form = {**GIVEN["form"], "complete": complete}
            given = {**GIVEN, "form": form, "sized": {"complete": complete}}
            errors, plan = decided(program, payload, given)
            assert errors == []
            assert [conflict.message for conflict in plan.conflicts] == [], (labels, complete)
