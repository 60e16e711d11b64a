"""A repository on the simulator, policies in a folder, and commands that find both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import rulewright.run.connection as connection
from github_simulator import Simulator
from github_simulator.setup import RepositoryHandle
from rulewright.cli.main import main

REPO = "octo-org/demo"
POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake, owner: team-triage, description: First triage of every new issue. }
on: [issues, schedule]
templates:
  hello: "Hello {{ author }}, this is about a crash."
  no_text: "There is no text."
rules:
  - id: crash
    description: The title mentions a crash.
    when: { title: { contains: crash }, state: open }
    then:
      - add_labels: [bug, severity/high]
      - comment: hello
      - set_title: { remove: ["[P?]"] }
  - id: incomplete
    description: The body is empty.
    when: { body: { length: 0, on_missing: true }, state: open }
    then: [ { add_labels: [needs-info] }, { comment: no_text } ]
  - id: complete
    description: The body is no longer empty.
    when: { body: { length: { gt: 0 } }, labels: { contains: needs-info } }
    then: [ { remove_labels: [needs-info] }, { prune_comment: incomplete } ]
  - id: stop
    description: Somebody wants it closed.
    when: { labels: { contains: wontfix }, state: open }
    then:
      - remove_labels: [wontfix]
      - close: not_planned
      - create_issue: { title: Closed one, body: "It was {{ issue.number }}.", key: closed }
"""
CONFIG = """\
apiVersion: rulewright/v1
kind: Config
policies: [rules]
"""

VARIABLES = (
    "GITHUB_ACTIONS", "GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_REF", "GITHUB_REPOSITORY",
    "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GH_TOKEN", "GITHUB_API_URL", "NO_COLOR",
)  # fmt: skip


@pytest.fixture
def sim(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """Neither requests nor limits may be offended."""
    with Simulator() as running:
        monkeypatch.setattr(connection, "system_clock", lambda: running.clock)
        yield running
    assert running.violations == []
    assert running.limits.breaches == 0


@pytest.fixture
def repo(sim: Simulator) -> RepositoryHandle:
    return sim.repository(
        REPO,
        labels=["severity/high", "needs-info", "Triaged"],
        collaborators={"mona": "write"},
        files={"README.md": "# Demo\n"},
    )


@pytest.fixture
def folder(sim: Simulator, repo: RepositoryHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(
        "GITHUB_TOKEN", sim.token("actions", permissions={"issues": "write", "contents": "write"})
    )
    monkeypatch.setenv("GITHUB_API_URL", sim.api_url)
    monkeypatch.setenv("GITHUB_REPOSITORY", REPO)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "intake.yaml").write_text(POLICY)
    (tmp_path / "rulewright.yaml").write_text(CONFIG)
    return tmp_path


@pytest.fixture
def config(folder: Path) -> Callable[[str], None]:
    """Adds to rulewright.yaml."""

    def write(more: str) -> None:
        (folder / "rulewright.yaml").write_text(CONFIG + more)

    return write


@pytest.fixture
def rulewright(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs a command line: exit code, stdout, stderr."""

    def call(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(words)
        out, err = capsys.readouterr()
        return code, out, err

    return call
