"""Facts of a predicted state: made again where they are made of the event alone, unknown where they are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rulewright
from rulewright.events.model import Event, Facts
from rulewright.facts.recompute import recompute_facts

POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake, owner: team-triage, description: A policy of the tests. }
on: [issues]
let:
  pii: { detect: pii, in: [issue.body] }
  form: { required_fields: [summary], in: [issue.body] }
rules:
  - { id: leak, when: { pii.count: { gt: 0 } }, then: [ mask: pii ], stop: true }
  - { id: incomplete, when: { form.complete: false }, then: [ add_labels: [needs-info] ] }
"""


def program(folder: Path) -> Any:
    file = folder / "intake.yaml"
    file.write_text(POLICY)
    return rulewright.load(file, cache=False)


def event(body: str) -> Event:
    repository = {"full_name": "octo-org/demo"}
    issue = {"number": 1, "title": "Leak", "body": body, "state": "open", "labels": [], "assignees": []}
    return Event("issues", "opened", {"action": "opened", "issue": issue, "repository": repository})


def planned(loaded: Any, facts: Facts) -> list[str]:
    return [effect.action for effect in rulewright.plan(rulewright.evaluate(loaded, facts)).effects]


def test_what_a_mask_leaves_is_looked_at_in_the_same_plan(tmp_path: Path) -> None:
    loaded = program(tmp_path)
    facts = rulewright.gather(loaded, event("mail hubot@corp.acme.io now"), now="2026-01-05T09:00:00Z")
    assert planned(loaded, facts) == ["mask", "add_labels"]


def test_a_fact_that_was_given_by_hand_is_not_recomputed(tmp_path: Path) -> None:
    loaded = program(tmp_path)
    found = {"field": "issue.body", "start": 0, "end": 4, "type": "name", "confidence": 1.0}
    given = {"pii": {"count": 1, "types": ["name"], "fields": ["issue.body"], "findings": [found]}}
    facts = rulewright.gather(loaded, event("mail me now"), now="2026-01-05T09:00:00Z", given=given)
    assert planned(loaded, facts) == ["mask"]


def test_a_saved_fact_file_plans_the_same(tmp_path: Path) -> None:
    from rulewright.facts.save import dump_facts, load_facts

    loaded = program(tmp_path)
    facts = rulewright.gather(loaded, event("mail hubot@corp.acme.io now"), now="2026-01-05T09:00:00Z")
    again = load_facts(dump_facts(facts))
    first, second = (rulewright.plan(rulewright.evaluate(loaded, one)) for one in (facts, again))
    assert first.hash == second.hash


def test_nothing_is_made_of_comments_that_nobody_saw(tmp_path: Path) -> None:
    file = tmp_path / "intake.yaml"
    file.write_text(POLICY.replace("[issue.body] }\n  form", '["comments[].body"] }\n  form'))
    loaded = rulewright.load(file, cache=False)
    bare = Facts(event("text"), "2026-01-05T09:00:00Z")
    assert "pii" not in recompute_facts(loaded, bare).values
    seen = bare.event._replace(payload={**bare.event.payload, "comments": []})
    assert recompute_facts(loaded, bare._replace(event=seen)).values["pii"]["count"] == 0
