"""What actions refer to is looked up at load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rulewright.compile.loader import check_paths
from rulewright.compile.reference_checks import Reference, find_references
from rulewright.policy.diagnostics import Span
from rulewright.policy.model import ActionUse

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake, owner: team-triage, description: A policy of the tests. }
on: [issues.opened]
let: { pii: { detect: pii, in: [issue.body] }, guess: { call: who } }
lists: { team: [octocat] }
"""


def findings(
    folder: Path, action: str, more: str = "", config: str = ""
) -> list[tuple[str, str, str | None]]:
    (folder / ".git").mkdir(exist_ok=True)
    (folder / "rulewright.yaml").write_text(
        "apiVersion: rulewright/v1\nkind: Config\n" + config, encoding="utf-8"
    )
    rule = f"rules:\n  - {{ id: first, when: {{ pii.count: {{ gt: 0 }}, guess: x }}, then: [ {action} ] }}\n"
    (folder / "intake.yaml").write_text(HEAD + more + rule, encoding="utf-8")
    return [
        (d.code, d.message, d.hint)
        for d in check_paths([str(folder / "intake.yaml")])
        if d.severity == "error" and d.code != "RW509"  # a list that the case at hand does not use
    ]


@pytest.mark.parametrize(
    ("action", "code", "message"),
    [
        ("comment", "RW305", "unknown template `first`"),
        ("comment: nope", "RW305", "unknown template `nope`"),
        ("close: { reason: completed, comment: nope }", "RW305", "unknown template `nope`"),
        ("comment: { text: 'Hi {{ titel }}' }", "RW301", "unknown path `titel`"),
        ("comment: { text: 'Hi {{ title' }", "RW310", "broken template: `{{` is not closed."),
        ("add_labels: ['area/{{ lable }}']", "RW301", "unknown path `lable`"),
        ("add_labels: [{ fact: lable }]", "RW301", "unknown path `lable`"),
        ("set_milestone: { fact: lists.tema }", "RW303", "unknown list `tema`"),
        ("mask: pi", "RW302", "unknown fact `pi`"),
        (
            "assign: { fact: title }",
            "RW309",
            "`title` is untrusted (anyone, or a model, may write it) and must not ",
        ),
        (
            "assign: ['{{ guess }}']",
            "RW309",
            "`guess` is untrusted (anyone, or a model, may write it) and must not ",
        ),
        ("create_issue: { title: T, body: B, key: '{{ nmuber }}' }", "RW301", "unknown path `nmuber`"),
    ],
)
def test_a_reference_that_leads_nowhere_is_an_error(
    tmp_path: Path, action: str, code: str, message: str
) -> None:
    (found,) = findings(tmp_path, action)
    assert found[0] == code
    assert found[1].startswith(message)


def test_labels_and_channels_are_held_against_the_configuration(tmp_path: Path) -> None:
    config = "labels: [{ name: Security }, { name: severity/high }]\nchannels: { oncall: { kind: log } }\n"
    assert findings(tmp_path, "add_labels: security", config=config) == []
    ((code, _, hint),) = findings(tmp_path, "add_labels: secuirty", config=config)
    assert (code, hint) == ("RW306", "did you mean `Security`?")
    ((code, message, _),) = findings(tmp_path, "set_label: { group: severity, value: hihg }", config=config)
    assert (code, message) == ("RW306", "unknown label `severity/hihg`")
    assert findings(tmp_path, "notify: { channel: oncall, text: t }", config=config) == []
    ((code, message, _),) = findings(tmp_path, "notify: { channel: oncal, text: t }", config=config)
    assert (code, message) == ("RW307", "unknown channel `oncal`")


def test_what_is_right_is_not_reported(tmp_path: Path) -> None:
    more = "templates: { first: 'Hello @{{ author }}, {{ pii.count }} found.' }\n"
    actions = (
        "comment, mask: pii, assign: { fact: lists.team }, assign: { fact: author }, assign: '@octocat', "
        "set_output: { name: found, value: { fact: pii.count } }, notify: { channel: anywhere, text: '{{ title }}' }"
    )
    assert findings(tmp_path, actions, more) == []


def test_references_of_every_form_are_listed() -> None:
    def found(name: str, arguments: Any) -> list[Reference]:
        return list(find_references(ActionUse(name, arguments, Span("f", 1, 1)), "rule"))

    assert found("close", None) == []
    assert found("close", "completed") == []
    assert found("comment", None) == [Reference("template", "rule")]
    assert found("set_label", {"group": "g", "value": "v"}) == [
        Reference("text", "v"),
        Reference("label", "g/v"),
    ]
    assert found("notify", {"channel": "c", "text": "t"}) == [
        Reference("channel", "c"),
        Reference("text", "t"),
    ]
    assert found("assign", {"users": ["{{ a }}", {"fact": "b"}]}) == [
        Reference("text", "{{ a }}"),
        Reference("login", "a"),
        Reference("path", "b"),
        Reference("login", "b"),
    ]
