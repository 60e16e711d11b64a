"""People and the bot at work on the same issues: people win for the grace period, and the bot comes to rest."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from sizes import size

GRACE = 24 * 3600
HANDS_OFF = ("manual-triage", "no-triage", "legal")
KINDS = {"labeled": True, "unlabeled": False}


def flips(here: Any) -> list[tuple[int, str, str, float]]:
    """Where the bot changed a label against a person's last word on it, within the grace period."""
    out = []
    for number, issue in here.repo.data.issues.items():
        word: dict[str, tuple[bool, float, str]] = {}
        for event in issue.events:
            if event.kind not in KINDS:
                continue
            label, value = event.detail["label"].name, KINDS[event.kind]
            if event.who.account.login != here.bot:
                if event.who.account.type == "User":
                    word[label] = (value, event.at, event.who.account.login)
                else:
                    word.pop(label, None)
            elif label in word and word[label][0] != value and event.at - word[label][1] < GRACE:
                out.append((number, label, event.kind, event.at - word[label][1]))
    return out


def deeds(here: Any, number: int) -> int:
    """How much the bot has done to an issue; that another one speaks of it is nothing done to it."""
    issue = here.repo.get(number)
    comments = [one for one in issue.comments if one.author.account.login == here.bot]
    edits = [
        one for text in (issue, *issue.comments) for one in text.history if one.who.account.login == here.bot
    ]
    events = [
        one
        for one in issue.events
        if one.who.account.login == here.bot
        and one.kind not in ("cross-referenced", "mentioned", "referenced")
    ]
    return len(comments) + len(edits) + len(events)


class People:
    """Everybody but the bot, doing what they like."""

    def __init__(self, here: Any, labels: Any, logins: Any, seed: int) -> None:
        self.here, self.labels, self.logins, self.draw = here, labels, logins, random.Random(seed)

    def act(self) -> dict[str, Any] | None:
        """One change by somebody; the webhook's payload of it, where policies listen to such a one."""
        here, draw = self.here, self.draw
        numbers = sorted(here.repo.state())
        number, login = draw.choice(numbers), draw.choice(self.logins)
        who, repo = here.sim.act(login), here.repo
        issue = repo.get(number)
        what = draw.choice(
            ("add", "add", "remove", "remove", "own", "say", "assign", "title", "body", "state", "open")
        )
        if what == "add":
            label = draw.choice(self.labels)
            who.add_labels(repo, number, label)
            return repo.payload("issues", "labeled", number, sender=login, label=label)
        if what == "remove" and issue.labels:
            label = draw.choice(issue.labels).name
            who.remove_labels(repo, number, label)
            return repo.payload("issues", "unlabeled", number, sender=login, label=label)
        if what == "own" and (own := self.bots_last_label(issue)):
            who.remove_labels(repo, number, own)
            return None
        if what == "say":
            who.comment(
                repo, number, draw.choice(("Thanks.", "Any news?", "Mail me at jo.doe@acme-labs.org."))
            )
        elif what == "assign":
            (who.unassign if draw.random() < 0.4 else who.assign)(repo, number, draw.choice(self.logins))
        elif what == "title":
            who.edit_title(
                repo, number, draw.choice(("[P1] It crashes", "Something else", "It hangs [High Priority]"))
            )
        elif what == "body":
            size = draw.choice(("small", "huge"))
            fields = ("Summary", "Reproduction steps", "Expected behaviour", "Actual behaviour")
            text = "\n\n".join(f"### {name}\n\nText" for name in fields)
            who.edit_body(repo, number, f"{text}\n\n### Size estimate\n\n{size}")
            return repo.payload("issues", "edited", number, sender=login)
        elif what == "state":
            (who.reopen if issue.state == "closed" else who.close)(repo, number)
        elif what == "open":
            made = who.open(repo, "A crash on startup", f"It is number {draw.randrange(100)}.")
            return repo.payload("issues", "opened", made, sender=login)
        return None

    def bots_last_label(self, issue: Any) -> str | None:
        """A label that the bot put there: who disagrees takes that one off."""
        mine = [
            one.detail["label"].name
            for one in issue.events
            if one.kind == "labeled" and one.who.account.login == self.here.bot
        ]
        return next((name for name in reversed(mine) if issue.has(name)), None)


def check(here: Any, labels: Any, people: Any, seed: int, steps: int) -> None:
    crowd = People(here, labels, people, seed)
    draw = random.Random(seed + 1)
    for _ in range(steps):
        payload = crowd.act()
        here.sim.clock.advance(draw.choice((60, 600, 3600, 6 * 3600)))
        off = {
            number: deeds(here, number)
            for number, one in here.repo.state().items()
            if set(one["labels"]) & set(HANDS_OFF)
        }
        if payload is not None and draw.random() < 0.7:
            said = here.event(payload)
        elif draw.random() < 0.4:
            said = here.run()
        else:
            continue
        assert said.code in (0, 5), said.err
        assert "does not come to rest" not in said.err
        assert {number: deeds(here, number) for number in off} == off, here.records("effect")[-5:]
        if draw.random() < 0.2:  # a pause of people: the bot alone comes to rest
            here.run()
            before = here.repo.state()
            here.run()
            here.run()
            after = here.repo.state()
            moved = {number for number in after if after[number] != before[number]}
            if moved:  # what is repeated follows titles and states one run later
                before = here.repo.state()
                here.run()
                assert here.repo.state() == before
    assert flips(here) == []
    assert here.twice() == []


@pytest.mark.slow
def test_people_win(stage: Any, labels: Any, people: Any) -> None:
    with stage(issues=5, seed=4) as here:
        check(here, labels, people, 4, 25)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(size("pasts")))
def test_people_win_over_many_steps(stage: Any, labels: Any, people: Any, seed: int) -> None:
    with stage(issues=6, seed=60 + seed, kind=("app", "user")[seed % 2]) as here:
        check(here, labels, people, seed, size("steps_of_people"))


def test_what_a_budget_left_over_gives_way_to_people(stage: Any) -> None:
    """The rest of a plan is not carried out on an issue that a person took over meanwhile."""
    with stage(issues=0, ample=False, more="# small\n") as here:
        config = Path("rulewright.yaml")
        config.write_text(config.read_text().replace("effects_per_run: 200", "effects_per_run: 3"))
        numbers = [here.repo.issue(title, "It crashes.") for title in ("App crashes", "Export stops at once")]
        here.sim.clock.advance(60)
        assert here.run().code == 5
        (left,) = [number for number in numbers if not deeds(here, number)]
        here.sim.clock.advance(60)
        here.sim.act("mona").add_labels(here.repo, left, "legal")
        for _ in range(3):
            here.sim.clock.advance(60)
            here.run()
        assert deeds(here, left) == 0
        assert here.run().code == 0
