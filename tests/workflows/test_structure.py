"""What must hold for every workflow: no more permissions than listed here, bounded, pinned, and no shell line that
anything of an event becomes part of."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READ = {"contents": "read"}
TRIAGE = {"contents": "read", "issues": "write"}
STARTED = {
    "triage.yml": {"triage": TRIAGE},
    "grooming.yml": {"groom": {**TRIAGE, "pull-requests": "read"}},
    "policy-review.yml": {"review": READ},
    "policy-comment.yml": {"comment": {"actions": "read", "contents": "read", "pull-requests": "write"}},
}
OWN = {
    **STARTED,
    "ci.yml": {"check": READ, "test": READ, "action": READ},
    "security.yml": {
        "codeql": {"contents": "read", "security-events": "write"},
        "dependencies": READ,
        "secrets": READ,
    },
}
"""Workflow → job → permissions. One more is a decision, not an accident."""

PINNED = re.compile(r"\./|[\w.-]+/[\w./-]+@(v\d+\.\d+\.\d+|[0-9a-f]{40})")


@pytest.fixture(params=["own", "written"])
def every(request: pytest.FixtureRequest) -> dict[str, Any]:
    return request.getfixturevalue(request.param)


def steps(workflows: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, workflow in workflows.items():
        for job in workflow["jobs"].values():
            yield from ((name, step) for step in job["steps"])


def action(root: Path) -> Any:
    return YAML(typ="safe", pure=True).load((root / "action.yml").read_text("utf-8"))


def granted(workflows: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {job: spec["permissions"] for job, spec in workflow["jobs"].items()}
        for name, workflow in workflows.items()
    }


def test_permissions_are_those_that_are_listed(own, written):
    assert granted(own) == OWN
    assert granted(written) == STARTED


def test_nothing_is_permitted_to_all_jobs(every):
    assert [name for name, workflow in every.items() if workflow["permissions"] != {}] == []


def test_every_run_is_bounded(every):
    for workflow in every.values():
        assert workflow["concurrency"]["group"]
        for job in workflow["jobs"].values():
            assert 0 < job["timeout-minutes"] <= 60
            assert job["runs-on"] == "ubuntu-24.04"
            assert "secrets" not in job
            assert "env" not in job


def test_an_issue_has_one_run_at_a_time(every):
    for name in ("triage.yml", "grooming.yml"):
        group = every[name]["concurrency"]
        assert "github.event.issue.number" in group["group"]
        assert group["cancel-in-progress"] is False  # a run that writes is never cut


def test_actions_are_pinned(every, root):
    used = [step["uses"] for _, step in steps(every) if "uses" in step]
    used += [step["uses"] for step in action(root)["runs"]["steps"] if "uses" in step]
    assert [one for one in used if not PINNED.fullmatch(one)] == []
    assert len({one.partition("@")[2] for one in used if one.startswith("actions/checkout@")}) == 1


def test_the_docs_list_the_actions_and_permissions(own, root):
    page = (root / "docs" / "permissions.md").read_text("utf-8")
    rows = re.findall(r"^\| `([\w.-]+/[\w.-]+)` \| `(v[\d.]+)` \|", page, re.MULTILINE)
    used = {step["uses"] for _, step in steps(own) if "@" in step.get("uses", "")}
    used |= {step["uses"] for step in action(root)["runs"]["steps"] if "uses" in step}
    assert set(rows) == {("/".join(one.split("@")[0].split("/")[:2]), one.split("@")[1]) for one in used}
    for name, jobs in STARTED.items():
        for job, permissions in jobs.items():
            told = ", ".join(f"`{scope}: {level}`" for scope, level in permissions.items())
            assert f"| `{name}` | {job} | {told} |" in page


def test_no_token_stays_in_a_checkout(every):
    checkouts = [step for _, step in steps(every) if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert [step for step in checkouts if step["with"].get("persist-credentials") is not False] == []


def test_no_expression_stands_in_a_shell_line(every, root):
    lines = [step["run"] for _, step in steps(every) if "run" in step]
    lines += [step["run"] for step in action(root)["runs"]["steps"] if "run" in step]
    assert lines
    assert [line for line in lines if "${{" in line] == []


def test_no_text_of_an_event_is_passed_on(every):
    """Numbers and commits only: no title, body, comment, label, name of a branch or login."""
    taken = {
        expression
        for _, step in steps(every)
        for value in (*step.get("env", {}).values(), *step.get("with", {}).values())
        for expression in re.findall(r"github\.event\.[\w.]+|github\.head_ref", str(value))
    }
    assert taken <= {
        "github.event.issue.number",
        "github.event.pull_request.number",
        "github.event.pull_request.head.sha",
        "github.event.pull_request.base.sha",
        "github.event.workflow_run.id",
        "github.event.workflow_run.head_sha",
    }


def test_secrets_reach_only_what_runs_policies(every):
    for name, workflow in every.items():
        text = str(workflow)
        if "secrets." in text:
            assert name in ("triage.yml", "grooming.yml")
            assert "pull_request" not in workflow["on"]
    for name, step in steps(every):
        if "secrets." in str(step):
            assert step["name"] == "Evaluate and apply", name


def test_what_a_pull_request_starts_may_only_read(every):
    for name, workflow in every.items():
        assert "pull_request_target" not in workflow["on"]
        if "pull_request" in workflow["on"]:
            for job in workflow["jobs"].values():
                writes = {scope for scope, level in job["permissions"].items() if level == "write"}
                assert writes <= {"security-events"}, name


def test_shell_lines_are_bash(every):
    for name, step in steps(every):
        if "run" in step:
            done = subprocess.run(
                ["bash", "-n"], input=step["run"], text=True, capture_output=True, check=False
            )
            assert (done.returncode, done.stderr) == (0, ""), name


def test_own_workflows_are_the_written_ones(own, written):
    """But for how Rulewright is installed, and which files there are to check."""
    for name, workflow in written.items():
        ours, theirs = own[name], workflow
        assert ours["on"] == theirs["on"]
        for job, spec in theirs["jobs"].items():
            differing = [
                step.get("name")
                for step, mine in zip(spec["steps"], ours["jobs"][job]["steps"], strict=True)
                if step != mine
            ]
            assert set(differing) <= {"Install Rulewright", "Validate", "Test"}


def test_this_repository_lives_by_what_it_writes(root):
    from rulewright.cli.starter import Setup, starters

    ours = {
        one.path.as_posix(): one.data for one in starters(("config", "labels", "forms"), Setup(project=1))
    }
    assert {name: (root / name).read_bytes() for name in ours} == ours


def test_issue_forms_are_the_written_ones(root, started):
    ours, theirs = (folder / ".github" / "ISSUE_TEMPLATE" for folder in (root, started))
    assert sorted(path.name for path in ours.iterdir()) == sorted(path.name for path in theirs.iterdir())
    for path in theirs.iterdir():
        assert (ours / path.name).read_bytes() == path.read_bytes()


def test_issue_forms_ask_for_what_triage_looks_for(started):
    """And for nothing that a reporter cannot know: how much work it is, is for the maintainers."""
    import rulewright
    from rulewright.policy.config_reader import read_config

    yaml = YAML(typ="safe", pure=True)
    facts = yaml.load((started / "rules" / "common" / "reports.yaml").read_text("utf-8"))["let"]
    known = {label.name for label in read_config(started).labels or ()}
    needed = {
        "bug": set(facts["form"]["required_fields"]),
        "enhancement": set(facts["proposal"]["required_fields"]),
    }
    for name in ("bug", "enhancement", "question"):
        form = yaml.load((started / ".github" / "ISSUE_TEMPLATE" / f"{name}.yml").read_text("utf-8"))
        asked = {part["attributes"]["label"].lower(): part for part in form["body"] if "id" in part}
        required = {label for label, part in asked.items() if part["validations"]["required"]}
        assert needed.get(name, set()) <= required
        assert not {label for label in asked if "size" in label or "estimate" in label}
        assert set(form["labels"]) == {name} <= known
    assert "version" in {part.get("id") for part in form["body"]}
    assert rulewright.load(started / "rules").policies


def test_the_action_passes_inputs_by_the_environment(root):
    whole = action(root)
    *_, run = whole["runs"]["steps"]
    passed = {re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", value)[1] for value in run["env"].values()}
    assert passed == set(whole["inputs"]) - {"python-version"}
    for name in whole["inputs"]:
        if name in passed:
            assert "INPUT_" + name.upper().replace("-", "_") in run["env"]
    assert all("default" in spec and spec["description"] for spec in whole["inputs"].values())
    assert all(step.get("shell") == "bash" for step in whole["runs"]["steps"] if "run" in step)
