"""Who did what, told by the account's type, the app and the tool's own name, never by the end of a login."""

from __future__ import annotations

from typing import Any

import pytest

import rulewright
from rulewright.compile.loader import check_paths
from rulewright.events.fact_source import Absent
from rulewright.events.history import is_human, is_own, read_changes
from rulewright.events.model import Event
from rulewright.facts.timeline import MOST, Timeline
from rulewright.program.named_facts import Need

NOW = "2026-01-05T09:00:00Z"
MONA = {"login": "mona", "type": "User"}
BOT = {"login": "tidy", "type": "Bot"}


def did(event: str, hour: int, actor: Any = MONA, **more: Any) -> dict[str, Any]:
    return {"event": event, "created_at": f"2026-01-05T{hour:02}:00:00Z", "actor": actor, **more}


HISTORY = [
    did("labeled", 1, BOT, label={"name": "bug"}),
    did("labeled", 2, label={"name": "Triaged"}),
    did("subscribed", 8),
    did("unlabeled", 3, label={"name": "bug"}),
    did("assigned", 4, assignee={"login": "octocat"}),
    did("milestoned", 4, milestone={"title": "v1"}),
    {"event": "commented", "created_at": "2026-01-05T05:00:00Z", "user": MONA, "actor": MONA},
    {"event": "reviewed", "submitted_at": "2026-01-05T06:00:00Z", "user": BOT},
    {"event": "committed", "committer": {"date": "2026-01-05T07:00:00Z"}},
    {"event": "labeled", "label": {"name": "no moment"}},
    {"no": "event"},
    "text",
]


@pytest.fixture
def fact(payload: dict[str, Any]) -> Any:
    def make(beside: dict[str, Any] | None = None, action: str = "opened", **arguments: Any) -> Any:
        shown = {**payload, "timeline": HISTORY, **(beside or {})}
        need = Need("p", "it", "timeline", arguments)
        return Timeline().gather((need,), Event("issues", action, shown), NOW)["it"]

    return make


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"timeline": "labels"}, ["labeled", "labeled", "unlabeled"]),
        ({"timeline": "labels", "by": "human"}, ["labeled", "unlabeled"]),
        ({"timeline": "labels", "by": "bot"}, ["labeled"]),
        ({"timeline": "labels", "by": "anyone", "label": "BUG"}, ["labeled", "unlabeled"]),
        ({"timeline": "labels", "within": "7h"}, ["labeled", "unlabeled"]),
        ({"timeline": "assignees"}, ["assigned"]),
        ({"timeline": "milestone"}, ["milestoned"]),
        ({"timeline": "comments"}, ["commented"]),
        ({"timeline": "reviews", "by": "human"}, []),
        ({"timeline": "state"}, []),
        ({"timeline": "unlabeled"}, ["unlabeled"]),
        ({"timeline": {"events": ["unlabeled", "assigned"]}}, ["unlabeled", "assigned"]),
        (
            {"timeline": "activity", "by": "human"},
            ["opened", "labeled", "unlabeled", "assigned", "milestoned", "commented", "committed"],
        ),
    ],
)
def test_what_is_looked_for(fact: Any, arguments: dict[str, Any], expected: list[str]) -> None:
    found = fact(**arguments)
    assert [event["event"] for event in found["events"]] == expected
    assert found["count"] == len(expected)
    assert found.get("last") == (found["events"][-1] if expected else None)


def test_an_event_says_who_what_and_when(fact: Any) -> None:
    assert fact(timeline="labels")["last"] == {
        "event": "unlabeled",
        "human": True,
        "at": "2026-01-05T03:00:00Z",
        "actor": "mona",
        "label": "bug",
    }
    assert fact(timeline="assignees")["last"]["assignee"] == "octocat"
    assert fact(timeline="milestone")["last"]["milestone"] == "v1"


def test_an_edit_of_the_text_is_activity(fact: Any) -> None:
    assert fact(action="edited", timeline="activity", by="human")["last"]["event"] == "edited"
    commented = fact({"comment": {"body": "x"}}, action="edited", timeline="activity", by="human")
    assert commented["last"]["event"] == "committed"


def test_only_the_latest_events_are_listed(fact: Any) -> None:
    many = [did("labeled", 1, label={"name": f"l{n}"}) for n in range(MOST + 20)]
    found = fact({"timeline": many}, timeline="labels")
    assert (found["count"], len(found["events"]), found["last"]["label"]) == (
        MOST + 20,
        MOST,
        f"l{MOST + 19}",
    )


def test_without_a_timeline_nothing_is_known(payload: dict[str, Any]) -> None:
    need = Need("p", "it", "timeline", {"timeline": "labels"})
    answer = Timeline().gather((need,), Event("issues", "opened", payload), NOW)["it"]
    assert answer == Absent("the event shows no timeline")
    assert read_changes(payload) is None


@pytest.mark.parametrize(
    ("actor", "viewer", "app", "human", "own"),
    [
        (MONA, None, None, True, False),
        (BOT, None, None, False, False),
        ({"login": "mona[bot]", "type": "User"}, None, None, True, False),
        ({"login": "mona", "type": "Mannequin"}, None, None, False, False),
        (MONA, {"login": "Mona"}, None, False, True),
        (MONA, {"login": "hubot"}, None, True, False),
        (MONA, {"login": "hubot", "app_id": 7}, {"id": 7}, False, True),
        (MONA, {"login": "hubot", "app_id": 7}, {"id": 8}, False, False),
        (MONA, None, {"id": 8}, False, False),
        (None, {"login": "hubot"}, None, True, False),
        ({"login": "ghost"}, None, None, True, False),
    ],
)
def test_who_is_a_person(actor: Any, viewer: Any, app: Any, human: bool, own: bool) -> None:
    assert is_human(actor, viewer, app) is human
    assert is_own(actor, viewer, app) is own


STALE = """\
let:
  active: { timeline: activity, by: human }
rules:
  - id: stale
    when: { active.last.at: { older_than: 14d } }
    then: [ { notify: { channel: oncall, text: Stale. } } ]
"""


def test_the_stale_clock_is_the_last_thing_that_a_person_did(program: Any, payload: dict[str, Any]) -> None:
    loaded = program(STALE)
    payload["issue"]["updated_at"] = NOW

    def matched(*timeline: dict[str, Any]) -> bool:
        facts = rulewright.gather(loaded, {**payload, "timeline": list(timeline)}, now="2026-01-20T09:00:00Z")
        return bool(rulewright.evaluate(loaded, facts).policies[0].matched)

    assert matched()  # opened on the 1st
    assert matched(did("labeled", 1, BOT, label={"name": "stale"}))
    assert not matched({**did("labeled", 1), "created_at": "2026-01-10T00:00:00Z"})
    assert matched({**did("labeled", 1, BOT), "created_at": "2026-01-10T00:00:00Z"})


@pytest.mark.parametrize(
    ("fact", "code", "hint"),
    [
        ("{ timeline: label, within: 24h }", "RW312", "did you mean `labels`?"),
        ("{ timeline: { events: [labelled] } }", "RW312", "did you mean `labeled`?"),
        ("{ timeline: labels, within: soon }", "RW403", None),
        ("{ timeline: assigned, standing: true }", "RW312", "timeline: labeled"),
        ("{ timeline: { events: [labeled, assigned] }, standing: true }", "RW312", "timeline: labeled"),
        ("{ permission: issue.title }", "RW313", None),
        ("{ permission: issue.user.id }", "RW313", None),
        ("{ permission: issue.usr.login }", "RW301", "did you mean `issue.user.login`?"),
    ],
)
def test_facts_that_ask_for_nothing_do_not_load(
    tmp_path: Any, fact: str, code: str, hint: str | None
) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(
        "apiVersion: rulewright/v1\nkind: Triage\nmetadata: { name: p, owner: me, description: Text. }\n"
        f"on: [issues.opened]\nlet: {{ it: {fact} }}\n"
        "rules: [ { id: a, when: { it: { exists: true } }, then: [ { warn: x } ] } ]\n"
    )
    found = [(one.code, one.hint) for one in check_paths([str(file)]) if one.severity == "error"]
    assert [each for each, _ in found] == [code]
    assert hint is None or found[0][1] == hint


TIDY = {"login": "tidy", "type": "User"}
A_PERSON = did("labeled", 1, label={"name": "Approved"})
A_MODEL = did("labeled", 3, BOT, label={"name": "approved"})
TAKEN_AWAY = did("unlabeled", 2, label={"name": "approved"})


@pytest.mark.parametrize(
    ("timeline", "labels", "beside", "count"),
    [
        ([A_PERSON], ["approved"], {}, 1),
        ([A_PERSON], [], {}, 0),
        ([A_MODEL], ["approved"], {}, 0),
        # A person took it away again, and a model chose it after that.
        ([A_PERSON, TAKEN_AWAY], [], {}, 0),
        ([A_PERSON, TAKEN_AWAY, A_MODEL], ["approved"], {}, 0),
        # A person confirms what a model chose by setting it anew.
        ([A_MODEL, did("unlabeled", 4, label={"name": "approved"})], [], {}, 0),
        (
            [
                A_MODEL,
                did("unlabeled", 4, label={"name": "approved"}),
                did("labeled", 5, label={"name": "approved"}),
            ],
            ["approved"],
            {},
            1,
        ),
        # By a machine user's token the tool is a `User` too.
        (
            [did("labeled", 1, TIDY, label={"name": "approved"})],
            ["approved"],
            {"viewer": {"login": "tidy"}},
            0,
        ),
        ([], ["approved"], {}, 0),
    ],
)
def test_a_label_is_a_person_s_while_what_the_person_set_stands(
    payload: dict[str, Any], timeline: list[Any], labels: list[str], beside: dict[str, Any], count: int
) -> None:
    issue = {**payload["issue"], "labels": [{"name": name} for name in labels]}
    shown = {**payload, **beside, "issue": issue, "timeline": timeline}
    arguments = {"timeline": "labeled", "label": "approved", "by": "human", "standing": True}
    need = Need("p", "it", "timeline", arguments)
    found = Timeline().gather((need,), Event("issues", "opened", shown), NOW)["it"]
    assert found["count"] == count
