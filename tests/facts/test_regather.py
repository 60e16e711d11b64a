"""Facts after an edit: what the edit does not touch stays, and a model is asked only when somebody says so."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rulewright
from rulewright.events.fact_source import STALE, Sourced
from rulewright.events.model import Absent, Event
from rulewright.events.recognise import recognise
from rulewright.facts.regather import NOT_ASKED, gather_after, is_stale
from rulewright.policy.config import Config
from rulewright.policy.files import data_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.program.named_facts import Need
    from rulewright.program.program import Program

NOW = "2026-01-05T09:00:00Z"
EVENTS = sorted((data_folder("examples") / "events").glob("*.json"))


@pytest.fixture(scope="module")
def shipped() -> Program:
    """All shipped policies, without models and without an index of duplicates by meaning."""
    program = rulewright.load(data_folder("rules"))
    dropped = ("models", "providers", "duplicates")
    config = {name: value for name, value in program.config.to_json().items() if name not in dropped}
    return program.with_policies(program.policies, config=Config(config))


def example(path: Path) -> Event:
    return recognise(json.loads(path.read_text("utf-8")), path=str(path))


def edit_event(event: Event, **changes: Any) -> Event:
    """The event with these members of its subject changed."""
    for key in ("issue", "pull_request", "discussion"):
        if isinstance(event.payload.get(key), dict):
            return event._replace(payload={**event.payload, key: {**event.payload[key], **changes}})
    return event


EDITS = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["Crash", "[P1] Crash when the app starts", "", "Mail a@b-corp.dev"]),
        "body": st.sampled_from(
            [None, "", "### Summary\n\nIt stops.\n", "call me: +49 30 901820, octo@corp.acme.io", "a\r\nb"]
        ),
        "labels": st.lists(
            st.sampled_from(["bug", "Triaged", "severity/high", "approved"]), max_size=3, unique=True
        ).map(lambda names: [{"name": name} for name in names]),
        "state": st.sampled_from(["open", "closed"]),
        "created_at": st.sampled_from(["2025-01-01T00:00:00Z", NOW]),
        "user": st.sampled_from([{"login": "octocat", "type": "User"}, {"login": "robot", "type": "Bot"}]),
    },
)
MOMENTS = st.sampled_from([NOW, "2026-01-05T10:00:00Z", "2026-03-01T00:00:00Z"])


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_facts_after_an_edit_are_those_of_the_edited_event(path: Path, shipped: Program) -> None:
    event = example(path)
    before = rulewright.gather(shipped, event, now=NOW)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(EDITS, MOMENTS)
    def check(changes: dict[str, Any], now: str) -> None:
        new = edit_event(event, **changes)
        expected = rulewright.gather(shipped, new, now=now)
        assert gather_after(shipped, before, new, now=now) == expected
        # A second edit, from what the first one left.
        again = gather_after(shipped, expected, event, now=NOW)
        assert again == before

    check()


HEAD = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake, owner: team-triage, description: A policy of the tests. }
on: [issues]
"""
POLICY = (
    HEAD
    + """\
let:
  pii: { detect: pii, in: [issue.body] }
  form: { required_fields: [summary], in: [issue.body] }
  severity: { classify: { input: [issue.title], labels: [high, low] } }
rules:
  - { id: leak, when: { pii.count: { gt: 0 } }, then: [ add_labels: [leak] ] }
  - { id: incomplete, when: { form.complete: false }, then: [ add_labels: [needs-info] ] }
  - { id: severe, when: { severity: high, state: open }, then: [ add_labels: [urgent] ] }
"""
)


class Counting:
    """A source that answers `high`, and counts what it was asked."""

    def __init__(self, answer: str = "high") -> None:
        self.asked: list[str] = []
        self.answer = answer

    def gather(self, requests: tuple[Need, ...], event: Event, now: str) -> Mapping[str, object]:
        self.asked += [need.name for need in requests]
        return {need.name: Sourced(self.answer, {"tier": "api", "provider": "small"}) for need in requests}


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Counting:
    found = Counting()
    module = ModuleType("acme_regather")
    module.table = {"classify": found}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "acme_regather", module)
    from rulewright.facts.sources import _load_plugin

    _load_plugin.cache_clear()
    return found


@pytest.fixture
def asking(tmp_path: Path, model: Counting) -> Program:
    (tmp_path / "intake.yaml").write_text(POLICY)
    program = rulewright.load(tmp_path / "intake.yaml", cache=False)
    return program.with_policies(program.policies, config=Config({"plugins": ["acme_regather:table"]}))


def issue(title: str = "Crash", body: str = "text", state: str = "open") -> Event:
    subject = {"number": 1, "title": title, "body": body, "state": state, "labels": [], "assignees": []}
    payload = {"action": "opened", "issue": subject, "repository": {"full_name": "octo-org/demo"}}
    return Event("issues", "opened", payload)


def test_the_answer_of_a_model_to_the_old_text_stays_and_is_marked(asking: Program, model: Counting) -> None:
    before = rulewright.gather(asking, issue(), now=NOW)
    assert model.asked == ["severity"]
    after = gather_after(asking, before, issue("Another title"), now=NOW)
    assert model.asked == ["severity"]
    assert after.values["severity"] == "high"
    assert is_stale(after, "severity")
    assert after.provenance["severity"]["provider"] == "small"
    # A second edit keeps the mark; the way back takes it off.
    twice = gather_after(asking, after, issue("A third one"), now=NOW)
    assert twice.provenance["severity"][STALE] == after.provenance["severity"][STALE]
    assert gather_after(asking, twice, issue(), now=NOW) == before


def test_a_model_is_asked_again_when_somebody_says_so(asking: Program, model: Counting) -> None:
    before = rulewright.gather(asking, issue(), now=NOW)
    stale = gather_after(asking, before, issue("Another title"), now=NOW)
    model.answer = "low"
    after = gather_after(asking, stale, issue("Another title"), now=NOW, ask_models=True)
    assert model.asked == ["severity", "severity"]
    assert after.values["severity"] == "low"
    assert not is_stale(after, "severity")


def test_a_text_that_the_model_did_not_read_leaves_its_answer_as_it_is(
    asking: Program, model: Counting
) -> None:
    before = rulewright.gather(asking, issue(), now=NOW)
    after = gather_after(asking, before, issue(body="mail octo@corp.acme.io"), now="2026-02-01T00:00:00Z")
    assert not is_stale(after, "severity")
    assert after.values["pii"]["count"] == 1
    assert model.asked == ["severity"]


def test_a_model_that_was_not_asked_before_is_not_asked_after_an_edit(
    asking: Program, model: Counting
) -> None:
    before = rulewright.gather(asking, issue(state="closed"), now=NOW)
    assert model.asked == []
    after = gather_after(asking, before, issue(), now=NOW)
    assert model.asked == []
    assert after.absent["severity"] == NOT_ASKED
    asked = gather_after(asking, after, issue(), now=NOW, ask_models=True)
    assert (asked.values["severity"], model.asked) == ("high", ["severity"])
    assert "severity" not in asked.absent


def test_only_what_the_edit_touches_is_gathered_again(
    asking: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rulewright.facts.detect import Detection
    from rulewright.facts.required_fields.source import RequiredFields

    asked: list[str] = []
    for source in (Detection, RequiredFields):
        real = source.gather

        def gather(self: Any, requests: tuple[Need, ...], event: Event, now: str, real: Any = real) -> Any:
            asked.extend(need.name for need in requests)
            return real(self, requests, event, now)

        monkeypatch.setattr(source, "gather", gather)
    before = rulewright.gather(asking, issue(), now=NOW)
    assert sorted(asked) == ["form", "pii"]
    asked.clear()
    gather_after(asking, before, issue("Another title"), now="2026-02-01T00:00:00Z")
    assert asked == []
    gather_after(asking, before, issue(body="new"), now=NOW)
    assert sorted(asked) == ["form", "pii"]


def test_what_was_given_before_is_gathered_once_it_is_not_given_any_more(asking: Program) -> None:
    before = rulewright.gather(asking, issue(), now=NOW, given={"pii": {"count": 9}})
    still = gather_after(asking, before, issue("New"), now=NOW, given={"pii": {"count": 9}})
    assert still.values["pii"] == {"count": 9}
    after = gather_after(asking, before, issue(), now=NOW, given_before={"pii"})
    assert after.values["pii"]["count"] == 0


def test_a_reader_s_absent_parts_stay_absent(asking: Program) -> None:
    before = rulewright.gather(asking, issue(), now=NOW)
    before = before._replace(absent={**before.absent, "payload.comments": Absent("no network", failed=True)})
    after = gather_after(asking, before, issue("New"), now=NOW)
    assert after.absent["payload.comments"] == Absent("no network", failed=True)


def test_an_unknown_fact_is_refused_as_by_gather(asking: Program) -> None:
    before = rulewright.gather(asking, issue(), now=NOW)
    with pytest.raises(rulewright.UsageError, match="No policy has a fact named"):
        gather_after(asking, before, issue(), now=NOW, given={"pi": 1})


def test_a_plan_names_a_stale_answer_and_can_be_read_back(asking: Program) -> None:
    from rulewright.evaluate.model_results import format_model_result
    from rulewright.planning.plan_json import plan_json, read_plan

    before = rulewright.gather(asking, issue(), now=NOW)
    after = gather_after(asking, before, issue("Another title"), now=NOW)
    plan = rulewright.plan(rulewright.evaluate(asking, after))
    assert read_plan(json.loads(json.dumps(plan_json(plan)))).models == plan.models
    assert "to an earlier text" in format_model_result("severity", plan.models["severity"])
    first = rulewright.plan(rulewright.evaluate(asking, before))
    assert "earlier" not in format_model_result("severity", first.models["severity"])
