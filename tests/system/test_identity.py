"""Who am I: whatever the token, a run knows its own deeds, and takes none of them for a person's."""

from __future__ import annotations

from typing import Any

import pytest

KINDS = ("actions", "app", "user")
WHOLE = """\
### Summary

It crashes.

### Reproduction steps

Start it.

### Expected behaviour

It runs.

### Actual behaviour

It does not.

### Size estimate

small
"""


@pytest.mark.parametrize("kind", KINDS)
def test_own_labels_are_taken_back_when_their_reason_is_gone(stage: Any, kind: str) -> None:
    """A person's would stay for a day: `needs-info`, set a minute ago, goes with what was missing."""
    with stage(issues=0, kind=kind) as here:
        number = here.repo.issue("App crashes on startup", "It crashes.", author="octocat")
        assert here.run().code == 0
        first = here.repo.state()[number]
        assert "needs-info" in first["labels"]
        assert here.bot in [who for who, _ in first["comments"]]
        here.sim.clock.advance(60)
        here.sim.act("octocat").edit_body(here.repo, number, WHOLE)
        assert here.run().code == 0
        second = here.repo.state()[number]
        assert set(second["labels"]) == {"bug", "severity/high", "priority/P1", "Triaged", "Backlog"}
        assert [body for who, body in second["comments"] if "intake/incomplete" in body] == []
        assert here.run().code == 0
        assert here.repo.state()[number] == second


@pytest.mark.parametrize("kind", KINDS)
def test_a_persons_label_is_not_taken_for_ones_own(stage: Any, kind: str) -> None:
    with stage(issues=0, kind=kind) as here:
        number = here.repo.issue("App crashes on startup", WHOLE, author="octocat")
        here.sim.act("mona").add_labels(here.repo, number, "needs-info")
        assert here.run().code == 0
        assert "needs-info" in here.repo.state()[number]["labels"]
        other = here.repo.issue("App crashes again", WHOLE, author="octocat")
        assert here.run().code == 0
        assert "Backlog" in here.repo.state()[other]["labels"]
        here.sim.clock.advance(60)
        here.sim.act("mona").remove_labels(here.repo, other, "Backlog")
        assert here.run().code == 0
        assert "Backlog" not in here.repo.state()[other]["labels"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_we_caused_causes_nothing(stage: Any, kind: str) -> None:
    with stage(issues=0, kind=kind) as here:
        number = here.repo.issue("App crashes on startup", "It crashes.", author="octocat")
        assert here.run().code == 0
        before, sent = here.repo.state(), len(here.sim.writes)
        here.sim.act("mona").edit_title(here.repo, number, "[P1] App crashes")
        said = here.event(here.repo.payload("issues", "edited", number, sender=here.bot))
        assert (said.code, said.out) == (0, "")
        assert "is the account of this tool" in said.err
        assert here.repo.state()[number]["labels"] == before[number]["labels"]
        assert here.repo.state()[number]["title"] == "[P1] App crashes"
        assert [one for one in here.sim.writes[sent:] if one.path != "/graphql"] == []
        # The same from a person is looked at.
        said = here.event(here.repo.payload("issues", "edited", number, sender="mona"))
        assert said.code == 0, said.err
        assert "mona changed the title" in said.out  # seen, and left to her for a day


@pytest.mark.parametrize("kind", KINDS)
def test_somebody_elses_marker_is_no_comment_of_ours(stage: Any, kind: str) -> None:
    with stage(issues=0, kind=kind) as here:
        number = here.repo.issue("App crashes on startup", "It crashes.", author="octocat")
        fake = "<!-- rulewright:intake/incomplete -->\\nNothing is missing."
        here.sim.act("mona").comment(here.repo, number, fake)
        assert here.run().code == 0
        comments = here.repo.state()[number]["comments"]
        assert ("mona", fake) in comments
        assert len([who for who, body in comments if who == here.bot and "intake/incomplete" in body]) == 1
