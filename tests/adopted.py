"""A repository on the simulator that has merged what `rulewright init` writes, and the runs of its workflows.

Each run has a machine of its own, as on GitHub: no journal, plan or cache of an earlier one is there.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import rulewright.run.connection as connection
from github_simulator import Simulator
from github_simulator.setup import RepositoryHandle
from rulewright.cli.main import main
from rulewright.policy.workflows import Delivery, find_deliveries

__all__ = ["BOT", "Adopted", "Run", "adopted"]

REPO = "octo-org/demo"
BOT = "github-actions[bot]"
SECRETS = {"RULEWRIGHT_ONCALL_URL": "oncall", "RULEWRIGHT_SECURITY_URL": "security-oncall"}
DAY = 86_400.0


class Run(NamedTuple):
    """One run of a workflow: its file, its exit code, what it wrote, and the summary of its job."""

    workflow: str
    code: int
    out: str
    err: str
    summary: str


class Adopted:
    """`root` is the checkout. `secrets`: the repository's secrets, name → value. `tokens`: workflow → the token that it
    uses where that is not the one of Actions."""

    def __init__(self, sim: Simulator, repo: RepositoryHandle, root: Path) -> None:
        self.sim, self.repo, self.root = sim, repo, root
        self.secrets = {name: sim.hook_url(hook) for name, hook in SECRETS.items()}
        self.tokens: dict[str, str] = {}
        self._machines = itertools.count()

    def deliver(self, event: str, action: str, number: int, **details: Any) -> list[Run]:
        """What GitHub starts when something happens to an issue; a second passes first."""
        self.sim.clock.advance(1)
        payload = self.repo.payload(event, action, number, **details)
        return [self._run(one, event, payload) for one in self._listening(event, action)]

    def night(self) -> list[Run]:
        """The next day's nightly runs."""
        self.sim.clock.advance(DAY)
        return [self._run(one, "schedule", {}) for one in self._listening("schedule", "")]

    def bodies(self, number: int) -> list[str]:
        """The tool's comments on an issue."""
        return [body for who, body in self.repo.state()[number]["comments"] if who == BOT]

    def messages(self) -> Counter[tuple[str, str]]:
        """(channel, text) of every message that arrived, with how often."""
        return Counter((one.name, one.body["text"]) for one in self.sim.hooks.all)

    def _listening(self, event: str, action: str) -> Iterator[Delivery]:
        for one in find_deliveries(self.root):
            assert one.events is not None
            types = one.events.get(event, frozenset())
            if event in one.events and (types is None or not action or action in types):
                yield one

    def _run(self, delivery: Delivery, event: str, payload: Mapping[str, Any]) -> Run:
        machine = self.root.parent / f"machine-{next(self._machines)}"
        machine.mkdir()
        (machine / "event.json").write_text(json.dumps(payload))
        (machine / "summary.md").touch()
        variables = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(machine / "event.json"),
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_REPOSITORY": REPO,
            "GITHUB_STEP_SUMMARY": str(machine / "summary.md"),
            "GITHUB_API_URL": self.sim.api_url,
            "GITHUB_TOKEN": self.tokens.get(delivery.file) or self.sim.token("actions"),
            "RULEWRIGHT_CACHE_DIR": str(machine / "cache"),
            **self.secrets,
        }
        words = ["run", *delivery.paths, "--repo", REPO]
        words += ["--plan-out", str(machine / "plan.json"), "--journal", str(machine / "journal.jsonl")]
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, variables),
            contextlib.chdir(self.root),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            for name in SECRETS.keys() - self.secrets.keys():
                os.environ.pop(name, None)
            code = main(words)
        summary = (machine / "summary.md").read_text()
        return Run(delivery.file, code, out.getvalue(), err.getvalue(), summary)


@contextlib.contextmanager
def adopted(sim: Simulator, repo: RepositoryHandle, folder: Path, *options: str) -> Iterator[Adopted]:
    """A checkout below `folder` with what `rulewright init --write` writes there; `options` are more of its words."""
    root = folder / "checkout"
    root.mkdir()
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    said = io.StringIO()
    day = datetime.fromtimestamp(sim.clock.now(), UTC).date()
    with (
        mock.patch.object(connection, "system_clock", return_value=sim.clock),
        mock.patch("rulewright.cli.init.today", return_value=day),
    ):
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = main(["init", str(root), "--write", "--action", "octo-org/rulewright@v1", *options])
        assert code == 0, said.getvalue()
        yield Adopted(sim, repo, root)
