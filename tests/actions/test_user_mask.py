"""What a mask hides stays hidden, however it is told; and nothing is made of the mask itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rulewright.planning.plan_json import plan_json

if TYPE_CHECKING:
    from rulewright.actions.plan import Plan

SECRET = "sk-12345678"  # at 4 to 15 of the body, and at 6 to 17 of the title below


def fact(*findings: tuple[str, int, int]) -> dict[str, Any]:
    found = [{"field": f"issue.{f}", "start": a, "end": b, "type": "api_key"} for f, a, b in findings]
    return {
        "count": len(found),
        "types": ["api_key"],
        "fields": [one["field"] for one in found],
        "findings": found,
    }


def texts(made: Plan) -> str:
    return json.dumps(plan_json(made)).casefold()


LETS = """
let:
  pii: { detect: pii, in: [issue.body, issue.title] }
  keys: { detect: secrets, in: [issue.body] }
  loud: { jmespath: "upper(issue.body)" }
"""


def test_a_fact_made_of_the_text_does_not_bring_the_secret_back(planned: Any) -> None:
    made = planned(
        LETS.replace("  keys: { detect: secrets, in: [issue.body] }\n", "")
        + """
rules:
  - id: a
    when: { pii.count: { gt: 0 } }
    then:
      - notify: { channel: x, text: "{{ loud }} ({{ pii.count }})" }
      - create_issue: { key: k, title: T, body: "{{ loud }}" }
      - set_output: { name: o, value: { fact: pii.count } }
      - mask: pii
""",
        given={"pii": fact(("body", 4, 15))},
    )
    assert [e.action for e in made.effects] == ["notify", "mask", "create_issue", "set_output"]
    assert SECRET not in texts(made)
    assert made.effects[0].arguments["text"].endswith("(1)")
    assert made.conflicts == ()


def test_a_title_is_not_set_for_the_sake_of_its_mask(planned: Any) -> None:
    made = planned(
        LETS.replace("  keys: { detect: secrets, in: [issue.body] }\n", "").replace(
            '  loud: { jmespath: "upper(issue.body)" }\n', ""
        )
        + """
rules:
  - id: a
    when: { pii.count: { gt: 0 } }
    then: [ mask: pii, set_title: { remove: ["[P?]"] } ]
""",
        given={"pii": fact(("title", 6, 17))},
        title="crash sk-12345678",
    )
    assert [e.action for e in made.effects] == ["mask"]


def test_an_output_of_what_the_plan_changes_contradicts_nothing(planned: Any) -> None:
    made = planned(
        """
rules:
  - { id: a, when: { state: open }, then: [ close: completed, set_output: { name: s, value: { fact: issue.state } } ] }
"""
    )
    assert ([e.action for e in made.effects], made.conflicts) == (["close", "set_output"], ())


def test_two_masks_of_one_text_hide_both(planned: Any) -> None:
    made = planned(
        LETS.replace('  loud: { jmespath: "upper(issue.body)" }\n', "")
        + """
rules:
  - { id: a, when: { pii.count: { gt: 0 } }, then: [ mask: pii ] }
  - { id: b, when: { keys.count: { gt: 0 } }, then: [ mask: keys, comment: { text: "{{ body }}" } ] }
""",
        given={"pii": fact(("body", 0, 4)), "keys": fact(("body", 18, 29))},
        body="anna likes 123456 sk-12345678 much",
    )
    assert SECRET not in texts(made)
    said = next(e for e in made.effects if e.action == "comment").arguments["body"]
    assert said.endswith(r"\[masked: api\_key\] likes 123456 \[masked: api\_key\] much")
    assert sum(e.action == "mask" for e in made.effects) == 1


def test_what_others_would_have_done_does_not_tell_what_an_enforced_mask_hides(
    program: Any, payload: Any
) -> None:
    import rulewright
    from rulewright.events.model import Event, Facts
    from rulewright.planning.planner import plan

    masks = """
let: { pii: { detect: pii, in: [issue.body] } }
rules: [ { id: a, when: { pii.count: 1 }, then: [ mask: pii ] } ]
"""
    tells = """
mode: observe
let: { loud: { jmespath: "upper(issue.body)" } }
rules: [ { id: a, when: { state: open }, then: [ comment: { text: "{{ body }} {{ loud }}" } ] } ]
"""
    facts = Facts(Event("issues", "opened", payload), "2026-01-05T09:00:00Z", {"pii": fact(("body", 4, 15))})
    made = plan(rulewright.evaluate(program(masks, tells), facts))
    assert [e.action for e in made.observed] == ["comment"]
    assert SECRET not in texts(made)
