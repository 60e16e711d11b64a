"""Whatever stands in an issue: its secrets stand in nothing that a run writes, says or leaves behind."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HANDS_OFF = "legal"
FORMATS = ("text", "json", "markdown")


def raws(value: str) -> set[str]:
    """How a value would look where it leaked: as it is, in JSON, a line of it, or half of it where a text was cut."""
    forms = {value, json.dumps(value)[1:-1]}
    forms |= {line for line in value.splitlines() if len(line) > 40 and "PRIVATE" not in line}
    if len(value) > 24 and "\n" not in value:
        forms |= {value[: len(value) // 2], value[len(value) // 2 :]}
    return {one for one in forms if len(one) > 6}


class Planted:
    """Values by where they stand: `masked` must go from GitHub too, `hidden` only from what we write."""

    def __init__(self, corpus: ModuleType, seed: int) -> None:
        self.draw, self.corpus = random.Random(seed), corpus
        self.masked: list[tuple[str, str]] = []
        self.hidden: list[tuple[str, str]] = []

    def sentence(self, kind: str, *, kept: bool = False) -> str:
        """A sentence with a value of that type."""
        value = self.draw.choice(self.corpus.VALUES[kind])(self.draw)
        (self.hidden if kept else self.masked).append((kind, value))
        form = self.draw.choice(
            (*self.corpus.ANY, *self.corpus.SENTENCES.get(kind, ())[:3], "crash! [P1] {} [High Priority]")
        )
        return str(form).replace("{}", value)

    def leaks(self, text: str, *, everything: bool = True) -> list[tuple[str, str]]:
        planted = self.masked + (self.hidden if everything else [])
        return [(kind, one) for kind, one in planted if any(raw in text for raw in raws(one))]


def plant(here: Any, corpus: ModuleType, seed: int, kinds: tuple[str, ...]) -> Planted:
    """Each type in a title, a body and a comment; and on an issue that nobody may touch."""
    made = Planted(corpus, seed)
    draw = made.draw
    for kind in kinds:
        one_line = kind != "private_key"
        title = made.sentence(kind).replace("\n", " ") if one_line else "A key"
        in_title = here.repo.issue(f"Crash {title}", "size estimate: small", author="octocat")
        in_body = here.repo.issue(
            "[P1] A crash", f"Summary: {made.sentence(kind)}\n\nIt crashes.", author="mona"
        )
        commented = here.repo.issue("Something", "Text", author="octocat", labels=["needs-info"])
        here.sim.act("mona").comment(here.repo, commented, made.sentence(kind))
        for number in (in_title, in_body, commented):
            if draw.random() < 0.4:
                label = draw.choice(("severity/critical", "Triaged", "Backlog", "in-progress", "area/model"))
                if label != "Triaged":
                    here.sim.act("hubot").add_labels(here.repo, number, label)
        kept = here.repo.issue("Crash", made.sentence(kind, kept=True), author="octocat", labels=[HANDS_OFF])
        here.sim.act("mona").comment(here.repo, kept, made.sentence(kind, kept=True))
    return made


def said(here: Any, numbers: list[int]) -> Iterator[tuple[str, str]]:
    """(command, all that it said), for every command that looks at issues, in every format."""
    journal = str(here.journal)
    policies = ("rules/triage", "rules/grooming")
    events = []
    for number in numbers:
        payload = here.repo.payload("issues", "edited", number, sender="octocat")
        file = here.folder / f"event-{number}.json"
        file.write_text(json.dumps(payload))
        events.append(file)

    def call(*words: str) -> tuple[str, str]:
        outcome = here.call(*words)
        assert "Traceback" not in outcome.err
        return " ".join(words[:3]), outcome.out + outcome.err

    for form in FORMATS:
        yield call("evaluate", *policies, "--repo", here.repo.name, "--all", "--format", form)
        yield call(
            "run",
            *policies,
            "--repo",
            here.repo.name,
            "--all",
            "--format",
            form,
            "--journal",
            journal,
            "--plan-out",
            str(here.folder / f"plans.{form}"),
            "--output",
            str(here.folder / f"out.{form}"),
        )
    for file in events:
        for rule in ("pii-found", "title-tags", "crash-is-high", "needs-info", "incomplete"):
            yield call("explain", rule, *policies, "--event", str(file))
    yield call("evaluate", *policies, "--event", str(events[0]), "--all")
    here.sim.faults.rate = 0.3
    here.sim.faults.modes = ("error_before", "error_after", "html", "cut_after", "truncated", "cut_before")
    for _ in range(4):
        here.sim.clock.advance(3600)  # all commands together come near GitHub's 5,000 requests an hour
        yield call("run", *policies, "--repo", here.repo.name, "--apply", "--all", "--journal", journal)
    here.sim.faults.clear()
    yield call("run", *policies, "--repo", here.repo.name, "--apply", "--all", "--journal", journal)
    for file in events[:4]:
        yield call(
            "run", *policies, "--repo", here.repo.name, "--event", str(file), "--apply", "--journal", journal
        )
    for words in (
        ["journal", "show", journal],
        ["journal", "show", journal, "--format", "json"],
        ["journal", "export", journal],
        ["journal", "verify", journal],
        ["stats", journal],
        ["stats", journal, "--format", "json"],
        ["undo", journal, "--everything", "--repo", here.repo.name],
        ["apply", str(here.folder / "plans.text"), "--repo", here.repo.name],
    ):  # fmt: skip
        yield call(*words)


def check(here: Any, corpus: ModuleType, seed: int, kinds: tuple[str, ...]) -> None:
    here.sim.limits.core["actions"] = 5000  # so many commands, none of which knows what the others spent
    planted = plant(here, corpus, seed, kinds)
    numbers = sorted(here.repo.state())
    for command, text in said(here, numbers[:6]):
        assert planted.leaks(text) == [], command
    for file in sorted(Path(here.folder).rglob("*")):
        if file.is_file() and not file.name.startswith("event"):
            assert planted.leaks(file.read_text(errors="replace")) == [], file.name
    told = [(one.body, dict(one.headers)) for one in here.sim.hooks.all]
    assert told
    assert planted.leaks(json.dumps(told)) == []
    assert planted.leaks(json.dumps(here.repo.state(), ensure_ascii=False), everything=False) == []
    for one in here.repo.data.issues.values():
        for event in one.events:
            # What a title was before stands in the timeline, as the text before stands in the edit history.
            if event.who.account.login == here.bot and event.kind not in ("renamed", "cross-referenced"):
                assert planted.leaks(json.dumps(event.detail, default=str)) == [], event.kind
        for comment in one.comments:
            if comment.author.account.login == here.bot:
                assert planted.leaks(comment.body) == []
    for request in here.sim.requests:
        # The edit of a text is the one request that may not hold it any more either.
        assert planted.leaks(json.dumps(request.body) + request.path + json.dumps(request.query)) == []


QUICK = ("email", "github_token")


@pytest.mark.slow
def test_no_secret_gets_out(stage: Any, corpus: ModuleType) -> None:
    with stage(issues=0) as here:
        check(here, corpus, 1, QUICK)


@pytest.mark.slow
@pytest.mark.no_cover  # every type of secret, which is long
@pytest.mark.parametrize("seed", range(3))
def test_no_secret_of_any_type_gets_out(stage: Any, corpus: ModuleType, seed: int) -> None:
    kinds = tuple(corpus.VALUES)
    with stage(issues=0, kind=("app", "user", "actions")[seed]) as here:
        check(here, corpus, 10 + seed, kinds[seed::3])
