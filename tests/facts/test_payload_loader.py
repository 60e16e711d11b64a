"""What stands around a subject is read when something asks for it, once, and never for what is decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import rulewright
from rulewright.events.model import Absent, Event
from rulewright.facts.save import dump_facts, load_facts
from rulewright.policy.diagnostics import SourceError
from rulewright.program.lazy_payload import PARTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.program.program import Program

NOW = "2026-01-05T09:00:00Z"
ASKS = """\
rules:
  - id: asked
    when: { "comments[].body": { contains: please }, title: { contains: crash } }
    then: [ { notify: { channel: oncall, text: Look. } } ]
"""
LABELS = """\
rules:
  - id: label
    when: { title: { contains: Crash } }
    then: [ { add_labels: [bug] } ]
  - id: never
    when: { title: { contains: nothing like it } }
    then: [ { comment: { text: Hello. } }, { set_field: { project: 1, field: Status, value: Done } } ]
"""


@pytest.fixture
def gathered(
    program: Callable[..., Program], payload: dict[str, Any], reader: Any
) -> Callable[..., tuple[Any, Any]]:
    """(facts, reader) of gathering for the payload, the issue changed by `issue`."""

    def make(
        *texts: str,
        parts: dict[str, Any] | None = None,
        beside: dict[str, Any] | None = None,
        config: str = "",
        **issue: Any,
    ) -> tuple[Any, Any]:
        made = reader(**(parts or {}))
        shown = {**payload, **(beside or {}), "issue": {**payload["issue"], **issue}}
        return rulewright.gather(program(*texts, config=config), shown, now=NOW, reader=made), made

    return make


def test_an_undecided_rule_reads_what_it_asks_for(gathered: Any) -> None:
    comments = [{"body": "please look", "user": {"login": "mona"}}]
    facts, reader = gathered(ASKS, parts={"comments": comments}, title="A crash")
    assert reader.asked == ["comments"]
    assert facts.event.payload["comments"] == comments
    assert facts.absent == {}


def test_a_decided_rule_reads_nothing(gathered: Any) -> None:
    facts, reader = gathered(ASKS, title="Something else")
    assert reader.asked == []
    assert "comments" not in facts.event.payload


def test_what_the_payload_holds_is_not_read_again(gathered: Any) -> None:
    _, reader = gathered(ASKS, beside={"comments": []}, title="A crash")
    assert reader.asked == []


def test_actions_of_matched_rules_read_what_their_plan_must_have_seen(gathered: Any) -> None:
    parts = {"timeline": [], "viewer": {"login": "acme-triage"}}
    facts, reader = gathered(LABELS, parts=parts)
    assert reader.asked == ["timeline", "viewer"]
    assert facts.event.payload["timeline"] == []
    assert facts.event.payload["viewer"] == {"login": "acme-triage"}


def test_an_own_name_in_the_configuration_is_not_asked_for(gathered: Any) -> None:
    config = "apiVersion: rulewright/v1\nkind: Config\nidentity: { login: acme-triage, app_id: 7 }\n"
    facts, reader = gathered(LABELS, parts={"timeline": []}, config=config)
    assert reader.asked == ["timeline"]
    assert facts.event.payload["viewer"] == {"login": "acme-triage", "app_id": 7}


def test_what_fails_is_absent_with_its_reason(gathered: Any) -> None:
    facts, _ = gathered(LABELS, parts={"timeline": SourceError("GitHub did not answer")})
    assert facts.absent == {"payload.timeline": Absent("GitHub did not answer", failed=True)}
    assert "timeline" not in facts.event.payload


@pytest.mark.parametrize("answer", [None, "text", [1], [{"a": float("nan")}]])
def test_a_reader_that_answers_with_something_else_failed(gathered: Any, answer: Any) -> None:
    facts, _ = gathered(LABELS, parts={"timeline": answer})
    assert facts.absent["payload.timeline"].failed


PRESENCE = """\
rules:
  - id: silent
    when: { "comments[0].body": { missing: true }, title: { contains: crash } }
    then: [ { notify: { channel: oncall, text: Nobody answered. } } ]
  - id: counted
    when: { jmespath: "length(comments || `[]`) == `0`" }
    then: [ { notify: { channel: oncall, text: Nobody answered. } } ]
"""


def test_what_is_not_gathered_yet_is_not_missing(gathered: Any) -> None:
    facts, reader = gathered(PRESENCE, parts={"comments": [{"body": "hello"}]}, title="crash")
    assert reader.asked == ["comments"]
    decision = rulewright.evaluate(load_program(gathered), facts)
    assert [rule.status for rule in decision.policies[0].rules] == ["not_matched", "not_matched"]


def load_program(gathered: Any) -> Program:
    """The program that the fixture loaded last."""
    cells = dict(zip(gathered.__code__.co_freevars, gathered.__closure__, strict=True))
    return cells["program"].cell_contents(PRESENCE)  # type: ignore[no-any-return]


SKIPPED = """\
skip:
  - { id: answered, when: { "comments[].body": { contains: done } } }
rules:
  - id: label
    when: { issue.number: { exists: true } }
    then: [ { add_labels: [bug] } ]
"""


def test_a_skip_is_decided_before_its_rules_ask(gathered: Any) -> None:
    _, reader = gathered(SKIPPED, parts={"comments": [{"body": "done"}]})
    assert reader.asked == ["comments"]
    _, reader = gathered(SKIPPED, parts={"comments": [], "timeline": [], "viewer": None})
    assert reader.asked == ["comments", "timeline", "viewer"]


TOUCHED = """\
let:
  touched: { timeline: labels, within: 24h, by: human }
rules:
  - id: untouched
    when: { touched.count: 0 }
    then: [ { notify: { channel: oncall, text: Look. } } ]
"""


def test_a_fact_reads_the_part_that_it_is_made_of(gathered: Any) -> None:
    facts, reader = gathered(TOUCHED, parts={"timeline": [], "viewer": None})
    assert reader.asked == ["timeline", "viewer"]
    assert facts.values["touched"] == {"count": 0, "events": []}


FACT_OF_COMMENTS = """\
let:
  found: {fact}
rules:
  - {{ id: found, when: {{ found: {{ exists: true }} }}, then: [ {{ notify: {{ channel: oncall, text: Look. }} }} ] }}
"""
CALLED_TASK = """\
apiVersion: rulewright/v1
kind: Config
models: { tasks: { mood: { classify: { input: ["comments[].body"], labels: [calm, angry] } } } }
"""


@pytest.mark.parametrize(
    "fact",
    [
        'detect: pii, in: [title, "comments[].body"]',
        "detect: pii",
        'classify: { input: [title, "comments[].body"], labels: [calm, angry] }',
        'classify: Is it calm?, into: [calm, angry], in: ["comments[].body"]',
        'extract: { input: ["comments[].body"], schema: { type: object } }',
        'summarize: { input: ["comments[].body"] }',
        'embed: { input: ["comments[].body"] }',
        'similar: { input: ["comments[].body"], to: { a: one, b: two } }',
        'call: mood, with: { last: "comments[].body" }',
        "call: mood",
    ],
)
def test_a_fact_reads_the_part_that_any_of_its_paths_names(gathered: Any, fact: str) -> None:
    text = FACT_OF_COMMENTS.format(fact=f"{{ {fact} }}")
    facts, reader = gathered(text, parts={"comments": []}, config=CALLED_TASK)
    assert reader.asked == ["comments"]
    assert facts.event.payload["comments"] == []


@pytest.mark.parametrize(
    "fact",
    [
        "classify: { question: Are the comments calm?, labels: [comments, files], input: [issue.comments] }",
        "call: mood, with: { comments: title }",
        "required_fields: [comments, files]",
    ],
)
def test_a_part_that_no_path_names_is_not_read(gathered: Any, fact: str) -> None:
    _, reader = gathered(FACT_OF_COMMENTS.format(fact=f"{{ {fact} }}"), config=CALLED_TASK)
    assert reader.asked == []


def test_a_path_of_otherwise_is_read_once_the_first_source_has_no_value(gathered: Any) -> None:
    inner = '{ detect: pii, in: ["comments[].body"] }'
    fact = f'{{ classify: {{ input: ["FIRST"], labels: [calm, angry] }}, otherwise: {inner} }}'
    _, reader = gathered(FACT_OF_COMMENTS.format(fact=fact.replace("FIRST", "title")), parts={"comments": []})
    assert reader.asked == ["comments"]
    facts, reader = gathered(
        FACT_OF_COMMENTS.format(fact=fact.replace("FIRST", "timeline[].event")),
        parts={"comments": [], "timeline": [], "viewer": None},
    )
    assert reader.asked == ["timeline", "viewer", "comments"]
    assert facts.values["found.otherwise"]["count"] == 0


TEMPLATES = """\
rules:
  - id: told
    when: { title: { contains: Crash } }
    then:
      - ACTION
"""


@pytest.mark.parametrize(
    "action",
    [
        'notify: { channel: oncall, text: "Last: {{ comments[0].body }}" }',
        'notify: { channel: oncall, template: last }\ntemplates: { last: "Last: {{ comments[0].body }}" }',
        'set_output: { name: first, value: { fact: "comments[0].created_at" } }',
    ],
)
def test_a_text_of_an_action_reads_the_part_that_it_shows(gathered: Any, action: str) -> None:
    text = TEMPLATES.replace("ACTION", action)
    _, reader = gathered(text, parts={"comments": [{"id": 7, "body": "done"}]})
    assert reader.asked == ["comments"]


def test_a_fact_is_not_made_of_what_could_not_be_read(gathered: Any) -> None:
    facts, _ = gathered(TOUCHED, parts={"timeline": SourceError("no network")})
    assert facts.values == {}
    assert facts.absent["touched"] == Absent("no network", failed=True)


def test_without_a_reader_the_event_is_what_it_was(
    program: Callable[..., Program], payload: dict[str, Any]
) -> None:
    facts = rulewright.gather(program(ASKS, LABELS), payload, now=NOW)
    assert facts.event.payload is payload


def test_an_event_without_a_number_has_no_surroundings(program: Callable[..., Program], reader: Any) -> None:
    made = reader()
    loaded = program(LABELS, on="manual")
    facts = rulewright.gather(loaded, {"event": "manual", "payload": {"inputs": {}}}, now=NOW, reader=made)
    assert (made.asked, facts.absent) == ([], {})


def test_reviews_and_files_belong_to_pull_requests(
    program: Callable[..., Program], payload: dict[str, Any], reader: Any
) -> None:
    text = """\
rules:
  - id: large
    when: { "files[].filename": { glob: "secret*" }, "reviews[].state": { contains: approved } }
    then: [ { notify: { channel: oncall, text: Look. } } ]
"""
    loaded = program(text, on="issues.opened, pull_request.opened")
    made = reader(files=[{"filename": "secret.txt"}], reviews=[{"state": "APPROVED"}])
    assert rulewright.gather(loaded, payload, now=NOW, reader=made).event.payload is payload
    request = {"action": "opened", "pull_request": payload["issue"], "repository": payload["repository"]}
    facts = rulewright.gather(loaded, request, now=NOW, reader=made)
    assert sorted(made.asked) == ["files", "reviews"]
    assert rulewright.evaluate(loaded, facts).policies[0].matched[0].id == "large"


def test_gathered_surroundings_replay_to_the_same_bytes(gathered: Any) -> None:
    facts, _ = gathered(LABELS, parts={"timeline": [{"event": "labeled"}], "viewer": None})
    saved = dump_facts(facts)
    assert dump_facts(load_facts(saved)) == saved
    assert load_facts(saved) == facts


def test_every_changing_action_says_what_its_plan_must_have_seen() -> None:
    from rulewright.policy.actions.table import ACTION_DECLARATIONS

    for name, declaration in ACTION_DECLARATIONS.items():
        assert bool(declaration.reads) is (not declaration.emission and name != "mask")
        assert declaration.changes & {"fields"} <= declaration.reads <= set(PARTS)


def test_under_which_account_it_is_looked_at_changes_no_hash(payload: dict[str, Any]) -> None:
    from rulewright.events.content_hash import event_sha256

    plain = event_sha256(Event("issues", "opened", payload))
    assert event_sha256(Event("issues", "opened", {**payload, "viewer": {"login": "hubot"}})) == plain
    assert event_sha256(Event("issues", "opened", {**payload, "timeline": []})) != plain


def test_recognition_takes_an_enriched_payload_for_what_it_is(payload: dict[str, Any]) -> None:
    from rulewright.events.recognise import recognise

    around = {
        "comments": [],
        "timeline": [],
        "fields": {},
        "reviews": [],
        "files": [],
        "viewer": {"login": "h"},
    }
    assert recognise({**payload, **around}).name == "issues"
    assert recognise({**payload, **around, "comment": {"body": "x"}}).name == "issue_comment"
    assert recognise({**around, "pull_request": payload["issue"], "action": "opened"}).name == "pull_request"
