"""The steps that write, run as they stand in what `init` wrote, with exactly the permissions that their job names,
against the simulator. In real time, so each run is small."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from github_simulator import RealClock, Simulator

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
REPOSITORY = "octo-org/assistant"
COMPLETE = """\
### Summary

The list stays empty.

### Reproduction steps

1. Open the list.

### Expected behaviour

It has entries.

### Actual behaviour

It has none.

### Size estimate

small
"""


class Runner:
    """A workflow's runner on a checkout of the written repository."""

    def __init__(self, sim: Simulator, folder: Path, workflows: dict[str, Any]) -> None:
        self.sim, self.folder, self.workflows = sim, folder, workflows

    def payload(self, name: str, number: int) -> dict[str, Any]:
        """The event's payload, as GitHub shows the issue."""

        def shown(path: str) -> Any:
            request = urllib.request.Request(self.sim.api_url + path)
            request.add_header("Authorization", f"Bearer {self.sim.token('actions')}")
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)

        issue = shown(f"/repos/{REPOSITORY}/issues/{number}")
        repository = shown(f"/repos/{REPOSITORY}")
        return {"action": name, "issue": issue, "repository": repository, "sender": issue["user"]}

    def run(self, workflow: str, event: str, payload: dict[str, Any], **environ: str) -> tuple[int, str]:
        """Exit code and output of the step that decides and applies; `environ` is what stands beside its own."""
        ((_, job),) = self.workflows[workflow]["jobs"].items()
        (step,) = [one for one in job["steps"] if one.get("name") == "Evaluate and apply"]
        file = self.folder.parent / "event.json"
        file.write_text(json.dumps(payload))
        token = self.sim.token("actions", permissions=job["permissions"])
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.folder,
            env={
                "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
                "HOME": str(self.folder.parent),
                "GITHUB_ACTIONS": "true",
                "GITHUB_API_URL": self.sim.api_url,
                "GITHUB_EVENT_NAME": event,
                "GITHUB_EVENT_PATH": str(file),
                "GITHUB_REF": "refs/heads/main",
                "GITHUB_REPOSITORY": REPOSITORY,
                "RULEWRIGHT_CACHE_DIR": str(self.folder.parent / "cache"),
                "GITHUB_TOKEN": token,
                "RULEWRIGHT_ONCALL_URL": self.sim.hook_url("oncall"),
                "RULEWRIGHT_SECURITY_URL": self.sim.hook_url("security"),
                **environ,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert token not in done.stdout
        return done.returncode, done.stdout


@pytest.fixture
def sim():
    with Simulator(RealClock()) as running:
        yield running
    assert running.violations == []


@pytest.fixture
def runner(sim, started, written, tmp_path):
    sim.repository(REPOSITORY, labels=["needs-info", "Triaged", "Backlog"], collaborators={"mona": "triage"})
    return Runner(sim, Path(shutil.copytree(started, tmp_path / "checkout")), written)


def test_an_incomplete_issue_is_asked_about_once(runner, sim):
    repository = sim.repository(REPOSITORY)
    number = sim.act("mona").open(repository, "The list stays empty", "It just does.")
    code, printed = runner.run("triage.yml", "issues", runner.payload("opened", number))
    assert code == 0, printed
    assert "needs-info" in repository.state()[number]["labels"]
    writes = len(sim.writes)
    assert writes
    code, printed = runner.run("triage.yml", "issues", runner.payload("edited", number))
    assert code == 0, printed
    assert len(sim.writes) == writes, "the second run changed something"


def test_the_journal_and_the_plan_are_where_the_artifact_takes_them(runner, sim):
    number = sim.act("mona").open(REPOSITORY, "The list stays empty", "It just does.")
    code, printed = runner.run("triage.yml", "issues", runner.payload("opened", number))
    assert code == 0, printed
    (upload,) = [
        step
        for step in runner.workflows["triage.yml"]["jobs"]["triage"]["steps"]
        if step.get("name") == "Upload the plan and the journal"
    ]
    for name in upload["with"]["path"].split():
        assert (runner.folder / name).stat().st_size > 0, name
    code = subprocess.run(
        [Path(sys.executable).parent / "rulewright", "validate", "--schema", "plan", "plan.json"],
        cwd=runner.folder,
        check=False,
    ).returncode
    assert code == 0


def test_another_branch_is_a_dry_run(runner, sim):
    number = sim.act("mona").open(REPOSITORY, "The list stays empty", "It just does.")
    payload = runner.payload("opened", number)
    writes = len(sim.writes)
    code, printed = runner.run("triage.yml", "issues", payload, GITHUB_REF="refs/heads/topic")
    assert code == 0, printed
    assert len(sim.writes) == writes
    assert "dry run" in printed.lower()


def test_grooming_sweeps_at_night_and_takes_one_issue_by_hand(runner, sim):
    repository = sim.repository(REPOSITORY)
    numbers = [sim.act("mona").open(repository, f"Report {n}", "It just does.") for n in range(2)]
    payload = {"inputs": {"issue": str(numbers[0])}}
    code, printed = runner.run("grooming.yml", "workflow_dispatch", payload, ISSUE=str(numbers[0]))
    assert code == 0, printed
    labels = [repository.state()[number]["labels"] for number in numbers]
    assert ["needs-info" in one for one in labels] == [True, False]
    code, printed = runner.run("grooming.yml", "schedule", {"schedule": "17 3 * * *"}, ISSUE="")
    assert code == 0, printed
    assert all("needs-info" in repository.state()[number]["labels"] for number in numbers)


def test_an_input_that_is_no_number_is_refused(runner, sim):
    writes = len(sim.writes)
    for text in ("1; touch trace", "$(touch trace)", "--apply"):
        code, _ = runner.run("grooming.yml", "workflow_dispatch", {"inputs": {}}, ISSUE=text)
        assert code == 2
    assert not (runner.folder / "trace").exists()
    assert len(sim.writes) == writes


def test_an_issue_form_is_complete(runner, sim):
    repository = sim.repository(REPOSITORY)
    number = sim.act("mona").open(repository, "The list stays empty", COMPLETE)
    code, printed = runner.run("triage.yml", "issues", runner.payload("opened", number))
    assert code == 0, printed
    assert "needs-info" not in repository.state()[number]["labels"]


def test_the_starter_runs_with_the_action_it_names(runner, sim, tmp_path):
    """Its steps, with what the action's own checkout installs: nothing of this environment."""
    yaml = YAML(typ="safe", pure=True)
    action = yaml.load((ROOT / "action.yml").read_text("utf-8"))
    (install,) = [step for step in action["runs"]["steps"] if step.get("name") == "Install Rulewright"]
    (used,) = [
        step
        for step in runner.workflows["triage.yml"]["jobs"]["triage"]["steps"]
        if step.get("name") == "Install Rulewright"
    ]
    assert used["uses"] == "octo-org/rulewright@v0.1.0"
    python = tmp_path / "python" / "python"
    python.parent.mkdir()
    python.symlink_to(Path(sys.executable).resolve())
    added = tmp_path / "path.txt"
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", install["run"]],
        env={
            "PATH": os.pathsep.join((str(python.parent), "/usr/bin", "/bin")),
            "HOME": os.environ.get("HOME", str(tmp_path)),
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_PATH": str(added),
            "RUNNER_TEMP": str(tmp_path),
            "MODE": used["with"]["mode"],
            **{name: value for name, value in os.environ.items() if name.startswith("PIP_")},
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    repository = sim.repository(REPOSITORY)
    number = sim.act("mona").open(repository, "The list stays empty", "It just does.")
    path = os.pathsep.join((added.read_text().strip(), "/usr/bin", "/bin"))
    code, printed = runner.run("triage.yml", "issues", runner.payload("opened", number), PATH=path)
    assert code == 0, printed
    assert "needs-info" in repository.state()[number]["labels"]


def test_without_a_channels_secret_the_rest_is_done_and_the_lack_is_said(runner, sim):
    repository = sim.repository(REPOSITORY)
    body = COMPLETE + "\nMail me: octocat@mail.github.com\n"
    number = sim.act("mona").open(repository, "The list stays empty", body)
    payload = runner.payload("opened", number)
    code, printed = runner.run("triage.yml", "issues", payload, RULEWRIGHT_SECURITY_URL="")
    shown = repository.state()[number]
    assert "security" in shown["labels"], printed
    assert "octocat@mail.github.com" not in str(shown)
    assert "octocat@mail.github.com" not in printed
    assert "1 notification not sent yet" in printed
    assert "RULEWRIGHT_SECURITY_URL is not set" in printed
    assert code == 5
    # The nightly run sends it once the secret is there.
    code, printed = runner.run("grooming.yml", "schedule", {"schedule": "17 3 * * *"}, ISSUE="")
    assert code == 0, printed
    assert [one.name for one in sim.hooks.all] == ["security"]


def test_the_action_runs_too(runner, sim, tmp_path):
    """`mode: run` of action.yml: one issue, by number; its outputs name what was made."""
    repository = sim.repository(REPOSITORY)
    number = sim.act("mona").open(repository, "The list stays empty", "It just does.")
    output = tmp_path / "outputs"
    token = sim.token("actions", permissions={"contents": "read", "issues": "write"})
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "run-action"],
        cwd=runner.folder,
        env={
            "PATH": os.environ["PATH"],
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": sim.api_url,
            "GITHUB_OUTPUT": str(output),
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_REPOSITORY": REPOSITORY,
            "RULEWRIGHT_CACHE_DIR": str(tmp_path / "cache"),
            "RUNNER_TEMP": str(tmp_path),
            "INPUT_MODE": "run",
            "INPUT_POLICIES": "rules/triage",
            "INPUT_ISSUE": str(number),
            "INPUT_TOKEN": token,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
    assert (done.returncode, outputs["verdict"]) == (0, "done"), done.stdout
    assert "needs-info" in repository.state()[number]["labels"]
    assert json.loads(Path(outputs["plan"]).read_text())["hash"] == outputs["plan-hash"]
    assert int(outputs["effects"]) > 0
    assert Path(outputs["journal"]).stat().st_size > 0
    assert token not in done.stdout
