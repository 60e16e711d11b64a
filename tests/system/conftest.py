"""A GitHub of one's own with a past, the shipped policies beside it, and the real commands: what a user runs."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple
from unittest import mock

import pytest

import rulewright.run.connection as connection
from fixtures.modules import load_module
from github_simulator import Simulator, seeded
from github_simulator.identity import Kind
from github_simulator.projects import ProjectHandle
from github_simulator.seeds import LABELS, PEOPLE, Past
from github_simulator.setup import RepositoryHandle
from rulewright.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
REPO = "octo-org/demo"
MORE_LABELS = ("area/model", "area/deploy", "overdue", "duplicate")
AMPLE = (
    "budgets:\n  effects_per_run: 200\n  effects_per_subject: 20\n",
    "budgets: { effects_per_run: 100000 }\n",
)
VARIABLES = (
    "GITHUB_ACTIONS", "GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_REF", "GITHUB_REPOSITORY",
    "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GH_TOKEN", "NO_COLOR",
)  # fmt: skip


class Outcome(NamedTuple):
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


class Stage:
    """One simulated GitHub, one folder with policies and journal, one token.

    `state()` is all that people see; `bot` the login that the token acts as.
    """

    def __init__(self, sim: Simulator, repo: RepositoryHandle, folder: Path, bot: str) -> None:
        self.sim, self.repo, self.folder, self.bot = sim, repo, folder, bot
        self.past: Past | None = None
        self.board: ProjectHandle | None = None

    @property
    def journal(self) -> Path:
        return self.folder / "journal.jsonl"

    def call(self, *words: str) -> Outcome:
        """Any command line."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(words)
        return Outcome(code, out.getvalue(), err.getvalue())

    def run(self, *more: str, apply: bool = True) -> Outcome:
        """`rulewright run` over all open subjects, or what `more` says."""
        words = ["run", "rules/triage", "rules/grooming", "--repo", REPO, "--journal", str(self.journal)]
        return self.call(*words, *(["--apply"] if apply else []), *more)

    def plans(self, *more: str, apply: bool = False) -> tuple[Outcome, list[dict[str, Any]]]:
        """A run and its plans, one per subject."""
        file = self.folder / "plans.jsonl"
        said = self.run("--all", "--plan-out", str(file), *more, apply=apply)
        return said, [json.loads(line) for line in file.read_text().splitlines()]

    def event(self, payload: Mapping[str, Any], *more: str) -> Outcome:
        """A run for one webhook's event."""
        file = self.folder / "event.json"
        file.write_text(json.dumps(payload))
        return self.run("--event", str(file), *more)

    def records(self, *kinds: str) -> list[dict[str, Any]]:
        if not self.journal.exists():
            return []
        lines = map(json.loads, self.journal.read_text().splitlines())
        return [line for line in lines if not kinds or line["kind"] in kinds]

    def state(self) -> dict[int, dict[str, Any]]:
        """Comments in no order: one that had to wait comes later than it would have."""
        return {
            number: {**one, "comments": sorted(one["comments"])} for number, one in self.repo.state().items()
        }

    def notified(self) -> set[tuple[str, str]]:
        """(channel, text) of all that a receiver that drops repeated keys has got."""
        names = {one.name for one in self.sim.hooks.all}
        return {(name, one.body["text"]) for name in names for one in self.sim.hooks.once(name)}

    def twice(self) -> list[tuple[int, str]]:
        """Comments of ours that stand twice on one issue: (number, marker)."""
        out = []
        for number, one in self.repo.state().items():
            marks = [body.partition("-->")[0] for who, body in one["comments"] if who == self.bot]
            out += [(number, mark) for mark in set(marks) if marks.count(mark) > 1]
        return out


@pytest.fixture(scope="session")
def policies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped policies and configuration, but for the model; those with names of examples are enforced, too."""
    folder = tmp_path_factory.mktemp("policies")
    for name in ("rules/triage", "rules/grooming", "rules/common"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.test.yaml"))
    for file in folder.rglob("*.yaml"):
        file.write_text(file.read_text().replace("mode: observe\n", ""))
    shutil.copy(ROOT / "labels.yml", folder)
    shutil.copy(ROOT / "README.md", folder)
    (folder / "rulewright.yaml").write_text((ROOT / "rulewright.yaml").read_text())
    return folder


@pytest.fixture(scope="session")
def stage(
    policies: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., contextlib.AbstractContextManager[Stage]]:
    """`with stage(issues=20, seed=3, kind="app") as here:` — see `_staged`."""

    @contextlib.contextmanager
    def staged(
        issues: int = 20,
        seed: int = 1,
        kind: Kind = "app",
        *,
        ample: bool = True,
        board: bool = True,
        offences: bool = True,
        more: str = "",
    ) -> Iterator[Stage]:
        """`issues` of the past (none: an empty repository). `ample`: no budget ends a run.

        At the end neither requests nor limits may have been offended.
        """
        name = f"{'ample' if ample else 'as-shipped'}-{len(more)}-{abs(hash(more))}"
        folder = policies.parent / name
        if not folder.exists():
            shutil.copytree(policies, folder)
            config = (folder / "rulewright.yaml").read_text()
            assert AMPLE[0] in config
            (folder / "rulewright.yaml").write_text((config.replace(*AMPLE) if ample else config) + more)
        with Simulator(seed=seed) as sim, contextlib.ExitStack() as stack:
            past = seeded(sim, issues, seed, name=REPO)
            for label in MORE_LABELS:
                past.repository.label(label)
            own = tmp_path_factory.mktemp("stage")
            login = {"app": "triage-app[bot]", "actions": "github-actions[bot]", "user": "robot"}[kind]
            if kind == "user":  # a machine user: a User as any person is
                past.repository.collaborator("robot", "admin")
            here = Stage(sim, past.repository, own, login)
            here.past = past
            if board and kind != "actions":
                here.board = sim.project("octo-org")
            token = sim.token(kind, None if kind == "actions" else login.removesuffix("[bot]"))
            variables = {
                "GITHUB_TOKEN": token,
                "GITHUB_API_URL": sim.api_url,
                "RULEWRIGHT_ONCALL_URL": sim.hook_url("oncall"),
                "RULEWRIGHT_SECURITY_URL": sim.hook_url("security-oncall"),
                "RULEWRIGHT_CACHE_DIR": str(own / "cache"),
                "COLUMNS": "100",
            }
            stack.enter_context(mock.patch.dict(os.environ, variables))
            for variable in VARIABLES:
                os.environ.pop(variable, None)
            stack.enter_context(mock.patch.object(connection, "system_clock", return_value=sim.clock))
            stack.enter_context(contextlib.chdir(folder))
            yield here
        if offences:
            assert sim.violations == []
            assert sim.limits.breaches == 0

    return staged


@pytest.fixture(scope="session")
def corpus() -> ModuleType:
    """`benchmarks/corpus.py`: valid fakes of every type that a detector knows."""
    return load_module("detection_corpus", ROOT / "benchmarks" / "corpus.py")


@pytest.fixture(scope="session")
def labels() -> Sequence[str]:
    """All labels that the repository has beside GitHub's own."""
    return (*LABELS, *MORE_LABELS)


@pytest.fixture(scope="session")
def people() -> Sequence[str]:
    return tuple(PEOPLE)
