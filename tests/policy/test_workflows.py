"""Events that policies wait for, and that no workflow delivers to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from rulewright.cli.main import main
from rulewright.policy.policy_reader import read_policies
from rulewright.policy.workflows import find_deliveries, find_undelivered

POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: {{ name: {name} }}
on: [{on}]
rules:
  - {{ id: a, when: {{ title: {{ exists: true }} }}, then: [ add_labels: x ] }}
"""
WORKFLOW = """\
on: {on}
jobs:
  run:
    runs-on: ubuntu-24.04
    steps:
      - {step}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / "rules" / "triage").mkdir(parents=True)
    (tmp_path / "rules" / "other").mkdir(parents=True)
    return tmp_path


def workflow(root: Path, on: str, step: str, name: str = "one") -> None:
    file = root / ".github" / "workflows" / f"{name}.yml"
    file.write_text(WORKFLOW.format(on=on, step=step))


def policy(root: Path, on: str, place: str = "triage/intake") -> Path:
    file = root / "rules" / f"{place}.yaml"
    file.write_text(POLICY.format(on=on, name=file.stem))
    return file


def missing(root: Path, *files: Path) -> list[str]:
    policies, _, _ = read_policies(list(files))
    found = list(find_undelivered(policies, root, ["rules"]))
    assert {one.code for one in found} <= {"RW515"}
    return [one.message.partition("`")[2].partition("`")[0] for one in found]


RUN = "run: rulewright run rules/triage --repo x"


@pytest.mark.parametrize(
    ("on", "step", "wanted", "lacking"),
    [
        ("{ issues: { types: [opened] } }", RUN, "issues.opened, issues.labeled", ["issues.labeled"]),
        ("{ issues: { types: opened } }", RUN, "issues.opened", []),
        ("issues", RUN, "issues.opened, issues.labeled", []),
        ("[issues, push]", RUN, "issues.labeled, push, pull_request.opened", ["pull_request.opened"]),
        ("{ issues: null }", RUN, "issues", []),
        ("pull_request", RUN, "pull_request.opened, pull_request.labeled", ["pull_request.labeled"]),
        ("{ schedule: [{ cron: '1 1 * * *' }] }", RUN, "schedule, issues.opened", ["issues.opened"]),
        ("issues", RUN, "measurement, manual, promotion_request", []),
        ("issues", "run: rulewright evaluate rules", "issues.opened", []),
        ("issues", "run: rulewright run", "issues.opened", []),  # what rulewright.yaml names
        ("issues", "run: rulewright run rules/other", "issues.opened", ["issues.opened"]),
        ("issues", "run: rulewright run rules/triage/intake.yaml", "issues.opened", []),
        ("issues", "run: $RUNNER_TEMP/bin/rulewright run rules/triage | tee log", "issues.opened", []),
        ("issues", "run: rulewright run rules/other && rulewright run rules/triage", "issues.opened", []),
        ("issues", "{ uses: o/rulewright@v1, with: { mode: run, policies: rules/triage } }", "issues.opened", []),
        ("issues", "{ uses: o/rulewright@v1, with: { policies: rules/other } }", "issues.opened", ["issues.opened"]),
        ("issues", "{ uses: ./, with: { mode: evaluate } }", "issues.opened", []),
    ],
)  # fmt: skip
def test_what_is_delivered(root: Path, on: str, step: str, wanted: str, lacking: list[str]) -> None:
    workflow(root, on, step)
    assert missing(root, policy(root, wanted)) == lacking


def test_several_workflows_deliver_together(root: Path) -> None:
    workflow(root, "{ issues: { types: [opened] } }", RUN)
    workflow(root, "schedule", "run: rulewright run rules", "two")
    file = policy(root, "issues.opened, schedule, issues.closed")
    assert missing(root, file) == ["issues.closed"]
    assert missing(root, policy(root, "issues.opened, schedule", "other/more")) == ["issues.opened"]


@pytest.mark.parametrize(
    "step",
    [
        "run: OUT=$(rulewright run rules)",
        "run: (rulewright run rules)",
        "run: 'echo `rulewright run rules`'",
        "run: bash -c 'rulewright run rules'",
        "run: docker run --rm ghcr.io/octo-org/rulewright:latest run rules",
        "run: timeout 5 rulewright run rules || true",
        "{ uses: octo-org/tools/rulewright@v1, with: { mode: run } }",
        "{ uses: octo-org/rulewright/action@v1, with: { mode: run } }",
        "{ uses: octo-org/rulewright@v1, with: { mode: '${{ inputs.mode }}' } }",
        "{ uses: octo-org/rulewright@v1, with: { policies: 'rules/*.yaml' } }",
        "{ uses: octo-org/rulewright@v1, with: { policies: '${{ inputs.policies }}' } }",
    ],
)
def test_whichever_way_it_is_run(root: Path, step: str) -> None:
    workflow(root, "issues", step)
    assert missing(root, policy(root, "issues, push")) == ["push"]


@pytest.mark.parametrize(
    "step",
    [
        "run: rulewright evaluate rules --event examples/events",
        "run: rulewright evaluate rules --events=stream.jsonl | tee log",
        "{ uses: octo-org/rulewright@v1, with: { event: examples/events/issue-opened.json } }",
    ],
)
def test_the_file_of_an_event_is_no_delivery(root: Path, step: str) -> None:
    workflow(root, "pull_request", step)
    assert list(find_deliveries(root)) == []
    workflow(root, "issues", RUN, "two")
    assert missing(root, policy(root, "issues, pull_request.opened")) == ["pull_request.opened"]


def calling(root: Path, on: str, uses: str, name: str, more: str = "./none") -> None:
    text = f"on: {on}\njobs: {{ call: {{ uses: '{uses}' }}, more: {{ uses: '{more}' }} }}\n"
    (root / ".github" / "workflows" / f"{name}.yml").write_text(text)


def test_a_reusable_workflow_delivers_what_its_callers_do(root: Path) -> None:
    file = policy(root, "issues.opened, schedule, push, pull_request.opened")
    workflow(root, "{ workflow_call: {}, push: {} }", RUN)
    assert missing(root, file) == []  # other repositories may call it, at any event
    calling(root, "{ issues: { types: [opened] } }", "./.github/workflows/one.yml", "two")
    assert missing(root, file) == ["schedule", "pull_request.opened"]
    calling(root, "[workflow_call, pull_request]", "./.github/workflows/one.yml", "three")
    calling(root, "schedule", "./.github/workflows/three.yml", "four")
    assert missing(root, file) == []
    # Two that call each other are no endless search.
    calling(root, "workflow_call", "./.github/workflows/one.yml", "three", "./.github/workflows/four.yml")
    calling(root, "[workflow_call, schedule]", "./.github/workflows/three.yml", "four")
    assert missing(root, file) == ["pull_request.opened"]


def test_actions_of_several_callers_come_together(root: Path) -> None:
    file = policy(root, "issues.opened, issues.labeled, issues.closed")
    workflow(root, "workflow_call", RUN)
    for name, action in (("two", "opened"), ("three", "labeled")):
        calling(root, f"{{ issues: {{ types: [{action}] }} }}", "./.github/workflows/one.yml", name)
    assert missing(root, file) == ["issues.closed"]
    calling(root, "issues", "./.github/workflows/one.yml", "four")
    assert missing(root, file) == []


def test_a_workflow_of_another_repository_runs_what_it_is_named_after(root: Path) -> None:
    calling(root, "issues", "octo-org/rulewright-workflows/.github/workflows/triage.yml@v1", "one")
    assert missing(root, policy(root, "issues, push")) == ["push"]


@pytest.mark.parametrize("name", ["action.yml", "action.yaml"])
def test_steps_of_composite_actions_here_count(root: Path, name: str) -> None:
    folder = root / ".github" / "actions" / "triage"
    folder.mkdir(parents=True)
    workflow(root, "issues", "uses: ./.github/actions/triage")
    file = policy(root, "issues.opened, push")
    (folder / name).write_text(
        "runs: { using: composite, steps: [ { uses: ./.github/actions/triage }, { run: rulewright run rules } ] }"
    )
    assert missing(root, file) == ["push"]
    (folder / name).write_text("runs: { using: composite, steps: 3 } # rulewright")
    assert missing(root, file) == []  # nothing runs policies


def test_a_run_by_hand_sweeps_as_each_night(root: Path) -> None:
    file = policy(root, "schedule, issues.opened")
    workflow(root, "workflow_dispatch", RUN)
    assert missing(root, file) == ["issues.opened"]
    workflow(root, "workflow_dispatch", "run: rulewright evaluate rules")
    assert missing(root, file) == ["schedule", "issues.opened"]


def test_the_name_of_the_action_in_any_case(root: Path) -> None:
    workflow(root, "issues", "{ uses: Octo-Org/RuleWright@v1, with: { mode: run } }")
    assert missing(root, policy(root, "push")) == ["push"]


@pytest.mark.parametrize(
    "step",
    [
        "run: rulewright validate",
        "run: rulewright test rules/triage",
        "run: 'echo rulewright'",
        'run: "echo \'unclosed rulewright run"',
        "{ uses: octo-org/rulewright@v1, with: { mode: install } }",
        "{ uses: actions/checkout@v6.0.2 }  # rulewright",
    ],
)
def test_where_no_workflow_runs_policies_nothing_is_said(root: Path, step: str) -> None:
    workflow(root, "issues", step)
    assert list(find_deliveries(root)) == []
    assert missing(root, policy(root, "push")) == []


@pytest.mark.parametrize(
    "text",
    ["", "[]", "on: 3\njobs: 4", "jobs: { a: { steps: 3 } } # rulewright", "{ rulewright", "rulewright"],
)
def test_what_is_no_workflow_delivers_nothing(root: Path, text: str) -> None:
    (root / ".github" / "workflows" / "odd.yml").write_text(text)
    assert list(find_deliveries(root)) == []


def test_validate_says_it_with_its_place(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(root)
    workflow(root, "{ issues: { types: [opened] } }", RUN)
    policy(root, "issues.opened, issues.labeled")
    assert main(["validate", "rules", "--format", "text"]) == 0
    out = capsys.readouterr().out
    assert (
        "rules/triage/intake.yaml:4:21: warning[RW515]: no workflow delivers `issues.labeled` to this policy"
        in out
    )
    assert "the policy is run by .github/workflows/one.yml" in out
    assert main(["validate", "rules", "--strict", "--format", "text"]) == 1
    workflow(root, "issues", RUN)
    capsys.readouterr()
    assert main(["validate", "rules", "--strict", "--format", "text"]) == 0


def test_the_starter_delivers_every_event(tmp_path: Path) -> None:
    from rulewright.cli.starter import Setup, place, read_standing, starters
    from rulewright.policy.files import policy_files

    (tmp_path / ".git").mkdir()
    for one in starters(("policies", "workflows"), Setup("octo-org/rulewright@v1", owner="mona", project=1)):
        assert place(tmp_path, read_standing(tmp_path, one))
    policies, _, _ = read_policies(policy_files([tmp_path / "rules"]))
    assert len(policies) == 10
    assert [one.message for one in find_undelivered(policies, tmp_path, ["rules"])] == []
