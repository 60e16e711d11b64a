"""A repository with a past: issues as people write them, with labels, comments and what humans and bots did to them.

    past = seeded(sim, issues=500, seed=1)
    assert not any(secret in text for secret in past.secrets for text in everything_written)

The same seed gives the same repository.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

from github_simulator.clock import VirtualClock
from github_simulator.seed_secrets import SECRETS
from github_simulator.seed_texts import Draft, bug, documentation, question, reworded, wish
from github_simulator.setup import RepositoryHandle
from github_simulator.simulator import Simulator

__all__ = ["LABELS", "Past", "seeded"]

LABELS = (
    *(f"severity/{name}" for name in ("critical", "high", "medium", "low")),
    *(f"priority/P{number}" for number in range(4)),
    *("Triaged", "Backlog", "needs-info", "needs_work", "security", "stale"),
    *("ready", "in-progress", "in-review", "done", "manual-triage", "no-triage", "legal"),
)
"""The labels that triage and grooming speak of."""

PEOPLE = {"mona": "admin", "hubot": "write", "octocat": "triage"}
AUTHORS = ("ada", "grace", "linus", "margaret", "ken", "barbara", "octocat")
DAY = 86_400.0


class Past(NamedTuple):
    """What was made. `secrets` are all that stand in texts; `duplicates` number → the first that says the same;
    `complete` the issues with every required field; `pulls` the pull requests among the numbers."""

    repository: RepositoryHandle
    secrets: tuple[str, ...]
    duplicates: dict[int, int]
    complete: frozenset[int]
    pulls: frozenset[int]


class _Step(NamedTuple):
    at: float
    order: int
    act: Callable[[], None]


def seeded(
    sim: Simulator, issues: int = 500, seed: int = 1, *, name: str = "octo-org/demo", days: float = 60.0
) -> Past:
    """Fills a repository with `issues` issues and pull requests of the last `days` days, oldest first."""
    return _Maker(sim, random.Random(seed), name, days).make(issues)


class _Maker:
    def __init__(self, sim: Simulator, draw: random.Random, name: str, days: float) -> None:
        self._sim, self._draw = sim, draw
        self._repo = sim.repository(name, labels=LABELS, collaborators=PEOPLE)
        self._now = sim.clock.now()
        self._start = self._now - days * DAY
        self._steps: list[_Step] = []
        self._secrets: list[str] = []
        self._duplicates: dict[int, int] = {}
        self._first: dict[tuple[str, ...], int] = {}
        self._complete: set[int] = set()
        self._pulls: set[int] = set()

    def make(self, issues: int) -> Past:
        moments = sorted(self._draw.uniform(self._start, self._now - 60) for _ in range(issues))
        topics: list[tuple[str, ...]] = []
        for number, at in enumerate(moments, 1 + max(self._repo.data.issues, default=0)):
            self._plan(number, at, topics)
        self._run()
        return Past(
            self._repo,
            tuple(self._secrets),
            dict(self._duplicates),
            frozenset(self._complete),
            frozenset(self._pulls),
        )

    def _plan(self, number: int, at: float, topics: list[tuple[str, ...]]) -> None:
        draw = self._draw
        author = draw.choice(AUTHORS)
        kind = draw.random()
        if kind < 0.06:
            self._pulls.add(number)
            self._at(at, lambda: self._open_pull(number, author))
            return
        if kind < 0.10:
            draft = Draft("Bump a dependency", "A new version is out.", ("bump", str(number)))
            author = "dependabot[bot]"
        elif kind < 0.22 and topics:
            draft = reworded(draw, draw.choice(topics))
        else:
            make = draw.choices((bug, wish, question, documentation), (6, 2, 1, 1))[0]
            draft = make(draw)
        if draft.topic[0] not in ("wish", "ask", "docs", "bump"):
            topics.append(draft.topic)
            first = self._first.setdefault(draft.topic, number)
            if first != number:
                self._duplicates[number] = first
        if draft.complete:
            self._complete.add(number)
        body = draft.body
        if draw.random() < 0.08:
            body += "\n\n" + self._leak()
        who = self._sim.act(author)
        self._at(at, lambda: self._opened(number, who.open(self._repo, draft.title, body)))
        self._life(number, at, author)

    def _leak(self) -> str:
        """A sentence with a secret of somebody's own."""
        make, sentence = self._draw.choice(list(SECRETS.values()))
        secret = make(self._draw)
        self._secrets.append(secret)
        return sentence.format(secret)

    def _life(self, number: int, at: float, author: str) -> None:
        """What happened to the issue since: labels by people and bots, words, assignments, ends."""
        draw, repo = self._draw, self._repo
        mona, hubot = self._sim.act("mona"), self._sim.act("hubot")
        bot, writer = self._sim.act("triage-app[bot]"), self._sim.act(author)
        severity = draw.choice(("critical", "high", "medium", "low"))
        if draw.random() < 0.35:
            self._later(
                at, lambda: mona.add_labels(repo, number, draw.choice(("bug", "enhancement", "question")))
            )
        if draw.random() < 0.30:
            self._later(at, lambda: hubot.add_labels(repo, number, f"severity/{severity}"))
        if draw.random() < 0.25:
            then = self._later(at, lambda: bot.add_labels(repo, number, "Triaged", "Backlog"))
            if draw.random() < 0.3:
                # A person who disagrees with the bot.
                self._later(
                    then, lambda: mona.remove_labels(repo, number, draw.choice(("Triaged", "Backlog")))
                )
        if draw.random() < 0.15:
            then = self._later(at, lambda: bot.add_labels(repo, number, "needs-info"))
            if draw.random() < 0.5:
                self._later(then, lambda: writer.comment(repo, number, "Here is what was missing."))
        if draw.random() < 0.4:
            words = "Same here, since the last update."
            if draw.random() < 0.05:
                words += " " + self._leak()
            self._later(at, lambda: self._sim.act(draw.choice(AUTHORS)).comment(repo, number, words))
        if draw.random() < 0.2:
            then = self._later(at, lambda: mona.assign(repo, number, draw.choice(("hubot", "octocat"))))
            if draw.random() < 0.5:
                self._later(then, lambda: hubot.add_labels(repo, number, "in-progress"))
        if draw.random() < 0.04:
            self._later(
                at,
                lambda: mona.add_labels(repo, number, draw.choice(("manual-triage", "no-triage", "legal"))),
            )
        if draw.random() < 0.2:
            reason = draw.choice(("completed", "completed", "not_planned"))
            then = self._later(at, lambda: mona.close(repo, number, reason))
            if draw.random() < 0.1:
                self._later(then, lambda: mona.reopen(repo, number))

    def _open_pull(self, number: int, author: str) -> None:
        files = self._draw.sample(["rules/triage/intake.yaml", "docs/index.md", "src/app.py", "README.md"], 2)
        body = f"Fixes #{max(1, number - 1)}."
        made = self._repo.pull("Fix what was reported", body, author=author, files=files, fork=True)
        self._opened(number, made)

    def _opened(self, number: int, got: int) -> None:
        if number != got:
            raise RuntimeError(f"issue {number} came out as {got}")

    def _later(self, at: float, act: Callable[[], object]) -> float:
        """Some time after `at`, and before now; the moment."""
        moment = min(at + self._draw.expovariate(1 / (2 * DAY)) + 60, self._now - 1)
        self._at(moment, act)
        return moment

    def _at(self, moment: float, act: Callable[[], object]) -> None:
        self._steps.append(_Step(moment, len(self._steps), lambda: (act(), None)[1]))

    def _run(self) -> None:
        """Everything in the order of time, on a clock of the past."""
        with self._sim.lock:
            world = self._sim.world
            present, past = world.clock, VirtualClock(self._start)
            world.clock = past
            try:
                for step in sorted(self._steps, key=lambda one: (one.at, one.order)):
                    past.advance(max(0.0, step.at - past.now()))
                    step.act()
            finally:
                world.clock = present
