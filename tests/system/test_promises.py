"""What the shipped texts promise happens, by what `rulewright init` writes: each template has tests here that do what
it tells people to do, or look for what it says was done."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

from adopted import BOT, Adopted, Run, adopted
from github_simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]
HOUR, DAY = 3600.0, 86_400.0
PROMISES: Final = {
    "secret_notice": "test_a_secret_is_masked_and_its_old_revisions_remain",
    "secret_alert": "test_a_secret_is_masked_and_its_old_revisions_remain",
    "personal_data_notice": "test_personal_data_is_masked_and_nobody_on_call_is_told",
    "personal_data_alert": "test_personal_data_is_masked_and_nobody_on_call_is_told",
    "missing_fields": "test_what_is_missing_is_looked_for_after_each_edit",
    "no_size": "test_a_size_brings_an_issue_back_into_the_backlog",
    "escalation": "test_only_what_is_critical_or_about_security_escalates",
    "duplicate_advice": "test_a_duplicate_closes_after_three_days_unless_somebody_objects",
    "related_docs": "test_the_pages_that_may_help_are_there",
    "overdue": "test_what_is_overdue_has_waited_that_long",
    "stale_notice": "test_a_comment_by_its_author_reopens_what_closed_as_stale",
    "needs_worker": "test_whoever_looks_after_an_issue_is_assigned_to_it",
}
"""Template of a shipped policy → the test of what it promises."""

FIELDS = ("Summary", "Reproduction steps", "Expected behaviour", "Actual behaviour")


def report(*fields: str, more: str = "") -> str:
    return "\n\n".join(f"### {name}\n\nThe export stops at row 7 of 9." for name in fields) + more


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Adopted]:
    """People: mona may do everything, hubot writes; octocat and ada are reporters."""
    with Simulator(seed=2) as sim:
        repo = sim.repository("octo-org/demo", collaborators={"mona": "admin", "hubot": "write"})
        with adopted(sim, repo, tmp_path, "--enforce", "--owner", "hubot") as made:
            yield made
        assert sim.violations == []


def done(runs: list[Run]) -> None:
    assert runs
    assert [(run.code, run.err) for run in runs if run.code != 0] == []


def opened(here: Adopted, title: str, body: str | None = None, author: str = "ada") -> int:
    """A new issue, after the workflows have looked at it."""
    number = here.sim.act(author).open(here.repo, title, body)
    done(here.deliver("issues", "opened", number, sender=author))
    return number


def edited(here: Adopted, number: int, body: str, author: str = "ada") -> None:
    here.sim.act(author).edit_body(here.repo, number, body)
    done(here.deliver("issues", "edited", number, sender=author))


def labelled(here: Adopted, number: int, *labels: str, by: str = "mona") -> None:
    for label in labels:
        here.sim.act(by).add_labels(here.repo, number, label)
        done(here.deliver("issues", "labeled", number, sender=by, label=label))


def said(here: Adopted, number: int, text: str, author: str) -> None:
    comment = here.sim.act(author).comment(here.repo, number, text)
    done(here.deliver("issue_comment", "created", number, sender=author, comment=comment))


def nights(here: Adopted, count: int) -> None:
    for _ in range(count):
        done(here.night())


def shown(here: Adopted, number: int) -> dict[str, Any]:
    return here.repo.state()[number]


def notice(here: Adopted, number: int, words: str) -> str | None:
    """The tool's comment with these words."""
    return next((body for body in here.bodies(number) if words in body), None)


def test_every_template_has_its_test() -> None:
    found: set[str] = set()
    for file in (ROOT / "rules").rglob("*.yaml"):
        if not file.name.endswith(".test.yaml"):
            found |= set((YAML(typ="safe", pure=True).load(file.read_text()) or {}).get("templates") or ())
    assert found == set(PROMISES)
    assert set(PROMISES.values()) <= set(globals())


@pytest.mark.slow
def test_a_secret_is_masked_and_its_old_revisions_remain(here: Adopted, corpus: ModuleType) -> None:
    secret = random.Random(3).choice(corpus.VALUES["github_token"])(random.Random(3))
    number = opened(here, "It stops", f"It stops with the token {secret} here.")
    assert secret not in str(shown(here, number))
    text = notice(here, number, "appears to contain a credential (github\\_token)")
    assert text is not None
    assert "edit history" in text
    assert any(secret in edit.before for edit in here.repo.get(number).history)
    channels = dict(list(here.messages()))
    assert channels["security-oncall"].startswith(f"1 credential(s) found in issue {number} of octo-org/demo")
    assert f"Issue {number} of octo-org/demo needs immediate attention" in channels["oncall"]


@pytest.mark.slow
def test_personal_data_is_masked_and_nobody_on_call_is_told(here: Adopted) -> None:
    number = opened(here, "It stops", "Write to jo.doe@acme-labs.org if it happens to you.")
    assert "jo.doe@acme-labs.org" not in str(shown(here, number))
    assert notice(here, number, "appears to contain personal data (email)") is not None
    assert notice(here, number, "credential") is None
    assert any("jo.doe@acme-labs.org" in edit.before for edit in here.repo.get(number).history)
    ((channel, words),) = here.messages()
    assert channel == "security-oncall"
    assert f"Personal data (email) found in issue {number} of octo-org/demo" in words


@pytest.mark.slow
def test_what_is_missing_is_looked_for_after_each_edit(here: Adopted) -> None:
    number = opened(here, "The export stops", report(*FIELDS[:1]))
    text = notice(here, number, "please add or correct")
    assert text is not None
    asked = re.search(r"\*\*(.+)\*\*", text)
    assert asked is not None
    assert asked[1] == ", ".join(name.lower() for name in FIELDS[1:])
    edited(here, number, report(*FIELDS[:3]))
    assert "**actual behaviour**" in (notice(here, number, "please add or correct") or "")
    edited(here, number, report(*FIELDS))
    assert notice(here, number, "please add or correct") is None
    assert "needs-info" not in shown(here, number)["labels"]


@pytest.mark.slow
@pytest.mark.parametrize("answer", ["label", "text"])
def test_a_size_brings_an_issue_back_into_the_backlog(here: Adopted, answer: str) -> None:
    number = opened(here, "The export stops", report(*FIELDS))
    labelled(here, number, "severity/medium", "Backlog")
    text = notice(here, number, "needs a size estimate")
    assert text is not None
    assert "`size/small`" in text
    assert "`size estimate: small`" in text
    nights(here, 1)  # a person's label stands for a day
    assert {"Backlog", "Triaged"} & set(shown(here, number)["labels"]) == set()
    here.sim.clock.advance(DAY)
    if answer == "label":
        labelled(here, number, "size/small")
    else:
        edited(here, number, report(*FIELDS, more="\n\nsize estimate: small\n"))
    assert {"Backlog", "Triaged"} <= set(shown(here, number)["labels"])
    nights(here, 1)
    assert {"Backlog", "Triaged"} <= set(shown(here, number)["labels"])
    assert "needs_work" not in shown(here, number)["labels"]
    assert notice(here, number, "needs a size estimate") is None


@pytest.mark.slow
def test_only_what_is_critical_or_about_security_escalates(here: Adopted) -> None:
    plain = opened(here, "The export is slow", report(*FIELDS))
    labelled(here, plain, "severity/high")
    assert here.messages() == {}
    labelled(here, plain, "security")
    critical = opened(here, "The export is slow again", report(*FIELDS))
    labelled(here, critical, "severity/critical")
    nights(here, 1)
    told = [words for channel, words in here.messages() if "needs immediate attention" in words]
    assert [re.findall(r"Issue (\d+)", words) for words in told] == [[str(plain)], [str(critical)]]


@pytest.mark.slow
@pytest.mark.parametrize("objection", ["", "thumbs-down", "comment"])
def test_a_duplicate_closes_after_three_days_unless_somebody_objects(here: Adopted, objection: str) -> None:
    body = "java.lang.IllegalStateException: no quokka at com.octo.Export.row(Export.java:77)"
    first = opened(here, "The export of quokkas stops at row seven", body)
    here.sim.clock.advance(HOUR)
    again = opened(here, "The export of quokkas stops at row seven", body)
    text = notice(here, again, f"This issue appears to be a duplicate of #{first}")
    assert text is not None
    assert notice(here, first, "This issue appears to be a duplicate") is None
    comment = next(one for one in here.repo.get(again).comments if one.body == text)
    if objection == "thumbs-down":
        here.sim.act("ada").react(here.repo, again, "-1", comment=comment.id)
    if objection == "comment":
        said(here, again, "It is another one: this is about tables.", "ada")
    nights(here, 2)
    assert shown(here, again)["state"] == "open"
    nights(here, 1)
    found = shown(here, again)
    end = ("open", None) if objection else ("closed", "duplicate")
    assert (found["state"], found["state_reason"]) == end
    assert shown(here, first)["state"] == "open"


@pytest.mark.slow
@pytest.mark.parametrize("who", ["ada", "mona"])
def test_what_a_person_opened_again_is_no_duplicate_any_more(here: Adopted, who: str) -> None:
    body = "java.lang.IllegalStateException: no quokka at com.octo.Export.row(Export.java:77)"
    opened(here, "The export of quokkas stops at row seven", body)
    here.sim.clock.advance(HOUR)
    again = opened(here, "The export of quokkas stops at row seven", body)
    nights(here, 3)
    assert shown(here, again)["state_reason"] == "duplicate"
    here.sim.act(who).reopen(here.repo, again)
    done(here.deliver("issues", "reopened", again, sender=who))
    nights(here, 5)
    assert shown(here, again)["state"] == "open"


@pytest.mark.slow
def test_the_pages_that_may_help_are_there(here: Adopted) -> None:
    page = here.root / "docs" / "quokkas.md"
    page.parent.mkdir()
    page.write_text("# Exporting quokkas\n\nThe export of quokkas stops at row seven when a quokka sleeps.\n")
    number = opened(here, "The export of quokkas stops at row seven", "The export of quokkas stops.")
    text = notice(here, number, "These pages may help")
    assert text is not None
    named = re.search(r"\*\*(.+)\*\*", text)
    assert named is not None
    assert [(here.root / name).is_file() for name in named[1].split(", ")] == [True]


@pytest.mark.slow
def test_what_is_overdue_has_waited_that_long(here: Adopted) -> None:
    number = opened(here, "The export stops", report(*FIELDS))
    labelled(here, number, "severity/high")
    nights(here, 1)
    assert (
        "oncall",
        f"Issue {number} of octo-org/demo has been waiting for triage longer than its severity allows.\n",
    ) in (here.messages())
    assert "overdue" in shown(here, number)["labels"]
    early = opened(here, "The export stops again", report(*FIELDS))
    labelled(here, early, "severity/high")
    assert "overdue" not in shown(here, early)["labels"]


def stale(here: Adopted) -> int:
    """An issue that was asked for information, and closed since none came."""
    number = opened(here, "It stops", "It just stops.")
    nights(here, 14)
    assert shown(here, number)["state"] == "open"
    nights(here, 1)
    assert (shown(here, number)["state"], shown(here, number)["state_reason"]) == ("closed", "not_planned")
    text = notice(here, number, "requested information was not provided within 14 days")
    assert text is not None
    assert "A comment by its author reopens it." in text
    return number


@pytest.mark.slow
def test_a_comment_by_its_author_reopens_what_closed_as_stale(here: Adopted) -> None:
    number = stale(here)
    said(here, number, "Is there any news?", "octocat")
    assert shown(here, number)["state"] == "closed"
    said(here, number, "It still stops, at row 7.", "ada")
    assert shown(here, number)["state"] == "open"
    nights(here, 1)
    assert shown(here, number)["state"] == "open"
    assert notice(here, number, "requested information was not provided within 14 days") is None


@pytest.mark.slow
def test_whoever_answers_in_part_has_the_time_for_the_rest(here: Adopted) -> None:
    number = opened(here, "The export stops", report(*FIELDS[:1]))
    nights(here, 12)
    edited(here, number, report(*FIELDS[:3]))
    nights(here, 14)
    assert shown(here, number)["state"] == "open"
    nights(here, 1)
    assert shown(here, number)["state"] == "closed"


@pytest.mark.slow
@pytest.mark.parametrize("answer", ["free form", "in a comment", "on a maintainer's question"])
def test_what_was_answered_does_not_close_as_forgotten(here: Adopted, answer: str) -> None:
    """However it was answered: the rest is for a person to say."""
    asked = answer == "on a maintainer's question"
    number = opened(here, "The export stops", report(*FIELDS) if asked else "It stops.")
    if asked:
        labelled(here, number, "needs-info")
    assert "needs-info" in shown(here, number)["labels"]
    nights(here, 10)
    if answer == "free form":
        edited(here, number, "It stops at row seven, on each of our machines, since the last version.")
        nights(here, 13)
    else:
        said(here, number, report(*FIELDS), "ada")
        nights(here, 20)
    assert shown(here, number)["state"] == "open"


@pytest.mark.slow
@pytest.mark.parametrize("where", ["closed", "triaged", "of a bot"])
def test_a_secret_is_masked_wherever_it_stands(here: Adopted, corpus: ModuleType, where: str) -> None:
    secret = corpus.VALUES["github_token"][0](random.Random(5))
    author = "ada" if where != "of a bot" else "renovate[bot]"
    if where == "of a bot":
        number = here.repo.issue("An update", f"Token: {secret}", author=author)
        done(here.deliver("issues", "opened", number, sender=author))
    else:
        number = opened(here, "The export stops", report(*FIELDS))
        if where == "closed":
            here.sim.act("mona").close(here.repo, number, "completed")
        else:
            here.sim.act("mona").add_labels(here.repo, number, "Triaged", "Backlog", "size/small")
        here.sim.clock.advance(DAY)
        comment = here.sim.act("ada").comment(here.repo, number, f"Try it with {secret}.")
        done(here.deliver("issue_comment", "created", number, sender="ada", comment=comment))
    issue = here.repo.get(number)
    assert secret not in issue.body + "".join(one.body for one in issue.comments)
    assert sum(here.messages().values()) == 2


@pytest.mark.slow
def test_what_a_person_closed_stays_closed(here: Adopted) -> None:
    number = stale(here)
    said(here, number, "It still stops, at row 7.", "ada")
    here.sim.clock.advance(HOUR)
    here.sim.act("mona").close(here.repo, number, "not_planned")
    said(here, number, "Why?", "ada")
    assert shown(here, number)["state"] == "closed"


@pytest.mark.slow
def test_whoever_looks_after_an_issue_is_assigned_to_it(here: Adopted) -> None:
    number = opened(here, "The export stops", report(*FIELDS))
    labelled(here, number, "needs_work")
    assert notice(here, number, "hubot is assigned to it") is not None
    assert shown(here, number)["assignees"] == ["hubot"]
    assert BOT not in shown(here, number)["assignees"]


@pytest.mark.slow
def test_a_comment_that_a_person_deleted_does_not_come_back(here: Adopted) -> None:
    """A minute, two days and forty days later."""
    number = opened(here, "The export stops", report(*FIELDS[:1]))
    (comment,) = [one for one in here.repo.get(number).comments if "please add or correct" in one.body]
    here.sim.act("mona").delete_comment(here.repo, comment.id)
    here.sim.clock.advance(60)
    edited(here, number, report(*FIELDS[:2]))
    assert notice(here, number, "please add or correct") is None
    for _ in range(2):
        done(here.night())
    assert notice(here, number, "please add or correct") is None
    here.sim.clock.advance(38 * DAY)
    done(here.night())
    assert notice(here, number, "please add or correct") is None
