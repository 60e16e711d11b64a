"""Commands and policies of pages that need GitHub or a model, run on the simulator and on the tiny model."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import rulewright.run.connection as connection
from fixtures.modules import load_module
from github_simulator import Simulator
from github_simulator.clock import RealClock
from github_simulator.setup import RepositoryHandle
from rulewright.cli.main import main
from rulewright.report.inactivity import TITLES

ROOT = Path(__file__).resolve().parents[2]
HOW_TO = ROOT / "docs" / "how-to"
REPO = "octo-org/demo"
DAY = 86_400.0

snippets = load_module("docs_snippets", ROOT / "docs" / "snippets.py")


def write_files(page: str, folder: Path, *names: str) -> None:
    """The blocks of a page that are files, in a folder."""
    for block in snippets.blocks(HOW_TO / page):
        name = block.notes.get("file")
        if name is not None and (not names or name in names):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(block.text)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith(("GITHUB_", "GH_", "RULEWRIGHT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / ".cache"))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def sim(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    with Simulator() as running:
        monkeypatch.setattr(connection, "system_clock", lambda: running.clock)
        monkeypatch.setenv("GITHUB_API_URL", running.api_url)
        monkeypatch.setenv(
            "GITHUB_TOKEN",
            running.token(
                "actions", permissions={"issues": "write", "pull_requests": "write", "contents": "read"}
            ),
        )
        yield running
    assert running.violations == []


@pytest.fixture
def repo(sim: Simulator) -> RepositoryHandle:
    return sim.repository(REPO, collaborators={"mona": "write"})


@pytest.fixture
def sweep(sim: Simulator) -> Callable[..., None]:
    """Lets days pass, then runs the policies of a folder over everything that is open."""

    def run(days: float = 0) -> None:
        sim.clock.sleep(days * DAY)
        assert main(["run", "my-rules", "--repo", REPO, "--apply", "--journal", "j.jsonl"]) == 0

    return run


def test_the_stale_policy_warns_and_closes_and_leaves_exempt_ones_and_pull_requests_alone(
    sim: Simulator, repo: RepositoryHandle, folder: Path, sweep: Any
) -> None:
    write_files("recipes.md", folder, "my-rules/stale.yaml")
    quiet, answered = repo.issue("Quiet", "text"), repo.issue("Answered", "text")
    pinned, pull = repo.issue("Pinned", "text", labels=["pinned"]), repo.pull("A change", "text")
    sweep(30)
    assert {tuple(one["labels"]) for one in repo.state().values()} == {(), ("pinned",)}
    sweep(31)
    warned = repo.state()
    assert [warned[number]["labels"] for number in (quiet, answered, pinned, pull)] == [
        ["stale"],
        ["stale"],
        ["pinned"],
        [],
    ]
    assert "closed in a week" in warned[quiet]["comments"][0][1]
    sim.clock.sleep(DAY)
    sim.act("octocat").comment(repo, answered, "It still happens.")
    sweep(1)
    assert (repo.state()[answered]["labels"], len(repo.state()[answered]["comments"])) == ([], 1)
    sweep(6)
    after = repo.state()
    assert (after[quiet]["state"], after[quiet]["state_reason"]) == ("closed", "not_planned")
    assert {after[number]["state"] for number in (answered, pinned, pull)} == {"open"}
    sweep(70)
    assert repo.state()[pull]["state"] == "open"


def test_pull_requests_are_labelled_by_their_files(repo: RepositoryHandle, folder: Path, sweep: Any) -> None:
    write_files("recipes.md", folder, "my-rules/paths.yaml")
    docs = repo.pull("Docs", "text", files=["docs/a.md", "README.md"])
    api = repo.pull("API", "text", files=["src/api/users.py"])
    tested = repo.pull("API", "text", files=["src/api/users.py", "tests/test_users.py"])
    issue = repo.issue("An issue", "text")
    sweep()
    found = repo.state()
    assert found[docs]["labels"] == ["documentation", "skip-ci"]
    assert found[api]["labels"] == ["area/api", "needs-tests"]
    assert found[tested]["labels"] == found[issue]["labels"] == []


def test_a_run_without_the_secret_of_a_channel_does_everything_else(
    repo: RepositoryHandle, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """channels.md and your-repository.md say so."""
    write_files("channels.md", folder)
    number = repo.issue("An outage", "text")
    assert main(["run", "my-rules", "--repo", REPO, "--apply", "--journal", "j.jsonl"]) == 5
    assert repo.state()[number]["labels"] == ["outage"]
    assert "oncall" in capsys.readouterr().err


def test_the_headings_of_the_report_are_explained() -> None:
    page = (HOW_TO / "nothing-happened.md").read_text()
    rows = re.findall(r"^\| ([A-Z][^|]+?) \|", page, re.MULTILINE)
    explained = {title for row in rows for title in (row, *row.split(", "))}
    explained |= {title.capitalize() for title in explained}
    assert {title.lower() for title in TITLES.values()} <= {title.lower() for title in explained}


def test_the_commands_of_the_page_about_applying_work_as_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: crash, owner: me, description: Crashes. }
on: [issues.opened, schedule]
rules:
  - { id: crash-is-high, when: { title: { contains: crash } }, then: [ { add_labels: [bug] } ] }
"""
    (folder / "rules").mkdir()
    (folder / "rules" / "crash.yaml").write_text(policy)
    config = "apiVersion: rulewright/v1\nkind: Config\nstate: { directory: .rulewright }\n"
    (folder / "rulewright.yaml").write_text(config)
    with Simulator(clock=RealClock()) as sim:
        repo = sim.repository(REPO)
        for _ in range(12):
            repo.issue("A crash", "text")
        (folder / "event.json").write_text(json.dumps(repo.payload("issues", "opened", 12)))
        token = sim.token("actions", permissions={"issues": "write", "contents": "read"})
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "GITHUB_API_URL": sim.api_url, "GITHUB_TOKEN": token, "PATH": path}
        for line in commands("apply-and-undo.md"):
            if "--plan 118787882688" in line:
                plan = json.loads((folder / "plan.json").read_text())
                line = line.replace("118787882688", plan["hash"][:12])
            if line.startswith("rulewright undo journal.jsonl --everything"):
                (kept,) = (folder / ".rulewright").glob("**/*.jsonl")
                shutil.copy(kept, folder / "journal.jsonl")
            if "$HASH" in line:
                environment["HASH"] = json.loads((folder / "plan.json").read_text())["hash"][:12]
            done = subprocess.run(
                ["bash", "-c", line], env=environment, capture_output=True, text=True, check=False
            )
            # The plan is applied by then: an event of the same issue has another one.
            codes = (0, 5) if "--event event.json --apply" in line else (0,)
            assert done.returncode in codes, (line, done.stderr)
        assert repo.state()[12]["labels"] == []
        assert sim.violations == []


def commands(page: str) -> Iterator[str]:
    """The commands of the blocks that need GitHub, without those of `gh`, which the simulator has no workflows for."""
    for block in snippets.blocks(HOW_TO / page):
        if block.language == "sh" and block.notes.get("not run") == "needs GitHub":
            yield from (line for line in block.text.splitlines() if line and not line.startswith("gh "))


def test_an_enterprise_server_is_reached_by_its_variable(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files("recipes.md", folder, "my-rules/stale.yaml")
    with Simulator(enterprise=True) as sim:
        repo = sim.repository(REPO)
        repo.issue("An issue", "text")
        monkeypatch.setattr(connection, "system_clock", lambda: sim.clock)
        monkeypatch.setenv("GITHUB_API_URL", sim.api_url)
        monkeypatch.setenv("GITHUB_TOKEN", sim.token("actions", permissions={"issues": "write"}))
        assert sim.api_url.endswith("/api/v3")
        assert main(["doctor", "my-rules", "--repo", REPO]) == 0
        assert main(["run", "my-rules", "--repo", REPO, "--issue", "1"]) == 0
        assert main(["explain", "my-rules", "--repo", REPO, "--issue", "1"]) == 0
        assert "octo-org/demo#1  evaluated as schedule" in capsys.readouterr().out
        assert sim.violations == []


def test_a_model_file_is_asked_as_the_page_says(folder: Path, tiny_model: Path) -> None:
    write_files("local-model.md", folder)
    write_files("recipes.md", folder, "my-rules/severity.yaml")
    (folder / "models" / "answers.gguf").write_bytes(tiny_model.read_bytes())
    event = str(ROOT / "examples" / "events" / "issue-opened.json")
    words = ["evaluate", "my-rules", "--event", event, "--now", "2026-01-05T09:00:00Z"]
    assert "does not match its SHA-256" in run_command(*words)
    configuration = folder / "models" / "answers.yaml"
    digest = hashlib.sha256(tiny_model.read_bytes()).hexdigest()
    configuration.write_text(configuration.read_text().replace("0" * 64, digest))
    run_command("model", "pull", "models/answers.yaml")
    out = run_command(*words)
    assert "does not match" not in out
    assert "Model results ~ severity: " in out
    assert "set label severity/" in out


def run_command(*words: str) -> str:
    """What a command prints, on one line. Fails where it does not end with 0."""
    command = [sys.executable, "-m", "rulewright", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return " ".join(done.stdout.split())
